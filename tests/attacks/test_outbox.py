"""Somebody changes what the outbox of anchoring tells of the chain."""

from __future__ import annotations

from typing import Any

import pytest

from attacks.thief import ANCHORED, SIGNED, Thief, found, on_chain
from cast import anchored
from huella.errors import SignerError, StoreError
from huella.flow.anchor import _plan
from huella.flow.audit import audit
from huella.flow.house import House
from huella.store.tables import batches


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("size", 4), ("root", bytes(32)), ("checkpoint", "forged"), ("transaction", "0x" + "11" * 32),
        ("block_number", 99), ("block_hash", "0x" + "22" * 32), ("block_time", 1),
    ],
)  # fmt: skip
def test_every_column_of_a_final_batch_is_compared_with_the_chain(
    house: House, thief: Thief, column: str, value: Any
) -> None:
    honest = thief.read(batches)[0][column]
    thief.set(batches, batches.c.first == 0, **{column: value})
    one = found(house, "batches", column)
    shown = [v.hex() if isinstance(v, bytes) else str(v) for v in (honest, value)]
    assert (one.cls, one.row, one.entry) == ("tampered", "0", 0)
    assert [one.sealed, one.present] == shown or len(shown[0]) > 200


@pytest.mark.parametrize("proof", [None, b"", b"{}", b'{"number":1}', b"\xff"])
def test_a_spoilt_proof_is_named(house: House, thief: Thief, proof: bytes | None) -> None:
    thief.set(batches, batches.c.first == 0, proof=proof)
    assert found(house, "batches", "proof").row == "0"


def test_a_proof_of_another_batch_is_named(house: House, thief: Thief) -> None:
    thief.set(batches, batches.c.first == 3, proof=thief.read(batches)[0]["proof"])
    assert found(house, "batches", "proof").row == "3"


def test_a_deleted_batch_is_named(house: House, thief: Thief) -> None:
    thief.remove(batches, batches.c.first == 0)
    assert found(house, "batches", "row").row == "0"


@pytest.mark.parametrize("first", [1, ANCHORED, -4, 1000])
def test_an_invented_final_batch_is_named(house: House, thief: Thief, first: int) -> None:
    thief.put(batches, **{**thief.read(batches)[0], "first": first, "size": SIGNED})
    assert found(house, "batches", "state", first).present == "final"


def test_a_batch_that_is_set_back_comes_to_the_same_end(house: House, thief: Thief) -> None:
    before = thief.read(batches)
    thief.set(batches, batches.c.first == 0, state="due", transaction=None, proof=None)
    assert audit(house).clean
    assert anchored(house) >= 1
    assert [row["transaction"] for row in thief.read(batches)[:2]] == [row["transaction"] for row in before]
    assert (on_chain(house), audit(house).exit_code) == (thief.honest, 0)


@pytest.mark.parametrize(
    "forged", [{"checkpoint": "forged"}, {"root": bytes(32)}, {"size": SIGNED - 1}, {"size": SIGNED + 1}]
)
def test_a_forged_plan_is_named_and_never_sent(house: House, thief: Thief, forged: dict[str, Any]) -> None:
    assert _plan(house, ANCHORED)[0]
    thief.set(batches, batches.c.first == ANCHORED, **forged)
    assert found(house, "batches", "row").row == str(ANCHORED)
    with pytest.raises((StoreError, SignerError)):
        anchored(house)
    assert len(on_chain(house)) == ANCHORED
