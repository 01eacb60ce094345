"""Capture: what appears and changes in a watched source is sealed (docs/guide/watch.md).

    its log, or polling ─► events ─► against the newest sealed version ─► row.sealed
    a pass over all rows, again and again ─► what neither has told

Streamed, a row is never sealed by the pass before the log was read as far as the pass has seen: so the log's order is
the order of the versions. Everything may be done twice: what is sealed already is known by its place or its content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from huella.errors import HuellaError, SourceError, SourceUnreachable, StoreError
from huella.flow import capture_state as states
from huella.flow.capture_state import State, TableState
from huella.flow.house import House
from huella.flow.rows import Rows, Seen, Version
from huella.flow.seal import seal
from huella.records.draft import Draft
from huella.records.identifiers import moment
from huella.records.rows import DELETE, INSERT, NULL, TRUNCATE, UPDATE
from huella.sources.opened import Source
from huella.sources.plan import APPEND_ONLY, VERSIONED, Table
from huella.sources.port import Event, Row

PIECE = 1_000
"""Changes that are sealed at a time."""

MARKED = 0.5
"""Seconds between two looks at the source's transactions where nothing comes."""

Sealer = Callable[[Sequence[Draft]], Sequence[object]]


class Judged(NamedTuple):
    """A version to be sealed, of which row."""

    name: str
    subject: str
    given: Seen


