"""The derived tables of procedures and offers, and what suppliers handed in: rows from lives, writing, reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine, RowMapping, delete, select

from huella.records.procedure_life import OPEN, OfferLife, ProcedureLife
from huella.store import database
from huella.store.derive import Row
from huella.store.tables import claims, closings, offers, procedures, submissions

_CHUNK = 500


class ProcedureRows(NamedTuple):
    """The derived rows of one procedure, in the column order of their tables."""

    procedure: Row
    claims: list[Row]
    closings: list[Row]


def procedure_rows(number: str, life: ProcedureLife, first_index: int, last_index: int) -> ProcedureRows:
    """The rows of one procedure whose records stand at first_index … last_index."""
    wanted = life.requirement
    head: Row = (
        number,
        life.status,
        wanted.entity.ruc,
        wanted.agreement.code if wanted.agreement else None,
        wanted.procedure,
        wanted.contracting_type,
        f"{wanted.rule.name}/{wanted.rule.version}",
        wanted.closes_at,
        None if life.status == OPEN else len(life.claims),
        first_index,
        last_index,
    )
    rows: list[Row] = [
        (number, n, claim.offer, claim.leaf, claim.index, claim.withdrawn, claim.offer in life.opened)
        for n, claim in enumerate(life.claims, 1)
    ]
    return ProcedureRows(head, rows, [(number, date) for date in sorted(life.dates)])


def offer_row(code: str, life: OfferLife, first_index: int, last_index: int) -> Row:
    """The row of one offer whose records stand at first_index … last_index."""
    return (code, life.status, life.closes_on, first_index, last_index)


def write(
    connection: Connection, made: Sequence[ProcedureRows], offer_rows: Sequence[Row], known: Iterable[str]
) -> None:
    """Write the rows of procedures and offers; those of subjects in `known` are replaced."""
    old = list(known)
    for start in range(0, len(old), _CHUNK):
        some = old[start : start + _CHUNK]
        connection.execute(delete(procedures).where(procedures.c.number.in_(some)))
        connection.execute(delete(claims).where(claims.c.requirement.in_(some)))
        connection.execute(delete(closings).where(closings.c.requirement.in_(some)))
        connection.execute(delete(offers).where(offers.c.code.in_(some)))
    database.insert_rows(connection, procedures, [rows.procedure for rows in made])
    database.insert_rows(connection, claims, [claim for rows in made for claim in rows.claims])
    database.insert_rows(connection, closings, [closing for rows in made for closing in rows.closings])
    database.insert_rows(connection, offers, offer_rows)


def write_submissions(connection: Connection, bodies: Mapping[int, tuple[bytes, bytes]]) -> None:
    """Keep what was handed in and the sealing process's word for it, by the entry that sealed it."""
    database.insert_rows(
        connection, submissions, [(entry, body, mac) for entry, (body, mac) in bodies.items()]
    )


class Tenders:
    """Reads of procedures, offers and what was handed in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def procedure(self, number: str) -> RowMapping | None:
        """One procedure's row."""
        with database.reading(self._engine) as connection:
            return (
                connection.execute(select(procedures).where(procedures.c.number == number)).mappings().first()
            )

    def page(self, first: int, limit: int, wanted: Mapping[str, str]) -> list[RowMapping]:
        """Procedures from a place in the log on, by their first entries; `wanted` are columns and their values."""
        chosen = select(procedures).where(
            procedures.c.first_index >= first,
            *(procedures.c[name] == value for name, value in wanted.items()),
        )
        with database.reading(self._engine) as connection:
            found = connection.execute(chosen.order_by(procedures.c.first_index).limit(limit)).mappings()
            return list(found.all())

    def newest(self, before: int | None, limit: int, wanted: Mapping[str, str]) -> list[RowMapping]:
        """The same from the newest back, those whose first entries stand before a place in the log."""
        below = () if before is None else (procedures.c.first_index < before,)
        chosen = select(procedures).where(
            *below, *(procedures.c[name] == value for name, value in wanted.items())
        )
        with database.reading(self._engine) as connection:
            found = connection.execute(chosen.order_by(procedures.c.first_index.desc()).limit(limit))
            return list(found.mappings().all())

    def due(self, moment: str) -> list[str]:
        """The open procedures whose deadline is not behind a moment, the earliest deadline first."""
        chosen = select(procedures.c.number).where(
            procedures.c.status == OPEN, procedures.c.closes_at <= moment
        )
        with database.reading(self._engine) as connection:
            return list(connection.execute(chosen.order_by(procedures.c.closes_at)).scalars())

    def offers_on(self, dates: Sequence[str]) -> list[RowMapping]:
        """The offers that show one of these closing dates, in the order of the log."""
        chosen = select(offers).where(offers.c.closes_on.in_(dates)).order_by(offers.c.first_index)
        with database.reading(self._engine) as connection:
            return list(connection.execute(chosen).mappings())

    def submission(self, entry: int) -> bytes | None:
        """What was handed in for an entry."""
        chosen = select(submissions.c.body).where(submissions.c.entry == entry)
        with database.reading(self._engine) as connection:
            return connection.execute(chosen).scalar_one_or_none()
