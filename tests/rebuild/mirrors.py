"""Mirrors for tests, and what a mirror and its original are compared by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from cast import Clock, randomness
from huella.flow.house import House, open_house
from huella.flow.make import init_mirror
from huella.flow.mirror import Plan
from huella.flow.read import export_rows, stats
from huella.flow.rebuild import rebuild
from huella.proof.checkpoint import parse_verifier_key
from huella.store import database, figures
from huella.store.tables import DERIVED, annexes, assignments, batches, calendars, entries, keys, tiles

PUBLIC = (*DERIVED, annexes, tiles, keys, calendars, batches)


@contextmanager
def empty(folder: Path, original: House, **changes: Any) -> Iterator[House]:
    """A mirror of a registry on an embedded chain that has taken over nothing yet, or as far as it came before."""
    chain = original.settings.path("ledger.file")
    plan = Plan(chain=chain, log_key=parse_verifier_key(original.signer.verifier_key))._replace(**changes)
    clock = Clock(original.now())
    init_mirror(folder, plan, clock, randomness(f"mirror {folder}"))
    with open_house(folder, clock, randomness(f"run {folder}")) as house:
        yield house


@contextmanager
def mirror(folder: Path, original: House, **changes: Any) -> Iterator[House]:
    """The same, with everything that the chain holds."""
    with empty(folder, original, **changes) as house:
        for _ in rebuild(house):
            pass
        yield house


def rows(house: House, table: Table, *, left_out: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """Every row of a table, in the order of its key."""
    columns = [column for column in table.columns if column.name not in left_out]
    with database.reading(house.engine) as connection:
        return [
            tuple(row) for row in connection.execute(select(*columns).order_by(*table.primary_key.columns))
        ]


def assert_same(original: House, copy: House) -> None:
    """Row by row, everything public; the row's own word (mac) and when a proof was taken are each one's own."""
    for table in PUBLIC:
        own = ("proof",) if table is batches else ()
        assert rows(copy, table, left_out=own) == rows(original, table, left_out=own), table.name
    for table in figures.TABLES:  # what counts nothing any more may stand there or not
        width = len(table.primary_key.columns)
        told = [[row for row in rows(each, table) if any(row[width:])] for each in (copy, original)]
        assert told[0] == told[1], table.name
    assert rows(copy, entries, left_out=("mac",)) == rows(original, entries, left_out=("mac",))
    moved = ("transaction",)
    assert rows(copy, assignments, left_out=moved) == rows(original, assignments, left_out=moved)
    assert copy.journal.head() == original.journal.head()
    assert stats(copy) == stats(original)
    assert list(export_rows(copy)) == list(export_rows(original))
