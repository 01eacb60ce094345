"""A record read with its typed fact at once is the record read step by step, and refused where that one is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cast import fact, order
from huella.errors import InputError
from huella.records import draft, generator, kinds, record
from huella.records.draft import Draft

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "record.json").read_text(encoding="utf-8"))
PLACE = {"seq": 0, "prev": None, "recorded_at": "2026-11-23T14:05:09.123Z", "recorded_by": "x"}
PRICE = b'"unit_price":"250.00"'


def sealed(given: Draft) -> bytes:
    return draft.finish(draft.prepare(given, lambda: bytes(16)), **PLACE)  # type: ignore[arg-type]


def reads(read: Callable[[bytes], object], raw: bytes) -> bool:
    try:
        read(raw)
    except InputError:
        return False
    return True


@pytest.mark.parametrize("made", list(generator.orders(12, 4)), ids=lambda made: made.subject)
def test_an_orders_fact_is_the_one_read_step_by_step(made: Draft) -> None:
    raw = sealed(made)
    frame, fact = kinds.read_record(raw)
    whole = record.parse(raw)
    assert fact == kinds.read(made.kind, whole.data)
    assert (frame.kind, frame.subject, frame.sealed) == (whole.kind, whole.subject, whole.sealed)


def test_a_fact_whose_type_leaves_nothing_open_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    raws = [
        sealed(made) for made in (*generator.orders(12, 4), order(), fact("delivery.paid", 1, delivery=1))
    ]
    monkeypatch.delattr(record, "parse")
    assert all(read is not None for _, read in map(kinds.read_record, raws))


def test_a_text_that_looks_like_a_kind_changes_nothing() -> None:
    given = order()
    given.data["supplier"]["name"] = '"format":"huella/record/1","kind":"order.accepted"'
    frame, read = kinds.read_record(sealed(given))
    assert (frame.kind, read.supplier.name) == ("order.published", given.data["supplier"]["name"])


def test_a_second_kind_in_front_of_the_first_is_refused() -> None:
    raw = sealed(order()).replace(
        b'"format":', b'"format":"huella/record/1","kind":"order.imported","format":', 1
    )
    with pytest.raises(InputError):
        kinds.read_record(raw)


def test_a_record_with_annexes_is_left_to_its_reader() -> None:
    frame, fact = kinds.read_record(sealed(generator.combined()))
    assert isinstance(frame, record.Record)
    assert fact is None


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_every_vector_is_read_or_refused_as_by_the_slow_reader(vector: dict[str, str]) -> None:
    raw = vector.get("record", "").encode()
    assert reads(kinds.read_record, raw) == reads(record.parse, raw)


@pytest.mark.parametrize(
    "instead",
    [
        b'"unit_price":250.00', b'"unit_price":250', b'"unit_price":"250.00","unit_price":"250.00"',
        b'"unit_price": "250.00"', b'"unit_price":"\\u003250.00"', b'"unit_price":9007199254740993',
        b'"unit_price":null', b'"unit_price":[[]]', b'"unit_price":"250.00","z\xc3\xb1":1', b'"unit_price":NaN',
    ],
)  # fmt: skip
def test_what_no_record_may_hold_is_refused_by_both(instead: bytes) -> None:
    raw = sealed(order()).replace(PRICE, instead)
    assert instead in raw
    assert reads(kinds.read_record, raw) == reads(record.parse, raw)


@pytest.mark.parametrize("number", [2**53 - 1, 2**53, 2**63, 2**70, -(2**53)])
def test_an_integer_that_not_every_reader_keeps_is_refused_by_both(number: int) -> None:
    raw = sealed(order()).replace(b'"code":1335', b'"code":%d' % number)
    assert reads(kinds.read_record, raw) == reads(record.parse, raw) == (abs(number) < 2**53)


@given(st.data())
def test_a_byte_changed_anywhere_is_read_or_refused_by_both(data: st.DataObject) -> None:
    raw = bytearray(sealed(order()))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255))
    assert reads(kinds.read_record, bytes(raw)) == reads(record.parse, bytes(raw))


def test_only_types_that_leave_nothing_open_are_read_at_once() -> None:
    """A type with members of any name, or integers without bounds, goes through the slow reader."""
    assert {"order.published", "order.imported", "delivery.paid"} <= kinds.READ_AT_ONCE
    assert not {"award.decided", "offer.received"} & kinds.READ_AT_ONCE
