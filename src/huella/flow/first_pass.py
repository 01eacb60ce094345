"""The first pass over a large table: pages are read here, made into facts by two workers, and sealed here, in order.

page ─► worker: values, subjects, facts, sealed fields ─► here: the log read beyond the page ─► what is new is sealed

What was sealed before (after a stop, or told by the log meanwhile) takes the road of every other pass.
"""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from huella.errors import HuellaError, RuleError, StoreError
from huella.flow import capture_pass as passes
from huella.flow.bulk import MOST, Workers, begin_worker, without_collecting
from huella.flow.capture import Capture
from huella.flow.capture_state import TableState
from huella.flow.rows import Rows, Seen
from huella.flow.seal import KNOWN, Ready, ready, seal_ready
from huella.records.rows import READ
from huella.sources.plan import Table
from huella.sources.port import Raw
from huella.sources.reader import Shape
from huella.store.vault import Boxer

WORTHWHILE = 2_000
"""Rows of a table from which on workers pay."""
AHEAD = 4
"""Pages that are read before the oldest of them is sealed: memory holds no more."""
COLLECTED = 16
"""Pages between two looks for cycles, which one page hardly makes."""


@dataclass(frozen=True)
class Maker:
    """What a worker makes of rows. It is forked with the workers, and touches no database."""

    rows: Rows
    name: str
    table: Table
    shape: Shape
    boxer: Boxer

    def make(self, fetched: Sequence[Raw], place: str) -> _Made:
        """Facts of rows as the driver gave them; StoreError where one cannot be sealed."""
        top, subjects, drafts = TableState(), [], []
        for row in self.shape.rows(fetched):
            subject = self.rows.subject(self.name, self.table, row.values)
            at = place or row.values.get(self.table.order, "") or "read"
            drafts.append(self.rows.draft(self.name, self.table, subject, Seen(READ, at, row.values)))
            subjects.append(subject)
            top.saw(self.table, row.values)
        facts = []
        for each in ready(drafts, self.boxer):
            if isinstance(each, HuellaError):
                raise refused(self.name, each)
            facts.append(each._replace(first=True))
        return _Made(subjects, facts, top)


class _Made(NamedTuple):
    """A page's rows: subjects, facts, the highest values."""

    subjects: list[str]
    facts: list[Ready]
    top: TableState


class _Page(NamedTuple):
    """A page on its way. `upto` is where the source's log ended once it had been read."""

    fetched: list[Raw]
    upto: int
    made: Future[bytes]


_makers: list[Maker] = []
_made = msgspec.msgpack.Decoder(_Made)


def refused(name: str, error: HuellaError) -> StoreError:
    """The pass must not go on behind a row that is not sealed."""
    return StoreError(f"a version of a row in {name} was not sealed: {error}")


def rest(capture: Capture, name: str, kept: Callable[[int], bool]) -> None:
    """The rest of a table's first pass, from its cursor on. `kept` hears how many rows were read and sealed, and says
    whether to go on. Raises what the source raises; what is sealed until then stays."""
    state = capture.state.tables[name]
    with _pages(capture, name) as pages:
        for number, (page, made) in enumerate(pages, 1):
            if number % COLLECTED == 0:
                gc.collect()
            _settle(capture, name, page, made)
            state.take(capture.plan.tables[name], made.top)
            state.rows += len(page.fetched)
            if len(page.fetched) < _most(capture):
                passes.end(state)
            else:
                key = capture.source.rows.shape(name, capture.plan.tables[name]).key
                state.cursor = list(key(page.fetched[-1]))  # type: ignore[arg-type]
            if capture.source.feed is None:
                passes.catch_up(capture)
            if not kept(len(page.fetched)):
                return


@contextmanager
def _pages(capture: Capture, name: str) -> Iterator[Iterator[tuple[_Page, _Made]]]:
    """Pages in order, each with what a worker made of it."""
    table = capture.plan.tables[name]
    maker = Maker(
        capture.rows, name, table, capture.source.rows.shape(name, table), capture.house.vault.boxer
    )
    with Workers(_begin, maker) as workers, without_collecting():
        try:
            yield _ahead(_read(capture, name, workers))
        except BrokenProcessPool:
            raise StoreError(
                "a worker process ended before its work was done",
                advice="Start again: what is sealed stays, the rest follows. Is there enough memory?",
            ) from None


def _ahead(pages: Iterator[_Page]) -> Iterator[tuple[_Page, _Made]]:
    waiting: deque[_Page] = deque()
    for page in pages:
        waiting.append(page)
        if len(waiting) >= AHEAD:
            yield _finished(waiting.popleft())
    while waiting:
        yield _finished(waiting.popleft())


def _finished(page: _Page) -> tuple[_Page, _Made]:
    return page, _made.decode(page.made.result())


def _read(capture: Capture, name: str, workers: Workers) -> Iterator[_Page]:
    """The source's rows from the cursor on, no faster than the plan allows."""
    table, state, feed = capture.plan.tables[name], capture.state.tables[name], capture.source.feed
    over: Raw | None = None if state.cursor is None else tuple(state.cursor)
    most, limit, begun, count = _most(capture), capture.plan.rows_per_second, time.monotonic(), 0
    while True:
        fetched = capture.source.rows.page_raw(name, table, over, most)
        upto = 0 if feed is None else feed.reached()
        place = "" if feed is None else capture.place(upto)
        yield _Page(fetched, upto, workers.submit(_make, fetched, place))
        if len(fetched) < most:
            return
        over = capture.source.rows.shape(name, table).key(fetched[-1])
        count += most
        if limit:
            time.sleep(max(0.0, count / limit - (time.monotonic() - begun)))


def _most(capture: Capture) -> int:
    limit = capture.plan.rows_per_second
    return min(capture.plan.chunk, limit) if limit else capture.plan.chunk


def _settle(capture: Capture, name: str, page: _Page, made: _Made) -> None:
    """Seal a page's rows. Of a row that nobody told of until the log's end, the page's own word is right."""
    if capture.source.feed is not None:
        capture.drain(page.upto)
    known = set[str]()
    for at in range(0, len(made.facts), MOST):
        facts = made.facts[at : at + MOST]
        for fact, outcome in zip(facts, seal_ready(capture.house, facts), strict=True):
            if isinstance(outcome, RuleError) and outcome.rule == KNOWN:
                known.add(fact.subject)
            elif isinstance(outcome, HuellaError):
                raise refused(name, outcome)
            else:
                capture.sealed += 1
    if known:
        shape = capture.source.rows.shape(name, capture.plan.tables[name])
        pairs = zip(made.subjects, shape.rows(page.fetched), strict=True)
        passes.settle(capture, name, [row for subject, row in pairs if subject in known])


def _begin(maker: Maker) -> None:
    _makers.append(maker)
    begin_worker()


def _make(fetched: Sequence[Raw], place: str) -> bytes:
    return msgspec.msgpack.encode(_makers[0].make(fetched, place))
