"""From a template and its data to PDF bytes: typst with the one pinned font family, PDF/A-3a and PDF/UA-1 in one file.

The same template, data and versions give the same bytes on every machine: no system fonts, no clock, no locale.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.resources
import json
import os
import struct
import tempfile
import threading
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import font_source_sans_pro  # type: ignore[import-untyped]
import typst

STANDARDS: list[Any] = ["a-3a", "ua-1"]
ENGINE = f"typst {importlib.metadata.version('typst')}"
_DESIGN = "huella.typ"
_FONTS = ("SourceSansPro-Regular.ttf", "SourceSansPro-Semibold.ttf", "SourceSansPro-Bold.ttf")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_LONGEST_WORD = 24
_PIECE = 8
_turn = threading.Lock()


def pdf(template: str, data: Mapping[str, Any], when: datetime) -> bytes:
    """Typeset a template of this package. `data` is JSON-ready, `when` becomes the document's date.

    The bytes end in a newline, so that a later update starts on a line of its own (PDF/A, 6.1.9).
    """
    compiled = _compile(template, data, when, "pdf", STANDARDS)
    return compiled if compiled.endswith(b"\n") else compiled + b"\n"


def panel(template: str, data: Mapping[str, Any], when: datetime) -> bytes:
    """A drawing to be put onto a page of another PDF: fonts embedded as PDF/A wants them, no tags."""
    return _compile(template, data, when, "pdf", ["a-3b"], tagged=False)


def svg(template: str, data: Mapping[str, Any], when: datetime) -> bytes:
    """The first page as a picture, for documentation."""
    return _compile(template, data, when, "svg", [])


def plain(text: str) -> str:
    """A text of the record as it can be printed: NFC, one line, and `?` for what the font cannot draw.

    PDF/A refuses a text without glyphs, and marks that turn the reading direction would let a name forge the page.
    The record keeps the text as it was received.
    """
    kept = (" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    drawn = "".join(
        c if ord(c) in _drawable() else "?"
        for c in kept
        if c == "\ufffd" or unicodedata.category(c) not in _INVISIBLE
    )
    return " ".join(_breakable(word) for word in drawn.split())


def grouped(digest: str) -> list[str]:
    """A digest in hex in two lines of four groups, as people compare it."""
    groups = [digest[start : start + _PIECE] for start in range(0, len(digest), _PIECE)]
    return [" ".join(groups[start : start + 4]) for start in range(0, len(groups), 4)]


def chopped(text: str) -> str:
    """Words that may break anywhere: digests, addresses, signatures."""
    return " ".join(
        "\u200b".join(word[start : start + _PIECE] for start in range(0, len(word), _PIECE))
        for word in text.split(" ")
    )


def _breakable(word: str) -> str:
    """A word of no language (a part number, an address) may break anywhere once it is too long for a column."""
    if len(word) <= _LONGEST_WORD:
        return word
    return chopped(word)


def _compile(
    template: str,
    data: Mapping[str, Any],
    when: datetime,
    form: Any,
    standards: list[Any],
    *,
    tagged: bool = True,
) -> bytes:
    if os.getpid() != _owner():
        raise RuntimeError("typst's threads do not survive a fork: start processes that print with spawn")
    inputs = {"data": json.dumps(data, ensure_ascii=False, separators=(",", ":"))}
    with _turn:
        made = _compiler().compile(
            _template(template),
            format=form,
            sys_inputs=inputs,
            pdf_standards=standards,
            timestamp=int(when.timestamp()),
            pdf_tags=tagged,
        )
    if not made:
        raise TypeError(f"{template} gave no page")
    return made if isinstance(made, bytes) else made[0]


@functools.cache
def _owner() -> int:
    """The process that typeset first. In a child forked from it typst would wait for ever."""
    return os.getpid()


@functools.cache
def _template(name: str) -> bytes:
    """A template behind the design that all papers share."""
    folder = importlib.resources.files("huella.documents").joinpath("templates")
    return folder.joinpath(_DESIGN).read_bytes() + folder.joinpath(name).read_bytes()


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder with only the fonts of the page.

    typst reads whole folders in the file system's order, and the font's package holds every face twice (OTF and TTF):
    pointing at it would give other bytes on another machine.
    """
    folder = tempfile.TemporaryDirectory(prefix="huella-fonts-")
    for name in _FONTS:
        Path(folder.name, name).write_bytes(Path(font_source_sans_pro.font_directory, name).read_bytes())
    return folder


@functools.cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_folder().name])
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True)


@functools.cache
def _drawable() -> frozenset[int]:
    """The characters that every face of the page can draw."""
    faces = (Path(font_source_sans_pro.font_directory, name).read_bytes() for name in _FONTS)
    return frozenset.intersection(*(_characters(face) for face in faces))


def _characters(face: bytes) -> frozenset[int]:
    """A TrueType font's characters, from its `cmap` of format 4 (OpenType, cmap: platform 3, encoding 1)."""
    (table_count,) = struct.unpack_from(">H", face, 4)
    tables = (struct.unpack_from(">4sIII", face, 12 + 16 * n) for n in range(table_count))
    start = next(offset for tag, _, offset, _ in tables if tag == b"cmap")
    (subtable_count,) = struct.unpack_from(">H", face, start + 2)
    subtables = (struct.unpack_from(">HHI", face, start + 4 + 8 * n) for n in range(subtable_count))
    at = start + next(offset for platform, encoding, offset in subtables if (platform, encoding) == (3, 1))
    count = struct.unpack_from(">H", face, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", face, at + 14)
    begins, deltas, ranges = (
        struct.unpack_from(f">{count}H", face, at + 16 + 2 * count * n) for n in (1, 2, 3)
    )
    found: set[int] = set()
    for segment in range(count):
        where = at + 16 + 6 * count + 2 * segment
        for character in range(begins[segment], ends[segment] + 1):
            glyph = character + deltas[segment]
            if ranges[segment]:
                at_glyph = where + ranges[segment] + 2 * (character - begins[segment])
                glyph = struct.unpack_from(">H", face, at_glyph)[0]
            if glyph & 0xFFFF:
                found.add(character)
    return frozenset(found - {0xFFFF})
