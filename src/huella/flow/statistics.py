"""Statistics: read from tables that sealing keeps, made anew from the records by the function that sealing calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping

from huella.errors import HuellaError
from huella.flow.house import House
from huella.flow.lives import Life, advance, family_of
from huella.records import kinds, record
from huella.records.life import OrderLife
from huella.store import figures
from huella.store.figures import Chosen, Figures
from huella.store.journal import Entry
from huella.store.search import Search
from huella.store.snapshot import Snapshot
from huella.store.tally import (
    CATALOGUE,
    DEPARTMENT,
    ENTITY,
    OFFERS,
    PROCEDURES,
    SHAPE,
    STAGES,
    STATE,
    SUPPLIER,
    Tally,
    departments,
)

__all__ = ["STAGES", "Chosen", "catalogue_names", "departments", "of", "overview", "remake"]


def of(house: House) -> Figures:
    """The statistics of one registry."""
    return Figures(house.engine)


def overview(house: House) -> dict[str, Any]:
    """Orders, entities, suppliers, offers and procedures, amounts by currency; then orders and amount `of` each state,
    catalogue, shape, month and department. Amounts of different currencies are never added."""
    read, everything = of(house), Chosen()
    totals = read.by("", everything)
    grouped = {
        "by_status": read.by(STATE, everything), "by_catalogue": read.by(CATALOGUE, everything),
        "by_shape": read.by(SHAPE, everything), "by_month": read.by("month", everything),
        "by_department": read.by(DEPARTMENT, everything),
    }  # fmt: skip
    names = departments()
    shown = {name: [_row(row) for row in rows] for name, rows in grouped.items()}
    for row in shown["by_department"]:
        row["of"] = names.get(row["of"])
    return {
        "orders": sum(int(row["orders"]) for row in totals),
        "entities": read.parties(ENTITY), "suppliers": read.parties(SUPPLIER),
        "offers": sum(row["count"] for row in read.begun(OFFERS, everything)),
        "procedures": sum(row["count"] for row in read.begun(PROCEDURES, everything)),
        "amounts": [
            {"currency": row["currency"], "orders": int(row["orders"]), "total": row["amount"]} for row in totals
        ],
        **shown,
    }  # fmt: skip


def catalogue_names(house: House, codes: Sequence[str]) -> dict[str, str]:
    """The name of each agreement's catalogue, as the newest order that the search index knows tells it."""
    index = Search(house.engine)
    found: dict[str, str] = {}
    for code in dict.fromkeys(code for code in codes if code):
        newest = index.orders_at(index.find([f"=catalogue:{code}"], None, 1).firsts)
        if newest and newest[0]["catalogue"]:
            found[code] = str(newest[0]["catalogue"])
    return found


def remake(house: House) -> int:
    """Make the figures anew out of all records, in one transaction that holds the log; how many orders they count."""
    count = 0
    with house.journal.hold() as held:
        snapshot, made = Snapshot(held.connection), Tally()
        for group in snapshot.subjects(0):
            now = _life(snapshot, group)
            if isinstance(now, OrderLife):
                made.change(None, now)
                count += 1
            elif now is not None:
                made.begun(family_of(group[0].kind), group[0].recorded_at)
        figures.replace(held.connection, made)
    return count


def _row(row: RowMapping) -> dict[str, Any]:
    return {
        "of": row["of"] or None, "currency": row["currency"], "orders": int(row["orders"]), "total": row["amount"]
    }  # fmt: skip


def _life(snapshot: Snapshot, group: Sequence[Entry]) -> Life | None:
    """A subject's life out of its records; None where they cannot be read, which the audit names."""
    now: Life | None = None
    try:
        for entry in group:
            found = record.parse(entry.record)
            bodies = [snapshot.annex(named.sha256) or b"" for named in record.annexes(found)]
            fact = kinds.read(found.kind, record.effective_data(found, bodies))
            now = advance(now, found, fact, entry.leaf.hex())
    except HuellaError:
        return None
    return now
