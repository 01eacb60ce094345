"""One moment of the database, read in order and with flat memory: what the audit compares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import structs
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Row,
    RowMapping,
    Select,
    Table,
    func,
    select,
    type_coerce,
)

from huella.store.database import among, fetch
from huella.store.journal import Entry
from huella.store.tables import (
    Cents,
    annexes,
    batches,
    closings,
    disclosures,
    documents,
    entries,
    log,
    offers,
    orders,
    parties,
    procedures,
    submissions,
    tiles,
)

PAGE = 500


class Head(NamedTuple):
    """The log's row as it stands."""

    size: int
    recorded_at: str
    frontier: bytes
    checkpoint: str | None


class Snapshot:
    """Reads inside one transaction of the caller."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kinds: set[Any] | None = None

    def head(self) -> Head | None:
        """The log's row, None where it is gone."""
        row = self._connection.execute(
            select(log.c.size, log.c.recorded_at, log.c.frontier, log.c.checkpoint).where(log.c.id == 1)
        ).first()
        return (
            None
            if row is None
            else Head(
                row.size, row.recorded_at, _bytes(row.frontier), row.checkpoint and _text(row.checkpoint)
            )
        )

    def other_heads(self) -> list[Any]:
        """The numbers of further rows in the head's table, which has one."""
        return list(self._connection.execute(select(log.c.id).where(log.c.id != 1)).scalars())

    def size(self) -> int:
        """Entries by their highest index, whatever the head's row says."""
        highest = self._connection.execute(select(func.max(entries.c.index))).scalar_one()
        return 0 if highest is None else int(highest) + 1

    def dense_size(self, signed: int) -> int:
        """The same, but behind the `signed` ones up to the first gap: a row far above all others makes no log long."""
        size = self.size()
        if size <= signed + 1:
            return size
        size = signed
        while True:
            chosen = select(entries.c.index).where(entries.c.index >= size).order_by(entries.c.index)
            page = list(self._connection.execute(chosen.limit(PAGE)).scalars())
            dense = sum(1 for place, index in enumerate(page) if index == size + place)
            size += dense
            if dense < PAGE:
                return size

    def strays(self, size: int) -> list[int]:
        """Entries outside the log of so many: below its beginning or behind its end; a page at most."""
        outside = (entries.c.index < 0) | (entries.c.index >= size)
        chosen = select(entries.c.index).where(outside).order_by(entries.c.index).limit(PAGE)
        return list(self._connection.execute(chosen).scalars())

    def entries(self, first: int, end: int) -> list[Entry]:
        """Entries first … end-1; what is missing is missing."""
        chosen = (
            select(entries).where(entries.c.index >= first, entries.c.index < end).order_by(entries.c.index)
        )
        return [_entry(row) for row in self._fetch(chosen)]

    def subjects(self, since: int) -> Iterator[list[Entry]]:
        """Each subject's entries by sequence, subjects in order, those with an entry from `since` on."""
        after: str | None = None
        while True:
            chosen = select(entries.c.subject).distinct().order_by(entries.c.subject)
            if after is not None:
                chosen = chosen.where(entries.c.subject > after)
            if since:
                chosen = chosen.where(entries.c.index >= since)
            names = list(self._connection.execute(chosen.limit(PAGE)).scalars())
            if not names:
                return
            yield from self.groups(names, whole=not since)
            after = names[-1]

    def names(self, over: str, most: int) -> list[str]:
        """So many subjects behind one, in order."""
        chosen = select(entries.c.subject).distinct().where(entries.c.subject > over)
        return list(self._connection.execute(chosen.order_by(entries.c.subject).limit(most)).scalars())

    def groups(self, names: Sequence[str], whole: bool = True) -> Iterator[list[Entry]]:
        """The entries of some subjects, given in order, each subject's by sequence; `whole` where nobody stands between
        them."""
        if not names:
            return
        between = (entries.c.subject >= names[0]) & (entries.c.subject <= names[-1])
        within = between if whole else entries.c.subject.in_(names)
        rows = self._fetch(select(entries).where(within).order_by(entries.c.subject, entries.c.seq))
        wanted = {_text(name) for name in names}
        group: list[Entry] = []
        for row in rows:
            stored = _entry(row)
            if group and stored.subject != group[0].subject:
                yield group
                group = []
            if stored.subject in wanted:
                group.append(stored)
        if group:
            yield group

    def rows(
        self, table: Table, key: str, over: Any, upto: str | None, most: int | None = None
    ) -> list[tuple[Any, ...]]:
        """Rows of a derived table whose key is above `over` and at most `upto` (None: no end), in the key's order; at
        most `most` of them.

        Values come as the driver stores them, amounts in hundredths: what somebody put there may be no amount.
        """
        column = table.c[key]
        chosen = _raw(table).limit(most)
        if over is not None:
            chosen = chosen.where(column > over)
        if upto is not None:
            chosen = chosen.where(column <= upto)
        return self._derived(table, chosen)

    def rows_of(self, table: Table, key: str, wanted: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The same of those whose key is one of some."""
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(wanted), PAGE):
            some = sorted(wanted)[start : start + PAGE]
            found += self._derived(table, _raw(table).where(table.c[key].in_(some)))
        return found

    def _derived(self, table: Table, chosen: Select[Any]) -> list[tuple[Any, ...]]:
        if any(isinstance(each.type, Boolean) for each in table.columns):  # numbers to SQLite
            return [tuple(row) for row in self._connection.execute(chosen)]
        return self._fetch(chosen)

    def _fetch(self, chosen: Select[Any]) -> list[tuple[Any, ...]]:
        return fetch(self._connection, chosen)

    def parties(self) -> Iterator[Row[Any]]:
        """All parties."""
        yield from self._connection.execute(select(parties))

    def some_parties(self, over: str, most: int) -> list[tuple[Any, ...]]:
        """So many parties behind one, in order."""
        chosen = select(parties).where(parties.c.ruc > over).order_by(parties.c.ruc).limit(most)
        return [tuple(row) for row in self._connection.execute(chosen)]

    def parties_of(self, rucs: Sequence[str]) -> list[Any]:
        """The parties with these RUCs."""
        found: list[Any] = []
        for start in range(0, len(rucs), PAGE):
            chosen = select(parties).where(parties.c.ruc.in_(rucs[start : start + PAGE]))
            found += self._connection.execute(chosen)
        return found

    def roles(self, ruc: str) -> tuple[bool, bool]:
        """Whether some order has this party as entity, and as supplier."""
        whose = (orders.c.entity_ruc == ruc, orders.c.supplier_ruc == ruc)
        found = [
            self._connection.execute(select(orders.c.number).where(one).limit(1)).first() for one in whose
        ]
        return found[0] is not None, found[1] is not None

    def annex(self, sha256: str) -> bytes | None:
        """An annex's bytes as they stand."""
        body = self._connection.execute(
            select(annexes.c.body).where(annexes.c.sha256 == sha256)
        ).scalar_one_or_none()
        return None if body is None else _bytes(body)

    def boxes(self, indexes: Sequence[int]) -> dict[int, tuple[int, bytes]]:
        """Key number and boxes of each entry that has a row in the vault."""
        chosen = select(disclosures).where(among(self._connection, disclosures.c.index, indexes))
        return {index: (key, _bytes(boxes)) for index, key, boxes in self._fetch(chosen)}

    def box_count(self) -> int:
        """How many entries have a row in the vault."""
        return int(self._connection.execute(select(func.count()).select_from(disclosures)).scalar_one())

    def box_places(self, first: int | None, end: int | None) -> Iterator[tuple[int, bytes | None]]:
        """Index of each row of the vault from one (None: below all) to before another, and that entry's record."""
        after = None if first is None else first - 1
        joined = disclosures.outerjoin(entries, entries.c.index == disclosures.c.index)
        while True:
            chosen = select(disclosures.c.index, entries.c.record).select_from(joined)
            if after is not None:
                chosen = chosen.where(disclosures.c.index > after)
            if end is not None:
                chosen = chosen.where(disclosures.c.index < end)
            page = self._connection.execute(chosen.order_by(disclosures.c.index).limit(PAGE)).all()
            for index, raw in page:
                yield _index(index), None if raw is None else _bytes(raw)
            if len(page) < PAGE:
                return
            after = page[-1][0]

    def of_subject(self, subject: str) -> list[Entry]:
        """A subject's entries by sequence."""
        chosen = select(entries).where(entries.c.subject == subject).order_by(entries.c.seq)
        return [_entry(row) for row in self._connection.execute(chosen)]

    def of_subjects(self, names: Sequence[str]) -> dict[str, list[Entry]]:
        """The entries of some subjects by sequence; those that have none are left out."""
        found: dict[str, list[Entry]] = {}
        for start in range(0, len(names), PAGE):
            some = entries.c.subject.in_(names[start : start + PAGE])
            for row in self._connection.execute(select(entries).where(some).order_by(entries.c.seq)):
                found.setdefault(_text(row.subject), []).append(_entry(row))
        return found

    def refusals(self, since: int, end: int | None = None) -> Iterator[Entry]:
        """The entries of kind offer.refused from `since` to before `end`."""
        if not since and not self._occurring(["offer.refused"]):
            return
        chosen = select(entries).where(
            entries.c.kind == "offer.refused", *_within(entries.c.index, since, end)
        )
        for row in self._connection.execute(chosen.order_by(entries.c.index)):
            yield _entry(row)

    # ------------------------------------------------------------------------------------------------- procedures

    def closing_dates(self, since: int) -> list[str]:
        """The closing dates of all procedures and offers with an entry from `since` on, in order."""
        of_offers, of_procedures = select(offers.c.closes_on), select(closings.c.date)
        if since:  # by the entries' own index
            new = select(entries.c.subject).where(entries.c.index >= since)
            of_offers = of_offers.where(offers.c.code.in_(new))
            of_procedures = of_procedures.where(closings.c.requirement.in_(new))
        rows = self._connection.execute(of_offers.union(of_procedures)).scalars()
        return sorted({_text(date) for date in rows} - {""})

    def dates_behind(self, over: str, most: int) -> list[str]:
        """So many closing dates of procedures and offers behind one, in order."""
        columns = (offers.c.closes_on, closings.c.date)
        pages = [
            self._connection.execute(select(c).distinct().where(c > over).order_by(c).limit(most))
            .scalars()
            .all()
            for c in columns
        ]
        return sorted({_text(date) for page in pages for date in page} - {""})[:most]

    def closing_on(self, date: str) -> list[str]:
        """The numbers of the procedures that ever announced a date for their close, in order."""
        chosen = select(closings.c.requirement).where(closings.c.date == date)
        return [
            _text(number) for number in self._connection.execute(chosen.order_by("requirement")).scalars()
        ]

    def offers_on(self, date: str, since: int = 0) -> list[str]:
        """The codes of the offers whose last record shows a date, in order; those with an entry from `since` on."""
        chosen = select(offers.c.code).where(offers.c.closes_on == date, offers.c.last_index >= since)
        return [_text(code) for code in self._connection.execute(chosen.order_by(offers.c.code)).scalars()]

    def overdue(
        self, now: str, first: str | None = None, last: str | None = None
    ) -> list[tuple[str, str, int]]:
        """Number, closing time and last entry of the procedures that should have been closed; those that announced a
        closing date from `first` to `last`, where these are given."""
        late = (procedures.c.status == "open") & (procedures.c.closes_at < now)
        dated = [*_within(closings.c.date, first, None), *([] if last is None else [closings.c.date <= last])]
        if dated:
            late &= procedures.c.number.in_(select(closings.c.requirement).where(*dated))
        columns = procedures.c.number, procedures.c.closes_at, procedures.c.last_index
        rows = self._connection.execute(select(*columns).where(late).order_by(procedures.c.number))
        return [(_text(row.number), _text(row.closes_at), _index(row.last_index)) for row in rows]

    def linked_orders(self, since: int, end: int | None = None) -> list[tuple[str, int]]:
        """Number and first entry of the orders that say they come from a procedure, begun from `since` to before
        `end`."""
        if end is None:
            begun = _within(orders.c.first_index, since, None)
        else:  # the orders have no index by entry, the entries have
            begun = [
                orders.c.number.in_(select(entries.c.subject).where(*_within(entries.c.index, since, end)))
            ]
        linked = select(orders.c.number, orders.c.first_index).where(
            orders.c.requirement.is_not(None), *begun
        )
        return [(_text(row.number), _index(row.first_index)) for row in self._connection.execute(linked)]

    def submissions(
        self, kinds: Sequence[str], since: int, end: int | None = None
    ) -> Iterator[tuple[Entry, bytes | None, bytes]]:
        """Each entry of these kinds from `since` to before `end` with what was handed in for it (None: nothing kept)
        and its MAC."""
        kinds = kinds if since else self._occurring(kinds)
        if not kinds:
            return
        after = since - 1
        joined = entries.outerjoin(submissions, submissions.c.entry == entries.c.index)
        while True:
            chosen = (
                select(entries, submissions.c.body, submissions.c.mac.label("word"))
                .select_from(joined)
                .where(entries.c.kind.in_(kinds), *_within(entries.c.index, after + 1, end))
                .order_by(entries.c.index)
                .limit(PAGE // 10)
            )
            page = self._connection.execute(chosen).all()
            for row in page:
                body = None if row.body is None else _bytes(row.body)
                yield _entry(row[: len(entries.c)]), body, b"" if row.word is None else _bytes(row.word)
            if not page:
                return
            after = _index(page[-1][0])

    def stray_submissions(self, kinds: Sequence[str], over: int | None, upto: int | None) -> list[int]:
        """Entries that something is kept for and that are no offer's, from one (None: below all) to before another."""
        mine = (entries.c.index == submissions.c.entry) & entries.c.kind.in_(kinds)
        within = _within(submissions.c.entry, over, upto)
        chosen = select(submissions.c.entry).where(~select(entries.c.index).where(mine).exists(), *within)
        return [_index(entry) for entry in self._connection.execute(chosen).scalars()]

    def anchors_of(self, index: int) -> list[tuple[int, int] | None]:
        """Block number and time (seconds since 1970) of the last anchor before an entry, and of its own."""
        columns = batches.c.block_number, batches.c.block_time
        final = select(*columns).where(batches.c.state == "final", batches.c.block_time.is_not(None))
        before = final.where(batches.c.size <= index).order_by(batches.c.first.desc()).limit(1)
        own = final.where(batches.c.first <= index, batches.c.size > index).limit(1)
        found = [self._connection.execute(chosen).first() for chosen in (before, own)]
        return [None if row is None else (_index(row[0]), _index(row[1])) for row in found]

    def placed(
        self, wanted: Sequence[str], since: int = 0, end: int | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """Index and record of the entries of some kinds from `since` to before `end`, in the order of the log."""
        wanted = wanted if since else self._occurring(wanted)
        if not wanted:
            return
        within = _within(entries.c.index, since or None, end)
        chosen = select(entries.c.index, entries.c.record).where(entries.c.kind.in_(wanted), *within)
        for index, raw in self._connection.execute(chosen.order_by(entries.c.index)):
            yield _index(index), _bytes(raw)

    def _occurring(self, wanted: Sequence[str]) -> list[str]:
        """Those of some kinds that an entry has: each look for one among all entries reads them all, and most logs have
        few kinds."""
        if self._kinds is None:
            self._kinds = {kind for (kind,) in self._fetch(select(entries.c.kind).distinct())}
        return [kind for kind in wanted if kind in self._kinds]

    def tokens(self, size: int, first: Sequence[str]) -> int:
        """How many orders begin before entry `size`, by the columns (which are held against the records)."""
        begins = (entries.c.index < size) & (entries.c.seq == 0) & entries.c.kind.in_(first)
        chosen = select(func.count()).select_from(entries).where(begins)
        return int(self._connection.execute(chosen).scalar_one())

    def begun(self, size: int, first: Sequence[str]) -> list[int]:
        """The first entries of the orders that begin before entry `size`."""
        begins = (entries.c.index < size) & (entries.c.seq == 0) & entries.c.kind.in_(first)
        chosen = select(entries.c.index).where(begins).order_by(entries.c.index)
        return [_index(index) for index in self._connection.execute(chosen).scalars()]

    def documents(self, over: str = "", most: int | None = None) -> Iterator[tuple[str, str, int, bytes]]:
        """Name (SHA-256 in hex), subject, entry that names it and bytes of so many stored documents behind one."""
        chosen = select(documents.c.sha256).order_by(documents.c.sha256).limit(most)
        if over:
            chosen = chosen.where(documents.c.sha256 > over)
        for name in list(self._connection.execute(chosen).scalars()):
            row = self._connection.execute(select(documents).where(documents.c.sha256 == name)).one()
            yield _text(name), _text(row.subject), _index(row.entry), _bytes(row.body)

    def batch(self, first: int) -> RowMapping | None:
        """A batch's row."""
        return self._connection.execute(select(batches).where(batches.c.first == first)).mappings().first()

    def outbox(self, begin: int = 0, end: int | None = None) -> Iterator[tuple[int, int, bytes, str, str]]:
        """First, size, root, checkpoint and state of the batches with a first leaf from `begin` (0: and below) to
        before `end`, in order."""
        columns = batches.c.first, batches.c.size, batches.c.root, batches.c.checkpoint, batches.c.state
        chosen = select(*columns).order_by(batches.c.first)
        if begin:
            chosen = chosen.where(batches.c.first >= begin)
        if end is not None:
            chosen = chosen.where(batches.c.first < end)
        for row in self._connection.execute(chosen):
            yield row.first, row.size, row.root, _text(row.checkpoint), row.state

    def tiles(self, over: tuple[int, int] = (-1, -1)) -> Iterator[tuple[int, int, bytes, bytes]]:
        """Level, number, root and hashes of each tile behind level and number of one, a page at a time."""
        level, number = over
        while True:
            later = (tiles.c.level > level) | ((tiles.c.level == level) & (tiles.c.number > number))
            chosen = select(tiles).where(later).order_by(tiles.c.level, tiles.c.number).limit(PAGE)
            page = self._connection.execute(chosen).all()
            if not page:
                return
            for row in page:
                yield _index(row.level), _index(row.number), _bytes(row.root), _bytes(row.hashes)
            level, number = page[-1].level, page[-1].number

    def tile_hashes(self, level: int, number: int) -> list[bytes]:
        """What a tile should hold: the leaves, or the roots of the tiles, below it."""
        first, end = number * 256, (number + 1) * 256
        if level == 0:
            chosen = (
                select(entries.c.leaf)
                .where(entries.c.index >= first, entries.c.index < end)
                .order_by(entries.c.index)
            )
        else:
            below = (tiles.c.level == level - 1) & (tiles.c.number >= first) & (tiles.c.number < end)
            chosen = select(tiles.c.root).where(below).order_by(tiles.c.number)
        return [_bytes(value) for (value,) in self._fetch(chosen)]

    def tile_count(self, level: int) -> int:
        """How many tiles of a level there are."""
        chosen = select(func.count()).select_from(tiles).where(tiles.c.level == level)
        return int(self._connection.execute(chosen).scalar_one())


def _within(column: Any, first: int | str | None, end: int | str | None) -> list[Any]:
    """What holds of a column from one value (None: no beginning) to before another (None: no end)."""
    return [*([] if first is None else [column >= first]), *([] if end is None else [column < end])]


def _raw(table: Table) -> Select[Any]:
    """A table's columns as they are stored, in the order of its primary key."""
    raw = [type_coerce(c, BigInteger) if isinstance(c.type, Cents) else c for c in table.columns]
    return select(*raw).order_by(*table.primary_key.columns)


# SQLite takes a value of any type in any column: what somebody put there must be named, not stop the audit.


def _entry(row: Any) -> Entry:
    stored = Entry(*row)
    if type(stored.leaf) is type(stored.record) is type(stored.mac) is bytes and type(stored.subject) is str:
        return stored
    return structs.replace(
        stored,
        leaf=_bytes(stored.leaf),
        record=_bytes(stored.record),
        mac=_bytes(stored.mac),
        subject=_text(stored.subject),
    )


def _bytes(value: Any) -> bytes:
    if type(value) is bytes:
        return value
    return bytes(value) if isinstance(value, bytearray | memoryview) else str(value).encode()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _index(value: Any) -> int:
    return value if isinstance(value, int) else -1
