"""Business days of Peru: holidays computed, decreed days given, calendars as values with a digest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huella.errors import InputError
from huella.records import calendar
from huella.records.calendar import PERU, Calendar

BRIDGE = date(2026, 7, 27)
EASTERS = {
    1999: (4, 4), 2000: (4, 23), 2008: (3, 23), 2011: (4, 24), 2019: (4, 21), 2022: (4, 17),
    2023: (4, 9), 2024: (3, 31), 2025: (4, 20), 2026: (4, 5), 2027: (3, 28), 2038: (4, 25),
}  # fmt: skip
days = st.dates(date(2022, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("year", EASTERS)
def test_easter_is_the_churchs(year: int) -> None:
    assert calendar.easter(year) == date(year, *EASTERS[year])


@given(st.integers(1992, 9000))
def test_easter_is_a_sunday_between_its_bounds(year: int) -> None:
    assert calendar.easter(year).weekday() == 6
    assert date(year, 3, 22) <= calendar.easter(year) <= date(year, 4, 25)


def test_the_holidays_of_2026_are_sixteen() -> None:
    assert [day.strftime("%m-%d") for day in calendar.national(2026)] == [
        "01-01", "04-02", "04-03", "05-01", "06-07", "06-29", "07-23", "07-28",
        "07-29", "08-06", "08-30", "10-08", "11-01", "12-08", "12-09", "12-25",
    ]  # fmt: skip
    assert calendar.national(2026)[date(2026, 4, 2)] == "Jueves Santo"


@pytest.mark.parametrize(
    ("day", "first"), [((8, 6), 2022), ((12, 9), 2022), ((7, 23), 2023), ((6, 7), 2024), ((7, 28), 1992)]
)
def test_a_holiday_begins_with_its_law(day: tuple[int, int], first: int) -> None:
    assert date(first, *day) in calendar.national(first)
    assert first == calendar.FIRST_YEAR or date(first - 1, *day) not in calendar.national(first - 1)


def test_years_before_the_law_are_refused() -> None:
    with pytest.raises(InputError, match="1991"):
        calendar.national(1991)


@pytest.mark.parametrize(
    ("day", "works"),
    [("2026-07-24", True), ("2026-07-25", False), ("2026-07-27", False), ("2026-07-29", False),
     ("2026-07-30", True), ("2023-06-07", True), ("2024-06-07", False), ("2022-12-09", False)],
)  # fmt: skip
def test_weekends_holidays_and_decreed_days_are_no_business_days(day: str, works: bool) -> None:
    assert calendar.is_business_day(date.fromisoformat(day), PERU) is works


def test_a_day_that_the_calendar_does_not_know_is_refused_rather_than_counted() -> None:
    with pytest.raises(InputError, match="2028-01-01") as refused:
        calendar.add_business_days(date(2027, 12, 31), 1, PERU)
    assert "covers this year" in refused.value.advice


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [("2026-08-27", 2, "2026-08-31"), ("2026-08-29", 1, "2026-08-31"), ("2026-07-22", 1, "2026-07-24"),
     ("2026-07-24", 1, "2026-07-30"), ("2026-08-29", 0, "2026-08-29")],
)  # fmt: skip
def test_business_days_are_counted_from_the_day_after(day: str, count: int, expected: str) -> None:
    assert calendar.add_business_days(date.fromisoformat(day), count, PERU) == date.fromisoformat(expected)


def test_nobody_counts_backward() -> None:
    with pytest.raises(ValueError, match="forward"):
        calendar.add_business_days(BRIDGE, -1, PERU)


@given(days, st.integers(1, 30))
def test_between_two_business_days_lie_as_many_as_were_counted(day: date, count: int) -> None:
    end = calendar.add_business_days(day, count, PERU)
    between = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(calendar.is_business_day(each, PERU) for each in between) == count
    assert calendar.is_business_day(end, PERU)


@given(days, st.integers(0, 9), st.integers(0, 9))
def test_counting_in_two_steps_is_counting_in_one(day: date, first: int, then: int) -> None:
    halfway = calendar.add_business_days(day, first, PERU)
    assert calendar.add_business_days(halfway, then, PERU) == calendar.add_business_days(
        day, first + then, PERU
    )


def test_a_calendar_reads_back_from_its_bytes_and_keeps_its_digest() -> None:
    raw = calendar.encode(PERU)
    assert calendar.read(raw) == PERU
    assert calendar.digest(calendar.read(raw)) == calendar.digest(PERU)
    assert b'"non_working":["2026-07-27"]' in raw


def test_the_digest_of_the_calendar_that_comes_with_the_package_never_changes_under_its_name() -> None:
    assert PERU.name == "pe-2022-2027"
    assert calendar.digest(PERU) == "8fa02d0ee73d29918b149f88e801c2797e2ff84576ff71a1ad1182af444b1bce"


def test_the_order_in_which_days_are_given_does_not_matter() -> None:
    bridges = [date(2026, 1, 2), BRIDGE]
    one, other = (calendar.peru("x", 2026, 2026, given) for given in (bridges, [*reversed(bridges), BRIDGE]))
    assert calendar.digest(one) == calendar.digest(other)


def test_a_day_decreed_later_makes_another_calendar() -> None:
    later = calendar.amended(PERU, "pe-2022-2027-b", [date(2026, 10, 9)])
    assert later.non_working == (BRIDGE, date(2026, 10, 9))
    assert calendar.digest(later) != calendar.digest(PERU)
    assert calendar.is_business_day(date(2026, 10, 9), PERU)
    assert not calendar.is_business_day(date(2026, 10, 9), later)


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"first_year": 1991},
        {"first_year": 2023, "last_year": 2022},
        {"holidays": PERU.holidays[::-1]},
        {"holidays": PERU.holidays + PERU.holidays[-1:]},
        {"non_working": (date(2030, 1, 2),)},
    ],
)
def test_a_calendar_out_of_form_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        msgspec.convert({**msgspec.to_builtins(PERU), **msgspec.to_builtins(change)}, Calendar)


@pytest.mark.parametrize(
    "raw", [b"", b"\xff", b"{}", b'{"name": 1}', calendar.encode(PERU) + b" ", calendar.encode(PERU)[:-1]]
)
def test_bytes_that_are_no_calendar_are_refused(raw: bytes) -> None:
    with pytest.raises(InputError):
        calendar.read(raw)


def test_a_day_in_lima_begins_at_five_in_utc() -> None:
    assert calendar.midnight(date(2026, 8, 31)) == datetime(2026, 8, 31, 5, tzinfo=UTC)
    assert calendar.lima_day(datetime(2026, 8, 31, 4, 59, 59, tzinfo=UTC)) == date(2026, 8, 30)
    assert calendar.lima_day(datetime(2026, 8, 31, 5, tzinfo=timezone(timedelta(hours=-5)))) == date(
        2026, 8, 31
    )


def test_a_moment_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="zone"):
        calendar.lima_day(datetime(2026, 8, 31))  # noqa: DTZ001
