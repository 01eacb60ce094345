"""Terms, delays and penalties: what follows from dates and the clock alone, and is never sealed (docs/spec/terms.md).

[T] in a comment: read in the legal text; [I]: inferred from real orders; [M]: from memory, to be confirmed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from huella.errors import InputError
from huella.records import identifiers as ids
from huella.records.calendar import Calendar, add_business_days, is_business_day, lima_day, midnight
from huella.records.life import CONFORMED, DELIVERED, PAID, PENDING, TERMINATED

ANSWER_DAYS = 2  # business days, [I]: all tacit acceptances of the real excerpts
CONFORMITY_DAYS = 7  # Reg. 32069 art. 144.3 [T]
CONFORMITY_DAYS_WITH_TESTS = 20  # the same
PAYMENT_DAYS = 10  # business days, Ley 32069 art. 67.3 [T]
PAYMENT_DAYS_JUSTIFIED = 15  # 10 and 5 more where justified, the same
PENALTY_RATE = Decimal("0.10")  # Reg. 32069 arts. 119.2 and 120 [T]: of the formula and of the cap
GOODS = Decimal("0.40")  # F of the formula for goods, Reg. 32069 art. 120 [T]

STATE_WORDS = {
    PENDING: ("ACEPTADA C/ENTREGA PENDIENTE", "ACEPTADA C/ENTREGA RETRASADA"),
    DELIVERED: ("ENTREGADA C/CONFORMIDAD PENDIENTE", "ENTREGADA C/CONFORMIDAD RETRASADA"),
    CONFORMED: ("CONFORME C/PAGO PENDIENTE", "CONFORME C/PAGO RETRASADO"),
    PAID: ("PAGADA", "PAGADA"),
    TERMINATED: ("RESUELTA", "RESUELTA"),
}
"""The portal's eight words for a delivery by its status: in time, late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDates:
    """The Lima dates of one delivery as its records tell them, None where they do not (yet).

    `max_days` are calendar days from `start`, as now in force (amendments included). `tests`: the goods are tested
    before conformity. `justified`: the longer payment term was justified.
    """

    start: date | None = None
    max_days: int | None = None
    made: date | None = None
    conformed: date | None = None
    tests: bool = False
    justified: bool = False


def tacit_acceptance_at(published_at: datetime, calendar: Calendar) -> datetime:
    """When an unanswered order becomes accepted: 00:00:00 in Lima of the 2nd business day after publication, as UTC.

    The day of publication is not counted, whatever its hour and also where it is no business day.
    """
    return midnight(add_business_days(lima_day(published_at), ANSWER_DAYS, calendar))


def may_answer(published_at: datetime, now: datetime, calendar: Calendar) -> bool:
    """Whether the supplier may still accept or reject: from publication until just before the tacit acceptance.

    It follows from the clock and the calendar, not from whether the tacit acceptance was sealed yet.
    """
    return published_at <= now < tacit_acceptance_at(published_at, calendar)


def due_date(
    start: date, max_days: int, *, first_day_counts: bool = False, moves_to: Calendar | None = None
) -> date:
    """The last day in time of a term of calendar days (Reg. 105.3 [T]).

    Without `first_day_counts` the first day is left out (Civil Code 183 [M]). With `moves_to` a term that ends on no
    business day of that calendar ends on the next one (Civil Code 183.5 [M]).
    """
    if max_days < 0:
        raise InputError("a term has no negative number of days", field="/max_days")
    last = start + timedelta(days=max(0, max_days - first_day_counts))
    if moves_to is None or is_business_day(last, moves_to):
        return last
    return add_business_days(last, 1, moves_to)


def conformity_due(made: date, *, tests: bool = False) -> date:
    """The last day for conformity: 7 calendar days counted from the day after receipt, 20 with tests (Reg. 144.3)."""
    return due_date(made, CONFORMITY_DAYS_WITH_TESTS if tests else CONFORMITY_DAYS)


def payment_due(conformed: date, calendar: Calendar, *, justified: bool = False) -> date:
    """The last day for payment: 10 business days after conformity, 15 where that is justified (Ley 67.3)."""
    return add_business_days(conformed, PAYMENT_DAYS_JUSTIFIED if justified else PAYMENT_DAYS, calendar)


def stage_due(
    status: str, dates: DeliveryDates, calendar: Calendar, *, first_day_counts: bool = False
) -> date | None:
    """The last day in time of the step that comes next; None where nothing is due or the dates do not tell it."""
    if status == PENDING and dates.start is not None and dates.max_days is not None:
        return due_date(dates.start, dates.max_days, first_day_counts=first_day_counts)
    if status == DELIVERED and dates.made is not None:
        return conformity_due(dates.made, tests=dates.tests)
    if status == CONFORMED and dates.conformed is not None:
        return payment_due(dates.conformed, calendar, justified=dates.justified)
    return None


def delivery_state_words(status: str, due: date | None, now: datetime) -> str:
    """The portal's word for a delivery: its status, and late from 00:00 in Lima of the day after `due`.

    `status` is one of DeliveryLife, `due` what `stage_due` says; without a due date nothing is late.
    """
    if status not in STATE_WORDS:
        raise InputError(f"a delivery is never {status!r}", field="/status")
    in_time, late = STATE_WORDS[status]
    return late if due is not None and lima_day(now) > due else in_time


def days_late(due: date, made: date) -> int:
    """Calendar days from the due date to the day of delivery (or to today, while it is open); 0 in time."""
    return max(0, (made - due).days)


def penalty_cap(amount: Decimal) -> Decimal:
    """The most that penalties for delay may reach: 10 % of the amount, cut to the cent so as never to exceed it."""
    ids.check_money(amount, "/amount")
    return _from_cents(math.floor(Fraction(amount) * Fraction(PENALTY_RATE) * 100))


def penalty(
    amount: Decimal,
    term_days: int,
    days_late: int,
    *,
    factor: Decimal = GOODS,
    cap_on: Decimal | None = None,
) -> Decimal:
    """The penalty for delay (Reg. 119.2, 120): days × 0.10 × amount / (F × term), half-up cents, at most the cap.

    `amount` and `term_days` are those of the late delivery itself, IGV included, as in force. Rounded once, at the
    end, not day by day. `cap_on` is the amount that the cap is taken of; without it the late delivery's own. A term
    of no days counts as one day. Justified delay does not come in here: it lengthens the term.
    """
    ids.check_money(amount, "/amount")
    if term_days < 0 or factor <= 0:
        raise InputError("the penalty's term is not negative and its factor positive", field="/max_days")
    daily = Fraction(PENALTY_RATE) * Fraction(amount) / (Fraction(factor) * max(1, term_days))
    exact = daily * max(0, days_late)
    return min(
        _from_cents(math.floor(exact * 100 + Fraction(1, 2))),
        penalty_cap(amount if cap_on is None else cap_on),
    )


def _from_cents(cents: int) -> Decimal:
    return Decimal(f"{cents // 100}.{cents % 100:02d}")
