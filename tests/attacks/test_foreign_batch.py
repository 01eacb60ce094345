"""Somebody has the registrar's key and appends to the contract. The log key is not theirs."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from attacks.thief import ANCHORED, Thief, found
from cast import anchored, order, sealed
from huella.errors import LedgerRefused
from huella.flow.audit import audit
from huella.flow.house import House
from huella.ledger import registry as contract
from huella.proof import checkpoint
from huella.store.tables import entries

ROGUE = [bytes([n]) * 32 for n in range(1, 4)]


def append(house: House, leaves: list[bytes], note: bytes = b"") -> None:
    first = contract.head(house.ledger).size
    bits = contract.orders_bitmap([True] * len(leaves))
    house.ledger.send(contract.append_call(first, leaves, bits, b"", note), 10_000_000)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_rogue_batch_is_foreign_and_anchoring_stops(house: House, thief: Thief, count: int) -> None:
    append(house, ROGUE[:count])
    one = found(house, "chain", "checkpoint")
    assert (one.cls, one.entry) == ("foreign", ANCHORED)
    with pytest.raises(LedgerRefused) as refused:
        anchored(house)
    assert refused.value.reason in ("Foreign", "Ahead")
    assert contract.head(house.ledger).size == ANCHORED + count


def test_a_rogue_batch_longer_than_the_log_is_foreign_too(house: House, thief: Thief) -> None:
    append(house, ROGUE + ROGUE)
    assert found(house, "chain", "checkpoint").cls == "foreign"
    with pytest.raises(LedgerRefused) as refused:
        anchored(house)
    assert refused.value.reason == "Ahead"


def test_a_checkpoint_of_another_key_makes_it_no_less_foreign(house: House, thief: Thief) -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    append(house, ROGUE, checkpoint.sign(house.signer.origin, 8, bytes(32), stranger).encode())
    assert found(house, "chain", "checkpoint").cls == "foreign"


def test_a_stale_checkpoint_of_ours_is_a_contradiction(house: House, thief: Thief) -> None:
    """The registrar's thief copies the newest note that anybody can read."""
    note = house.journal.head()[2]
    assert note is not None
    append(house, ROGUE[:2], note.encode())
    assert found(house, "chain", "root").cls == "forked"
    with pytest.raises(LedgerRefused):
        anchored(house)


def test_sealing_goes_on_behind_a_rogue_batch_and_what_waits_is_still_checked(
    house: House, thief: Thief
) -> None:
    append(house, ROGUE[:2])
    sealed(house, order(50))
    thief.set(entries, entries.c.index == ANCHORED, recorded_at="2020-01-01T00:00:00.000Z", leaf=bytes(32))
    report = audit(house)
    assert {f.column for f in report.findings if f.table == "entries"} >= {"leaf", "recorded_at"}
    assert report.anchored == ANCHORED
