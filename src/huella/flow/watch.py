"""Watching: rounds without end, each of what is new and of a slice of the rest; each finding is told once, and once
more when it is gone.

How far it has come lies in a file in the registry's folder, not in the database: whoever writes the database can
neither move the slices nor mark anything as told. Without a file, or with another registry's, the first round looks at
everything.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Literal

import msgspec
import orjson
from sqlalchemy.exc import SQLAlchemyError

from huella.errors import HuellaError
from huella.flow.findings import QUIET, At, Finding, Report
from huella.flow.house import House
from huella.flow.rights_audit import Known
from huella.flow.round import SLICE, Place, Seen, look, moved
from huella.flow.sign import replace_durably
from huella.records.identifiers import moment

FILE = "watch.json"
OPEN = 2_000
"""Findings that a watch remembers as told; while so many are open, more are told as one."""
FAILED = "round"
"""The part that a round belongs to which could not be made."""

Key = tuple[str, str, str, str, str | None, str | None]


class Open(msgspec.Struct, frozen=True):
    """A finding that was told and is not gone: the part that saw it last, and in which round."""

    finding: Finding
    part: str
    seen: int


class Event(msgspec.Struct, frozen=True):
    """What a watch tells: a finding that is new, or gone."""

    event: Literal["found", "resolved"]
    finding: Finding
    round: int
    at: str

    def body(self) -> bytes:
        """The alert for programs: one line of JSON."""
        told = {"event": self.event, "round": self.round, "at": self.at, **asdict(self.finding)}
        between = [each and each._asdict() for each in self.finding.between]
        return orjson.dumps({**told, "class": self.finding.cls, "between": between})


class State(msgspec.Struct, forbid_unknown_fields=True):
    """What lies in the file: whose it is, how far the watch is, what is open, and alerts not delivered, by courier."""

    registry: str
    place: Place = Place()
    open: list[Open] = []
    waiting: dict[str, list[str]] = {}


class Watch:
    """The watch of one registry. `path` is the file in which it goes on after a stop; `most` the entries of a slice."""

    def __init__(self, house: House, path: Path, most: int = SLICE) -> None:
        self._house = house
        self._path = path
        self._most = most
        self._known = Known()
        self._state = self._load()
        self._open: dict[Key, Open] = {_key(each.finding): each for each in self._state.open}

    @property
    def place(self) -> Place:
        """How far it has come."""
        return self._state.place

    @property
    def waiting(self) -> dict[str, list[str]]:
        """Alerts that an earlier run could not deliver, by courier."""
        return self._state.waiting

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 3 where something could not be compared: of all that is open."""
        classes = {each.finding.cls for each in self._open.values()}
        if classes - set(QUIET):
            return 1
        return 3 if classes & {"behind", "unreachable"} else 0

    def round(self) -> list[Event]:
        """One round: what is told of it. That the database or the chain is not there is a finding as others are."""
        before = self._state.place
        try:
            seen = look(self._house, before, self._known, self._most)
        except (HuellaError, SQLAlchemyError, OSError) as error:
            self._known = Known()  # it may be half read
            seen = Seen(moved(before, round=before.round + 1), {FAILED: _failed(error)})
        self._state.place = seen.place
        return [*self._found(seen), *self._resolved(seen)]

    def save(self, waiting: dict[str, list[str]]) -> None:
        """Keep how far it is, and the alerts that wait for delivery."""
        self._state.open, self._state.waiting = list(self._open.values()), waiting
        replace_durably(self._path, msgspec.json.encode(self._state))
        self._path.chmod(0o600)

    def _load(self) -> State:
        whose = f"{self._house.trust.origin} {self._house.ledger.contract}"
        try:
            state = msgspec.json.decode(self._path.read_bytes(), type=State)
        except (OSError, msgspec.DecodeError):
            return State(whose)
        fits = len(state.place.frontier) == state.place.size.bit_count()
        return state if state.registry == whose and fits else State(whose)

    def _found(self, seen: Seen) -> list[Event]:
        events = []
        for part, report in seen.reports.items():
            for each in _told(part, report):
                full = _key(each) not in self._open and len(self._open) >= OPEN
                finding = _more(FILE) if full else each
                key = _key(finding)
                if key not in self._open:
                    events.append(self._event("found", finding))
                self._open[key] = Open(finding, part, seen.place.round)
        return events

    def _resolved(self, seen: Seen) -> list[Event]:
        """What would have been seen again. Where a round could not be made, nothing was looked at."""
        if FAILED in seen.reports:
            return []
        gone = [key for key, each in self._open.items() if seen.gone(each.part, each.seen)]
        return [self._event("resolved", self._open.pop(key).finding) for key in gone]

    def _event(self, event: Literal["found", "resolved"], finding: Finding) -> Event:
        return Event(event, finding, self._state.place.round, moment(self._house.now()))


def _told(part: str, report: Report) -> list[Finding]:
    """A report's findings worth telling: not that entries wait for their anchor, which they do all the time."""
    told = [found for found in report.findings if (found.cls, found.table) != ("behind", "entries")]
    if sum(report.counts.values()) > len(report.findings):
        told.append(_more(part))
    return told


def _more(part: str) -> Finding:
    report = Report()
    report.add(
        "tampered", At("watch", part, "more"), "more findings than are told one by one: run `huella audit`"
    )
    return report.findings[0]


def _failed(error: Exception) -> Report:
    """The one finding of a round that could not be made. Of what is no error of ours only the kind is told."""
    report = Report()
    why = str(error) if isinstance(error, HuellaError) else type(error).__name__
    report.add("unreachable", At("registry", "*", "round"), f"the round could not be made: {why}")
    return report


def _key(finding: Finding) -> Key:
    return finding.cls, finding.table, finding.row, finding.column, finding.sealed, finding.present
