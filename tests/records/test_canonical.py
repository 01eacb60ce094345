"""Canonical bytes equal those of the RFC 8785 package under the record rules; what a record may not hold is refused."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from huella.errors import InputError
from huella.records import canonical

KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5)
)


@given(VALUES)
def test_the_fast_encoder_gives_the_bytes_of_rfc_8785(value: Any) -> None:
    assert canonical.encode(value) == rfc8785.dumps(value)


@given(VALUES)
def test_what_was_encoded_is_read_back_unchanged(value: Any) -> None:
    assert canonical.decode(canonical.encode(value)) == value


@pytest.mark.parametrize(
    "text",
    ["\u2028\u2029", "\x00\x1f\x7f\x80", '"\\/\b\f\n\r\t', "é̀ñ", "\U0001f600\ufffd\uffff", "</script>"],
)
def test_hostile_text_is_written_as_the_reference_writes_it(text: str) -> None:
    value: Any = {"a": text, "A": [text], "": 0, "~/ !": {"b": -1, "aa": 1, "a": text}}
    assert canonical.encode(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b'{"a":1,"a":1}', "a key twice"),
        (b'{"a": 1}', "a space"),
        (b'{"b":1,"a":1}', "another order"),
        (b'\xef\xbb\xbf{"a":1}', "a byte order mark"),
        (b'{"a":1}\n', "a line end after the value"),
        (b'{"a":1}{}', "two values"),
        (b'{"a":"\\u0061"}', "an escape that is not needed"),
        (b'{"a":"\\ud800"}', "a lone surrogate"),
        (b'{"a":1.5}', "a fraction"),
        (b'{"a":1e3}', "an exponent"),
        (b'{"a":-0}', "minus zero"),
        (b'{"a":9007199254740992}', "2^53"),
        (b'{"\xc3\xb1":1}', "a key that is not ASCII"),
        (b'{"\\u0001":1}', "a key with a control character"),
        (b'{"a":"\xff"}', "no UTF-8"),
        (b"NaN", "no number"),
        (b"", "nothing"),
        (b"[" * 40 + b"]" * 40, "too deep"),
    ],
)
def test_bytes_that_are_not_canonical_are_refused(raw: bytes, why: str) -> None:
    with pytest.raises(InputError):
        canonical.decode(raw)


def test_nesting_is_read_to_the_limit_and_no_further() -> None:
    depth = canonical.MAX_DEPTH
    assert canonical.decode(b"[" * depth + b"]" * depth)
    with pytest.raises(InputError, match="nested deeper"):
        canonical.decode(b"[" * (depth + 2) + b"]" * (depth + 2))


def test_the_place_of_a_float_is_named() -> None:
    with pytest.raises(InputError, match="floating point") as caught:
        canonical.check_values({"items": [{"price": 1.5}]})
    assert caught.value.field == "/items/0/price"


def test_the_largest_integers_pass_on_both_sides() -> None:
    limit = canonical.MAX_INTEGER
    assert canonical.decode(canonical.encode([limit, -limit])) == [limit, -limit]
    with pytest.raises(InputError, match=r"2\^53-1"):
        canonical.check_values([limit + 1])
