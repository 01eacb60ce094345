"""Business days of Peru as data: a calendar is a value with canonical bytes, named by its digest (docs/spec/terms.md).

National holidays are computed; days that a decree makes non-working are given. A holiday decreed later makes another
calendar with another digest, so that what was computed before stays what it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

import msgspec

from huella.errors import InputError
from huella.records import canonical
from huella.records.identifiers import LIMA
from huella.records.model import Value

SATURDAY = 5
FIRST_YEAR = 1992
"""The first whole year of D.Leg. 713, the present list of holidays. Earlier years are not computed."""


class Holiday(NamedTuple):
    """A national holiday on the same date every year. `since` is the first year in which it was one; FIRST_YEAR
    where it was there from the beginning of the list."""

    month: int
    day: int
    since: int
    name: str


# D.Leg. 713 (1991), art. 6, and the laws that amended it. Those of 2022 and later are followed by their law; see
# docs/spec/terms.md for how well each date of beginning is known.
NATIONAL = (
    Holiday(1, 1, FIRST_YEAR, "Año Nuevo"),
    Holiday(5, 1, FIRST_YEAR, "Día del Trabajo"),
    Holiday(6, 7, 2024, "Batalla de Arica y Día de la Bandera"),  # Ley 31788, June 2023
    Holiday(6, 29, FIRST_YEAR, "San Pedro y San Pablo"),
    Holiday(7, 23, 2023, "Día de la Fuerza Aérea"),  # Ley 31822, July 2023
    Holiday(7, 28, FIRST_YEAR, "Fiestas Patrias"),
    Holiday(7, 29, FIRST_YEAR, "Fiestas Patrias"),
    Holiday(8, 6, 2022, "Batalla de Junín"),  # Ley 31530, July 2022
    Holiday(8, 30, FIRST_YEAR, "Santa Rosa de Lima"),
    Holiday(10, 8, FIRST_YEAR, "Combate de Angamos"),
    Holiday(11, 1, FIRST_YEAR, "Todos los Santos"),
    Holiday(12, 8, FIRST_YEAR, "Inmaculada Concepción"),
    Holiday(12, 9, 2022, "Batalla de Ayacucho"),  # Ley 31381, last days of December 2021
    Holiday(12, 25, FIRST_YEAR, "Navidad"),
)
EASTER = ((-3, "Jueves Santo"), (-2, "Viernes Santo"))
"""Days before Easter Sunday and their names."""


class Calendar(Value, frozen=True, kw_only=True):
    """Which days are no business days from 1 January of `first_year` to 31 December of `last_year`, Saturdays and
    Sundays aside. Dates are Lima's, ascending, each once; `non_working` are days made so by decree."""

    name: str
    first_year: int
    last_year: int
    holidays: tuple[date, ...]
    non_working: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if not self.name or not FIRST_YEAR <= self.first_year <= self.last_year <= 9998:
            raise InputError(
                "a calendar has a name and covers whole years, first to last", field="/first_year"
            )
        for field, days in (("/holidays", self.holidays), ("/non_working", self.non_working)):
            if any(later <= earlier for earlier, later in pairwise(days)):
                raise InputError("the days of a calendar ascend, each once", field=field)
            if any(not self.first_year <= day.year <= self.last_year for day in days):
                raise InputError("a day lies outside the years of its calendar", field=field)


_decoder = msgspec.json.Decoder(Calendar)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the method of Meeus, Jones and Butcher."""
    century, of_century = divmod(year, 100)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * (year % 19) + century - century // 4 - moon + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    shift = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def national(year: int) -> dict[date, str]:
    """The national holidays of a year, ascending, with their Spanish names. InputError before 1992."""
    if year < FIRST_YEAR:
        raise InputError(f"national holidays are known from {FIRST_YEAR} on, not for {year}")
    days = {date(year, each.month, each.day): each.name for each in NATIONAL if year >= each.since}
    days |= {easter(year) + timedelta(days=before): name for before, name in EASTER}
    return dict(sorted(days.items()))


def peru(name: str, first_year: int, last_year: int, non_working: Iterable[date] = ()) -> Calendar:
    """The calendar of the national holidays of these years and of the decreed days, in any order."""
    holidays = [day for year in range(first_year, last_year + 1) for day in national(year)]
    return Calendar(
        name=name,
        first_year=first_year,
        last_year=last_year,
        holidays=tuple(holidays),
        non_working=tuple(sorted(set(non_working))),
    )


def amended(calendar: Calendar, name: str, non_working: Iterable[date]) -> Calendar:
    """The calendar under a new name with days that were decreed since; it has its own digest."""
    days = tuple(sorted({*calendar.non_working, *non_working}))
    return msgspec.structs.replace(calendar, name=name, non_working=days)


def encode(calendar: Calendar) -> bytes:
    """The calendar's canonical bytes (RFC 8785); dates are YYYY-MM-DD."""
    return canonical.encode(calendar)


def digest(calendar: Calendar) -> str:
    """The name that a tacit acceptance gives its calendar: SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(encode(calendar)).hexdigest()


def read(raw: bytes) -> Calendar:
    """Read a calendar's canonical bytes strictly. Raises InputError."""
    try:
        calendar = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not a calendar: {error}") from None
    if encode(calendar) != raw:
        raise InputError("the calendar is not in canonical form (RFC 8785)")
    return calendar


def is_business_day(day: date, calendar: Calendar) -> bool:
    """Whether offices work on that Lima date: no weekend, holiday or decreed day.

    InputError outside the calendar's years: a day that nobody looked up must not count as a working day.
    """
    if not calendar.first_year <= day.year <= calendar.last_year:
        raise InputError(
            f"the calendar {calendar.name!r} ends with {calendar.last_year} and does not know {day.isoformat()}",
            field="/calendar",
            advice="Give a calendar that covers this year.",
        )
    return day.weekday() < SATURDAY and day not in calendar.holidays and day not in calendar.non_working


def add_business_days(day: date, count: int, calendar: Calendar) -> date:
    """The `count`-th business day after `day`, which is not counted itself; with 0 the day as it is."""
    if count < 0:
        raise ValueError("business days are counted forward")
    while count:
        day += timedelta(days=1)
        count -= is_business_day(day, calendar)
    return day


def lima_day(when: datetime) -> date:
    """The Lima date of a moment. The value must know its zone."""
    if when.tzinfo is None:
        raise ValueError("a moment must know its zone")
    return when.astimezone(LIMA).date()


def midnight(day: date) -> datetime:
    """The moment at which a Lima date begins, in UTC (05:00)."""
    return datetime.combine(day, time(), LIMA).astimezone(UTC)


PERU = peru("pe-2022-2027", 2022, 2027, [date(2026, 7, 27)])
"""The calendar that comes with the package. Of the decreed days it has only the one that real orders show (27 July
2026): the others of these years are missing, and who runs a registry adds them with `amended`."""
