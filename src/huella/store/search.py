"""The search index: which orders hold a word, as compact lists by blocks of the log. Made anew at any time.

    postings    term, block of 16,384 entries ─► places in the block of the orders that hold it, two bytes each

An order is named by its first entry, so that results come in the order of the log, the newest first, and a page goes on
where the one before ended. Nothing sealed is a term: what people may look for of it stands as a keyed hash.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    Table,
    delete,
    func,
    select,
    tuple_,
    update,
)

from huella.store import database
from huella.store.tables import Big, Words, deliveries, entries, items, metadata, orders

postings = Table(
    "postings",
    metadata,
    Column("term", Words, primary_key=True),
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("places", LargeBinary, nullable=False),
)

# How far the index has come: one row, changed by compare-and-swap.
search_head = Table(
    "search_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("next", Big, nullable=False),
)

BLOCK = 16_384
KEYED = "#"
"""What the terms begin with that are keyed hashes."""
_CHUNK = 400
_BLOCKS = 24
"""Blocks whose lists one question reads at most; then it tells where to go on."""


class Found(NamedTuple):
    """First entries of orders, the newest first, and where to go on (None: that was all)."""

    firsts: list[int]
    before: int | None


class Search:
    """The index of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def next(self) -> int:
        """The first entry that is not indexed."""
        with database.reading(self._engine) as connection:
            found = connection.execute(select(search_head.c.next).where(search_head.c.id == 1)).scalar_one()
        return int(found)

    def add(self, begin: int, end: int, terms: Mapping[str, Iterable[int]], gone: Sequence[int]) -> bool:
        """Entries begin … end-1 are read: their terms with the orders' first entries. False where another was first.

        `gone` are orders of which a sealed value was erased: they lose all keyed terms.
        """
        with database.writing(self._engine) as connection:
            moved = update(search_head).where(search_head.c.id == 1, search_head.c.next == begin)
            if connection.execute(moved.values(next=end)).rowcount != 1:
                return False
            _merge(connection, terms)
            for first in gone:
                _forget(connection, first)
        return True

    def clear(self) -> None:
        """Empty the index: it is made again from the first entry on."""
        with database.writing(self._engine) as connection:
            connection.execute(delete(postings))
            connection.execute(update(search_head).values(next=0))

    def find(self, terms: Sequence[str], before: int | None, most: int) -> Found:
        """Up to `most` orders that hold all of these terms, begun before an entry."""
        with database.reading(self._engine) as connection:
            blocks = _common(connection, terms, before)
            firsts: list[int] = []
            for number, block in enumerate(blocks):
                if number == _BLOCKS:
                    return Found(firsts, (block + 1) * BLOCK)
                places = _intersect(connection, terms, block)
                for place in sorted(places, reverse=True):
                    first = block * BLOCK + place
                    if before is not None and first >= before:
                        continue
                    if len(firsts) == most:
                        return Found(firsts, firsts[-1])
                    firsts.append(first)
        return Found(firsts, None)

    def orders_at(self, firsts: Sequence[int]) -> list[dict[str, object]]:
        """The orders that begin at some entries, in the same order, each with its first product and place."""
        if not firsts:
            return []
        with database.reading(self._engine) as connection:
            named = select(entries.c.subject).where(entries.c.index.in_(firsts))
            numbers = list(connection.execute(named).scalars())
            rows = connection.execute(select(orders).where(orders.c.number.in_(numbers))).mappings()
            found = {row["first_index"]: dict(row) for row in rows}
            about = select(items.c.order, items.c.description).where(
                items.c.order.in_(numbers), items.c.number == 1
            )
            products = {row.order: row.description for row in connection.execute(about)}
            first = (  # of orders that are delivered to hundreds of places, one
                select(deliveries.c.order, func.min(deliveries.c.number).label("number"))
                .where(deliveries.c.order.in_(numbers))
                .group_by(deliveries.c.order)
                .subquery()
            )
            same = (deliveries.c.order == first.c.order) & (deliveries.c.number == first.c.number)
            to = select(deliveries).join(first, same)
            places = {row.order: row for row in connection.execute(to)}
        for row in found.values():
            place = places.get(row["number"])
            row["product"] = products.get(row["number"])
            row["place"] = place and [place.department, place.province, place.district]
        return [found[first] for first in firsts if first in found]

    def numbers(self, begins: str, most: int) -> list[str]:
        """Order numbers that begin with a text, in order."""
        end = begins + "\U0010ffff"
        chosen = select(orders.c.number).where(orders.c.number >= begins, orders.c.number < end)
        with database.reading(self._engine) as connection:
            return list(connection.execute(chosen.order_by(orders.c.number).limit(most)).scalars())


