"""What the clock decides: orders that nobody answered are accepted, by the calendar in force and never later changed.

calendar on record ─► orders whose moment has come ─► order.accepted (tacit)      whether or not a worker ran meanwhile
a holiday decreed later ─► another calendar on record ─► a further record where it moves the moment
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from huella.errors import HuellaError
from huella.flow.house import House
from huella.flow.read import calendars_on_record, fold
from huella.flow.seal import Outcome, Sealed, decide, seal
from huella.records import answers, calendar, kinds
from huella.records.answers import ACCEPTANCE
from huella.records.calendar import PERU, Calendar
from huella.records.draft import Draft
from huella.records.identifiers import moment
from huella.records.life import ACCEPTED, PUBLISHED

CHUNK = 200
AROUND = 21
"""Days before and after a changed day within which an acceptance can depend on it: two business days and any feast."""


def tacit(house: House) -> list[tuple[str, Outcome]]:
    """Seal every acceptance by silence whose moment has come: each order with its outcome, those already sealed left
    alone. An order that cannot be, such as one beyond the calendar's years, has its error and stops no other."""
    done: list[tuple[str, Outcome]] = []
    after = ""
    while True:
        some, after = step(house, after)
        done += some
        if not after:
            return done


def step(house: House, after: str = "") -> tuple[list[tuple[str, Outcome]], str]:
    """The same for a few orders behind a number; where to go on, empty at the end. A worker calls it by turns."""
    if not calendars_on_record(house).all():
        publish_calendar(house, PERU)
    names = _candidates(house, after)
    if not names:
        return [], ""
    refused: list[tuple[str, Outcome]] = []
    due: list[Draft] = []

    def make() -> list[Draft]:
        due.extend(_due(house, names, refused))
        return due

    outcomes = decide(house, make)
    return [*refused, *((draft.subject, each) for draft, each in zip(due, outcomes, strict=True))], names[-1]


def publish_calendar(house: House, days: Calendar) -> Sealed:
    """Put a calendar on record: from there on it is in force, and its digest names it. RuleError `calendar-once`."""
    data: dict[str, Any] = msgspec.json.decode(calendar.encode(days))
    draft = Draft(kind="calendar.published", subject=kinds.REGISTRY, data=data)
    (outcome,) = seal(house, [draft])
    if not isinstance(outcome, Sealed):
        raise outcome
    return outcome


def _candidates(house: House, after: str) -> list[str]:
    """Orders behind a number that may be due: those without an answer, and those that a changed day may move."""
    changed = calendars_on_record(house).changed_days()
    spans = []
    if changed:
        first = calendar.midnight(changed[0] - timedelta(days=AROUND))
        spans.append((moment(first), moment(calendar.midnight(changed[-1] + timedelta(days=AROUND)))))
    return house.index.waiting(PUBLISHED, ACCEPTED, spans, after, CHUNK)


def _due(house: House, names: Sequence[str], refused: list[tuple[str, Outcome]]) -> Iterator[Draft]:
    """The acceptances that are due now, computed while the head is held; what cannot be computed goes to `refused`."""
    now, days = moment(house.now()), calendars_on_record(house).in_force(house.journal.size())
    for name in names:
        try:
            life = fold(house, house.journal.of_subject(name))
            data = None if life.order.origin is not None else answers.tacit_fact(life, days, now)
        except HuellaError as error:
            refused.append((name, error))
            continue
        if data is not None:
            yield Draft(kind=ACCEPTANCE, subject=name, data=data)
