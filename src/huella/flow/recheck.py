"""The audit's second pass, subject by subject: columns, chains, tables, vault, documents against the records.

subjects ─► pages, read here ─► checked here, or in two more processes where there are many ─► what they add up to
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import NamedTuple

import msgspec

from huella.errors import InputError, StoreError
from huella.flow.bulk import Workers, begin_worker
from huella.flow.facts_audit import Law
from huella.flow.figures_audit import check_figures
from huella.flow.findings import Report
from huella.flow.house import House
from huella.flow.kept_audit import Kept
from huella.flow.rights_audit import Known, Rights
from huella.flow.subjects_audit import DERIVED, Page, Subjects, Told
from huella.records import record
from huella.records.record import Annex
from huella.store.derive import PartyRow, merge
from huella.store.journal import Entry
from huella.store.snapshot import Snapshot
from huella.store.tally import Tally

PAGE = 1_000
"""Entries of a page at most, about."""
PAGE_BYTES = 8_000_000
"""Bytes of its records and their annexes, about."""
WORTHWHILE = 5_000
"""Entries from which on more processes pay."""
AHEAD = 4
"""Pages that wait for them at most."""

Span = tuple[str | None, str | None]
"""Subjects behind the first one, up to the second."""
Erased = dict[tuple[int, str], int]

_page = msgspec.msgpack.Decoder(Page)
_context: list[tuple[Law, Erased]] = []


class _Sent(NamedTuple):
    """A page on its way, its subjects and their span, and what a process says of it; None: look at it here."""

    groups: list[list[Entry]]
    span: Span
    told: Future[Told | None] | None


class Recheck:
    """Derives everything again from the records of one snapshot and compares."""

    def __init__(
        self, house: House, snapshot: Snapshot, report: Report, since: int, known: Known | None = None
    ) -> None:
        self._house = house
        self._snapshot = snapshot
        self._report = report
        self._since = since
        self._parties: dict[str, PartyRow] = {}
        self._firsts: list[int] = []
        self._sealing = 0
        self._known = known or Known()
        self._rights = Rights(house, snapshot, report, self._known)
        self._law = self._known.law(mirror=house.mirror)
        self._kept = Kept(house, snapshot, report)
        self._tally = Tally()
        self._pages = self._cut(snapshot.subjects(since), (None, None))
        self._pool: Workers | None = None
        self._sent: deque[_Sent] = deque()
        self._doubtful: list[tuple[list[list[Entry]], Span]] = []

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """While this lasts, `feed` has pages checked beside other work, if there are many.

        StoreError where another process ends before its work.
        """
        if self._report.entries < WORTHWHILE:
            yield
            return
        try:
            with Workers(_begin, self._law, self._known.erased) as self._pool:
                yield
        except BrokenProcessPool:
            raise StoreError(
                "a worker process ended before its work was done",
                advice="Run the audit again. Is there enough memory?",
            ) from None
        finally:
            self._pool = None

    def feed(self) -> None:
        """Keep the other processes busy; nothing is added to the report."""
        while self._sent and (self._sent[0].told is None or self._sent[0].told.done()):
            self._receive(self._sent.popleft())
        while self._pool is not None and len(self._sent) + len(self._doubtful) < AHEAD:
            page = next(self._pages, None)
            if page is None:
                return
            self._sent.append(self._send(self._pool, *page))

    def run(self) -> None:
        """Everything from entry `since` on; a full run (0) also finds rows that no record stands behind."""
        self._look()
        self.feed()
        while self._sent:
            self._receive(self._sent.popleft())
            self._look()
            self.feed()
        self._look()
        for groups, span in self._pages:
            self._check(groups, span)
        if self._since == 0:
            self._rights.check_erasures(0)
            self._rights.compare()
            self._kept.check_parties(self._parties)
            self._kept.check_box_count(self._sealing)
            self._kept.check_documents()
            check_figures(self._snapshot, self._report, self._tally)

    def run_new(self) -> None:
        """Subjects with an entry from `since` on, and all that hangs on them; what is read does not grow with the
        register."""
        for groups, span in self._pages:
            self._check(groups, span)
        self._rights.check_erasures(self._since)
        self._kept.check_named(self._parties)
        self._rights.compare_orders(self._firsts, assigned=True)

    def run_some(self, over: str, most: int) -> str | None:
        """So many subjects behind one, with every derived row between, and all that hangs on them.

        Returns the last one, None where there are no more.
        """
        names = self._snapshot.names(over, most)
        last = names[-1] if len(names) == most else None
        for groups, span in self._cut(self._snapshot.groups(names), (over or None, last)):
            self._check(groups, span)
        self._kept.check_named(self._parties)
        self._rights.compare_orders(self._firsts)
        return last

    # ------------------------------------------------------------------------------------------------------- pages

    def _cut(self, groups: Iterable[list[Entry]], span: Span) -> Iterator[tuple[list[list[Entry]], Span]]:
        """Groups of entries in pages; together they span all subjects behind the first of `span` up to the second."""
        before, end = span
        page: list[list[Entry]] = []
        size = weight = done = 0
        most = self._page_size(0)
        for group in groups:
            if size >= most or weight >= PAGE_BYTES:
                last = page[-1][0].subject
                yield page, (before, last)
                done += size
                before, page, size, weight, most = last, [], 0, 0, self._page_size(done)
            page.append(group)
            size += len(group)
            weight += sum(map(_weight, group))
        yield page, (before, end)

    def _page_size(self, done: int) -> int:
        """Small at the beginning, so that nobody waits for the first page, and at the end, so that the processes end
        together."""
        left = self._report.entries - done
        return max(min(PAGE, done + PAGE // 5, left // (2 * AHEAD)), PAGE // 10, 1)

    def _check(self, groups: list[list[Entry]], span: Span) -> None:
        page = self._read(groups, span)
        self._take(Subjects(page, self._law, self._known.erased, self._report).check())

    def _read(self, groups: list[list[Entry]], span: Span) -> Page:
        """What the database holds of some subjects."""
        names = [group[0].subject for group in groups]
        stored = [
            self._snapshot.rows_of(table, key, names)
            if self._since
            else self._snapshot.rows(table, key, *span)
            for table, key in DERIVED.items()
        ]
        rows = [row for group in groups for row in group]
        return Page(groups, stored, {} if self._law.mirror else self._boxes(rows), self._annexes(rows))

    def _boxes(self, rows: Sequence[Entry]) -> dict[int, tuple[bytes, bytes]]:
        found: dict[int, tuple[bytes, bytes]] = {}
        for start in range(0, len(rows), PAGE):  # a subject may have any number of entries
            boxes = self._snapshot.boxes([row.index for row in rows[start : start + PAGE]])
            keys = self._house.vault.keys([number for number, _ in boxes.values()])
            found |= {index: (keys.get(number, b""), box) for index, (number, box) in boxes.items()}
        return found

    def _annexes(self, rows: Sequence[Entry]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for row in rows:
            bodies = {annex.sha256: self._snapshot.annex(annex.sha256) for annex in _named(row)}
            found |= {digest: body for digest, body in bodies.items() if body is not None}
        return found

    def _send(self, pool: Workers, groups: list[list[Entry]], span: Span) -> _Sent:
        try:
            packed = msgspec.msgpack.encode(self._read(groups, span))
        except (TypeError, ValueError, OverflowError):  # somebody put there what can be no value
            return _Sent(groups, span, None)
        return _Sent(groups, span, pool.submit(_checked, packed))

    def _receive(self, sent: _Sent) -> None:
        told = None if sent.told is None else sent.told.result()
        if told is None:
            self._doubtful.append((sent.groups, sent.span))
        else:
            self._take(told)

    def _look(self) -> None:
        """Check the pages in which something does not fit: the very rows that were read, for asked again by the names
        that somebody put there the database may give others."""
        for groups, span in self._doubtful:
            self._check(groups, span)
        self._doubtful.clear()

    def _take(self, told: Told) -> None:
        for ruc, party in told.parties.items():
            self._parties[ruc] = merge(self._parties.get(ruc), party)
        self._firsts += told.firsts
        self._sealing += told.sealing
        self._report.orders += len(told.firsts)
        self._report.disclosures += told.disclosures
        self._rights.take(told.assignments, told.accounts)
        self._tally.join(told.tally)


def _named(row: Entry) -> tuple[Annex, ...]:
    """The annexes that an entry's record names."""
    if b'"annexes":' not in row.record:  # no canonical record has any without these bytes
        return ()
    try:
        return record.annexes(record.parse_unread(row.record))
    except InputError:  # told where it is read
        return ()


def _weight(row: Entry) -> int:
    return len(row.record) + sum(annex.size for annex in _named(row))


def _begin(law: Law, erased: Erased) -> None:
    _context.append((law, erased))
    begin_worker()


def _checked(packed: bytes) -> Told | None:
    """What a page's records make; None where something in it does not fit: then it is checked where it was read, for
    findings are told in order and with what the whole audit knows."""
    try:
        page = _page.decode(packed)
    except msgspec.ValidationError:
        return None
    report = Report()
    told = Subjects(page, *_context[0], report).check()
    return None if report.counts else told
