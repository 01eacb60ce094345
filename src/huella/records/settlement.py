"""What a payment settles: the delivery's total, less the penalty for its delay (docs/spec/terms.md, Penalty).

The penalty follows from dates on record; what the entity kept back is held against it. A difference is told to
everybody and refuses nothing: a justified delay, or a penalty of another kind (Reg. 119), the record cannot know.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from huella.errors import RuleError
from huella.records import identifiers as ids
from huella.records import terms
from huella.records.calendar import Calendar, lima_day
from huella.records.life import DeliveryLife, OrderLife
from huella.records.rules import Warn
from huella.records.terms import DeliveryDates

PAYMENT = "delivery.paid"
ZERO = Decimal("0.00")


def dates_of(delivery: DeliveryLife) -> DeliveryDates:
    """A delivery's Lima dates, as its records and amendments tell them."""
    return DeliveryDates(
        start=None if delivery.start is None else date.fromisoformat(delivery.start),
        max_days=delivery.max_days,
        made=_day(delivery.made_at),
        conformed=_day(delivery.conformed_at),
    )


def _day(moment: str | None) -> date | None:
    return None if moment is None else lima_day(ids.parse_moment(moment, "/effective_at"))


def penalty_of(life: OrderLife, number: int) -> tuple[int, Decimal] | None:
    """Days late and penalty of a delivery that was made, by the term now in force; None where dates are missing."""
    now, stated = life.deliveries[number - 1], life.order.deliveries[number - 1]
    dates = dates_of(now)
    if dates.start is None or dates.max_days is None or dates.made is None:
        return None
    late = terms.days_late(terms.due_date(dates.start, dates.max_days), dates.made)
    return late, terms.penalty(stated.total, dates.max_days, late)


def due_of(delivery: DeliveryLife, calendar: Calendar) -> date | None:
    """The last day in time of the delivery's next step (a date), None where nothing is due or dates are missing."""
    return terms.stage_due(delivery.status, dates_of(delivery), calendar)


def check_payment(kind: str, fact: Any, after: OrderLife) -> list[Warn]:
    """Warnings where a payment is not what the records make it. RuleError `paid-within-total` where it is more than the
    delivery's total: amount and penalty together never exceed it."""
    if kind != PAYMENT:
        return []
    total = after.order.deliveries[fact.delivery - 1].total
    kept = fact.penalty or ZERO
    if (fact.amount or ZERO) + kept > total:
        raise RuleError(f"delivery {fact.delivery} is worth {total}, not more", rule="paid-within-total")
    warnings = []
    if fact.amount is not None and fact.amount + kept != total:
        warnings.append(Warn("/amount", f"amount and penalty do not add up to {total}"))
    computed = penalty_of(after, fact.delivery)
    if computed is not None and computed[1] != kept:
        late, due = computed
        warnings.append(
            Warn("/penalty", f"{late} days late: the penalty by the regulation is {due}, not {kept}")
        )
    return warnings
