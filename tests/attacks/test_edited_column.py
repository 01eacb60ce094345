"""Somebody edits the columns beside a record's bytes: leaf, kind, subject, number, time, MAC."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import and_

from attacks.thief import SIGNED, Thief, batches, findings, found
from cast import anchored, fact, order, sealed
from huella.errors import StoreError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.seal import seal
from huella.ledger import registry as contract
from huella.store.tables import deliveries as delivered
from huella.store.tables import disclosures, entries, items, orders


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("leaf", bytes(32)), ("kind", "order.annulled"), ("kind", "disclosure.erased"), ("subject", "OCAM-2026-88-0"),
        ("seq", 5), ("recorded_at", "2025-01-01T00:00:00.000Z"), ("mac", bytes(32)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("index", [0, SIGNED - 2])
def test_every_column_of_an_entry_is_checked(
    house: House, thief: Thief, index: int, column: str, value: Any
) -> None:
    honest = thief.read(entries)[index][column]
    thief.set(entries, entries.c.index == index, **{column: value})
    shown = tuple(v.hex() if isinstance(v, bytes) else str(v) for v in (honest, value))
    told = [(f.sealed, f.present) for f in findings(house, "entries", column, index)]
    assert told if column == "mac" else shown in told
    assert audit(house).first_affected is not None


def test_a_subject_that_is_emptied_does_not_hide_its_order(house: House, thief: Thief) -> None:
    """The order vanishes from every table that people read; its bytes stay."""
    number = "OCAM-2026-1335-5-0"
    thief.set(entries, entries.c.subject == number, subject="")
    thief.remove(orders, orders.c.number == number)
    thief.remove(items, items.c.order == number)
    thief.remove(delivered, delivered.c.order == number)
    thief.remove(disclosures, disclosures.c.index == SIGNED - 2)
    assert found(house, "entries", "subject").sealed == number


def test_a_changed_kind_does_not_take_an_order_its_token(house: House, thief: Thief) -> None:
    """The column says that no order begins here; the token is minted by the bytes."""
    thief.set(entries, entries.c.index == SIGNED - 2, kind="delivery.made", seq=9)
    anchored(house)
    assert contract.owner_of(house.ledger, SIGNED - 2) is not None
    assert contract.owner_of(house.ledger, SIGNED - 1) is None
    assert {f.sealed for f in audit(house).findings if f.column == "kind"} == {"order", "order.published"}
    assert sum(len(leaves) for leaves in batches(house)) == SIGNED


def test_an_entry_below_the_logs_beginning_is_named(house: House, thief: Thief) -> None:
    row = thief.read(entries, and_(entries.c.index == 6))[0]
    thief.put(entries, **{**row, "index": -1, "subject": "OCAM-2026-1335-66-0", "seq": 0})
    assert found(house, "entries", "row", -1).cls == "tampered"


@pytest.mark.parametrize("forged", [{"leaf": bytes(32)}, {"seq": 9}, {"mac": bytes(32)}, {"record": b"{}"}])
def test_nothing_is_sealed_behind_a_changed_record(
    house: House, thief: Thief, forged: dict[str, Any]
) -> None:
    """A new record names the leaf and number of its subject's last one, for ever."""
    thief.set(entries, entries.c.index == 2, **forged)
    with pytest.raises(StoreError, match="entry 2"):
        seal(house, [fact("delivery.made", 1, delivery=1)])
    sealed(house, order(9))  # other subjects go on
    assert house.journal.size() == SIGNED + 1


def test_an_order_hidden_by_its_columns_can_be_sealed_again_and_both_are_named(
    house: House, thief: Thief
) -> None:
    """What sealing cannot see without reading the whole log, the next audit sees."""
    number = "OCAM-2026-1335-1-0"
    thief.set(entries, entries.c.subject == number, subject="")
    for table, column in ((orders, orders.c.number), (items, items.c.order), (delivered, delivered.c.order)):
        thief.remove(table, column == number)
    sealed(house, order(1))
    one = found(house, "entries", "subject", 0)
    assert (one.sealed, audit(house).first_affected) == (number, 0)
