"""Digests that somebody lodged on the chain, and by which digests records can be known before they are sealed.

lodged       what the chain tells, in its order; never changed
statements   digest ─► entry: made of records, and made anew at any time
lodged_head  how far both have come: one row, changed by compare-and-swap
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    RowMapping,
    Table,
    UniqueConstraint,
    delete,
    select,
    tuple_,
    update,
)

from huella.store import database
from huella.store.tables import Big, Words, metadata

lodged = Table(
    "lodged",
    metadata,
    # from 0 in the order in which they were taken over, so that a page goes on where the one before ended
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("digest", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("transaction", Words, nullable=False),
    Column("block_number", Big, nullable=False),
    Column("block_hash", Words, nullable=False),
    Column("position", Integer, nullable=False),
    Column("block_time", Big, nullable=False),
    UniqueConstraint("block_hash", "position", name="one_lodging_a_place"),
    Index("lodged_by_digest", "digest"),
)

statements = Table(
    "statements",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("entry", Big, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

lodged_head = Table(
    "lodged_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("block", Big, nullable=False),
    Column("entry", Big, nullable=False),
    Column("count", Big, nullable=False),
)


PLACES = 10


class Head(NamedTuple):
    """The first block and the first entry that were not looked at, and how many lodged digests are kept."""

    block: int
    entry: int
    kept: int


class Lodged(NamedTuple):
    """A lodged digest as the chain told it: hex throughout, the block's time in seconds since 1970."""

    digest: str
    account: str
    transaction: str
    block_number: int
    block_hash: str
    position: int
    block_time: int


class Register:
    """Reads and extends those tables."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def head(self) -> Head:
        """How far both sides have come."""
        chosen = select(lodged_head.c.block, lodged_head.c.entry, lodged_head.c.count)
        with database.reading(self._engine) as connection:
            return Head(*connection.execute(chosen.where(lodged_head.c.id == 1)).one())

    def take(self, before: Head, rows: Sequence[Lodged], following: int) -> bool:
        """Keep what the blocks from `before.block` up to `following` hold. False where another process was first.

        What is kept already stays as it is, so that blocks may be looked at again.
        """
        held = lodged_head.c.id == 1, lodged_head.c.block == before.block, lodged_head.c.count == before.kept
        with database.writing(self._engine) as connection:
            if connection.execute(update(lodged_head).where(*held).values(block=following)).rowcount != 1:
                return False
            new = [row for row in rows if not _kept(connection, row)]
            numbered = [(number, *row) for number, row in enumerate(new, before.kept)]
            database.insert_rows(connection, lodged, numbered)
            connection.execute(update(lodged_head).values(count=before.kept + len(new)))
        return True

    def look_again(self) -> None:
        """All blocks are looked at again, for instance where the network's operators rolled it back."""
        with database.writing(self._engine) as connection:
            connection.execute(update(lodged_head).values(block=0))

    def index(self, begin: int, end: int, rows: Sequence[tuple[str, int]]) -> bool:
        """Keep the digests of entries begin … end-1, as (digest, entry). False where another process was first."""
        moved = update(lodged_head).where(lodged_head.c.id == 1, lodged_head.c.entry == begin)
        with database.writing(self._engine) as connection:
            if connection.execute(moved.values(entry=end)).rowcount != 1:
                return False
            database.insert_rows(connection, statements, rows)
        return True

    def clear_index(self) -> None:
        """Empty the records' side: it is made again from the first entry on."""
        with database.writing(self._engine) as connection:
            connection.execute(delete(statements))
            connection.execute(update(lodged_head).values(entry=0))

    def of(self, digest: str) -> list[RowMapping]:
        """Where a digest was lodged, the earliest PLACES by block: anybody may lodge the same one again and again.

        Numbers are of arrival, and a second look at old blocks can bring an earlier place behind a later one.
        """
        order = lodged.c.block_number, lodged.c.position, lodged.c.number
        chosen = select(lodged).where(lodged.c.digest == digest).order_by(*order).limit(PLACES)
        with database.reading(self._engine) as connection:
            return list(connection.execute(chosen).mappings())

    def entries(self, digest: str) -> list[int]:
        """The entries whose records are known by a digest."""
        chosen = select(statements.c.entry).where(statements.c.digest == digest)
        with database.reading(self._engine) as connection:
            return list(connection.execute(chosen.order_by(statements.c.entry)).scalars())

    def page(self, first: int, limit: int) -> list[RowMapping]:
        """Lodged digests from a number on, each at its earliest place: lodged again says nothing new."""
        before = lodged.alias()
        place, other = (
            tuple_(table.c.block_number, table.c.position, table.c.number) for table in (lodged, before)
        )
        again = select(before.c.number).where(before.c.digest == lodged.c.digest, other < place).exists()
        chosen = select(lodged).where(lodged.c.number >= first, ~again).order_by(lodged.c.number).limit(limit)
        with database.reading(self._engine) as connection:
            return list(connection.execute(chosen).mappings())


def _kept(connection: Connection, row: Lodged) -> bool:
    same = select(lodged.c.number).where(
        lodged.c.block_hash == row.block_hash, lodged.c.position == row.position
    )
    return connection.execute(same).first() is not None
