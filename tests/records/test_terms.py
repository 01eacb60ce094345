"""Terms that follow from dates and the clock: tacit acceptance, due dates, delays, penalties."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huella.errors import InputError
from huella.records import calendar, life, terms
from huella.records import identifiers as ids
from huella.records.calendar import PERU
from huella.records.identifiers import LIMA
from huella.records.names import fold
from huella.records.terms import DeliveryDates

D = Decimal
START = date(2026, 9, 1)
moments = st.datetimes(datetime(2022, 1, 1), datetime(2027, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001
days = st.dates(date(2022, 1, 1), date(2027, 6, 30))
amounts = st.decimals("0", "50000000", places=2)


def lima(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LIMA)


def vectors(shared_data: Path) -> list[tuple[datetime, datetime, str]]:
    with (shared_data / "auto_acceptance_vectors.csv").open(encoding="utf-8") as file:
        return [
            (lima(row["physical_order_uploaded_at"]), lima(row["accepted_at"]), row["mode"])
            for row in csv.DictReader(file)
        ]


def test_every_real_tacit_acceptance_is_computed_to_the_second(shared_data: Path) -> None:
    tacit = [(published, accepted) for published, accepted, mode in vectors(shared_data) if mode == "tacit"]
    assert len(tacit) == 14
    for published, accepted in tacit:
        assert terms.tacit_acceptance_at(published, PERU) == accepted


def test_every_real_explicit_acceptance_came_while_it_was_allowed(shared_data: Path) -> None:
    explicit = [
        (published, accepted) for published, accepted, mode in vectors(shared_data) if mode == "explicit"
    ]
    assert len(explicit) == 10
    for published, accepted in explicit:
        assert accepted <= terms.tacit_acceptance_at(published, PERU)
        assert terms.may_answer(published, accepted, PERU)


@pytest.mark.parametrize(
    ("published", "accepted"),
    [
        ("2026-08-27T00:00:00", "2026-08-31"),
        ("2026-08-27T23:59:59", "2026-08-31"),
        ("2026-08-29T10:00:00", "2026-09-01"),  # a Saturday: as if on the Friday before
        ("2026-07-23T10:00:00", "2026-07-30"),  # a holiday; then the 27th, decreed, and two holidays
        ("2026-07-24T10:00:00", "2026-07-31"),
        ("2026-12-04T10:00:00", "2026-12-10"),  # 8 and 9 December
    ],
)
def test_tacit_acceptance_passes_over_days_without_business(published: str, accepted: str) -> None:
    expected = calendar.midnight(date.fromisoformat(accepted))
    assert terms.tacit_acceptance_at(lima(published), PERU) == expected


def test_tacit_acceptance_is_written_in_utc() -> None:
    at = terms.tacit_acceptance_at(datetime(2026, 8, 27, 22, 15, 54, tzinfo=UTC), PERU)
    assert ids.moment(at) == "2026-08-31T05:00:00.000Z"
    assert at.tzinfo is UTC


def test_the_day_is_limas_and_not_utcs() -> None:
    late_evening = datetime(2026, 8, 28, 4, 30, tzinfo=UTC)  # 27 August, 23:30 in Lima
    assert terms.tacit_acceptance_at(late_evening, PERU) == lima("2026-08-31T00:00:00")


def test_a_rejection_at_the_stroke_of_acceptance_is_too_late() -> None:
    published, at = lima("2026-08-27T10:00:00"), lima("2026-08-31T00:00:00")
    assert terms.may_answer(published, at - timedelta(milliseconds=1), PERU)
    assert not terms.may_answer(published, at, PERU)
    assert not terms.may_answer(published, published - timedelta(seconds=1), PERU)


def test_a_day_decreed_later_moves_the_acceptance() -> None:
    decreed = calendar.amended(PERU, "later", [date(2026, 8, 31)])
    published, now = lima("2026-08-27T10:00:00"), lima("2026-08-31T09:00:00")
    assert terms.tacit_acceptance_at(published, decreed) == lima("2026-09-01T00:00:00")
    assert terms.may_answer(published, now, decreed)
    assert not terms.may_answer(published, now, PERU)


@given(moments, st.timedeltas(timedelta(0), timedelta(days=10)))
def test_who_publishes_later_is_never_answered_earlier(published: datetime, more: timedelta) -> None:
    at = terms.tacit_acceptance_at(published, PERU)
    assert terms.tacit_acceptance_at(published + more, PERU) >= at
    assert timedelta(days=1) < at - published


def test_a_term_leaves_its_first_day_out_unless_told_otherwise() -> None:
    assert terms.due_date(START, 5) == date(2026, 9, 6)
    assert terms.due_date(START, 5, first_day_counts=True) == date(2026, 9, 5)
    assert terms.due_date(START, 0) == terms.due_date(START, 0, first_day_counts=True) == START


def test_a_term_ends_on_a_sunday_or_on_the_next_business_day_as_asked() -> None:
    assert terms.due_date(START, 5).strftime("%a") == "Sun"
    assert terms.due_date(START, 5, moves_to=PERU) == date(2026, 9, 7)
    assert terms.due_date(START, 6, moves_to=PERU) == date(2026, 9, 7)


def test_a_term_is_not_negative() -> None:
    with pytest.raises(InputError):
        terms.due_date(START, -1)


def test_conformity_has_seven_days_and_twenty_with_tests() -> None:
    assert terms.conformity_due(START) == date(2026, 9, 8)
    assert terms.conformity_due(START, tests=True) == date(2026, 9, 21)


def test_payment_has_ten_business_days_and_five_more_where_justified() -> None:
    assert terms.payment_due(START, PERU) == date(2026, 9, 15)
    assert terms.payment_due(START, PERU, justified=True) == date(2026, 9, 22)


@pytest.mark.parametrize(
    ("status", "last", "in_time", "late"),
    [
        (life.PENDING, "2026-09-06", "ACEPTADA C/ENTREGA PENDIENTE", "ACEPTADA C/ENTREGA RETRASADA"),
        (
            life.DELIVERED,
            "2026-09-11",
            "ENTREGADA C/CONFORMIDAD PENDIENTE",
            "ENTREGADA C/CONFORMIDAD RETRASADA",
        ),
        (life.CONFORMED, "2026-09-24", "CONFORME C/PAGO PENDIENTE", "CONFORME C/PAGO RETRASADO"),
    ],
)
def test_each_step_is_late_from_the_midnight_after_its_last_day(
    status: str, last: str, in_time: str, late: str
) -> None:
    dates = DeliveryDates(start=START, max_days=5, made=date(2026, 9, 4), conformed=date(2026, 9, 10))
    due = terms.stage_due(status, dates, PERU)
    assert due == date.fromisoformat(last)
    midnight = calendar.midnight(date.fromisoformat(last) + timedelta(days=1))
    assert terms.delivery_state_words(status, due, midnight - timedelta(milliseconds=1)) == in_time
    assert terms.delivery_state_words(status, due, midnight) == late


@pytest.mark.parametrize(("status", "word"), [(life.PAID, "PAGADA"), (life.TERMINATED, "RESUELTA")])
def test_what_is_over_is_never_late(status: str, word: str) -> None:
    full = DeliveryDates(start=START, max_days=5, made=START, conformed=START)
    assert terms.stage_due(status, full, PERU) is None
    assert terms.delivery_state_words(status, START, lima("2027-01-01T00:00:00")) == word


@pytest.mark.parametrize("status", [life.PENDING, life.DELIVERED, life.CONFORMED])
def test_without_dates_nothing_is_late(status: str) -> None:
    due = terms.stage_due(status, DeliveryDates(), PERU)
    assert due is None
    assert terms.delivery_state_words(status, due, lima("2027-01-01T00:00:00")).endswith("PENDIENTE")


def test_the_words_are_the_portals_eight_and_lead_back_to_their_status() -> None:
    words = {word: status for status, pair in terms.STATE_WORDS.items() for word in pair}
    assert len(words) == 8
    assert {fold(word): status for word, status in words.items()} == life.DELIVERY_STATES


def test_a_delivery_has_no_orders_status() -> None:
    with pytest.raises(InputError):
        terms.delivery_state_words(life.PUBLISHED, None, lima("2026-09-01T00:00:00"))


def test_days_late_are_counted_from_the_due_date() -> None:
    assert [terms.days_late(START, START + timedelta(days=n)) for n in (-3, 0, 1, 9)] == [0, 0, 1, 9]


@pytest.mark.parametrize(
    ("amount", "term", "late", "expected"),
    [
        ("1000.00", 20, 0, "0.00"),
        ("1000.00", 20, 1, "12.50"),  # 0.10 × 1000 / (0.40 × 20)
        ("1000.00", 20, 7, "87.50"),
        ("1000.00", 20, 8, "100.00"),
        ("1000.00", 20, 900, "100.00"),
        ("2690.50", 7, 1, "96.09"),  # 96.089285…
        ("0.22", 11, 1, "0.01"),  # 0.005 exactly: up
        ("0.19", 1, 1, "0.01"),  # the cap, 0.019, is cut
        ("44600000.00", 60, 5, "929166.67"),
    ],
)
def test_the_penalty_is_the_regulations(amount: str, term: int, late: int, expected: str) -> None:
    assert terms.penalty(D(amount), term, late) == D(expected)


def test_rounding_comes_once_at_the_end() -> None:
    assert terms.penalty(D("100.00"), 30, 3) == D("2.50")  # a day 0.8333…, three times 0.83 were 2.49


def test_a_term_of_no_days_counts_as_one() -> None:
    assert terms.penalty(D("1000.00"), 0, 1) == terms.penalty(D("1000.00"), 1, 1) == D("100.00")


def test_the_cap_may_be_taken_of_the_whole_order() -> None:
    assert terms.penalty(D("1000.00"), 20, 12, cap_on=D("5000.00")) == D("150.00")
    assert terms.penalty(D("1000.00"), 20, 12, cap_on=D("0.00")) == D("0.00")


@pytest.mark.parametrize(("amount", "term"), [("10.5", 5), ("-1.00", 5), ("NaN", 5), ("10.00", -1)])
def test_a_penalty_of_something_out_of_form_is_refused(amount: str, term: int) -> None:
    with pytest.raises(InputError):
        terms.penalty(D(amount), term, 1)


@given(amounts, st.integers(0, 120), st.integers(0, 400))
def test_a_penalty_never_exceeds_a_tenth_and_has_two_decimals(amount: Decimal, term: int, late: int) -> None:
    found = terms.penalty(amount, term, late)
    assert D("0.00") <= found <= amount / 10
    assert found.as_tuple().exponent == -2


@given(amounts, st.integers(1, 120), st.integers(0, 400), st.integers(0, 50))
def test_more_delay_or_a_shorter_term_never_costs_less(
    amount: Decimal, term: int, late: int, more: int
) -> None:
    found = terms.penalty(amount, term, late)
    assert terms.penalty(amount, term, late + more) >= found
    assert terms.penalty(amount, term + more, late) <= found


@given(days, st.integers(0, 60), st.integers(0, 60), amounts)
def test_who_delivers_in_time_pays_nothing(start: date, term: int, early: int, amount: Decimal) -> None:
    due = terms.due_date(start, term)
    assert terms.penalty(amount, term, terms.days_late(due, due - timedelta(days=early))) == 0


@given(amounts, st.integers(1, 60))
def test_the_cap_is_reached_when_four_tenths_of_the_term_have_passed(amount: Decimal, term: int) -> None:
    late = -(-4 * term // 10)
    assert terms.penalty(amount, term, late) == terms.penalty_cap(amount)
