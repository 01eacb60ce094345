"""Perú Compras' open data: one order a row, 19 columns (docs/spec/kinds.md, Imported orders).

Read in one pass with flat memory. Columns are found by their headings, with or without accents, in any order.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from huella.errors import InputError
from huella.records.draft import Draft, Refusal
from huella.records.intake import cells
from huella.records.intake.source import Decoder, Source
from huella.records.model import Order, Origin, Party
from huella.records.names import fold

SOURCE = "perucompras"
MAX_LINE = 262_144
MAX_JOINED = 20
"""A quoted cell may hold line ends: at most this many lines make one row."""

COLUMNS = (
    "FECHA PROCESO", "RUC PROVEEDOR", "PROVEEDOR", "RUC ENTIDAD", "ENTIDAD", "TIPO PROCEDIMIENTO",
    "ORDEN ELECTRONICA", "ORDEN ELECTRONICA GENERADA", "ESTADO ORDEN ELECTRONICA", "DOCUMENTO ESTADO OCAM",
    "FECHA FORMALIZACION", "FECHA ULTIMO ESTADO", "SUB TOTAL", "IGV", "TOTAL", "ORDEN DIGITALIZADA",
    "DESCRIPCION ESTADO", "DESCRIPCION CESION DERECHOS", "ACUERDO MARCO",
)  # fmt: skip
REQUIRED = frozenset({
    "RUC PROVEEDOR", "PROVEEDOR", "RUC ENTIDAD", "ENTIDAD", "ORDEN ELECTRONICA", "ESTADO ORDEN ELECTRONICA",
    "SUB TOTAL", "IGV", "TOTAL",
})  # fmt: skip
SEPARATORS = ";\t,|"


class Layout:
    """The file's separator and headings; `names` is the column's name as the file spells it, for reports."""

    def __init__(self, heading: str) -> None:
        plain = heading.lstrip("\ufeff").strip(" \r\n")
        self.separator = max(SEPARATORS, key=lambda s: len(_known(plain, s)))
        self.names = [name.strip().strip('"').strip() for name in plain.split(self.separator)]
        folded = [_heading(name) for name in self.names]
        missing = REQUIRED - set(folded)
        if missing:
            raise InputError(f"the heading lacks {', '.join(sorted(missing))}", field="heading")
        repeated = {name for name in folded if name in COLUMNS and folded.count(name) > 1}
        if repeated:
            raise InputError(f"the heading repeats {', '.join(sorted(repeated))}", field="heading")
        while folded and not folded[-1]:  # a separator after the last heading
            folded.pop()
        self.width = len(folded)
        self.places = {name: folded.index(name) for name in COLUMNS if name in folded}

    def name(self, column: str) -> str:
        """A column's heading as the file spells it."""
        return self.names[self.places[column]] if column in self.places else column


def claims(head: str) -> bool:
    """Whether the first line is this form's heading."""
    first = head.lstrip("\ufeff \t\r\n").partition("\n")[0]
    return max(len(_known(first, separator)) for separator in SEPARATORS) >= len(REQUIRED)


def read(source: Source) -> Iterator[Draft | Refusal]:
    """Each order of the file. `row` is the line's number in the file; the heading is line 1.

    Raises InputError where the heading lacks a column that an order needs.
    """
    lines = _decoded(source)
    layout: Layout | None = None
    pending: list[tuple[int, str]] = []
    for number, line, fault in lines:
        if fault:
            yield Refusal(file=source.name, row=number, field="", reason=fault, content=line)
        elif not line.strip():
            continue
        elif layout is None:
            layout = Layout(line)
        else:
            pending.append((number, line))
            yield from _drain(source.name, layout, pending, last=False)
    if layout is not None:
        yield from _drain(source.name, layout, pending, last=True)


def _drain(
    file: str, layout: Layout, pending: list[tuple[int, str]], last: bool
) -> Iterator[Draft | Refusal]:
    """The rows that the waiting lines make; a line that opens a quoted cell may wait for those that close it."""
    while pending:
        number, first = pending[0]
        values = split(first, layout)
        used = 1
        if values is None and '"' in first:
            values, used = _joined(pending, layout)
            if values is None and not last and len(pending) < MAX_JOINED:
                return
        content = "\n".join(line for _, line in pending[: max(used, 1)])
        del pending[: max(used, 1)]
        if values is None:
            reason = f"the row does not have {layout.width} columns"
            yield Refusal(file=file, row=number, field="", reason=reason, content=content)
            continue
        try:
            yield _draft(layout, values, number)
        except InputError as error:
            yield Refusal(
                file=file, row=number, field=layout.name(error.field), reason=str(error), content=content
            )


