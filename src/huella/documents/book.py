"""The book of hashes of a Lima day as a PDF, in Spanish, made from the public log (docs/spec/paper.md, The book).

Batches and their entries ─► what the pages show (texts) and libro.json ─► templates/book.typ ─► PDF/A-3a + PDF/UA-1
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from huella.documents import qr, spanish, typeset
from huella.records import canonical
from huella.records.identifiers import LIMA

TEMPLATE = "book.typ"
RENDERER = f"huella book/1 ({typeset.ENGINE})"
"""Name and version of what makes the pages: the same log, chain, address and renderer give the same bytes."""
FORMAT = "huella/book/1"
ATTACHED = "libro.json"


class Line(NamedTuple):
    """One entry: its index, kind, subject as in the log, leaf hash (hex), how many of its fields are sealed."""

    entry: int
    kind: str
    subject: str
    leaf: str
    sealed: int


class Lot(NamedTuple):
    """One batch as it stands on the chain: entries first … size-1, root (hex), transaction and block hash (0x…), block
    number, and the block's time in seconds since 1970."""

    first: int
    size: int
    root: str
    transaction: str
    block_number: int
    block_hash: str
    block_time: int


class Before(NamedTuple):
    """The book before: name, SHA-256 of its unsigned bytes (hex), and the entry that names it."""

    name: str
    digest: str
    entry: int


class Book(NamedTuple):
    """One volume of a day's book. `checkpoint` is the signed note of its last batch, `lots` are in order and follow one
    another, `lines` are all their entries."""

    name: str
    day: date
    volume: int
    volumes: int
    operator: str
    origin: str
    chain_id: int
    contract: str
    attested: bool
    before: Before | None
    checkpoint: str
    lots: tuple[Lot, ...]
    lines: tuple[Line, ...]


def address(base: str, name: str) -> str:
    """The address of a book on the portal: `https://huella.example.pe/books/libro-2026-11-24-001`."""
    return f"{base.rstrip('/')}/books/{name}"


def render_book(book: Book, link: str, notice: str = "") -> bytes:
    """The book's PDF: PDF/A-3a and PDF/UA-1, tagged, QR at 35 mm, `libro.json` attached, a bookmark an hour.

    `notice` stands at the foot of every page. The same arguments give the same bytes; the date is the last block's.
    """
    when = datetime.fromtimestamp(book.lots[-1].block_time, UTC)
    return typeset.pdf(
        TEMPLATE, page(book, link) | {"notice": notice, "attached": attached(book, notice)}, when
    )


def picture(book: Book, link: str) -> bytes:
    """The first page as SVG, for documentation."""
    when = datetime.fromtimestamp(book.lots[-1].block_time, UTC)
    return typeset.svg(TEMPLATE, page(book, link) | {"attached": ""}, when)


def attached(book: Book, notice: str) -> str:
    """The book for programs, as canonical JSON; `notice` is what the pages say of their signature."""
    told = {
        "format": FORMAT,
        "name": book.name,
        "day": book.day.isoformat(),
        "volume": book.volume,
        "volumes": book.volumes,
        "notice": notice,
        "operator": book.operator,
        "origin": book.origin,
        "chain_id": book.chain_id,
        "contract": book.contract,
        "previous": None if book.before is None else book.before._asdict(),
        "first": book.lots[0].first,
        "size": book.lots[-1].size,
        "checkpoint": book.checkpoint,
        "batches": [lot._asdict() for lot in book.lots],
        "entries": [line._asdict() for line in book.lines],
    }
    return canonical.encode(told).decode()


