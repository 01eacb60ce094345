"""Verification codes: found by a keyed digest, so that the database alone tells none of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, func, literal, select, text

from huella.store import database
from huella.store.tables import entries
from huella.store.tables_access import codes

_PAGE = 500


def write(connection: Connection, given: Mapping[str, int]) -> None:
    """Keep codes' digests with the entries that seal them; one that is known stays."""
    if given:
        rows = [{"digest": digest, "entry": entry} for digest, entry in given.items()]
        database.insert_new(connection, codes, rows)


def entry_of(engine: Engine, digest: str) -> int | None:
    """The entry that seals the code of this digest."""
    with database.reading(engine) as connection:
        found: int | None = connection.execute(
            select(codes.c.entry).where(codes.c.digest == digest)
        ).scalar_one_or_none()
    return found


def keep(engine: Engine, given: Mapping[str, int]) -> None:
    """`write` in a transaction of its own."""
    with database.writing(engine) as connection:
        write(connection, given)


def all_of(connection: Connection) -> dict[str, Any]:
    """Every digest with its entry, as they stand."""
    return {str(digest): entry for digest, entry in database.fetch(connection, select(codes))}


def holding(connection: Connection, words: bytes) -> Iterator[list[tuple[int, bytes]]]:
    """Index and bytes of the records in which these bytes stand, by index, a page at a time."""
    if connection.dialect.name == "postgresql":
        holds = text("position(CAST(:words AS bytea) IN record) > 0").bindparams(words=words)
    else:
        holds = func.instr(entries.c.record, literal(words)) > 0  # type: ignore[assignment]
    after = -1
    while True:
        chosen = select(entries.c.index, entries.c.record).where(holds, entries.c.index > after)
        page = database.fetch(connection, chosen.order_by(entries.c.index).limit(_PAGE))
        if not page:
            return
        yield [(index, bytes(raw)) for index, raw in page if isinstance(raw, bytes | memoryview)]
        after = page[-1][0]
