"""The journal: the only writer of entries. Indexes have no gaps, whoever writes.

with journal.hold(now) as held:      the head row first: from here nobody else can append
    tails = held.tails(subjects)     what stands before
    held.append(entries)             rows, annexes, tiles, head
                                     commit: from here the records exist
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from huella.errors import StoreError
from huella.proof.merkle import Frontier, root
from huella.store import database
from huella.store.tables import annexes, entries, log, tiles

HASH = 32
TILE = 256
_CHUNK = 500
_NO_HEAD = "the row of the log's head is missing"


class NewEntry(msgspec.Struct, frozen=True, gc=False):
    """A record on its way into the log, with the annexes (exact bytes) that it names."""

    record: bytes
    leaf: bytes
    kind: str
    subject: str
    seq: int
    recorded_at: str
    mac: bytes
    annexes: tuple[bytes, ...] = ()


class Entry(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A stored entry; everything but `record` is an index over it."""

    index: int
    leaf: bytes
    record: bytes
    kind: str
    subject: str
    seq: int
    recorded_at: str
    mac: bytes


class Journal:
    """Reads and extends the log of one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def begin(self) -> None:
        """Make the head of an empty log; one that exists stays as it is."""
        with database.writing(self.engine) as connection:
            if connection.execute(select(log.c.size)).first() is None:
                connection.execute(insert(log).values(id=1, size=0, recorded_at="", frontier=b""))

    @contextmanager
    def hold(self) -> Iterator[Held]:
        """One transaction that holds the head row until it commits."""
        try:
            with database.writing(self.engine) as connection:
                rows = connection.execute(
                    update(log)
                    .where(log.c.id == 1)
                    .values(size=log.c.size)
                    .returning(log.c.size, log.c.recorded_at, log.c.frontier)
                ).all()
                row = _only(rows)
                yield Held(connection, Frontier(row.size, _unpack(row.frontier)), row.recorded_at)
        except IntegrityError as error:
            raise StoreError(f"the database holds rows that nobody sealed: {error.orig}") from error

    def size(self) -> int:
        """How many entries the log has."""
        with database.reading(self.engine) as connection:
            sizes = connection.execute(select(log.c.size).where(log.c.id == 1)).scalars().all()
        return int(_only(sizes))

    def head(self) -> tuple[int, bytes, str | None]:
        """Size, root and the newest signed checkpoint (None before the first)."""
        with database.reading(self.engine) as connection:
            row = connection.execute(
                select(log.c.size, log.c.frontier, log.c.checkpoint).where(log.c.id == 1)
            ).first()
        if row is None:
            raise StoreError(_NO_HEAD)
        return row.size, Frontier(row.size, _unpack(row.frontier)).root(), row.checkpoint

    def keep_checkpoint(self, size: int, note: str, kept: str | None = None) -> None:
        """Keep a signed checkpoint as the newest; one for a smaller log than the newest is dropped.

        `kept` is the one that was the newest a moment ago: where it still is, one statement does it.
        """
        with database.writing(self.engine) as connection:
            if kept is not None and _size_of(kept) <= size:
                swapped = update(log).where(log.c.id == 1, log.c.checkpoint == kept).values(checkpoint=note)
                if connection.execute(swapped).rowcount == 1:
                    return
            # the row held: else a shorter head could be written over a longer one that another process keeps meanwhile
            newest = select(log.c.checkpoint).where(log.c.id == 1).with_for_update()
            current = connection.execute(newest).scalars().first()
            if _size_of(current) <= size:
                connection.execute(update(log).where(log.c.id == 1).values(checkpoint=note))

    def entry(self, index: int) -> Entry | None:
        """One entry, None beyond the end."""
        with database.reading(self.engine) as connection:
            row = connection.execute(select(entries).where(entries.c.index == index)).first()
        return None if row is None else Entry(*row)

    def entries(self, first: int, end: int) -> list[Entry]:
        """Entries first … end-1 in order."""
        chosen = (
            select(entries).where(entries.c.index >= first, entries.c.index < end).order_by(entries.c.index)
        )
        with database.reading(self.engine) as connection:
            return [Entry(*row) for row in connection.execute(chosen)]

    def leaves(self, first: int, end: int) -> list[bytes]:
        """Leaf hashes of entries first … end-1."""
        with database.reading(self.engine) as connection:
            return _leaves(connection, first, end)

    def sealed_leaves(self, first: int, end: int) -> list[tuple[bytes, bytes]]:
        """Leaf hash and MAC of entries first … end-1."""
        chosen = select(entries.c.leaf, entries.c.mac).where(entries.c.index >= first, entries.c.index < end)
        with database.reading(self.engine) as connection:
            rows = database.fetch(connection, chosen.order_by(entries.c.index))
            return [(bytes(leaf), bytes(mac)) for leaf, mac in rows]

    def of_subject(self, subject: str) -> list[Entry]:
        """A subject's entries by sequence."""
        chosen = select(entries).where(entries.c.subject == subject).order_by(entries.c.seq)
        with database.reading(self.engine) as connection:
            return [Entry(*row) for row in connection.execute(chosen)]

    def of_kind(self, subject: str, kind: str, since: int = 0, limit: int | None = None) -> list[Entry]:
        """A subject's entries of one kind from an index on, by sequence; at most `limit` of them."""
        chosen = (
            select(entries)
            .where(entries.c.subject == subject, entries.c.kind == kind, entries.c.index >= since)
            .limit(limit)
        )
        with database.reading(self.engine) as connection:
            return [Entry(*row) for row in connection.execute(chosen.order_by(entries.c.seq))]

    def latest(self, kind: str, subjects: Sequence[str]) -> dict[str, Entry]:
        """The newest entry of a kind for each subject that has one."""
        found: dict[str, Entry] = {}
        with database.reading(self.engine) as connection:
            for start in range(0, len(subjects), _CHUNK):
                some = entries.c.subject.in_(subjects[start : start + _CHUNK])
                rows = connection.execute(
                    select(entries).where(some, entries.c.kind == kind).order_by(entries.c.seq)
                )
                found.update((entry.subject, entry) for entry in (Entry(*row) for row in rows))
        return found

    def beginning(self, prefix: str, over: str, most: int) -> list[list[Entry]]:
        """The next subjects that begin with a text, behind `over`, each with all its entries by sequence."""
        names = (
            select(entries.c.subject)
            .where(
                entries.c.subject > max(over, prefix), entries.c.subject < prefix + "\x7f", entries.c.seq == 0
            )
            .order_by(entries.c.subject)
            .limit(most)
            .subquery()
        )
        chosen = select(entries).join(names, entries.c.subject == names.c.subject)
        found: dict[str, list[Entry]] = {}
        with database.reading(self.engine) as connection:
            for row in connection.execute(chosen.order_by(entries.c.subject, entries.c.seq)):
                found.setdefault(row.subject, []).append(Entry(*row))
        return list(found.values())

    def annex(self, sha256: str) -> bytes | None:
        """An annex's bytes by digest."""
        with database.reading(self.engine) as connection:
            return connection.execute(
                select(annexes.c.body).where(annexes.c.sha256 == sha256)
            ).scalar_one_or_none()

    def tree(self) -> Tree:
        """The tree's complete subtrees, for proofs."""
        return Tree(self.engine)


