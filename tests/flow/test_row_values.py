"""How two versions of a row differ: by column, by amount, by character set."""

import pytest

from huella.flow.row_values import changes, difference, recoded, shown
from huella.flow.rows import Version
from huella.records.rows import ENGLISH, SPANISH, TYPES


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


@pytest.mark.parametrize(
    ("canonical", "spanish", "english"),
    [
        ("float:1475.5", "1475.5", "1475.5"), ("dec:1475.00", "1475.00", "1475.00"), ("text:a:b", "a:b", "a:b"),
        ("text:", "«»", "«»"), ("text: a", "« a»", "« a»"), ("text:—", "«—»", "«—»"),
        ("bool:true", "sí", "yes"), ("null", "vacío (NULL)", "empty (NULL)"),
        ("datetime:2026-11-25T10:00:00.250000", "2026-11-25 10:00:00.25", "2026-11-25 10:00:00.25"),
        ("time:10:00:00.000000", "10:00:00", "10:00:00"), ("date:2026-11-25", "2026-11-25", "2026-11-25"),
        ("instant:2026-11-25T02:00:00.000000Z", "2026-11-24 21:00:00 (Lima)", "2026-11-24 21:00:00 (Lima)"),
        ("instant:1994-02-01T02:00:00.500000Z", "1994-01-31 22:00:00.5 (Lima)", "1994-01-31 22:00:00.5 (Lima)"),
        ("instant:infinity", "infinity", "infinity"), ("bin:2d71:1", "1 bytes, SHA-256 2d71", "1 bytes, SHA-256 2d71"),
        ("text#:ab12:5000", "5000 bytes, SHA-256 ab12", "5000 bytes, SHA-256 ab12"), (None, "—", "—"),
    ],
)  # fmt: skip
def test_a_value_is_shown_as_a_person_reads_it(canonical: str | None, spanish: str, english: str) -> None:
    assert shown(canonical, "dec:0.01", "es") == (spanish, "0.01")
    assert shown("dec:0.01", canonical, "en") == ("0.01", english)


def test_values_that_only_their_types_tell_apart_have_these_behind_them() -> None:
    assert shown("text:5", "int:5", "es") == ("5 (texto)", "5 (número entero)")
    assert shown("text:5", "text:5", "en") == ("5", "5")
    assert {frozenset(words.kinds) for words in (SPANISH, ENGLISH)} == {TYPES}


def test_words_about_a_value_are_in_the_readers_language() -> None:
    assert shown("sealed", "another value", "es") == ("sellado", "otro valor")
    assert shown("sealed", "another value", "en") == ("sealed", "another value")
