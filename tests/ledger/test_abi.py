"""Values of contracts as bytes and back."""

from __future__ import annotations

import pytest

from huella.ledger.abi import Unreadable, decode, encode


def test_what_was_encoded_is_decoded() -> None:
    types, values = ("uint64", "bytes32[]", "bytes"), (7, (bytes(32), b"\x01" * 32), b"abc")

    assert decode(types, encode(types, values)) == values


def test_bytes_of_another_type_cannot_be_read() -> None:
    with pytest.raises(Unreadable):
        decode(("bytes32[]",), b"\xff" * 32)
