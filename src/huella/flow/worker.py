"""The worker: everything that waits for nobody's command, done by turns in one loop.

each job ─► what is due ─► one item at a time ─► done, or put off for a while     what is due is asked of the database

Nothing is kept in memory but how often something failed: whoever stops and starts again goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from huella.errors import HuellaError, InputError, StoreError
from huella.flow import (
    assign,
    book,
    clock,
    cosign,
    drift,
    erase,
    issue,
    lodge,
    lodged,
    posts,
    procedure,
    search,
    signing,
)
from huella.flow.anchor import anchor
from huella.flow.house import House
from huella.flow.seal import Sealed
from huella.records.calendar import lima_day
from huella.records.identifiers import moment

FIRST, LONGEST = 2.0, 60.0
"""Seconds until the first retry, and at most: a close that fails is tried again within the minute that it has."""
LOOKING = "*"
"""The item of a job that could not tell what is due."""
KNOWN = 1_000
"""Refused items that a job remembers, so that each is told once."""


class Done(NamedTuple):
    """What came of one piece of work: its subject (a public number, or empty) and the error where it was refused."""

    item: str = ""
    error: HuellaError | None = None


class Job(NamedTuple):
    """One kind of work: what is due now, and how one item of it is done, piece by piece."""

    name: str
    due: Callable[[House], Sequence[str]]
    step: Callable[[House, str], Iterator[Done]]


class Failure(NamedTuple):
    """An item that failed: how often in a row, the error's code, its exit code, when it is tried again."""

    times: int
    code: str
    exit_code: int
    again: float


@dataclass(slots=True)
class State:
    """What became of a job since the start: pieces done and refused, and the items that fail now."""

    done: int = 0
    refused: int = 0
    known: dict[str, str] = field(default_factory=dict)
    failing: dict[str, Failure] = field(default_factory=dict)


Tell = Callable[[str, str, Exception, float | None], None]
"""Hears of a failure: job, item, error, seconds until it is tried again (None: refused, looked at in every round)."""


