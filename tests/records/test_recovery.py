"""The form of `log.recovered`: what its record may say at all."""

from __future__ import annotations

from typing import Any

import pytest

from huella.errors import InputError
from huella.records import kinds

GOOD: dict[str, Any] = {
    "date": "2026-11-25", "handover": "note", "head": "note", "kept": 3, "lost": {"first": 3, "size": 6},
    "origin": "example.pe/huella", "root": "0" * 64, "successor": "example.pe/huella/2+00+00",
}  # fmt: skip


def check(change: dict[str, Any], subject: str = "registry") -> None:
    kind = kinds.find("log.recovered")
    kind.check(kinds.read("log.recovered", GOOD | change), subject)


def test_the_end_of_an_epoch_is_in_its_form() -> None:
    check({})
    check({"kept": 0, "lost": {"first": 0, "size": 1}})
    check({"saved": [{"entry": 4, "record": "{}"}, {"entry": 5, "record": "{}"}]})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"date": "25/11/2026"}, "/date"),
        ({"root": "0" * 63}, "/root"),
        ({"root": "A" * 64}, "/root"),
        ({"origin": ""}, "/origin"),
        ({"head": "x" * 20_000}, "/head"),
        ({"handover": ""}, "/handover"),
        ({"successor": ""}, "/successor"),
        ({"lost": {"first": 2, "size": 6}}, "/lost"),
        ({"lost": {"first": 3, "size": 3}}, "/lost"),
        ({"saved": [{"entry": 3, "record": "{}"}]}, "/saved"),
        ({"saved": [{"entry": 6, "record": "{}"}]}, "/saved"),
        ({"saved": [{"entry": 5, "record": "{}"}, {"entry": 4, "record": "{}"}]}, "/saved"),
        ({"saved": [{"entry": 5, "record": "{}"}, {"entry": 5, "record": "{}"}]}, "/saved"),
    ],
)
def test_what_is_not_in_its_form_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        check(change)
    assert caught.value.field == field


def test_it_is_the_registrys_own_record() -> None:
    with pytest.raises(InputError) as caught:
        check({}, "OCAM-2026-1335-17-0")
    assert caught.value.field == "/subject"


def test_nothing_else_stands_in_it() -> None:
    with pytest.raises(InputError):
        check({"blame": "somebody"})
