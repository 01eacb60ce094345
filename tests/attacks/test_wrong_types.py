"""Somebody puts values of another type into columns, which SQLite takes: the audit names them and does not stop."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table, Text

from attacks.thief import Thief
from cast import order, sealed
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.paper import order_paper
from huella.store.tables import (
    annexes,
    batches,
    deliveries,
    disclosure_keys,
    disclosures,
    documents,
    entries,
    items,
    log,
    orders,
    parties,
    tiles,
)

TABLES = (
    annexes,
    batches,
    disclosures,
    documents,
    entries,
    log,
    tiles,
    orders,
    items,
    deliveries,
    parties,
    disclosure_keys,
)
JUNK: tuple[Any, ...] = (b"\xff\x00", "junk", 1.5)
NOT_COMPARED = {
    ("documents", "media_type"),
    ("parties", "entity"),
    ("parties", "supplier"),
    ("tiles", "level"),
}


def spoil(thief: Thief, table: Table, column: str) -> list[str]:
    """Which junk the audit did not name; what it does not compare at all is not in the tables."""
    engine = thief.vault if table is disclosure_keys else thief.engine
    key = [each.name for each in table.primary_key]
    names = ", ".join(f'"{name}"' for name in key)
    place = f"({names}) = ({', '.join('?' for _ in key)})"
    statement = f'UPDATE {table} SET "{column}" = ? WHERE {place}'
    missed = []
    for junk in JUNK:
        with engine.begin() as connection:
            last = f'SELECT {names}, "{column}" FROM {table} ORDER BY {names} DESC LIMIT 1'
            *before, kept = connection.exec_driver_sql(last).one()
            connection.exec_driver_sql(statement, (junk, *before))
        if audit(thief.house).clean:
            missed.append(f"{table}.{column} = {junk!r}")
        # a column that keeps texts makes one of a number
        put = str(junk) if isinstance(junk, float) and isinstance(table.c[column].type, Text) else junk
        now = [put if name == column else value for name, value in zip(key, before, strict=True)]
        with engine.begin() as connection:
            assert connection.exec_driver_sql(statement, (kept, *now)).rowcount == 1
    return missed


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_junk_in_any_column_is_named(house: House, thief: Thief, table: Table) -> None:
    if thief.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL refuses such a value itself")
    if table is documents:
        order_paper(house, "OCAM-2026-1335-1-0")
    if table is tiles:
        sealed(house, *(order(number) for number in range(1000, 1256)))
    missed = []
    for column in table.columns:
        rowid = column.primary_key and len(table.primary_key) == 1 and not isinstance(column.type, Text)
        if not rowid and (table.name, column.name) not in NOT_COMPARED:
            missed += spoil(thief, table, column.name)
    assert not missed
