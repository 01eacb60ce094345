"""One round of a watch: what is new since the last one, and a slice of everything else.

1 the chain's new batches, new entries, the heads      2 the subjects, closing dates and tiles with something new
3 the next slice of each part: log, subjects, dates, parties, documents, tiles, keys, calendars, assignments, cosigned

A slice goes on where the one before ended and begins again at the end: a lap. What a round reads depends on what is
new and on the size of a slice, never on the size of the register.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Table

from huella.errors import LedgerError
from huella.flow import around
from huella.flow.audit import name_nodes, taken_over
from huella.flow.epoch_audit import check_epochs
from huella.flow.findings import At, Report
from huella.flow.house import House
from huella.flow.kept_audit import Kept
from huella.flow.log_audit import Log
from huella.flow.recheck import Recheck
from huella.flow.rights_audit import Known, Rights
from huella.flow.tender_audit import TenderAudit
from huella.flow.witnessed_audit import check_clock, check_some_cosigned
from huella.ledger import registry
from huella.proof.merkle import Frontier
from huella.store import database
from huella.store.snapshot import Snapshot
from huella.store.tables import assignments, calendars, keys

SLICE = 1_000
"""Entries of a slice unless told otherwise. The other parts take a share of it, by what one of theirs costs."""
TILE = 256
ALWAYS, NEW, LOG = "always", "new", "log"
PARTS = (
    LOG,
    "subjects",
    "dates",
    "parties",
    "documents",
    "tiles",
    "keys",
    "calendars",
    "assignments",
    "cosigned",
)
Cursor = int | str | tuple[int, int] | None
"""Where a part's next slice begins: behind this subject, date, RUC, digest, key or tile, with this entry (with 1 beside
it: of those that wait for their anchor); None: at the beginning."""


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a watch has come. `size` entries were looked at as new, of which `anchored` had an anchor; the chain's
    next batch begins at `chain`; `frontier` (hex) and `last` are those of the entries; `laps` tells of each part in
    which round its lap began, `done` that of the last lap that was ended."""

    round: int = 0
    size: int = 0
    anchored: int = 0
    chain: int = 0
    frontier: tuple[str, ...] = ()
    last: str | None = None
    cursors: dict[str, Cursor] = {}
    laps: dict[str, int] = {}
    done: dict[str, int] = {}


@dataclass(slots=True)
class Seen:
    """What one round saw: findings by part, and how far the watch is now. What is looked at in every round is the part
    ALWAYS; what was new is NEW, and is seen again by the part whose turn comes."""

    place: Place
    reports: dict[str, Report] = field(default_factory=dict)

    def gone(self, part: str, seen: int) -> bool:
        """Whether a finding, seen last by a part in a round, would have been seen again if it were still there."""
        if part in PARTS:
            return seen < self.place.done.get(part, 0)
        if part == NEW:
            return seen < min(self.place.done.get(each, 0) for each in PARTS)
        return seen < self.place.round


def look(house: House, place: Place, known: Known, most: int) -> Seen:
    """One round with slices of `most` entries. Never changes anything. `known` is kept from round to round, unless one
    ended with an error: StoreError, SignerError or what the driver raises."""
    seen = Seen(moved(place, round=place.round + 1), {ALWAYS: Report(), NEW: Report()})
    head = _head(house, place, seen.reports[ALWAYS])
    signed = house.signer.last()
    head = taken_over(house, seen.reports[ALWAYS], head, signed[0])
    with database.reading(house.engine) as connection:
        snapshot = Snapshot(connection)
        new = _New(house, snapshot, seen)
        new.check_log(head, signed)
        new.check_rest(known, place.size)
        slices = _Slices(house, snapshot, known, most)
        for name, step in slices.parts(seen.place, head, signed[0]):
            _advance(seen, name, step)
        name_nodes(house, seen.reports[ALWAYS])
        check_epochs(house, snapshot, seen.reports[ALWAYS], seen.place.size)
        check_clock(house, snapshot, seen.reports[ALWAYS])
        for report in seen.reports.values():
            report.date(snapshot.anchors_of)
    return seen