class Worker:
    """Runs jobs by turns. One that fails stops no other, and is tried again later and later, within LONGEST."""

    def __init__(
        self, house: House, jobs: Sequence[Job], tell: Tell, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        house.check_owner()
        self._house = house
        self._jobs = jobs
        self._tell = tell
        self._elapsed = elapsed
        self.states = {job.name: State() for job in jobs}

    def round(self, stop: Callable[[], bool]) -> None:
        """Do what is due of every job once. `stop` is asked between two pieces of work."""
        for job in self._jobs:
            for item in self._due(job):
                if stop():
                    return
                self._try(job, item, lambda: self._run(job, item, stop))  # noqa: B023  (run at once)

    def report(self) -> list[dict[str, Any]]:
        """Each job's state, as plain values."""
        return [self._row(name, state) for name, state in self.states.items()]

    @property
    def exit_code(self) -> int:
        """0 where nothing fails now, 1 where something contradicts, else that of what could not be done."""
        codes = {failure.exit_code for state in self.states.values() for failure in state.failing.values()}
        return 1 if 1 in codes else max(codes, default=0)

    def _due(self, job: Job) -> list[str]:
        found: list[str] = []
        self._try(job, LOOKING, lambda: found.extend(job.due(self._house)))
        failing, now = self.states[job.name].failing, self._elapsed()
        for item in set(failing) - {LOOKING, *found} if LOOKING not in failing else ():
            del failing[item]  # somebody else did it
        return [item for item in found if item not in failing or failing[item].again <= now]

    def _try(self, job: Job, item: str, work: Callable[[], None]) -> None:
        failing = self.states[job.name].failing
        before = failing.get(item)
        if before is not None and before.again > self._elapsed():
            return
        try:
            work()
        except Exception as error:  # noqa: BLE001  (whatever it is, the other jobs go on)
            times = 1 if before is None else before.times + 1
            wait = min(LONGEST, FIRST * 2 ** min(times - 1, 10))
            code, exits = (error.code, error.exit_code) if isinstance(error, HuellaError) else ("internal", 2)
            failing[item] = Failure(times, code, exits, self._elapsed() + wait)
            self._tell(job.name, item, error, wait)
        else:
            failing.pop(item, None)

    def _run(self, job: Job, item: str, stop: Callable[[], bool]) -> None:
        state = self.states[job.name]
        for done in job.step(self._house, item):
            if done.error is None:
                state.done += 1
                state.known.pop(done.item, None)
            elif state.known.get(done.item) != done.error.code and len(state.known) < KNOWN:
                state.refused += 1
                state.known[done.item] = done.error.code
                self._tell(job.name, done.item, done.error, None)
            if stop():
                return

    def _row(self, name: str, state: State) -> dict[str, Any]:
        now = self._elapsed()
        failing = [
            {"item": item, "code": f.code, "times": f.times, "again_in": round(max(0.0, f.again - now), 1)}
            for item, f in state.failing.items()
        ]
        told = "failing" if failing else "good"
        return {"job": name, "state": told, "done": state.done, "refused": state.refused, "failing": failing}


def jobs() -> tuple[Job, ...]:
    """Every job, in the order of a round: what a deadline waits for first, the anchor behind all that seals."""
    acceptances, books, teller = _Acceptances(), _Books(), posts.Teller()
    return (
        Job("close", _due_closes, _close),
        Job("accept", acceptances.due, acceptances.step),
        Job("erase", _Erasures(), _erase),
        Job("anchor", _always, _anchor),
        Job("assign", _due_moves, _assign),
        Job("book", books.due, books.step),
        Job("lodge", lodge.due, _lodge),
        Job("lodged", _always, _lodged),
        Job("sign", lambda house: [""] if signing.due(house) else [], _sign),
        Job("renew", lambda house: [""] if signing.ending(house) else [], _renew),
        Job("cosign", cosign.due, _cosign),
        Job("tell", teller.due, partial(_tell_hook, teller)),
        Job("search", lambda house: [""] if search.behind(house) else [], _search),
        Job("clock", _always, _clock),
    )


def _always(_: House) -> list[str]:
    return [""]


def _due_closes(house: House) -> list[str]:
    return house.tenders.due(moment(house.now()))


def _close(house: House, number: str) -> Iterator[Done]:
    """Close a procedure at its deadline; the anchor follows in the same round."""
    procedure.close(house, number)
    yield Done(number)


def _sign(house: House, _: str) -> Iterator[Done]:
    """Papers that wait for their signature, with key and time stamps held once. What lacks, lacks for all of them."""
    with signing.signing(house) as how:
        for name in signing.due(house):
            try:
                signing.sign_paper(house, name, how, issue.RENDERS)
            except (StoreError, InputError) as error:  # what one paper lacks holds up no other
                yield Done(name, error)
            else:
                yield Done(name)


def _renew(house: House, _: str) -> Iterator[Done]:
    """New archive time stamps for papers near the end of their proof."""
    with signing.signing(house) as how:
        for name in signing.ending(house):
            signing.renew_paper(house, name, how)
            yield Done(name)


class _Acceptances:
    """Acceptances by silence, a few orders at a time. Their moments are midnights of Lima, and never earlier than the
    day after the order came: one whole pass a day and after each new calendar finds them all."""

    def __init__(self) -> None:
        self._passed: tuple[object, ...] | None = None

    def due(self, house: House) -> list[str]:
        """One pass, where none was made today by these calendars."""
        return [] if self._passed == self._today(house) else [""]

    def step(self, house: House, _: str) -> Iterator[Done]:
        """A whole pass."""
        today = self._today(house)
        after = ""
        while True:
            outcomes, after = clock.step(house, after)
            for number, outcome in outcomes:
                yield Done(number, None if isinstance(outcome, Sealed) else outcome)
            if not after:
                break
        self._passed = today

    @staticmethod
    def _today(house: House) -> tuple[object, ...]:
        return lima_day(house.now()), *house.rights.calendars()


class _Books:
    """The books of hashes of days that are over, one after the other."""

    def __init__(self) -> None:
        self._books = book.Books()

    def due(self, house: House) -> list[str]:
        """The next book's name, where one is due; a book that nobody asked to be signed is asked for on the way."""
        self._books.ask(house)
        volume = self._books.due(house)
        return [] if volume is None else [volume.name]

    def step(self, house: House, _: str) -> Iterator[Done]:
        """Every book that is due."""
        for name, outcome in book.issue_due(house, self._books):
            yield Done(name, None if isinstance(outcome, Sealed) else outcome)


class _Erasures:
    """Erasures whose destruction is not finished, as `ENTRY/POINTER`: all at first, then those recorded since."""

    def __init__(self) -> None:
        self._since = 0

    def __call__(self, house: House) -> list[str]:
        size = house.journal.size()
        found = [f"{index}{pointer}" for index, pointer in erase.unfinished(house, self._since)]
        if not found:
            self._since = size
        return found


def _erase(house: House, item: str) -> Iterator[Done]:
    index, slash, pointer = item.partition("/")
    erase.destroy(house, int(index), slash + pointer)
    yield Done(item)


def _anchor(house: House, _: str) -> Iterator[Done]:
    for batch in anchor(house):
        yield Done(str(batch.first))


def _due_moves(house: House) -> list[str]:
    return [str(move.entry) for move in assign.waiting(house)]


def _assign(house: House, item: str) -> Iterator[Done]:
    move = next((each for each in assign.waiting(house) if str(each.entry) == item), None)
    if move is not None:
        assign.carry(house, move)
        yield Done(item)


def _tell_hook(teller: posts.Teller, house: House, item: str) -> Iterator[Done]:
    """One post of a webhook; one that was not heard waits for its own time."""
    if teller.step(house, item):
        yield Done(item)


def _lodge(house: House, digest: str) -> Iterator[Done]:
    """A digest that somebody lodged, on the chain."""
    lodge.step(house, digest)
    yield Done(digest)


def _lodged(house: House, _item: str) -> Iterator[Done]:
    """What the chain holds of lodged digests, read back; and which of it became a record."""
    for found in lodged.catch_up(house):
        for _ in range(found):
            yield Done()


def _cosign(house: House, url: str) -> Iterator[Done]:
    """Heads that a witness lacks; one that is down or slow holds up a round for a few seconds at most."""
    for size in cosign.step(house, url):
        yield Done(str(size))


def _search(house: House, _: str) -> Iterator[Done]:
    """The search index follows the log."""
    more = True
    while more:
        more = search.step(house, search.STRIDE)
        yield Done()


def _clock(house: House, _: str) -> Iterator[Done]:
    """No work, an alarm: a job that fails as long as clock and chain are too far apart."""
    drift.check(house)
    yield from ()