def _joined(pending: list[tuple[int, str]], layout: Layout) -> tuple[list[str] | None, int]:
    """The shortest run of at least two waiting lines that makes one well quoted row, and its length."""
    for used in range(2, len(pending) + 1):
        values = _quoted("\n".join(line for _, line in pending[:used]), layout)
        if values is not None:
            return values, used
    return None, 1


def split(line: str, layout: Layout) -> list[str] | None:
    """A line's cells, None where they are not as many as the headings.

    A line is read as quoted where that fits; where it does not, a quotation mark is a character like any other.
    The semicolon of an HTML entity separates nothing where the row would otherwise be too long.
    """
    if '"' in line:
        values = _quoted(line, layout)
        if values is not None:
            return values
    values = _fitted(line.split(layout.separator), layout)
    if values is None and "&" in line:
        parts = cells.ENTITY.sub(lambda found: found[0][:-1] + "\0", line).split(layout.separator)
        values = _fitted([part.replace("\0", ";") for part in parts], layout)
    return values


def _quoted(line: str, layout: Layout) -> list[str] | None:
    try:
        rows = list(csv.reader([line], delimiter=layout.separator, strict=True))
    except csv.Error:
        return None
    return _fitted(rows[0], layout) if len(rows) == 1 else None


def _fitted(values: list[str], layout: Layout) -> list[str] | None:
    """As many cells as headings; empty ones after the last heading do no harm."""
    if len(values) < layout.width or any(value.strip() for value in values[layout.width :]):
        return None
    return values[: layout.width]


def _draft(layout: Layout, values: list[str], row: int) -> Draft:
    cell = {column: values[place] for column, place in layout.places.items()}
    subject, number = cells.number(cell["ORDEN ELECTRONICA"], "ORDEN ELECTRONICA")
    accepted_at = _when(cell, "FECHA FORMALIZACION")
    physical = _told(cell, "ORDEN DIGITALIZADA")
    order = Order(
        entity=_party(cell, "ENTIDAD", number.entity_code),
        supplier=_party(cell, "PROVEEDOR", None),
        agreement=cells.agreement(cell.get("ACUERDO MARCO", ""), "ACUERDO MARCO"),
        procedure=cells.choice(cell.get("TIPO PROCEDIMIENTO", ""), cells.PROCEDURES, "TIPO PROCEDIMIENTO"),
        published_at=cells.uploaded_at(physical, subject, accepted_at),
        accepted_at=accepted_at,
        currency="PEN",
        sub_total=cells.amount(cell["SUB TOTAL"], "SUB TOTAL"),
        vat=cells.amount(cell["IGV"], "IGV"),
        total=cells.amount(cell["TOTAL"], "TOTAL"),
        origin=Origin(
            source=SOURCE,
            state=cells.state(cell["ESTADO ORDEN ELECTRONICA"], "ESTADO ORDEN ELECTRONICA"),
            state_at=_when(cell, "FECHA ULTIMO ESTADO"),
            extracted_at=_when(cell, "FECHA PROCESO"),
            pdf_url=_told(cell, "ORDEN ELECTRONICA GENERADA"),
            physical_pdf_url=physical,
            assignment=_told(cell, "DESCRIPCION CESION DERECHOS"),
            state_document=_told(cell, "DOCUMENTO ESTADO OCAM"),
            state_text=_told(cell, "DESCRIPCION ESTADO"),
        ),
    )
    return Draft(kind="order.imported", subject=subject, data=cells.data(order), row=row)


def _told(cell: dict[str, str], column: str) -> str | None:
    return cells.text(cell.get(column, ""), column)


def _when(cell: dict[str, str], column: str) -> str | None:
    return cells.moment(cell.get(column, ""), column)


def _party(cell: dict[str, str], role: str, code: int | None) -> Party:
    number = f"RUC {role}"
    return Party(ruc=cells.ruc(cell[number], number), name=cells.needed(cell[role], role), code=code)


def _decoded(source: Source) -> Iterator[tuple[int, str, str]]:
    """Number and text of each line, and what is wrong with it as a line."""
    decoder = Decoder(source.head)
    for number, raw in source.lines(MAX_LINE):
        if len(raw) > MAX_LINE:
            yield number, raw[:1000].decode("latin-1"), f"the line has more than {MAX_LINE} bytes"
            continue
        try:
            yield number, decoder.decode(raw), ""
        except InputError as error:
            yield number, raw.decode("latin-1"), str(error)


def _heading(name: str) -> str:
    return fold(name.replace("_x000a_", " "))


def _known(heading: str, separator: str) -> set[str]:
    return {_heading(name) for name in heading.split(separator)} & set(COLUMNS)
