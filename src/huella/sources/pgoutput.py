"""PostgreSQL's logical replication messages, read strictly (protocol 1, plugin pgoutput).

Form: PostgreSQL's documentation, "Logical Replication Message Formats". Whatever is not exactly one of them is an
error: a change that is misread would be sealed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from huella.errors import SourceError

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
UNCHANGED = object()
"""Stands for a large value that the message leaves out because the change did not touch it."""

Cells = tuple[object, ...]
"""A row's values in the relation's order: text, None for NULL, UNCHANGED."""


class Begin(NamedTuple):
    """A transaction that committed at an LSN and a moment."""

    lsn: int
    at: datetime
    xid: int


class Commit(NamedTuple):
    """Its end: the LSN behind it is what is to be confirmed."""

    end: int


@dataclass(frozen=True, slots=True)
class Relation:
    """A table as the changes behind it are written: columns by name, type (oid), whether part of the identity."""

    oid: int
    schema: str
    name: str
    identity: str
    columns: tuple[str, ...]
    types: tuple[int, ...]
    keys: tuple[bool, ...]


class Change(NamedTuple):
    """One row's change; `old` is its identity (or the whole row) before, where the message has it."""

    seen: Literal["insert", "update", "delete"]
    relation: int
    old: Cells | None
    new: Cells | None


class Truncated(NamedTuple):
    """Tables that were emptied at once."""

    relations: tuple[int, ...]


Message = Begin | Commit | Relation | Change | Truncated | None
"""None for what says nothing about rows (origins, types)."""


def decode(raw: bytes) -> Message:
    """One message. SourceError where the bytes are not one of the protocol."""
    reader = _Reader(raw)
    made: Message = _READERS.get(reader.char(), _unknown)(reader)
    if reader.at != len(raw):
        raise SourceError("a replication message has bytes behind its end")
    return made


class _Reader:
    """Takes values off a message, in network order."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.at = 0

    def take(self, size: int) -> bytes:
        """So many bytes."""
        end = self.at + size
        if size < 0 or end > len(self._raw):
            raise SourceError("a replication message ends too early")
        self.at, start = end, self.at
        return self._raw[start:end]

    def char(self) -> str:
        """One byte as a character."""
        return self.take(1).decode("latin-1")

    def number(self, form: str) -> int:
        """One number: `B`, `h`, `i`, `I` or `q`."""
        (value,) = struct.unpack(">" + form, self.take(struct.calcsize(form)))
        return int(value)

    def text(self) -> str:
        """A text up to its NUL."""
        end = self._raw.find(b"\0", self.at)
        if end < 0:
            raise SourceError("a replication message ends inside a name")
        found = self._raw[self.at : end]
        self.at = end + 1
        return _utf8(found)

    def cells(self) -> Cells:
        """A row."""
        return tuple(self._cell() for _ in range(self.number("h")))

    def _cell(self) -> object:
        kind = self.char()
        if kind == "n":
            return None
        if kind == "u":
            return UNCHANGED
        if kind != "t":
            raise SourceError(f"a replication message has a value of the unknown form {kind!r}")
        return _utf8(self.take(self.number("i")))


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise SourceError("a replication message is not in UTF-8") from None


def _begin(reader: _Reader) -> Begin:
    return Begin(reader.number("q"), _EPOCH + timedelta(microseconds=reader.number("q")), reader.number("I"))


def _commit(reader: _Reader) -> Commit:
    reader.number("B")
    reader.number("q")
    end = reader.number("q")
    reader.number("q")
    return Commit(end)


def _relation(reader: _Reader) -> Relation:
    oid, schema, name, identity = reader.number("I"), reader.text(), reader.text(), reader.char()
    columns = []
    for _ in range(reader.number("h")):
        columns.append((reader.number("B"), reader.text(), reader.number("I")))
        reader.number("i")
    flags, names, types = zip(*columns, strict=True) if columns else ((), (), ())
    return Relation(oid, schema, name, identity, tuple(names), tuple(types), tuple(f == 1 for f in flags))


def _insert(reader: _Reader) -> Change:
    oid = reader.number("I")
    _expect(reader, "N")
    return Change("insert", oid, None, reader.cells())


def _update(reader: _Reader) -> Change:
    oid, mark, old = reader.number("I"), reader.char(), None
    if mark in "KO":
        old, mark = reader.cells(), reader.char()
    if mark != "N":
        raise SourceError(f"a replication message has the unknown part {mark!r}")
    return Change("update", oid, old, reader.cells())


def _delete(reader: _Reader) -> Change:
    oid = reader.number("I")
    _expect(reader, "KO")
    return Change("delete", oid, reader.cells(), None)


def _truncate(reader: _Reader) -> Truncated:
    count = reader.number("i")
    reader.number("B")
    return Truncated(tuple(reader.number("I") for _ in range(count)))


def _origin(reader: _Reader) -> None:
    reader.number("q")
    reader.text()


def _type(reader: _Reader) -> None:
    reader.number("I")
    reader.text()
    reader.text()


def _expect(reader: _Reader, marks: str) -> None:
    found = reader.char()
    if found not in marks:
        raise SourceError(f"a replication message has the unknown part {found!r}")


def _unknown(_reader: _Reader) -> Message:
    raise SourceError("a replication message of an unknown kind")


_READERS: dict[str, Callable[[_Reader], Message]] = {
    "B": _begin, "C": _commit, "R": _relation, "I": _insert, "U": _update, "D": _delete, "T": _truncate,
    "O": _origin, "Y": _type,
}  # fmt: skip