def moved(place: Place, **changes: Any) -> Place:
    """The same place with some of its fields changed."""
    return msgspec.structs.replace(place, **changes)


Step = Callable[[Any, Report], Cursor]
"""Looks at a slice behind a cursor; the next cursor, None where it ended the lap."""


def _advance(seen: Seen, name: str, step: Step) -> None:
    """One slice of one part."""
    place = seen.place
    report = seen.reports.setdefault(name, Report(entries=place.size, anchored=place.anchored))
    over = place.cursors.get(name)
    laps = place.laps if over is not None else {**place.laps, name: place.round}
    done = place.done
    try:
        after = step(over, report)
    except LedgerError as error:  # it stays where it is until the chain is there again
        at = At("chain", "batches", name)
        seen.reports[ALWAYS].add("unreachable", at, f"the chain was not compared: {error}")
        after = over
    else:
        if not isinstance(after, int | str | tuple):  # nothing of ours has such a key: the lap's end
            after, done = None, {**done, name: laps[name]}
    cursors = {**place.cursors, name: after}
    seen.place = moved(place, cursors=cursors, laps=laps, done=done)


def _head(house: House, place: Place, report: Report) -> int | None:
    """The log's size on the chain, None where the chain cannot be compared."""
    at = At("chain", house.ledger.contract, "head")
    try:
        size = registry.head(house.ledger).size
    except LedgerError as error:
        report.add("unreachable", at, f"the chain was not compared: {error}")
        return None
    if size < place.chain:
        report.add(
            "unreachable", at, "the chain shows fewer entries than in an earlier round",
            sealed=place.chain, present=size, entry=size,
        )  # fmt: skip
        return None
    return size


class _New:
    """What came since the last round."""

    def __init__(self, house: House, snapshot: Snapshot, seen: Seen) -> None:
        self._house = house
        self._snapshot = snapshot
        self._seen = seen
        self._new = seen.reports[NEW]
        self._always = seen.reports[ALWAYS]

    def check_log(self, head: int | None, signed: tuple[int, str | None]) -> None:
        """New batches and entries, what is signed, the head's row."""
        place, new, always = self._seen.place, self._new, self._always
        frontier = Frontier(place.size, [bytes.fromhex(one) for one in place.frontier])
        new.anchored = place.anchored
        log = Log(self._house, self._snapshot, new, frontier=frontier, last=place.last)
        chain = place.chain if head is None else self._check_batches(log, head)
        read = log.read[0].size
        log.check_waiting(min(read, log.size), max(log.size, signed[0]), signed[0])
        self._check_new_tiles(place.size, log.size)
        after, last = log.read
        always.anchored = new.anchored
        heads = Log(self._house, self._snapshot, always, frontier=after, last=last)
        heads.check_signed_head(*signed)
        heads.check_row()
        self._seen.place = moved(
            place, size=after.size, anchored=new.anchored, chain=chain,
            frontier=tuple(one.hex() for one in after.hashes), last=None if last is None else str(last),
        )  # fmt: skip

    def _check_batches(self, log: Log, head: int) -> int:
        chain = self._seen.place.chain
        try:
            after = log.check_batches(chain, head)
        except LedgerError as error:
            at = At("chain", self._house.ledger.contract, "batch")
            self._always.add("unreachable", at, f"the chain was not compared: {error}")
            return chain
        if after is None:
            return chain
        log.check_outbox(chain, None)
        return after

    def check_rest(self, known: Known, since: int) -> None:
        """Subjects, tables and procedures with something new. Where nothing was looked at yet, all of them."""
        recheck = Recheck(self._house, self._snapshot, self._new, since, known)
        tenders = TenderAudit(self._house, self._snapshot, self._new, since)
        if since == 0:
            recheck.run()
            tenders.run()
            return
        recheck.run_new()
        tenders.run_new()

    def _check_new_tiles(self, before: int, size: int) -> None:
        first, end = before // TILE, size // TILE
        if first < end:
            around.check_some_tiles(self._snapshot, self._new, (0, first - 1), end - first)
            around.check_tile_counts(self._snapshot, self._new, size)


