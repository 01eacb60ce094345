"""The open-data CSV: the real file, and every variant of encoding, date, decimal and heading that was seen."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest

from huella.errors import InputError
from huella.records import draft, intake
from huella.records.draft import Draft, Refusal

HEADING = (
    "FECHA_PROCESO;RUC_PROVEEDOR;PROVEEDOR;RUC_ENTIDAD;ENTIDAD;TIPO_PROCEDIMIENTO;ORDEN_ELECTRÓNICA;"
    "ORDEN_ELECTRÓNICA_GENERADA;ESTADO_ORDEN_ELECTRÓNICA;DOCUMENTO_ESTADO_OCAM;FECHA_FORMALIZACIÓN;"
    "FECHA_ÚLTIMO_ESTADO;SUB_TOTAL;IGV;TOTAL;ORDEN_DIGITALIZADA;DESCRIPCIÓN_ESTADO;DESCRIPCIÓN_CESIÓN_DERECHOS;"
    "ACUERDO_MARCO"
)
PLAIN = HEADING.translate(str.maketrans("ÓÚ", "OU"))
CELLS = {
    "FECHA_PROCESO": "2023-02-01 08:00:11",
    "RUC_PROVEEDOR": "20455474184",
    "PROVEEDOR": "PAPELERÍA Ñ S.R.L.",
    "RUC_ENTIDAD": "20131257750",
    "ENTIDAD": "SEGURO SOCIAL DE SALUD",
    "TIPO_PROCEDIMIENTO": "Compra ordinaria",
    "ORDEN_ELECTRÓNICA": "OCAM-2023-500319-3-0",
    "ORDEN_ELECTRÓNICA_GENERADA": "",
    "ESTADO_ORDEN_ELECTRÓNICA": "ACEPTADA",
    "DOCUMENTO_ESTADO_OCAM": "",
    "FECHA_FORMALIZACIÓN": "2023-01-31 18:58:56",
    "FECHA_ÚLTIMO_ESTADO": "2023-01-31 18:58:56",
    "SUB_TOTAL": "3500.00",
    "IGV": "630.00",
    "TOTAL": "4130.00",
    "ORDEN_DIGITALIZADA": "",
    "DESCRIPCIÓN_ESTADO": "",
    "DESCRIPCIÓN_CESIÓN_DERECHOS": "",
    "ACUERDO_MARCO": "EXT-CE-2021-7 ÚTILES DE ESCRITORIO, PAPELES Y CARTONES",
}


def row(**changes: str) -> str:
    return ";".join({**CELLS, **changes}.values())


def read(content: str | bytes, encoding: str = "utf-8") -> list[Draft | Refusal]:
    raw = content if isinstance(content, bytes) else content.encode(encoding)
    return list(intake.read(io.BytesIO(raw), "reporte.csv"))


def one(content: str | bytes, encoding: str = "utf-8") -> Draft:
    """The single order of a file, which the rules take too."""
    (found,) = read(content, encoding)
    assert isinstance(found, Draft), found
    draft.prepare(found, lambda: os.urandom(16))
    return found


def refusal(**changes: str) -> Refusal:
    (found,) = read(f"{HEADING}\n{row(**changes)}\n")
    assert isinstance(found, Refusal), found
    return found


def test_every_order_of_the_real_file_is_taken_to_the_cent(shared_data: Path) -> None:
    path = shared_data / "perucompras" / "ReportePCBienes202301.excerpt.latin1.csv"
    with path.open(encoding="latin-1", newline="") as file:
        expected = list(csv.DictReader(file, delimiter=";"))
    with path.open("rb") as raw:
        found = [f for f in intake.read(raw, path.name) if isinstance(f, Draft)]
    assert len(found) == 18
    warned = 0
    for made, given in zip(found, expected, strict=True):
        assert (made.subject, made.data["total"]) == (given["ORDEN_ELECTRÓNICA"], given["TOTAL"])
        assert made.data["supplier"]["name"] == given["PROVEEDOR"].strip()
        warned += len(draft.prepare(made, lambda: os.urandom(16)).warnings)
    assert [made.row for made in found] == list(range(2, 20))
    assert warned == 0  # a cent off, in one row, is the platform's rounding


def test_the_whole_row_is_understood() -> None:
    made = one(f"{HEADING}\n{row()}\n")
    assert made.data == {
        "accepted_at": "2023-01-31T23:58:56.000Z",
        "agreement": {"code": "EXT-CE-2021-7", "name": "ÚTILES DE ESCRITORIO, PAPELES Y CARTONES"},
        "currency": "PEN",
        "entity": {"code": 500319, "name": "SEGURO SOCIAL DE SALUD", "ruc": "20131257750"},
        "origin": {
            "extracted_at": "2023-02-01T13:00:11.000Z",
            "source": "perucompras",
            "state": "ACEPTADA",
            "state_at": "2023-01-31T23:58:56.000Z",
        },
        "procedure": "ordinary",
        "sub_total": "3500.00",
        "supplier": {"name": "PAPELERÍA Ñ S.R.L.", "ruc": "20455474184"},
        "total": "4130.00",
        "vat": "630.00",
    }
    assert (made.kind, made.subject, made.row) == ("order.imported", "OCAM-2023-500319-3-0", 2)


@pytest.mark.parametrize(
    "heading", [HEADING, PLAIN, HEADING.lower(), HEADING.replace(";", " ; "), HEADING + ";"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_headings_encodings_and_line_ends_make_no_difference(heading: str, encoding: str, end: str) -> None:
    assert one(f"{heading}{end}{row()}{end}", encoding).data == one(f"{HEADING}\n{row()}\n").data


def test_leading_tabs_and_trailing_spaces_are_dropped() -> None:
    padded = ";".join(f"\t{cell}  " for cell in CELLS.values())
    tabbed = ";".join(f"\t{name}" for name in HEADING.split(";"))
    assert one(f"{tabbed}\n{padded}\n").data == one(f"{HEADING}\n{row()}\n").data


def test_columns_may_stand_in_another_order_and_others_beside_them() -> None:
    names = list(reversed(CELLS))
    swapped = ";".join([*names, "OTRA"]) + "\n" + ";".join([*(CELLS[n] for n in names), "x"])
    assert one(swapped).data == one(f"{HEADING}\n{row()}\n").data


def test_accents_that_come_late_in_the_file_are_read_in_their_encoding() -> None:
    plain = row(PROVEEDOR="PAPELERA", ACUERDO_MARCO="UTILES")
    many = f"{PLAIN}\n" + f"{plain}\n" * 500 + row() + "\n"
    for encoding in ("utf-8", "latin-1"):
        last = read(many, encoding)[-1]
        assert isinstance(last, Draft)
        assert last.data["supplier"]["name"] == "PAPELERÍA Ñ S.R.L."


@pytest.mark.parametrize(("most", "few"), [("utf-8", "latin-1"), ("latin-1", "utf-8")])
def test_a_line_in_another_encoding_is_refused_and_never_garbled(most: str, few: str) -> None:
    lines = [PLAIN.encode(), row().encode(few), *[row().encode(most)] * 5]
    found = read(b"\n".join(lines))
    assert [f.row for f in found if isinstance(f, Refusal)] == [2]
    assert all(f.data["supplier"]["name"] == "PAPELERÍA Ñ S.R.L." for f in found if isinstance(f, Draft))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2023-01-31 18:58:56", "2023-01-31T23:58:56.000Z"),
        ("2023-01-31 18:58:56.120", "2023-01-31T23:58:56.120Z"),
        ("31/01/2023 18:58:56", "2023-01-31T23:58:56.000Z"),
        ("31/01/2023 18:58", "2023-01-31T23:58:00.000Z"),
        ("1/2/2023 8:05", "2023-02-01T13:05:00.000Z"),
        ("31/12/2023 23:30", "2024-01-01T04:30:00.000Z"),
        (" 2023-01-31 00:00:00 ", "2023-01-31T05:00:00.000Z"),
    ],
)
def test_lima_clock_times_become_utc(text: str, utc: str) -> None:
    assert one(f"{HEADING}\n{row(FECHA_FORMALIZACIÓN=text)}\n").data["accepted_at"] == utc


@pytest.mark.parametrize(
    "text",
    [
        "31/01/2023", "2023-01-31", "01/31/2023 10:00", "2023-02-30 10:00:00", "ayer", "44957.79",
        "9999-12-31 23:59:59", "31/12/9999 23:59", "0001-01-01 00:00:00", "2023-01-31 24:00:00",
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_read_is_refused_with_its_column(text: str) -> None:
    found = refusal(FECHA_FORMALIZACIÓN=text)
    assert (found.row, found.field) == (2, "FECHA_FORMALIZACIÓN")


@pytest.mark.parametrize("text", ["3500", "3500.0", "3500.00", " 3500 ", "3500.000"])
def test_decimals_are_completed(text: str) -> None:
    assert one(f"{HEADING}\n{row(SUB_TOTAL=text)}\n").data["sub_total"] == "3500.00"


@pytest.mark.parametrize("text", ["3500,00", "3,500.00", "-3500.00", "3500.005", "S/ 3500", "3.5e3", ""])
def test_an_amount_that_would_have_to_be_guessed_is_refused(text: str) -> None:
    assert refusal(SUB_TOTAL=text).field == "SUB_TOTAL"


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("RUC_PROVEEDOR", "20455474185"),
        ("RUC_ENTIDAD", ""),
        ("PROVEEDOR", " "),
        ("ORDEN_ELECTRÓNICA", "OCAM-2023-500319"),
        ("ESTADO_ORDEN_ELECTRÓNICA", "EN REVISION"),
        ("TIPO_PROCEDIMIENTO", "Subasta"),
        ("ENTIDAD", "A\x00B"),
    ],
)
def test_a_refusal_names_file_row_column_reason_and_content(column: str, text: str) -> None:
    found = refusal(**{column: text})
    assert (found.file, found.row, found.field) == ("reporte.csv", 2, column)
    assert found.reason
    assert text in found.content


def test_a_refused_row_stops_none_of_the_others() -> None:
    content = "\n".join([HEADING, row(), row(TOTAL="x"), "a;b;c", row(IGV="y"), row()])
    found = read(content)
    assert [type(f) for f in found] == [Draft, Refusal, Refusal, Refusal, Draft]
    assert [f.row for f in found] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("LLANTAS &amp; REPUESTOS S.A.C.", "LLANTAS & REPUESTOS S.A.C."),
        ("PE&Ntilde;A &#38; HIJOS", "PEÑA & HIJOS"),
        ("D'ANGELO &#039;SUR&#039;", "D'ANGELO 'SUR'"),
        ('"PAPELERA; DEL SUR"', "PAPELERA; DEL SUR"),
        ('"LA ""CASA"" S.A."', 'LA "CASA" S.A.'),
        ('"LA CASA" S.A.', '"LA CASA" S.A.'),
        ('EMPRESA "EL SOL" S.A.', 'EMPRESA "EL SOL" S.A.'),
        ('"EL SOL', '"EL SOL'),
        ("MULTI&COPY S.A.", "MULTI&COPY S.A."),
        ("A & B&C", "A & B&C"),
        ("DOBLE  ESPACIO", "DOBLE  ESPACIO"),
        ('"DOS\nLÍNEAS"', "DOS\nLÍNEAS"),
    ],
)
def test_names_are_kept_as_they_were_meant(cell: str, name: str) -> None:
    assert one(f"{HEADING}\n{row(PROVEEDOR=cell)}\n").data["supplier"]["name"] == name


def test_an_open_quotation_mark_costs_one_row_and_no_more() -> None:
    broken = row(PROVEEDOR='"ABIERTO') + ";sobra"
    found = read("\n".join([HEADING, row(), broken, *[row()] * 40]))
    assert [f.row for f in found if isinstance(f, Refusal)] == [3]
    assert len(found) == 42


@pytest.mark.parametrize(
    ("cell", "agreement"),
    [
        ("EXT-CE-2022-5 COMPUTADORAS", {"code": "EXT-CE-2022-5", "name": "COMPUTADORAS"}),
        ("IM-CE-2020-15 - PASAJES", {"code": "IM-CE-2020-15", "name": "PASAJES"}),
        ("EXT-CE-2022-5", {"code": "EXT-CE-2022-5"}),
        ("ÚTILES  DE ESCRITORIO", {"name": "ÚTILES  DE ESCRITORIO"}),
        ("EXT-CE-2022-555 X", {"name": "EXT-CE-2022-555 X"}),
        ("", None),
    ],
)
def test_agreements_have_a_code_or_only_a_name(cell: str, agreement: dict[str, str] | None) -> None:
    assert one(f"{HEADING}\n{row(ACUERDO_MARCO=cell)}\n").data.get("agreement") == agreement


@pytest.mark.parametrize(
    "state", ["PAGADA", "RESUELTA", "ORDEN DE COMPRA NULA", "CONFORME C/PAGO RETRASADO", "Publicada"]
)
def test_states_are_kept_as_received(state: str) -> None:
    assert one(f"{HEADING}\n{row(ESTADO_ORDEN_ELECTRÓNICA=state)}\n").data["origin"]["state"] == state


def test_the_upload_stamp_stands_for_the_publication() -> None:
    folder = "https://saeusceprod01.blob.core.windows.net/contentidad/uploads/"
    url = f"{folder}OCAM-2023-500319-3_30-01-23 17-15-54_FISICA.pdf"
    assert (
        one(f"{HEADING}\n{row(ORDEN_DIGITALIZADA=url)}\n").data["published_at"] == "2023-01-30T22:15:54.000Z"
    )
    late = url.replace("30-01-23", "02-02-23")
    assert "published_at" not in one(f"{HEADING}\n{row(ORDEN_DIGITALIZADA=late)}\n").data


def test_what_a_person_may_have_named_is_sealed() -> None:
    name = "https://saeusceprod01.blob.core.windows.net/contentidad/uploads/ORDEN DE ROSA QUISPE.pdf"
    changed = row(
        ORDEN_DIGITALIZADA=name, DESCRIPCIÓN_ESTADO="Lo pidió Rosa", DOCUMENTO_ESTADO_OCAM="rosa.pdf"
    )
    made = draft.prepare(one(f"{HEADING}\n{changed}\n"), lambda: os.urandom(16))
    assert set(made.sealed) == {"/origin/physical_pdf_url", "/origin/state_text", "/origin/state_document"}


def test_a_natural_persons_name_and_ruc_are_sealed() -> None:
    made = draft.prepare(one(f"{HEADING}\n{row(RUC_PROVEEDOR='10000000847')}\n"), lambda: os.urandom(16))
    assert made.data["supplier"] == {}
    assert set(made.sealed) == {"/supplier/ruc", "/supplier/name"}


@pytest.mark.parametrize(
    "heading", [HEADING.replace("TOTAL;", "X;"), HEADING.replace(";IGV", ""), HEADING + ";IGV"]
)
def test_a_heading_that_lacks_or_repeats_a_column_refuses_the_file(heading: str) -> None:
    with pytest.raises(InputError) as caught:
        list(intake.read(io.BytesIO(f"{heading}\n{row()}\n".encode()), "x.csv", "perucompras"))
    assert caught.value.field == "heading"


def test_hostile_bytes_never_break_the_reading() -> None:
    lines = [
        HEADING.encode(),
        b"\xff\xfe;" * 19,
        b'"' * 999,
        b";" * 5000,
        b"\x00" * 50,
        b"=CMD()",
        row().encode(),
    ]
    found = read(b"\n".join(lines))
    assert isinstance(found[-1], Draft)
    assert all(isinstance(f, Refusal) for f in found[:-1])


def test_a_line_without_end_is_refused_in_bounded_memory() -> None:
    found = read(f"{HEADING}\n".encode() + b"x" * 2_000_000 + b"\n" + row().encode())
    assert isinstance(found[0], Refusal)
    assert len(found[0].content) <= 1_000
    assert isinstance(found[1], Draft)
