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
    """Decodes a file's lines: UTF-8 or Windows-1252, decided at the first byte over 127 and then kept."""

    def __init__(self) -> None:
        self._encoding: str | None = None

    def decode(self, raw: bytes) -> str:
        """One line's text. Raises InputError where it is not in the encoding of the lines before."""
        if raw.isascii():
            return raw.decode("ascii")
        if raw.startswith(codecs.BOM_UTF8):
            raw = raw[3:]
            self._encoding = "utf-8"
        if self._encoding is None:
            self._encoding = "utf-8" if _is_utf8(raw) else "cp1252"
        try:
            return raw.decode(self._encoding)
        except UnicodeDecodeError:
            raise InputError(f"the line is not {self._encoding}, as the lines before are") from None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
