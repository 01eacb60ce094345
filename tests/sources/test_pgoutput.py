"""PostgreSQL's messages: each form is read, whatever is not exactly one is refused."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from huella.errors import SourceError
from huella.sources.pgoutput import UNCHANGED, Begin, Change, Commit, Relation, Truncated, decode


def row(*cells: bytes | None) -> bytes:
    parts = [b"n" if c is None else c if c == b"u" else b"t" + struct.pack(">i", len(c)) + c for c in cells]
    return struct.pack(">h", len(cells)) + b"".join(parts)


MESSAGES = {
    "begin": b"B" + struct.pack(">qqI", 7, 0, 9),
    "commit": b"C\0" + struct.pack(">qqq", 7, 8, 0),
    "relation": b"R" + struct.pack(">I", 5) + b"public\0oferta\0d" + struct.pack(">h", 1) + b"\x01id\0"
    + struct.pack(">Ii", 20, -1),
    "insert": b"I" + struct.pack(">I", 5) + b"N" + row(b"1", None),
    "update": b"U" + struct.pack(">I", 5) + b"O" + row(b"1") + b"N" + row(b"2"),
    "update of a large row": b"U" + struct.pack(">I", 5) + b"N" + row(b"2", b"u"),
    "delete": b"D" + struct.pack(">I", 5) + b"K" + row(b"1"),
    "truncate": b"T" + struct.pack(">iB", 2, 0) + struct.pack(">II", 5, 6),
    "origin": b"O" + struct.pack(">q", 1) + b"x\0",
    "type": b"Y" + struct.pack(">I", 1) + b"a\0b\0",
}  # fmt: skip


def test_each_message_is_read() -> None:
    read = {name: decode(raw) for name, raw in MESSAGES.items()}
    assert isinstance(read["begin"], Begin)
    assert (read["begin"].lsn, read["begin"].xid, read["begin"].at.year) == (7, 9, 2000)
    assert read["commit"] == Commit(8)
    assert read["relation"] == Relation(5, "public", "oferta", "d", ("id",), (20,), (True,))
    assert read["insert"] == Change("insert", 5, None, ("1", None))
    assert read["update"] == Change("update", 5, ("1",), ("2",))
    assert read["update of a large row"] == Change("update", 5, None, ("2", UNCHANGED))
    assert read["delete"] == Change("delete", 5, ("1",), None)
    assert read["truncate"] == Truncated((5, 6))
    assert read["origin"] is None
    assert read["type"] is None


def cut() -> Iterator[tuple[str, bytes]]:
    for name, raw in MESSAGES.items():
        yield from ((f"{name} cut at {at}", raw[:at]) for at in range(len(raw)))
        yield f"{name} and more", raw + b"\0"


@pytest.mark.parametrize("raw", [raw for _, raw in cut()], ids=[name for name, _ in cut()])
def test_a_cut_or_longer_message_is_refused(raw: bytes) -> None:
    with pytest.raises(SourceError):
        decode(raw)


@pytest.mark.parametrize(
    "raw",
    [b"Z", b"", b"I" + struct.pack(">I", 5) + b"X", b"I\0\0\0\x05N\0\x01z", b"R\0\0\0\x05\xff\0a\0d\0\0"],
)
def test_what_is_unknown_is_refused(raw: bytes) -> None:
    with pytest.raises(SourceError):
        decode(raw)
