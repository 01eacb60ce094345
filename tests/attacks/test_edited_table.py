"""Somebody edits, deletes or invents rows of the order tables, which people read and no chain holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Table, Text, and_

from attacks.thief import Thief, findings, found
from cast import anchored
from huella.flow.audit import audit
from huella.flow.house import House
from huella.store.tables import deliveries, items, orders, parties

ORDER_TABLES = (orders, items, deliveries, parties)


def key(table: Table, row: dict[str, Any]) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key.columns))


def other(column: Column[Any], value: Any) -> Any:
    """Another value that the column takes."""
    if isinstance(column.type, Boolean):
        return not value
    if isinstance(column.type, Text):
        return f"{value}?"
    return value + 1 if value is not None else 1


@pytest.mark.parametrize("table", ORDER_TABLES, ids=lambda table: table.name)
def test_every_edited_column_is_named_with_both_values(house: House, thief: Thief, table: Table) -> None:
    row = thief.read(table)[0]
    name = "/".join(str(row[column.name]) for column in table.primary_key.columns)
    for column in (c for c in table.columns if not c.primary_key):
        changed = other(column, row[column.name])
        thief.set(table, key(table, row), **{column.name: changed})
        one = found(house, table.name, column.name, name)
        expected = (None if row[column.name] is None else str(row[column.name]), str(changed))
        assert (one.cls, one.sealed, one.present) == ("tampered", *expected)
        thief.set(table, key(table, row), **{column.name: row[column.name]})
    assert audit(house).clean


@pytest.mark.parametrize("table", ORDER_TABLES, ids=lambda table: table.name)
def test_a_deleted_row_is_named_with_what_it_held(house: House, thief: Thief, table: Table) -> None:
    row = thief.read(table)[0]
    thief.remove(table, key(table, row))
    one = found(house, table.name, "row")
    assert one.entry is not None
    assert one.sealed
    assert one.present is None


@pytest.mark.parametrize(
    ("table", "invented"),
    [
        (orders, {"number": "OCAM-2026-1335-99-0"}), (orders, {"number": ""}),
        (items, {"number": 99}), (items, {"order": ""}), (deliveries, {"number": 99}),
        (parties, {"ruc": "20999999999"}),
    ],
)  # fmt: skip
def test_an_invented_row_is_named(house: House, thief: Thief, table: Table, invented: dict[str, Any]) -> None:
    thief.put(table, **{**thief.read(table)[0], **invented})
    one = found(house, table.name, "row")
    assert (one.cls, one.sealed) == ("tampered", None)
    assert one.present


def test_the_first_record_affected_is_named(house: House, thief: Thief) -> None:
    thief.set(orders, orders.c.number == "OCAM-2026-1335-3-0", total=Decimal(1))
    assert audit(house).first_affected == 3


def test_forged_tables_do_not_reach_the_chain(house: House, thief: Thief) -> None:
    thief.set(orders, True, total=Decimal(1))
    assert anchored(house) == 1
    assert {f.table for f in findings(house, "orders")} == {"orders"}
    assert thief.honest == house.journal.leaves(0, 7)


JUNK = [
    (orders, "total"),
    (orders, "number"),
    (orders, "first_index"),
    (items, "description"),
    (parties, "entity"),
]


@pytest.mark.parametrize(("table", "column"), JUNK, ids=lambda value: getattr(value, "name", value))
def test_values_of_another_type_do_not_stop_the_audit(
    house: House, thief: Thief, table: Table, column: str
) -> None:
    """SQLite takes any type in any column."""
    if thief.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL refuses such a value itself")
    names = ", ".join(f'"{each.name}"' for each in table.primary_key)
    first = f"({names}) = (SELECT {names} FROM {table.name} ORDER BY {names} LIMIT 1)"
    with thief.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table.name} SET {column} = ? WHERE {first}", (b"\xff\x00",))
    assert findings(house, table.name)
