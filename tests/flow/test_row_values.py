"""How two versions of a row differ: by column, by amount, by character set."""

import pytest

from huella.flow.row_values import changes, difference, recoded
from huella.flow.rows import Version


def version(**values: str) -> Version:
    return Version(0, 1, b"", "2026-11-25T00:00:00Z", "poll", "0", values)


def test_only_columns_that_both_versions_have_are_compared() -> None:
    good, now = version(price="dec:1.00", erased="text:a"), version(price="dec:1.01", new="text:b")
    assert changes(good, now) == [("price", "dec:1.00", "dec:1.01")]
    assert changes(good, good) == []


@pytest.mark.parametrize(
    ("sealed", "present", "by"),
    [
        ("dec:10.00", "dec:10.01", "+0.01"),
        ("int:5", "int:3", "-2"),
        ("float:3604.53", "float:3604.5400000000004", "+0.01"),
        ("float:1299.99", "int:1300", "+0.01"),
        ("float:90.0", "int:100", "+10"),
        ("text:5", "text:3", None),
        ("dec:1", None, None),
        ("dec:1", "text:none", None),
    ],
)
def test_a_number_differs_by_an_amount_and_nothing_else_does(
    sealed: str, present: str | None, by: str | None
) -> None:
    assert difference(sealed, present) == by


@pytest.mark.parametrize("present", ["Ã±andÃº", "?and?", "\ufffdand\ufffd"])
def test_a_text_read_in_another_character_set_is_recognised(present: str) -> None:
    assert recoded("text:ñandú", f"text:{present}")


@pytest.mark.parametrize("present", ["text:nandu", "text:ñandu", "int:1", None])
def test_another_text_is_not_taken_for_another_character_set(present: str | None) -> None:
    assert not recoded("text:ñandú", present)
