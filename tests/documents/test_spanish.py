"""Numbers and dates as a Peruvian reader expects them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huella.documents import spanish


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3482.13", "3,482.13"),
        ("0.00", "0.00"),
        ("1234567", "1,234,567.00"),
        ("0.083500", "0.0835"),
        ("49.1700", "49.17"),
    ],
)
def test_amounts_have_commas_and_at_least_two_decimals(value: str, expected: str) -> None:
    assert spanish.amount(Decimal(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("1200", "1,200"), ("2.500000", "2.5"), ("10", "10"), ("0", "0")]
)
def test_quantities_have_no_idle_zeros(value: str, expected: str) -> None:
    assert spanish.quantity(Decimal(value)) == expected


@given(st.decimals(min_value=0, max_value=Decimal("9999999999999.99"), places=6))
def test_nothing_of_a_value_is_lost_in_print(value: Decimal) -> None:
    assert Decimal(spanish.amount(value).replace(",", "")) == value
    assert Decimal(spanish.quantity(value).replace(",", "")) == value


def test_currencies_have_their_symbol_or_their_code() -> None:
    assert spanish.money(Decimal("3482.13"), "PEN") == "S/\u00a03,482.13"
    assert spanish.money(Decimal("10.00"), "USD") == "US$\u00a010.00"
    assert spanish.money(Decimal("10.00"), "CLP") == "CLP\u00a010.00"


def test_a_moment_is_on_limas_clock() -> None:
    assert spanish.moment("2026-07-22T04:59:59.999Z") == "21/07/2026 23:59"


def test_terms_count_calendar_days() -> None:
    assert (spanish.days(1), spanish.days(20)) == ("1 día calendario", "20 días calendario")