class Capture:
    """The watch of one source. `state` is what lies in its file; the caller saves it.

    `gap` is whether the source's log had to be begun anew, so that only the pass finds what was changed meanwhile.
    """

    def __init__(self, house: House, source: Source, state: State, sealer: Sealer | None = None) -> None:
        self.house = house
        self.source = source
        self.plan = source.plan
        self.state = state
        self.rows = Rows(house, source.plan)
        self.sealed = self.noted = 0
        self.gap = False
        self._marked = 0.0
        self._sealer: Sealer = sealer or (lambda drafts: seal(house, drafts))
        self._recent: dict[str, dict[str, Version]] = {}
        self._emptied: dict[str, str] = {}
        for name in self.plan.tables:
            state.tables.setdefault(name, TableState())

    def begin(self) -> None:
        """Make ready: the slot exists before anything is read, so that nothing falls between."""
        feed = self.source.feed
        if feed is None:
            return
        if not self.state.epoch:
            feed.check()
        if feed.begin() or not self.state.epoch:
            self.gap = bool(self.state.epoch)
            self.state.epoch = int(self.house.now().timestamp())
            for table in self.state.tables.values():
                table.begun = 0.0  # its next pass is due: what was changed since the log ended is found by it

    @property
    def aside(self) -> dict[str, str]:
        """Tables that cannot be read any more, with the reason."""
        return self.state.aside

    @contextmanager
    def reading(self, name: str) -> Iterator[None]:
        """Read one table. One that the source refuses is set aside until it can be read again, and the others go on:
        who drops a table blinds nobody to the rest. Raises where it was never read: then the file does not fit."""
        try:
            yield
        except SourceUnreachable:
            raise
        except SourceError as error:
            state = self.state.tables[name]
            if not state.lap and not state.rows:
                raise
            self.aside[name] = str(error)

    # ------------------------------------------------------------------------------------------------ the source's log

    def drain(self, upto: int | None = None) -> None:
        """Seal what the log has, at least until a position."""
        feed = self.source.feed
        if feed is None:
            return
        batch: list[Event] = []
        for event in feed.events(upto):
            if event.table in self.plan.tables:
                batch.append(event)
                if len(batch) >= PIECE:
                    self._take(batch)
                    batch = []
        self._take(batch)
        feed.confirm()  # from here the source may forget them
        if self.now() - self._marked >= MARKED:
            self.mark()

    def _take(self, events: Sequence[Event]) -> None:
        """Changes in the order of their commits, against the versions that are sealed."""
        if not events:
            return
        found = [each for event in events for each in self._named(event)]
        known: dict[str, Version | None] = dict.fromkeys(subject for subject, _, _ in found)
        known.update(self.rows.latest(list(known)))
        judged: list[Judged] = []
        for subject, event, values in found:
            position = f"{self.state.epoch:08x}.{event.position}"
            last = known[subject]
            if last is not None and last.position >= position:
                continue  # given once more after a break
            if event.seen == TRUNCATE:
                given = Seen(TRUNCATE, position, {}, ("changed",), moment(event.at))
                judged.append(Judged(event.table, subject, given))
                known[subject] = _as_version(given)
                self._emptied[event.table] = position
                continue
            last = self.standing(event.table, last)
            full = self._filled(event, values, last)
            if last is not None and self._said(event, last, full):
                continue
            given = self._given(event, position, full, last)
            judged.append(Judged(event.table, subject, given))
            known[subject] = _as_version(given)
            if event.seen != DELETE:
                self.state.tables[event.table].saw(self.plan.tables[event.table], dict(full))
        self.seal(judged)

    def _said(self, event: Event, last: Version, full: Mapping[str, str]) -> bool:
        """Whether a change brings nothing new: read by a pass before the slot, or written again as it was."""
        if event.seen == DELETE:
            return last.gone
        return last.same(full)

    def _named(self, event: Event) -> Iterator[tuple[str, Event, Mapping[str, str]]]:
        """A change by its row's subject; one of the key itself is a row that went and another one that came."""
        name, table = event.table, self.plan.tables[event.table]
        if event.seen == TRUNCATE:
            yield self.rows.structure_of(name), event, {}
            return
        called = {column: self.source.rows.renamed(name).get(column, column) for column in table.columns}
        old = {column: event.old[now] for column, now in called.items() if now in event.old}
        new = {column: event.new[now] for column, now in called.items() if now in event.new}
        if event.seen == DELETE:
            yield self.rows.subject(name, table, old), event, old
            return
        subject = self.rows.subject(name, table, new)
        if event.seen == UPDATE and old:
            before = self.rows.subject(name, table, old)
            if before != subject:
                yield before, event._replace(seen="delete"), old
                yield subject, event._replace(seen="insert"), {**old, **new}
                return
        yield subject, event, {**old, **new}

    def _filled(self, event: Event, values: Mapping[str, str], last: Version | None) -> Mapping[str, str]:
        """All columns: large ones that the change did not touch are not in the log."""
        table = self.plan.tables[event.table]
        missing = [column for column in table.columns if column not in values]
        if event.seen == DELETE or not missing:
            return values
        if last is not None and not last.gone and all(column in last.values for column in missing):
            return {**values, **{column: last.values[column] for column in missing}}
        rows: list[Row] = []
        with self.reading(event.table):
            rows = self.source.rows.look(event.table, table, [[values.get(c, NULL) for c in table.key]])
        return {**rows[0].values, **values} if rows else values

    def _given(self, event: Event, position: str, values: Mapping[str, str], last: Version | None) -> Seen:
        table, state = self.plan.tables[event.table], self.state.tables[event.table]
        begun = self._whole_number(event.xid, state)
        floor = state.order.floor_for(begun, self.plan.safety)
        if event.seen == DELETE:
            notes: tuple[str, ...] = () if table.deletions else ("changed",)
            values = {column: values[column] for column in table.key if column in values}
        else:
            notes = judge(table, state, values, last, floor)
        return Seen(event.seen, position, values, notes, moment(event.at))

    @staticmethod
    def _whole_number(xid: int, state: TableState) -> float:
        """A transaction's number of 32 bits as the one of 64 that lies nearest to the marks."""
        if not state.order.marks:
            return float(xid)
        near = int(state.order.marks[-1].next)
        same = (near & ~0xFFFFFFFF) + xid
        return float(min((same - (1 << 32), same, same + (1 << 32)), key=lambda each: abs(each - near)))

    # ------------------------------------------------------------------------------------------------------ both

    def compare(
        self, name: str, found: Sequence[Row], seen: str, position: str = "",
        known: Mapping[str, Version] | None = None,
    ) -> int:  # fmt: skip
        """Rows that were read against the versions that are sealed; what differs is sealed. How many.

        `known` are the newest versions, where the source's own log is streamed and was read beyond what was seen: it
        did not tell of what differs, though it should have.
        """
        table, state, missed = self.plan.tables[name], self.state.tables[name], known is not None
        by_subject = {self.rows.subject(name, table, row.values): row for row in found}
        known = self.recent(name, by_subject) if known is None else known
        judged = []
        for subject, row in by_subject.items():
            last = self.standing(name, known.get(subject))
            if last is not None and last.same(row.values):
                continue
            notes = judge(table, state, row.values, last, state.order.floor)
            notes = (*notes, "missed") if missed and state.lap else notes
            how = seen if last is not None or not state.lap or missed else INSERT
            place = position or row.values.get(table.order, "") or "read"
            judged.append(Judged(name, subject, Seen(how, place, row.values, notes)))
        for row in found:
            state.saw(table, row.values)
        self.seal(judged)
        return len(judged)

    def recent(self, name: str, wanted: Iterable[str]) -> dict[str, Version]:
        """The newest version of each subject; those that were asked for a moment ago are remembered."""
        kept = self._recent.setdefault(name, {})
        asked = [subject for subject in wanted if subject not in kept]
        fresh = self.rows.latest(asked)
        found = {subject: kept[subject] for subject in wanted if subject in kept} | fresh
        if len(kept) > 4 * PIECE:  # only now: what was remembered is known, and not to be sealed again
            kept.clear()
        kept.update(found)
        return found

    def place(self, upto: int) -> str:
        """The place of what was read where the log had been read up to a position: behind its changes until there."""
        return f"{self.state.epoch:08x}.{upto:016X}-read"

    def standing(self, name: str, last: Version | None) -> Version | None:
        """A row's newest version; as one that is gone where the table was emptied behind it."""
        if last is None or last.gone or not self.emptied_since(name, last):
            return last
        return last._replace(seen=DELETE, values={})

    def emptied_since(self, name: str, last: Version) -> bool:
        """Whether the source's log told that the table was emptied behind the place where a row was seen, whichever of
        both was sealed first."""
        if self.source.feed is None:
            return False
        if name not in self._emptied:
            told = (v for v in self.rows.history(self.rows.structure_of(name)) if v.seen == TRUNCATE)
            self._emptied[name] = max((v.position for v in told), default="")
        return last.position < self._emptied[name]

    def seal(self, judged: Sequence[Judged]) -> None:
        """Seal versions. StoreError where one is refused: capture must not go on behind it."""
        if not judged:
            return
        drafts = [self._drafted(each) for each in judged]
        for each, outcome in zip(judged, self._sealer(drafts), strict=True):
            if isinstance(outcome, HuellaError):
                raise StoreError(f"a version of a row in {each.name} was not sealed: {outcome}") from outcome
        for each in judged:
            self._recent.get(each.name, {}).pop(each.subject, None)
            if each.given.seen == TRUNCATE:
                self._emptied.pop(each.name, None)
        self.sealed += len(judged)
        self.noted += sum(1 for each in judged if each.given.notes)

    def mark(self) -> None:
        """Remember this moment of the source for what comes later."""
        mark, now = self.source.rows.product.mark(), self.now()
        self._marked = now
        for state in self.state.tables.values():
            for track in (state.order, state.announce):
                if self.source.feed is not None:
                    track.raise_floor(mark.oldest, now - self.plan.safety)
                track.mark(now, mark.next)

    def now(self) -> float:
        """Seconds since 1970."""
        return self.house.now().timestamp()

    def _drafted(self, each: Judged) -> Draft:
        if each.name in self.plan.tables and not each.subject.startswith(self.rows.structures):
            return self.rows.draft(each.name, self.plan.tables[each.name], each.subject, each.given)
        return self.rows.structure(each.name, each.given.values, each.given)