def _common(connection: Connection, terms: Sequence[str], before: int | None) -> list[int]:
    """The blocks in which every term stands, the last first."""
    common: set[int] | None = None
    for term in terms:
        chosen = select(postings.c.block).where(postings.c.term == term)
        if before is not None:
            chosen = chosen.where(postings.c.block <= before // BLOCK)
        blocks = set(connection.execute(chosen).scalars())
        common = blocks if common is None else common & blocks
        if not common:
            return []
    return sorted(common or (), reverse=True)


def _intersect(connection: Connection, terms: Sequence[str], block: int) -> set[int]:
    chosen = select(postings.c.places).where(postings.c.term.in_(terms), postings.c.block == block)
    lists = sorted(connection.execute(chosen).scalars(), key=len)
    common = set(_unpacked(lists[0])) if lists else set()
    for body in lists[1:]:
        common.intersection_update(_unpacked(body))
    return common


def _merge(connection: Connection, terms: Mapping[str, Iterable[int]]) -> None:
    """Add places to the lists of their terms and blocks."""
    new: dict[tuple[str, int], set[int]] = {}
    for term, firsts in terms.items():
        for first in firsts:
            new.setdefault((term, first // BLOCK), set()).add(first % BLOCK)
    keys = sorted(new)
    for start in range(0, len(keys), _CHUNK):
        some = keys[start : start + _CHUNK]
        chosen = select(postings).where(tuple_(postings.c.term, postings.c.block).in_(some))
        for row in connection.execute(chosen):
            new[row.term, row.block].update(_unpacked(row.places))
    database.upsert_rows(connection, postings, [(*key, _packed(new[key])) for key in keys])


def _forget(connection: Connection, first: int) -> None:
    block, place = divmod(first, BLOCK)
    chosen = select(postings).where(
        postings.c.term >= KEYED, postings.c.term < chr(ord(KEYED) + 1), postings.c.block == block
    )
    for row in connection.execute(chosen).all():
        places = set(_unpacked(row.places))
        if place in places:
            same = (postings.c.term == row.term) & (postings.c.block == block)
            left = places - {place}
            connection.execute(
                update(postings).where(same).values(places=_packed(left))
                if left
                else delete(postings).where(same)
            )


def _packed(places: Iterable[int]) -> bytes:
    ordered = sorted(places)
    return struct.pack(f"<{len(ordered)}H", *ordered)


def _unpacked(body: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(body) // 2}H", body)


def heads(connection: Connection) -> list[tuple[Any, Any]]:
    """Every row that tells how far the index has come, as it stands: number and next entry."""
    return [tuple(row) for row in connection.execute(select(search_head).order_by(search_head.c.id))]


def blocks(connection: Connection) -> list[int]:
    """The blocks that have lists."""
    return list(connection.execute(select(postings.c.block).distinct()).scalars())


def lists(connection: Connection, block: int) -> Iterator[tuple[str, list[int] | None]]:
    """Each term of a block with the first entries in its list; None for what is no list."""
    chosen = select(postings.c.term, postings.c.places).where(postings.c.block == block)
    for term, body in connection.execute(chosen):
        if not isinstance(body, bytes | memoryview) or len(body) % 2:
            yield str(term), None
            continue
        places = _unpacked(bytes(body))
        rising = all(left < right for left, right in itertools.pairwise(places))
        yield str(term), [block * BLOCK + place for place in places] if rising else None


def begun(connection: Connection, block: int, end: int) -> set[int]:
    """The first entries, before `end`, of the orders that begin in a block."""
    first = orders.c.first_index
    chosen = select(first).where(first >= block * BLOCK, first < min((block + 1) * BLOCK, end))
    return set(connection.execute(chosen).scalars())
