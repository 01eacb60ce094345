"""The strict RLP reader against the rlp package."""

from __future__ import annotations

import pytest
import rlp as referee  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from huella.errors import ProofError
from huella.proof import rlp

items = st.recursive(st.binary(max_size=80), lambda inner: st.lists(inner, max_size=6), max_leaves=20)


@given(items)
def test_an_item_is_written_and_read_as_the_referee_does(item: object) -> None:
    raw = rlp.encode(item)
    assert raw == referee.encode(item)
    assert rlp.decode(raw, "item") == item


@given(st.binary(max_size=70))
def test_any_bytes_are_read_or_refused_as_the_referee_does(raw: bytes) -> None:
    try:
        expected = referee.decode(raw)
    except referee.exceptions.RLPException:
        with pytest.raises(ProofError):
            rlp.decode(raw, "item")
    else:
        assert rlp.decode(raw, "item") == expected


@given(items, st.data())
def test_a_changed_byte_is_read_or_refused_as_the_referee_does(item: object, data: st.DataObject) -> None:
    raw = bytearray(rlp.encode(item))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        expected = referee.decode(bytes(raw))
    except referee.exceptions.RLPException:
        with pytest.raises(ProofError):
            rlp.decode(bytes(raw), "item")
    else:
        assert rlp.decode(bytes(raw), "item") == expected


def test_nesting_without_end_is_refused() -> None:
    raw = b"\xc0"
    for _ in range(3000):
        raw = rlp._head(len(raw), 0xC0) + raw
    with pytest.raises(ProofError, match="is not RLP"):
        rlp.decode(raw, "item")


@given(st.lists(items))
def test_the_elements_of_a_list_are_what_the_referee_writes_for_each(given: list[object]) -> None:
    assert rlp.elements(referee.encode(given), "list") == [referee.encode(item) for item in given]


@pytest.mark.parametrize(
    "raw", [b"", b"\x80", b"\xc1", b"\xc0\x00", b"\xc2\x81", b"\xc3\x83ab", b"\xf8\x01\x00"]
)
def test_what_is_no_list_or_does_not_end_with_it_is_refused(raw: bytes) -> None:
    with pytest.raises(ProofError):
        rlp.elements(raw, "list")
