"""`huella watch`: a source's plan, its capture, its passes and what is told of them, put together.

Not to be taken for `huella audit --watch` (flow/watch.py), which watches this registry's own database.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from huella.errors import InputError, SourceError, SourceUnreachable
from huella.flow import capture_pass as passes
from huella.flow import capture_state as states
from huella.flow import first_pass
from huella.flow.bulk import WORTHWHILE, sealing
from huella.flow.capture import Capture
from huella.flow.courier import Courier
from huella.flow.house import House
from huella.flow.row_audit import RowFinding, RowReport, report
from huella.flow.row_orders import OrderMap
from huella.flow.rows import Rows
from huella.records.identifiers import moment
from huella.sources import plan as plans
from huella.sources import propose
from huella.sources.opened import open_at, open_source
from huella.sources.plan import Plan

SAVED = 2.0
"""Seconds between two times that the state is kept: what is sealed twice is known by its place."""
LONGEST = 30.0
"""Seconds at most between two attempts to reach a source that is away."""
Told = Callable[[str, dict[str, Any]], None]


class Proposal(NamedTuple):
    """A plan as text, columns that look personal with the reason, and what the source's administrator has to do."""

    text: str
    personal: list[tuple[str, str, str]]
    statements: list[str]


def path_of(house: House, name: str) -> Path:
    """A source's plan by its name or the path of its file. InputError where there is none."""
    given = Path(name)
    path = given if given.suffix == ".toml" else house.settings.folder / states.FOLDER / f"{name}.toml"
    if not path.is_file():
        raise InputError(
            f"there is no source {name}", field="SOURCE", advice="Make one with `huella watch init`."
        )
    return path


def names(house: House) -> list[str]:
    """The sources that this registry watches."""
    return sorted(path.stem for path in (house.settings.folder / states.FOLDER).glob("*.toml"))


def propose_plan(url: str, name: str, capture: str) -> Proposal:
    """Read a database's structure and propose its plan; nothing is written."""
    address = plans.parse_address(url)
    made, personal = propose.propose(address, url, name, capture)
    source = open_at(address, made)
    try:
        for table, wanted in made.tables.items():
            source.rows.page(table, wanted, None, 1)  # its user may read it
    finally:
        source.close()
    return Proposal(plans.write(made), personal, propose.statements(address, made))


def keep_plan(house: House, name: str, text: str) -> Path:
    """Write a proposed plan into the registry's folder. InputError where there is one of that name."""
    plans.parse(text)
    path = house.settings.folder / states.FOLDER / f"{name}.toml"
    if path.exists():
        raise InputError(f"the source {name} is there already: {path}", field="--name")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