def judge(
    table: Table, state: TableState, values: Mapping[str, str], last: Version | None, floor: str
) -> tuple[str, ...]:
    """What is odd about a row that is there now, given the version before it (None: there is none) and the value of
    the order up to which all had appeared."""
    notes = []
    if last is None:
        if state.lap and floor and _is_below(table, values.get(table.order, NULL), floor):
            notes.append("late")
        if (
            state.lap
            and table.dated
            and states.before(values.get(table.dated, NULL), state.dated, table.tolerance)
        ):
            notes.append("backdated")
    elif last.gone:
        if not (table.mode == VERSIONED and table.deletions):
            notes.append("reused")
    elif table.mode == APPEND_ONLY:
        notes.append("changed")
    elif table.announce and not states.higher(
        "", values.get(table.announce, NULL), last.values.get(table.announce, "")
    ):
        notes.append("unannounced")
    return tuple(notes)


def _is_below(table: Table, value: str, floor: str) -> bool:
    """Whether a value of the order lies where everything had appeared."""
    if value == NULL:
        return False
    if table.order_by == "timestamp":
        return states.before(value, floor, table.tolerance)
    return not states.higher(table.order_by, value, floor)


def _as_version(given: Seen) -> Version:
    """What the next change of the same row is compared with, before it is read back from the log."""
    return Version(-1, 0, b"", "", given.seen, given.position, given.values, (), given.notes)
