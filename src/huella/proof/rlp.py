"""RLP (Ethereum yellow paper, appendix B), strictly: one item, canonical lengths, bounded nesting.

The `rlp` package is the referee in tests. It is not used here because it loads a validation framework that
takes most of a second, which is a hundred times what a verification needs.
"""

from __future__ import annotations

from typing import Any

from huella.errors import ProofError

MAX_DEPTH = 16
"""Headers, proof nodes and accounts nest four levels at most."""


def decode(raw: bytes, place: str) -> Any:
    """Read exactly one item: bytes, or a list of items. ProofError names the place where it is not
    canonical RLP.
    """
    item, end = _item(raw, 0, len(raw), place, 0)
    if end != len(raw):
        raise ProofError(f"{place} has bytes after its RLP")
    return item


def elements(raw: bytes, place: str) -> list[bytes]:
    """The RLP of each element of exactly one list, unread: of a long list somebody wants the last one only."""
    if not raw or raw[0] < 0xC0:
        raise ProofError(f"{place} is not an RLP list")
    begin, length = _length(raw, 0, 0xC0, place)
    if begin + length != len(raw):
        raise ProofError(f"{place} is cut off, or has bytes after its RLP")
    found = []
    while begin < len(raw):
        end = begin + 1
        if raw[begin] >= 0x80:
            inner, length = _length(raw, begin, 0x80 if raw[begin] < 0xC0 else 0xC0, place)
            end = inner + length
        if end > len(raw):
            raise ProofError(f"{place} is cut off")
        found.append(raw[begin:end])
        begin = end
    return found


def encode(item: Any) -> bytes:
    """The RLP of bytes, or of a list of items."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _head(len(item), 0x80) + item
    body = b"".join(map(encode, item))
    return _head(len(body), 0xC0) + body


def _head(length: int, base: int) -> bytes:
    if length < 56:
        return bytes([base + length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(digits)]) + digits


def _item(raw: bytes, start: int, limit: int, place: str, depth: int) -> tuple[Any, int]:
    """The item that starts here and the place after it; it may not reach beyond `limit`."""
    if start >= limit or depth > MAX_DEPTH:
        raise ProofError(f"{place} is not RLP")
    first = raw[start]
    if first < 0x80:
        return raw[start : start + 1], start + 1
    base = 0x80 if first < 0xC0 else 0xC0
    begin, length = _length(raw, start, base, place)
    end = begin + length
    if end > limit:
        raise ProofError(f"{place} is cut off")
    if base == 0x80:
        if length == 1 and raw[begin] < 0x80:
            raise ProofError(f"{place} is not canonical RLP")
        return raw[begin:end], end
    found = []
    while begin < end:
        item, begin = _item(raw, begin, end, place, depth + 1)
        found.append(item)
    return found, end


def _length(raw: bytes, start: int, base: int, place: str) -> tuple[int, int]:
    """Where the content begins, and how long it is."""
    short = raw[start] - base
    if short < 56:
        return start + 1, short
    begin = start + 1 + short - 55
    digits = raw[start + 1 : begin]
    length = int.from_bytes(digits, "big")
    if len(digits) != short - 55 or digits[0] == 0 or length < 56:
        raise ProofError(f"{place} is not canonical RLP")
    return begin, length