class _Slices:
    """The next slice of each part."""

    def __init__(self, house: House, snapshot: Snapshot, known: Known, most: int) -> None:
        self._house = house
        self._snapshot = snapshot
        self._known = known
        self._most = most

    def parts(self, place: Place, head: int | None, signed: int) -> Iterator[tuple[str, Step]]:
        """Each part's name and step."""
        if head is not None:
            yield LOG, lambda over, report: self._log(over, report, place, max(place.size, signed))
        steps: list[Step] = [self._subjects, self._dates, self._parties, self._documents]
        steps.append(lambda over, report: self._tiles(over, report, place.size))
        steps += [self._rights(table) for table in (keys, calendars, assignments)]
        steps.append(self._cosigned)
        yield from zip(PARTS[1:], steps, strict=True)

    def _share(self, cost: int) -> int:
        return max(1, self._most // cost)

    def _log(self, over: Any, report: Report, place: Place, end: int) -> Cursor:
        """Entries by the batches that hold them, then those that wait, and what hangs on an entry's place."""
        begin, waits = over if isinstance(over, tuple) else (over or 0, place.chain <= (over or 0))
        # a batch that came while its entries waited was looked at as new
        first = max(begin, place.chain) if waits else begin
        before = self._snapshot.entries(first - 1, first) if first else []
        started = Frontier(
            first, [bytes(32)] * first.bit_count()
        )  # only its size counts: where this slice begins
        last = before[0].recorded_at if before else None
        log = Log(self._house, self._snapshot, report, frontier=started, last=last)
        report.anchored = place.anchored
        if waits:
            after = min(first + self._most, max(end, first))
            log.check_waiting(first, after, self._house.signer.last()[0])
        else:
            batches = log.check_batches(first, min(first + self._most, place.chain))
            if batches is None:
                return 0 if over is None else over  # the chain does not show it: here again
            after = batches
            log.check_outbox(first, after)
        ended = after >= end
        Kept(self._house, self._snapshot, report).check_boxes(begin or None, None if ended else after)
        TenderAudit(self._house, self._snapshot, report, 0).check_span(begin, None if ended else after)
        if ended:
            return None
        return (after, 1) if waits or after >= place.chain else after

    def _subjects(self, over: Any, report: Report) -> Cursor:
        return Recheck(self._house, self._snapshot, report, 0, self._known).run_some(
            over or "", self._share(4)
        )

    def _dates(self, over: Any, report: Report) -> Cursor:
        audit = TenderAudit(self._house, self._snapshot, report, 0)
        return audit.check_dates(over or "", self._share(250))

    def _parties(self, over: Any, report: Report) -> Cursor:
        return Kept(self._house, self._snapshot, report).check_some_parties(over or "", self._share(10))

    def _documents(self, over: Any, report: Report) -> Cursor:
        return Kept(self._house, self._snapshot, report).check_documents(over or "", self._share(50))

    def _tiles(self, over: Any, report: Report, size: int) -> Cursor:
        after = around.check_some_tiles(self._snapshot, report, over or (-1, -1), self._share(100))
        if after is None:
            around.check_tile_counts(self._snapshot, report, size)
        return after

    def _cosigned(self, over: Any, report: Report) -> Cursor:
        return check_some_cosigned(self._house, report, over, self._share(20))

    def _rights(self, table: Table) -> Step:
        def step(over: Any, report: Report) -> Cursor:
            rights = Rights(self._house, self._snapshot, report, self._known)
            found: Cursor = rights.compare_some(table, over, self._share(4))
            return found

        return step
