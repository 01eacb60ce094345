"""The portal's raw answer: deliveries grouped into orders whose sums are checked."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest

from huella.errors import InputError
from huella.records import draft, intake, kinds, shapes
from huella.records.draft import Draft, Refusal
from huella.records.identifiers import LIMA, parse_moment
from huella.records.intake.portal import TITLES

HEADING = "^".join(TITLES) + "¬11^16^17^18^19¬9¬13¬5"
FILE = "OCAM-2026-1335-17_27-08-26 17-15-54_FISICA.pdf"
FIELDS = (
    "3579046-3579045", "20612729019", "LLANTAS &amp; REPUESTOS E.I.R.L.", "20491553791", "UNIDAD EJECUTORA", FILE,
    "INDIVIDUAL", "Un solo destino una sola entrega", "ORDINARIA", "OCAM-2026-1335-17-0", "31/08/2026 00:00:00",
    "118.00", "OCAM-2026-1335-17-1", "ACEPTADA C/ENTREGA PENDIENTE", "CAJAMARCA / CAJAMARCA / CAJAMARCA",
    "01/09/2026 00:00:00", "15", "100.00", "18.00", "118.00", "",
)  # fmt: skip


def row(**changes: str) -> str:
    """A delivery; a changed title is given without spaces and slashes."""
    named = {title.replace(" ", "").replace("/", ""): n for n, title in enumerate(TITLES)}
    fields = list(FIELDS)
    for title, value in changes.items():
        fields[named[title]] = value
    return "^".join(fields)


def delivery(number: int, **changes: str) -> str:
    """One of several deliveries of an order over S/ 236."""
    return row(NúmerodeEntrega=f"OCAM-2026-1335-17-{number}", MontoTotaldelaOrden="236.00", **changes)


def read(*rows: str, heading: str = HEADING, encoding: str = "utf-8") -> list[Draft | Refusal]:
    raw = f"{heading}¯{'¬'.join(rows)}".encode(encoding)
    return list(intake.read(io.BytesIO(raw), "respuesta.txt"))


def one(*rows: str, **how: str) -> Draft:
    (found,) = read(*rows, **how)
    assert isinstance(found, Draft), found
    draft.prepare(found, lambda: os.urandom(16))
    return found


def refused(*rows: str) -> list[Refusal]:
    found = read(*rows)
    assert all(isinstance(f, Refusal) for f in found)
    return [f for f in found if isinstance(f, Refusal)]


def test_every_order_of_the_real_answer_is_taken_with_its_place(shared_data: Path) -> None:
    path = shared_data / "perucompras" / "portal_consultaOrdenes_2026.excerpt-A.txt"
    with path.open("rb") as file:
        found = [f for f in intake.read(file, path.name) if isinstance(f, Draft)]
    assert len(found) == 24
    for made in found:
        order = draft.prepare(made, lambda: os.urandom(16)).complete
        assert order.destinations[0].ubigeo
        assert shapes.derive(order) == shapes.CLASSIC
    assert [made.row for made in found] == list(range(1, 25))


def test_upload_stamps_and_acceptances_of_the_real_answer_are_the_known_ones(shared_data: Path) -> None:
    with (shared_data / "auto_acceptance_vectors.csv").open(encoding="utf-8") as vectors:
        expected = {
            v["order"]: (v["physical_order_uploaded_at"], v["accepted_at"]) for v in csv.DictReader(vectors)
        }
    with (shared_data / "perucompras" / "portal_consultaOrdenes_2026.excerpt-A.txt").open("rb") as file:
        found = [f for f in intake.read(file, "x") if isinstance(f, Draft)]
    for made in found:
        order = kinds.read(made.kind, made.data)
        local = [
            parse_moment(at, "").astimezone(LIMA).isoformat()[:19]
            for at in (order.published_at, order.accepted_at)
        ]
        assert tuple(local) == expected[made.subject]


def test_the_whole_row_is_understood() -> None:
    assert one(row()).data == {
        "accepted_at": "2026-08-31T05:00:00.000Z",
        "contracting_type": "individual",
        "currency": "PEN",
        "deliveries": [
            {
                "destination": 1, "max_days": 15, "number": 1, "start": "2026-09-01",
                "state": "ACEPTADA C/ENTREGA PENDIENTE", "sub_total": "100.00", "total": "118.00", "vat": "18.00",
            }
        ],
        "delivery_type": "Un solo destino una sola entrega",
        "destinations": [
            {
                "department": "CAJAMARCA", "district": "CAJAMARCA", "number": 1, "province": "CAJAMARCA",
                "ubigeo": "060101",
            }
        ],
        "entity": {"code": 1335, "name": "UNIDAD EJECUTORA", "ruc": "20491553791"},
        "origin": {
            "physical_pdf_url": FILE, "reference": "3579045", "source": "portal",
            "state": "ACEPTADA C/ENTREGA PENDIENTE",
        },
        "procedure": "ordinary",
        "published_at": "2026-08-27T22:15:54.000Z",
        "sub_total": "100.00",
        "supplier": {"name": "LLANTAS & REPUESTOS E.I.R.L.", "ruc": "20612729019"},
        "total": "118.00",
        "vat": "18.00",
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
def test_the_encoding_makes_no_difference(encoding: str) -> None:
    assert (
        one(row(Entidad="MUNICIPALIDAD DE BREÑA"), encoding=encoding).data["entity"]["name"]
        == "MUNICIPALIDAD DE BREÑA"
    )


def test_partial_deliveries_make_one_order_however_they_lie() -> None:
    kind = "Un solo destino con entregas parciales"
    made = one(delivery(2, TipodeEntrega=kind), delivery(1, TipodeEntrega=kind))
    order = kinds.read(made.kind, made.data)
    assert [d.number for d in order.deliveries] == [1, 2]
    assert (str(order.sub_total), str(order.vat), str(order.total)) == ("200.00", "36.00", "236.00")
    assert shapes.derive(order) == shapes.PARTIAL


def test_several_destinations_may_lie_in_one_district() -> None:
    kind = "Varios destinos una sola entrega"
    order = kinds.read(
        "order.imported", one(delivery(1, TipodeEntrega=kind), delivery(2, TipodeEntrega=kind)).data
    )
    assert shapes.derive(order) == shapes.MULTI_DESTINATION


def test_an_orders_state_is_that_of_its_least_advanced_delivery() -> None:
    kind = "Un solo destino con entregas parciales"
    made = one(
        delivery(1, TipodeEntrega=kind, EstadodeEntrega="PAGADA"),
        delivery(2, TipodeEntrega=kind, EstadodeEntrega="CONFORME C/PAGO PENDIENTE"),
    )
    assert made.data["origin"]["state"] == "CONFORME C/PAGO PENDIENTE"


def test_a_missing_delivery_refuses_the_order() -> None:
    (found,) = refused(delivery(2))
    assert (found.row, found.field) == (1, "Número de Entrega")


def test_deliveries_that_do_not_add_up_refuse_the_order() -> None:
    found = refused(delivery(1), delivery(2, MontoTotal="117.00", SubTotal="99.00"))
    assert {f.field for f in found} == {"Monto Total de la Orden"}


def test_one_delivery_that_cannot_be_read_refuses_its_order_and_no_other() -> None:
    found = read(row(), delivery(1).replace("-1335-", "-77-"), delivery(2, IGV="x").replace("-1335-", "-77-"))
    assert [(type(f), f.row) for f in found] == [(Draft, 1), (Refusal, 2), (Refusal, 3)]
    assert [f.field for f in found if isinstance(f, Refusal)] == ["", "IGV"]


@pytest.mark.parametrize(
    ("title", "value", "field"),
    [
        ("RucProveedor", "20612729010", "Ruc Proveedor"),
        ("Proveedor", "", "Proveedor"),
        ("Nro", "x", "Nro"),
        ("NúmerodeEntrega", "OCAM-2026-1335-18-1", "Número de Entrega"),
        ("NúmerodeEntrega", "OCAM-2026-1335-17-0", "Número de Entrega"),
        ("EstadodeEntrega", "EN CAMINO", "Estado de Entrega"),
        ("Lugardeentrega", "CAJAMARCA / CAJAMARCA", "Lugar de entrega"),
        ("Fechainicioentrega", "01/09/2026 10:00:00", "Fecha inicio entrega"),
        ("PlazodeentregaMáximo", "quince", "Plazo de entrega Máximo"),
        ("FechadeAceptación", "31/08/2026", "Fecha de Aceptación"),
        ("TipodeContratación", "MIXTA", "Tipo de Contratación"),
        ("Procedimiento", "SUBASTA", "Procedimiento"),
        ("SubTotal", "100,00", "Sub Total"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(title: str, value: str, field: str) -> None:
    (found,) = refused(row(**{title: value}))
    assert (found.file, found.row, found.field) == ("respuesta.txt", 1, field)


def test_deliveries_of_one_order_that_differ_in_what_is_the_orders_are_refused() -> None:
    found = refused(delivery(1), delivery(2, Entidad="OTRA"))
    assert [f.field for f in found] == ["Entidad", "Entidad"]


def test_a_place_that_is_not_in_the_list_keeps_its_names() -> None:
    made = one(row(Lugardeentrega="LIMA / LIMA / ATLANTIS"))
    assert made.data["destinations"] == [
        {"department": "LIMA", "district": "ATLANTIS", "number": 1, "province": "LIMA"}
    ]


def test_a_file_name_that_a_person_gave_is_sealed() -> None:
    made = draft.prepare(one(row(OrdenEntidad="orden de rosa.pdf")), lambda: os.urandom(16))
    assert set(made.sealed) == {"/origin/physical_pdf_url"}
    assert "published_at" not in made.data


def test_rows_of_another_width_are_refused() -> None:
    found = read(row(), "a^b", row().replace("-17-", "-18-"))
    assert sorted((f.row, isinstance(f, Draft)) for f in found) == [(1, True), (2, False), (3, True)]


@pytest.mark.parametrize(
    "heading",
    [
        HEADING.replace("¬9¬", "¬8¬"),
        HEADING.replace("11^16^17", "11^17"),
        HEADING.replace("Sub Total", "Subtotal neto"),
        HEADING.replace("^IGV", ""),
    ],
)
def test_a_heading_that_contradicts_itself_refuses_the_answer(heading: str) -> None:
    with pytest.raises(InputError) as caught:
        read(row(), heading=heading)
    assert caught.value.field == "heading"


def test_columns_may_stand_in_another_order_if_the_heading_says_so() -> None:
    names, fields = list(TITLES), row().split("^")
    for both in (names, fields):
        both[17], both[18] = both[18], both[17]
    moved = "^".join(fields)
    assert one(moved, heading="^".join(names) + "¬11^16^17^18^19¬9¬13¬5").data == one(row()).data


def test_an_answer_without_rows_has_no_orders() -> None:
    assert read("") == []