def page(book: Book, link: str) -> dict[str, Any]:
    """Everything that the pages show, as texts: the template lays out and adds no facts."""
    last = book.lots[-1]
    day = spanish.day(book.day.isoformat())
    return {
        "title": f"Libro de hashes del {day}, tomo {book.volume}",
        "author": typeset.plain(book.operator),
        "language": "es",
        "notice": "",
        "name": book.name,
        "when": spanish.long_day(book.day),
        "volume": f"Tomo {book.volume} de {book.volumes}",
        "volumes": book.volumes,
        "origin": typeset.plain(book.origin),
        "opening": _opening(book),
        "address": link,
        "qr": qr.drawn(link),
        "renderer": RENDERER,
        "facts": _facts(book),
        "size": f"{last.size:,}",
        "root": typeset.grouped(last.root),
        "note": [typeset.chopped(line) for line in book.checkpoint.strip("\n").split("\n") if line],
        "anchor": _anchor(book),
        "attested": book.attested,
        "previous": None
        if book.before is None
        else {
            "name": book.before.name,
            "entry": f"{book.before.entry:,}",
            "digest": typeset.grouped(book.before.digest),
        },
        "skipped": _skipped(book),
        "kinds": [
            {"label": spanish.KINDS.get(kind, kind), "value": f"{count:,}"}
            for kind, count in sorted(Counter(line.kind for line in book.lines).items())
        ],
        "hours": list(_hours(book)),
    }


def _opening(book: Book) -> str:
    first, last = book.lots[0].first, book.lots[-1].size - 1
    return (
        f"Todo lo que el registro de {typeset.plain(book.operator)} ancló en la cadena de bloques hasta el final "
        f"de este día de Lima, y no está en un libro anterior: los asientos {first:,} a {last:,}."
    )


def _facts(book: Book) -> list[dict[str, str]]:
    facts = [
        ("Asientos", f"{len(book.lines):,}"),
        ("Lotes", f"{len(book.lots):,}"),
        ("Primer bloque", _clock(book.lots[0].block_time)),
        ("Último bloque", _clock(book.lots[-1].block_time)),
    ]
    return [{"label": label, "value": value} for label, value in facts]


def _anchor(book: Book) -> list[dict[str, str]]:
    last = book.lots[-1]
    rows = [
        ("Cadena y contrato", f"{book.chain_id} · {typeset.chopped(book.contract)}"),
        ("Bloque", f"{last.block_number:,} · {_clock(last.block_time)} (hora de Lima)"),
        ("Huella del bloque", typeset.chopped(last.block_hash)),
        ("Transacción", typeset.chopped(last.transaction)),
    ]
    return [{"label": label, "value": value} for label, value in rows]


def _skipped(book: Book) -> str:
    """What is told where the batches are of more days than the book's."""
    days = sorted({_day(lot) for lot in book.lots} - {book.day})
    if not days:
        return ""
    told = ", ".join(spanish.day(day.isoformat()) for day in days)
    return f"Este libro trae también lo anclado el {told}, que no tuvo un libro propio."


def _hours(book: Book) -> Iterator[dict[str, Any]]:
    """One section an hour of Lima, so that the bookmarks are at most 24 a day."""
    lines = iter(book.lines)
    for (day, hour), lots in itertools.groupby(book.lots, lambda lot: (_day(lot), _lima(lot).hour)):
        told = "" if day == book.day else f"{spanish.day(day.isoformat())}, "
        batches = [
            {
                "title": _lot(lot),
                "rows": [_row(line) for line in itertools.islice(lines, lot.size - lot.first)],
            }
            for lot in lots
        ]
        yield {"title": f"{told}de {hour:02}:00 a {hour:02}:59", "batches": batches}


def _lot(lot: Lot) -> str:
    span = f"{lot.first:,} a {lot.size - 1:,}" if lot.size - lot.first > 1 else f"{lot.first:,}"
    when = _lima(lot).strftime("%H:%M:%S")
    return f"Lote {span}  ·  {when}  ·  bloque {lot.block_number:,}  ·  transacción {typeset.chopped(lot.transaction)}"


def _row(line: Line) -> list[str]:
    kind = spanish.KINDS.get(line.kind, line.kind)
    return [f"{line.entry:,}", kind, typeset.plain(line.subject), str(line.sealed or "—"), line.leaf]


def _lima(lot: Lot) -> datetime:
    return datetime.fromtimestamp(lot.block_time, UTC).astimezone(LIMA)


def _day(lot: Lot) -> date:
    return _lima(lot).date()


def _clock(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(LIMA).strftime("%d/%m/%Y %H:%M:%S")
