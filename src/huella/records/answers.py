"""Until when an order may be answered, and when silence becomes acceptance (docs/spec/terms.md, Acceptance).

Calendars are records themselves (`calendar.published`): the newest one before an entry is in force for it, so anybody
computes the same moment out of the log. Imported orders are answered elsewhere and are not held to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from huella.errors import RuleError
from huella.records import calendar as days
from huella.records import identifiers as ids
from huella.records.calendar import PERU, Calendar
from huella.records.life import ACCEPTED, PUBLISHED, TACIT, OrderLife
from huella.records.model import Decision
from huella.records.terms import tacit_acceptance_at

ACCEPTANCE = "order.accepted"
ANSWERS = frozenset({ACCEPTANCE, "order.rejected"})


class Calendars:
    """The calendars on record, each with its entry. Before the first, the one that comes with the package counts."""

    def __init__(self, published: Iterable[tuple[int, Calendar]] = ()) -> None:
        self._published = sorted(published, key=lambda each: each[0])

    def in_force(self, index: int) -> Calendar:
        """The calendar that counts for an entry: the newest one before it."""
        earlier = [each for at, each in self._published if at < index]
        return earlier[-1] if earlier else PERU

    def all(self) -> list[Calendar]:
        """The calendars on record, oldest first."""
        return [each for _, each in self._published]

    def changed_days(self) -> list[date]:
        """Days that some calendars on record count as business days and others do not, ascending."""
        sets: list[set[date]] = [{*each.holidays, *each.non_working} for each in self.all()]
        return sorted({day for one in sets for other in sets for day in one - other})

    def with_one(self, index: int, calendar: Calendar) -> Calendars:
        """The same with one more, published at an index."""
        return Calendars([*self._published, (index, calendar)])


def answer_until(life: OrderLife, calendar: Calendar) -> datetime:
    """The moment from which an unanswered order is accepted. It runs from publication, but never from before the order
    was on record: a date that somebody states takes no time from the supplier."""
    stated = life.order.published_at or life.registered_at
    return tacit_acceptance_at(ids.parse_moment(max(stated, life.registered_at), "/published_at"), calendar)


def check_answer(
    life: OrderLife | None, kind: str, fact: Any, at: tuple[int, str], calendars: Calendars
) -> None:
    """RuleError where an answer comes too late, or silence is taken for acceptance at a wrong moment.

    `life` is the order's before the fact, `at` the fact's own index and recorded_at.
    """
    index, recorded_at = at
    if kind not in ANSWERS or life is None or life.order.origin is not None:
        return
    calendar = calendars.in_force(index)
    moment = ids.moment(answer_until(life, calendar))
    if kind != ACCEPTANCE or fact.mode != TACIT:
        if life.status == PUBLISHED and recorded_at >= moment:
            raise RuleError(
                f"the order is accepted by silence since {moment}: it can no longer be answered",
                rule="answer-in-time",
            )
        return
    _check_tacit(fact, calendar, moment, recorded_at)


def _check_tacit(fact: Decision, calendar: Calendar, moment: str, recorded_at: str) -> None:
    if fact.calendar != days.digest(calendar):
        raise RuleError("a tacit acceptance is computed by the calendar in force", rule="calendar-in-force")
    if fact.effective_at != moment:
        raise RuleError(f"by its calendar the order is accepted at {moment}", rule="tacit-at-its-moment")
    if recorded_at < moment:
        raise RuleError("the supplier may still answer", rule="tacit-not-before")


def tacit_fact(life: OrderLife, calendar: Calendar, now: str) -> dict[str, Any] | None:
    """The data of the tacit acceptance that is due at a moment: a first one, or one that another calendar moves."""
    moment = ids.moment(answer_until(life, calendar))
    superseding = life.status == ACCEPTED and life.tacit is not None and life.accepted_at != moment
    if now < moment or not (life.status == PUBLISHED or superseding):
        return None
    return {"calendar": days.digest(calendar), "effective_at": moment, "mode": TACIT}
