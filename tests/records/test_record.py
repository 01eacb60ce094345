"""Records: strict reading, and annexes that are never cut and never exchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from huella.errors import InputError
from huella.records import canonical, draft, generator
from huella.records.record import (
    ANNEX_OVER,
    MAX_RECORD,
    Record,
    annexes,
    effective_data,
    leaf_hash,
    parse,
    split,
)

First = Callable[..., Record]
Salt = Callable[[], bytes]
ACCEPTED = {"effective_at": "2026-08-31T05:00:00.000Z", "mode": "explicit"}
DIGEST = "A" * 43


def changed(record: Record, **members: Any) -> bytes:
    plain: dict[str, Any] = msgspec.to_builtins(record)
    return canonical.encode({k: v for k, v in {**plain, **members}.items() if v is not ...})


def test_the_leaf_is_the_hash_of_a_zero_byte_and_the_record() -> None:
    assert leaf_hash(b"{}") == hashlib.sha256(b"\x00{}").digest()


def test_a_record_comes_back_from_its_bytes(record: First) -> None:
    made = record("order.accepted", ACCEPTED)
    assert parse(canonical.encode(made)) == made


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("/format", {"format": "huella/record/2"}),
        ("/seq", {"seq": -1}),
        ("/seq", {"seq": 1}),
        ("/seq", {"prev": "0" * 64}),
        ("/prev", {"seq": 1, "prev": "A" * 64}),
        ("/recorded_at", {"recorded_at": "2026-11-23T14:05:09Z"}),
        ("/recorded_at", {"recorded_at": "2026-11-23T14:05:09.123+00:00"}),
        ("/annexes", {"annexes": []}),
        ("/files", {"files": []}),
        ("/sealed", {"sealed": {}}),
        ("/sealed/a", {"sealed": {"/a": DIGEST, "/a/b": DIGEST}}),
        ("/sealed/a", {"sealed": {"/a": DIGEST + "="}}),
        ("/sealed/a", {"sealed": {"/a": "A" * 42 + "B"}}),
    ],
)
def test_what_is_not_a_record_is_refused_with_its_field(
    field: str, value: dict[str, Any], record: First
) -> None:
    with pytest.raises(InputError) as caught:
        parse(changed(record("order.accepted", ACCEPTED), **value))
    assert caught.value.field.startswith(field)


@pytest.mark.parametrize(
    "value", [{"more": 1}, {"kind": ...}, {"data": []}, {"seq": "0"}, {"data": {"a": 0.5}}]
)
def test_unknown_missing_or_wrong_members_are_refused(value: dict[str, Any], record: First) -> None:
    with pytest.raises(InputError):
        parse(changed(record("order.accepted", ACCEPTED), **value))


@pytest.mark.parametrize("change", [b" ", b"\n", b"{}"])
def test_bytes_after_the_record_are_refused(change: bytes, record: First) -> None:
    with pytest.raises(InputError):
        parse(changed(record("order.accepted", ACCEPTED)) + change)


def test_a_record_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(InputError, match="at most 65535"):
        parse(b" " * (MAX_RECORD + 1))


def test_sixty_products_by_twenty_four_deliveries_need_an_annex_and_come_back(salt: Salt) -> None:
    given = generator.combined(items=60, deliveries=24)
    made = draft.prepare(given, salt)
    raw = draft.finish(made, seq=0, prev=None, recorded_at="2026-11-23T14:05:09.123Z", recorded_by="x")
    record = parse(raw)
    assert len(raw) <= ANNEX_OVER
    assert [annex.size for annex in annexes(record)] == [len(body) for body in made.annexes]
    whole = effective_data(record, made.annexes)
    assert len(whole["items"]) == 60
    assert len(whole["deliveries"]) == 24
    assert sum(len(d["lines"]) for d in whole["deliveries"]) == 60 * 24


def test_an_annex_that_is_missing_exchanged_or_changed_is_refused(salt: Salt) -> None:
    made = draft.prepare(generator.combined(items=200, deliveries=40), salt)
    record = parse(
        draft.finish(made, seq=0, prev=None, recorded_at="2026-11-23T14:05:09.123Z", recorded_by="x")
    )
    assert len(made.annexes) >= 2
    for bodies in (made.annexes[1:], made.annexes[::-1], (made.annexes[0] + b" ", *made.annexes[1:]), ()):
        with pytest.raises(InputError) as caught:
            effective_data(record, bodies)
        assert caught.value.field.startswith("/annexes")


@pytest.mark.parametrize(
    "body",
    [
        b'{"member":"a"}',
        b'{"member":"a","value":1,"x":2}',
        b'{"member":1,"value":1}',
        b'{"member":"mode","value":1}',
    ],
)
def test_an_annex_of_another_form_or_over_a_member_in_clear_is_refused(body: bytes, record: First) -> None:
    named = [{"sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}]
    made = parse(changed(record("order.accepted", ACCEPTED), annexes=named))
    with pytest.raises(InputError):
        effective_data(made, [body])


def test_only_the_largest_members_move_and_only_as_many_as_needed() -> None:
    data = {"a": "x" * 100, "b": "y" * 5000, "c": "z" * 4000}
    kept, moved = split(data, 4500)
    assert set(kept) == {"a", "c"}
    assert [canonical.decode(body)["member"] for body in moved] == ["b"]