class Held:
    """The log while one transaction holds it. `size` and `recorded_at` are those before anything is appended."""

    def __init__(self, connection: Connection, frontier: Frontier, recorded_at: str) -> None:
        self.connection = connection
        self.recorded_at = recorded_at
        self._frontier = frontier

    @property
    def size(self) -> int:
        """The index that the next entry gets."""
        return self._frontier.size

    def root(self) -> bytes:
        """The root before anything is appended."""
        return self._frontier.root()

    def last(self) -> Entry | None:
        """The log's newest entry."""
        row = self.connection.execute(select(entries).where(entries.c.index == self.size - 1)).first()
        return None if row is None else Entry(*row)

    def entry(self, index: int) -> Entry | None:
        """One entry, None beyond the end."""
        row = self.connection.execute(select(entries).where(entries.c.index == index)).first()
        return None if row is None else Entry(*row)

    def tails(self, subjects: Sequence[str]) -> dict[str, Entry]:
        """The newest entry of each subject that has one."""
        newest = (
            select(entries.c.subject, func.max(entries.c.seq).label("seq"))
            .where(database.among(self.connection, entries.c.subject, subjects))
            .group_by(entries.c.subject)
            .subquery()
        )
        same = (entries.c.subject == newest.c.subject) & (entries.c.seq == newest.c.seq)
        rows = self.connection.execute(select(entries).join(newest, same))
        return {row.subject: Entry(*row) for row in rows}

    def records(self, subject: str) -> list[tuple[int, bytes]]:
        """Index and bytes of a subject's records by sequence."""
        chosen = (
            select(entries.c.index, entries.c.record)
            .where(entries.c.subject == subject)
            .order_by(entries.c.seq)
        )
        return [(index, raw) for index, raw in self.connection.execute(chosen)]

    def annex(self, sha256: str) -> bytes:
        """An annex's bytes; StoreError where a record names one that is not there."""
        body = self.connection.execute(
            select(annexes.c.body).where(annexes.c.sha256 == sha256)
        ).scalar_one_or_none()
        if body is None:
            raise StoreError(f"the annex {sha256} is missing")
        return bytes(body)

    def append(self, new: Sequence[NewEntry]) -> bytes:
        """Write the entries at the next indexes and move the head; the new root. Nothing stands before commit."""
        first = self.size
        rows = [
            (first + n, e.leaf, e.record, e.kind, e.subject, e.seq, e.recorded_at, e.mac)
            for n, e in enumerate(new)
        ]
        database.insert_rows(self.connection, entries, rows)
        self._keep_annexes(body for entry in new for body in entry.annexes)
        leaves = [entry.leaf for entry in new]
        self._frontier.extend(leaves)
        self._complete_tiles(first, leaves)
        self.connection.execute(
            update(log)
            .where(log.c.id == 1)
            .values(size=self.size, recorded_at=new[-1].recorded_at, frontier=b"".join(self._frontier.hashes))
        )
        return self._frontier.root()

    def _keep_annexes(self, bodies: Iterable[bytes]) -> None:
        """Annexes are content-addressed: the same bytes are kept once."""
        rows = [{"sha256": hashlib.sha256(body).hexdigest(), "body": body} for body in bodies]
        if rows:
            database.insert_new(self.connection, annexes, rows)

    def _complete_tiles(self, before: int, new: Sequence[bytes]) -> None:
        """Write the tiles that new hashes from index `before` on complete, level by level."""
        level = 0
        while before // TILE < (before + len(new)) // TILE:
            first, end = before // TILE, (before + len(new)) // TILE
            hashes = [*_hashes(self.connection, level, first * TILE, before), *new]
            rows = []
            for number in range(first, end):
                inside = hashes[(number - first) * TILE : (number - first + 1) * TILE]
                rows.append((level, number, root(inside), b"".join(inside)))
            database.insert_rows(self.connection, tiles, rows)
            level, before, new = level + 1, first, [row[2] for row in rows]


