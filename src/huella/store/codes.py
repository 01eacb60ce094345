"""Verification codes: found by a keyed digest, so that the database alone tells none of them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Engine, select

from huella.store import database
from huella.store.tables_access import codes


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
