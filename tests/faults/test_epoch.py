"""A crash between any two steps of an epoch's end: it has not ended, or goes on; nothing is signed between."""

from __future__ import annotations

from pathlib import Path

import pytest

from cast import Clock, anchored, randomness, sealed
from faults.crash import Crash, Step, crash
from huella.errors import HuellaError
from huella.flow import epoch as ending
from huella.flow import log_key
from huella.flow.audit import audit
from huella.flow.house import open_house
from huella.flow.seal import Sealed, seal
from huella.flow.sign import LogSigner
from huella.proof.verify import verify
from huella.store.journal import Held
from rebuild.losses import Loser, loser, plain, staged

__all__ = ["loser", "staged"]
BEFORE = [
    Step(log_key, "following"),
    Step(Held, "append", 2),
    Step(LogSigner, "hand_over"),
    Step(Held, "append", 3),
]
"""Inside the transaction or in front of it, behind what came from the chain: the first epoch is as it was."""
AFTER = [
    Step(ending, "_settle"),
    Step(ending, "replace_durably"),
    Step(log_key, "write_secret", 2),
    Step(log_key, "change"),
    Step(LogSigner, "retire"),
    Step(ending, "sign_head"),
]
"""Behind the commit: the epoch has ended, and a second attempt goes on."""


@pytest.mark.slow
@pytest.mark.parametrize("happened", [False, True], ids=["failed", "failed but happened"])
@pytest.mark.parametrize("step", [*BEFORE, *AFTER], ids=str)
def test_a_crash_in_an_epochs_end(loser: Loser, step: Step, happened: bool) -> None:
    with crash(step, happened=happened), pytest.raises(Crash):
        loser.end(loser.receipts(3))
    through = step.name == "sign_head" or (happened and step.name in ("_settle", "retire"))
    if not through:
        nothing_is_signed(loser.folder)
        done = loser.end(loser.receipts(3))
        assert (done.entry, done.fact.kept) == (4, 4)
    with loser.opened() as house:
        assert house.trust.origin == "example.pe/huella/2"
        assert len(house.journal.of_kind("registry", "log.recovered")) == 1
        sealed(house, plain(8))
        anchored(house)
        assert audit(house).findings == []
        assert verify(loser.file("receipt", 5).read_bytes(), house.trust).overall == "lost"


def nothing_is_signed(folder: Path) -> None:
    """Whoever goes on as if nothing had been signs no head, and seals nothing that a head covers."""
    with open_house(folder, Clock(), randomness("meanwhile")) as house:
        before = house.journal.size()
        try:
            outcomes = seal(house, [plain(50)])
        except HuellaError:
            outcomes = []
        assert not any(isinstance(outcome, Sealed) for outcome in outcomes)
        assert house.journal.size() == before


@pytest.mark.slow
def test_an_end_that_was_begun_is_taken_back_where_the_receipts_turn_up(loser: Loser) -> None:
    with crash(Step(Held, "append", 3), happened=False), pytest.raises(Crash):
        loser.end(loser.receipts(3))
    assert (loser.folder / "signer" / "ending").exists()
    loser.finish(loser.receipts(3, 4, 5, 6))
    with loser.opened() as house:
        sealed(house, plain(8))
        anchored(house)
        assert (audit(house).findings, house.trust.epochs, house.journal.size()) == ([], (), 8)


@pytest.mark.slow
def test_an_end_on_record_cannot_be_taken_back(loser: Loser) -> None:
    with crash(Step(ending, "_settle"), happened=False), pytest.raises(Crash):
        loser.end(loser.receipts(3))
    with pytest.raises(HuellaError, match="on record and not through"):
        loser.finish(loser.receipts(3, 4, 5, 6))
    assert loser.end([]).fact.kept == 4