class Tree:
    """Hashes of complete subtrees out of the stored tiles, as `proof.merkle.Node`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[tuple[int, int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """The root of the complete subtree of 2**level leaves at leaf index * 2**level."""
        tile_level, height = divmod(level, 8)
        return self._inside(tile_level, height, index)

    def _inside(self, tile_level: int, height: int, index: int) -> bytes:
        place = tile_level, height, index
        if place not in self._kept:
            self._load(tile_level, index << height >> 8)
        if place not in self._kept:
            raise StoreError("the tree's hashes are not all there: tiles or entries are missing")
        return self._kept[place]

    def _load(self, tile_level: int, number: int) -> None:
        """Take in one tile, complete or not, with every complete subtree inside it."""
        if len(self._kept) > 64 * TILE:
            self._kept.clear()
        with database.reading(self._engine) as connection:
            row = _hashes(connection, tile_level, number * TILE, (number + 1) * TILE)
        start, height = number * TILE, 0
        while row:
            for offset, value in enumerate(row):
                self._kept[tile_level, height, start + offset] = value
            pairs = zip(row[0::2], row[1::2], strict=False)
            row = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
            start, height = start // 2, height + 1


def _only(rows: Sequence[Any]) -> Any:
    """The log's one head. StoreError where there is none, or where somebody put a second one there."""
    if len(rows) != 1:
        raise StoreError("there are two rows of the log's head" if rows else _NO_HEAD)
    return rows[0]


def _size_of(note: str | None) -> int:
    """The size that a kept checkpoint tells; -1 where there is none, or what stands there is none."""
    lines = (note or "").split("\n")
    return int(lines[1]) if len(lines) > 1 and lines[1].isascii() and lines[1].isdigit() else -1


def _hashes(connection: Connection, level: int, first: int, end: int) -> list[bytes]:
    """Tile entries first … end-1 of a level: leaves at level 0, roots of the complete tiles below otherwise."""
    if level == 0:
        return _leaves(connection, first, end)
    chosen = (
        select(tiles.c.root)
        .where(tiles.c.level == level - 1, tiles.c.number >= first, tiles.c.number < end)
        .order_by(tiles.c.number)
    )
    return [bytes(root) for root in connection.execute(chosen).scalars()]


def _leaves(connection: Connection, first: int, end: int) -> list[bytes]:
    chosen = (
        select(entries.c.leaf)
        .where(entries.c.index >= first, entries.c.index < end)
        .order_by(entries.c.index)
    )
    return [bytes(leaf) for leaf in connection.execute(chosen).scalars()]


def _unpack(packed: bytes) -> list[bytes]:
    return [packed[at : at + HASH] for at in range(0, len(packed), HASH)]