class SourceWatch:
    """The watch of one source, for as long as it is open."""

    def __init__(self, house: House, path: Path, capture: Capture, kept: Path) -> None:
        self.house = house
        self.path = path
        self.capture = capture
        self._kept = kept
        self._saved = self._looked = 0.0
        self._orders = OrderMap(house, capture)
        self._turn = 0
        self._noted = -1
        self._aside: set[str] = set()
        self.untold: SourceError | None = None
        self.courier: Courier | None = None
        """Who delivers alerts; what waits with it is kept with the state."""

    @property
    def plan(self) -> Plan:
        """What is watched."""
        return self.capture.plan

    @property
    def refused(self) -> dict[str, str]:
        """Rows of mapped tables that could not be registered as orders, with the reason."""
        return self._orders.refused

    @property
    def waiting(self) -> dict[str, list[str]]:
        """Alerts that an earlier run could not deliver, by courier."""
        return self.capture.state.waiting

    def save(self, force: bool = True) -> None:
        """Keep how far it is."""
        if force or time.monotonic() - self._saved > SAVED:
            if self.courier is not None:  # told and not delivered is not lost, however this process ends
                self.waiting[self.courier.name] = self.courier.waiting
            states.save(self._kept, self.capture.state)
            self._saved = time.monotonic()

    def begin(self, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Everything up to the end of the first pass, which goes on where it was: whether it ended before `stopped`.
        Raises what the source raises."""
        self.capture.begin()
        self.save()  # before anything is sealed: places in the log are told apart by when its slot began to be read
        passes.look_at_structure(self.capture)
        self._looked = time.monotonic()
        for name in self.plan.tables:
            state = self.capture.state.tables[name]
            while not state.lap and name not in self.capture.aside:
                if stopped():
                    return False
                if state.rows >= first_pass.WORTHWHILE:
                    with self.capture.reading(name):
                        first_pass.rest(self.capture, name, lambda _: self._going(stopped))
                else:
                    passes.step(self.capture, name)
                    passes.catch_up(self.capture)
                    self.save(force=False)
        self.save()
        return True

    def _going(self, stopped: Callable[[], bool]) -> bool:
        self.save(force=False)
        return not stopped()

    def round(self) -> int:
        """What is new, a step of a pass where it is due, the structure now and then; how many versions were sealed."""
        before = self.capture.sealed
        passes.catch_up(self.capture)
        self._look()
        self._step()
        self._orders.follow()
        self.save(force=False)
        return self.capture.sealed - before

    def audit(self, progress: Callable[[str], None] = lambda _: None) -> RowReport:
        """Catch up, compare every row with what is sealed, and tell what happened."""
        self.begin()
        for name in self.plan.tables:
            passes.catch_up(self.capture)
            passes.lap(self.capture, name)
            if name in self.capture.aside:
                passes.look_at_structure(self.capture)
                passes.lap(self.capture, name)  # where it stands under another name
            self.save(force=False)
            progress(name)
        passes.look_at_structure(self.capture)
        self._orders.follow()
        self.save()
        return self.report()

    def report(self) -> RowReport:
        """What is on record, without asking the source."""
        return report(self.house, Rows(self.house, self.plan), self.capture.state)

    def events(self) -> list[dict[str, Any]]:
        """Findings that are new since the last time; empty at once where nothing odd was sealed meanwhile."""
        if self.capture.noted == self._noted:
            return []
        self._noted = self.capture.noted
        told = set(self.capture.state.told)
        fresh = [finding for finding in self.report().findings if _name(finding) not in told]
        self.capture.state.told += [_name(finding) for finding in fresh]
        at = moment(self.house.now())
        return [{"event": "row", "source": self.plan.name, "at": at, **each.to_dict()} for each in fresh]

    def rest(self, seconds: float) -> None:
        """For so long: what comes meanwhile is sealed together, which costs source and registry less."""
        time.sleep(seconds)

    def _look(self) -> None:
        """The structure now and then, and at once where a table cannot be read any more."""
        if set(self.capture.aside) - self._aside or time.monotonic() - self._looked > 10:
            passes.look_at_structure(self.capture)
            self._looked = time.monotonic()
            self.untold = self._not_in_log()
        self._aside = set(self.capture.aside)

    def _not_in_log(self) -> SourceError | None:
        """Why the source's log does not tell of every table: somebody took one out of the publication, which ends no
        stream."""
        feed = self.capture.source.feed
        try:
            if feed is not None:
                feed.check()
        except SourceUnreachable:
            raise
        except SourceError as error:
            return error
        return None

    def _step(self) -> None:
        """One step of a pass, if its time has come: a lap takes as long as the plan says."""
        tables = list(self.plan.tables)
        name = tables[self._turn % len(tables)]
        state = self.capture.state.tables[name]
        under_way = state.cursor is not None or state.phase == "log"
        if under_way or self.capture.now() - state.begun >= self.plan.lap_hours * 3600:
            if not passes.step(self.capture, name):
                self._turn += 1
        else:
            self._turn += 1


@contextmanager
def watching(house: House, name: str) -> Iterator[SourceWatch]:
    """A source's watch, alone. StoreError where another process has it; its state is kept at the end."""
    house.check_owner()
    path = path_of(house, name)
    plan = plans.read(path)
    kept = house.settings.folder / states.FOLDER / f"{plan.name}.state.json"
    with states.alone(kept), sealing(house, WORTHWHILE) as bulk:
        state = states.load(kept, f"{house.trust.origin} {house.ledger.contract} {plan.name}")
        source = open_source(plan, path.parent)
        found = SourceWatch(house, path, Capture(house, source, state, lambda drafts: bulk(drafts, {})), kept)
        try:
            yield found
        finally:
            source.close()
            found.save()


def on_record(house: House, name: str) -> RowReport:
    """What is on record of a source, without asking it and beside a watch that runs."""
    plan = plans.read(path_of(house, name))
    kept = house.settings.folder / states.FOLDER / f"{plan.name}.state.json"
    state = states.load(kept, f"{house.trust.origin} {house.ledger.contract} {plan.name}")
    return report(house, Rows(house, plan), state)


def run(watch: SourceWatch, stopped: Callable[[], bool], told: Told, rounds: int = 0) -> None:
    """Rounds until `stopped`, or so many of them (0: without end); a source that is away is asked again, at longer and
    longer intervals.

    `told` hears what happens: `first` with the rows of the first pass, `away` and `back` with the reason, `gap` and
    `untold` of the source's own log, `found` for each finding, `sealed` with a count, `aside` and `read` for tables,
    `refused` for rows that are no orders. Raises SourceError where the source refuses at the very beginning; later
    that is a source that is away, too.
    """
    pause, begun, ever, done, reason = 0.0, False, False, 0, ""
    notes = _Notes(watch, told)
    while not stopped() and (not rounds or done < rounds):
        done += 1
        try:
            if not begun:
                notes.before()
                begun = watch.begin(stopped)
            if not begun:
                return
            ever = True
            sealed = watch.round()
            if pause:
                pause, reason = 0.0, ""
                told("back", {"source": watch.plan.name})
            notes.after(sealed)
            watch.rest(watch.plan.interval)
        except SourceError as error:
            if not (ever or error.retryable):
                raise
            if reason != str(error):
                reason = str(error)
                told("away", {"source": watch.plan.name, "reason": reason, "advice": error.advice})
            watch.capture.source.close()
            begun = begun and error.retryable  # what was refused may lack its slot: it begins anew
            pause = min(2 * pause or 0.2, LONGEST)
            _wait(pause, stopped)


class _Notes:
    """What a run tells of its rounds, each thing once."""

    def __init__(self, watch: SourceWatch, told: Told) -> None:
        self._watch, self._told = watch, told
        self._first, self._untold = False, ""
        self._aside: dict[str, str] = {}
        self._refused: dict[str, str] = {}

    def before(self) -> None:
        """Whether what comes is the first pass."""
        tables = self._watch.capture.state.tables
        self._first = any(not tables[name].lap for name in self._watch.plan.tables)

    def after(self, sealed: int) -> None:
        """A round that sealed so many versions."""
        capture, name = self._watch.capture, self._watch.plan.name
        if self._first:
            self._first = False
            count = sum(capture.state.tables[each].rows for each in self._watch.plan.tables)
            self._told("first", {"source": name, "count": count})
        if capture.gap:
            capture.gap = False
            self._told("gap", {"source": name})
        if sealed:
            self._told("sealed", {"count": sealed})
        for event in self._watch.events():
            self._told("found", event)
        self._tables(name, dict(capture.aside))
        untold = self._watch.untold
        if untold is not None and str(untold) != self._untold:
            self._told("untold", {"source": name, "reason": str(untold), "advice": untold.advice})
        self._untold = str(untold or "")
        refused = dict(self._watch.refused)
        for row in [row for row, reason in refused.items() if self._refused.get(row) != reason]:
            self._told("refused", {"row": row, "reason": refused[row]})
        self._refused = refused

    def _tables(self, name: str, aside: dict[str, str]) -> None:
        for table in [table for table in aside if table not in self._aside]:
            self._told("aside", {"source": name, "table": table, "reason": aside[table]})
        for table in [table for table in self._aside if table not in aside]:
            self._told("read", {"source": name, "table": table})
        self._aside = aside


def _wait(seconds: float, stopped: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not stopped():
        time.sleep(0.1)


def body(event: dict[str, Any]) -> bytes:
    """An event for programs: one line of JSON, which the courier delivers."""
    return orjson.dumps(event)


def _name(finding: RowFinding) -> str:
    return "|".join((finding.cls, finding.table, finding.key, finding.column, str(finding.seen)))
