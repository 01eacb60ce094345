"""A crash between any two steps of sealing and anchoring: nothing lost, nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cast import Clock, anchored, order, randomness, registry, sealed
from faults.crash import ANCHOR, SEAL, Crash, Step, crash, oracle, subjects
from huella.errors import LedgerRefused, LedgerUnreachable
from huella.flow.audit import audit
from huella.flow.house import open_house
from huella.flow.seal import Sealed, seal
from huella.ledger.embedded import EmbeddedLedger


def quickly(steps: Sequence[Step], name: str) -> list[Any]:
    """All steps, of which `make quick` takes the one around which everything turns: where the commit point lies."""
    return [step if step.name == name else pytest.param(step, marks=pytest.mark.slow) for step in steps]


@pytest.mark.parametrize("step", quickly(SEAL, "sign_head"), ids=str)
def test_a_crash_in_sealing_loses_nothing_and_doubles_nothing(
    database_url: str, tmp_path: Path, step: Step
) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order(1))
    done = {1}
    for happened in (False, True):
        given = [order(max(done) + 1), order(max(done) + 2)]
        with open_house(tmp_path, Clock(), randomness(f"first {happened}")) as house:
            with crash(step, happened=happened), pytest.raises(Crash):
                seal(house, given)
            oracle(house, subjects(*done))
        with open_house(tmp_path, Clock(), randomness(f"again {happened}")) as house:
            oracle(house, subjects(*done))
            again = [isinstance(outcome, Sealed) for outcome in seal(house, given)]
            assert again in ([True, True], [False, False])  # both are in, or neither was
            done |= {max(done) + 1, max(done) + 2}
            oracle(house, subjects(*done))
            anchored(house)
            oracle(house, subjects(*done))
            assert audit(house).exit_code == 0


@pytest.mark.parametrize("step", quickly(ANCHOR, "send"), ids=str)
def test_a_crash_in_anchoring_loses_nothing_and_doubles_nothing(
    database_url: str, tmp_path: Path, step: Step
) -> None:
    with registry(tmp_path, database_url, anchor__max_leaves=2):
        pass
    for round_, happened in enumerate((False, True)):
        done = subjects(*range(1, 4 + 3 * round_))
        with open_house(tmp_path, Clock(), randomness(f"first {happened}")) as house:
            sealed(house, *(order(1 + 3 * round_ + n) for n in range(3)))
            with crash(step, happened=happened), pytest.raises(Crash):
                anchored(house)
            oracle(house, done)
        with open_house(tmp_path, Clock(), randomness(f"again {happened}")) as house:
            oracle(house, done)
            anchored(house)
            oracle(house, done)
            assert audit(house).exit_code == 0
            assert house.anchors.anchored() == len(done)


@pytest.mark.parametrize("happened", [False, True], ids=["did not arrive", "arrived"])
def test_a_node_that_does_not_answer_is_asked_again(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happened: bool
) -> None:
    real = EmbeddedLedger.send

    def unanswered(self: EmbeddedLedger, data: bytes, gas: int) -> str:
        if happened:
            real(self, data, gas)
        raise LedgerUnreachable("nobody answered")

    with registry(tmp_path, database_url) as house:
        sealed(house, order(1), order(2))
        monkeypatch.setattr(EmbeddedLedger, "send", unanswered)
        with pytest.raises(LedgerUnreachable):
            anchored(house)
        oracle(house, subjects(1, 2))
        sealed(house, order(3))  # sealing goes on
        monkeypatch.setattr(EmbeddedLedger, "send", real)
        anchored(house)
        oracle(house, subjects(1, 2, 3))
        assert audit(house).exit_code == 0


def test_a_batch_that_the_chain_refuses_stays_due(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url, anchor__max_gas=10_000_000) as house:
        sealed(house, order(1))

        def refusing(*_: object) -> str:
            raise LedgerRefused("no role", reason="AccessControlUnauthorizedAccount")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(EmbeddedLedger, "send", refusing)
            with pytest.raises(LedgerRefused, match="no role"):
                anchored(house)
        batch = house.anchors.open()
        assert batch is not None
        assert batch.state == "due"
        assert anchored(house) == 1
        oracle(house, subjects(1))
