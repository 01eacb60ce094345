"""The bytes of a foreign file: a first look without losing any, lines of bounded length, the encoding found out."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from huella.errors import InputError

HEAD = 65_536
"""How much of a file is looked at to find out its form, in bytes."""


class Source:
    """A binary file with its first bytes looked at. `name` is the file's name, for reports only."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        self.head = file.read(HEAD)
        self._file = file
        if self.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise InputError(
                f"{name} is UTF-16; save it as UTF-8", advice="Save the file as UTF-8 and give it again."
            )

    def all(self, limit: int) -> bytes:
        """Everything at once. Raises InputError over `limit` bytes."""
        rest = self._file.read(limit - len(self.head) + 1)
        if len(self.head) + len(rest) > limit:
            raise InputError(f"{self.name} has more than {limit} bytes", advice="Split the file.")
        return self.head + rest

    def lines(self, limit: int) -> Iterator[tuple[int, bytes]]:
        """Number (from 1) and bytes of each line without its end; one over `limit` bytes comes cut after them."""
        rest, number = self.head, 0
        while True:
            line, rest = self._line(rest, limit)
            if not line:
                return
            number += 1
            yield number, line.rstrip(b"\r\n")

    def _line(self, rest: bytes, limit: int) -> tuple[bytes, bytes]:
        """One line with its end, first from what is read already, and what stays of that."""
        line, end, rest = rest.partition(b"\n")
        line += end
        if not end:
            line += self._file.readline(limit + 1)
        if len(line) > limit and not line.endswith(b"\n"):
            tail = line[-1:]
            line = line[: limit + 1]
            while tail and not tail.endswith(b"\n"):
                tail = self._file.readline(limit)
        return line, rest


class Decoder:
    """Decodes a file's lines: UTF-8 or Windows-1252, one for the whole file.

    Most of the lines at the beginning that are not ASCII decide; where there are none, the first such line does.
    """

    def __init__(self, head: bytes) -> None:
        votes = [_is_utf8(line) for line in head.split(b"\n")[:-1] if not line.isascii()]
        self._utf8 = (sum(votes) * 2 >= len(votes)) if votes else None

    def decode(self, raw: bytes) -> str:
        """One line's text. Raises InputError where it is not in the file's encoding: it would come out garbled."""
        if raw.isascii():
            return raw.decode("ascii")
        utf8 = _is_utf8(raw)
        if self._utf8 is None:
            self._utf8 = utf8
        if utf8 != self._utf8:
            raise InputError("the line is not in the encoding of the other lines")
        try:
            return raw.decode("utf-8-sig" if utf8 else "cp1252")
        except UnicodeDecodeError:
            raise InputError("the line is neither UTF-8 nor Windows-1252") from None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
