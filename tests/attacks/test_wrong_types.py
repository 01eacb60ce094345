"""Somebody puts values of another type into columns, which SQLite takes: the audit names them and does not stop."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Text

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


def spoil(thief: Thief, table: str, column: str) -> list[str]:
    """Which junk the audit did not name; what it does not compare at all is not in the tables."""
    engine = thief.vault if table == disclosure_keys.name else thief.engine
    missed = []
    for junk in JUNK:
        with engine.begin() as connection:
            place = f"rowid = (SELECT max(rowid) FROM {table})"
            kept = connection.exec_driver_sql(f'SELECT rowid, "{column}" FROM {table} WHERE {place}').one()
            statement = f'UPDATE {table} SET "{column}" = ? WHERE rowid = ?'
            connection.exec_driver_sql(statement, (junk, kept[0]))
        if audit(thief.house).clean:
            missed.append(f"{table}.{column} = {junk!r}")
        with engine.begin() as connection:
            connection.exec_driver_sql(statement, (kept[1], kept[0]))
    return missed


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_junk_in_any_column_is_named(house: House, thief: Thief, table: Any) -> None:
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
            missed += spoil(thief, table.name, column.name)
    assert not missed
