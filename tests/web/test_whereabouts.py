"""The audit's page in words: where a finding is, and how long something took."""

from __future__ import annotations

import msgspec
import pytest

from huella.flow import watch
from huella.flow.findings import Finding
from huella.records.identifiers import lasting
from huella.store import figures, tables
from huella.web import whereabouts
from web.site import Site

UNTOLD = {("log", "id"), ("entries", "record")}
"""Columns that no finding names, or that mean the whole row."""


@pytest.mark.parametrize(
    ("place", "spanish", "english"),
    [
        (("orders", "OCAM-1", "total"), "Orden OCAM-1: total", "Order OCAM-1: total"),
        (("items", "OCAM-1/2", "row"), "Producto de la orden OCAM-1 / 2", "Product of order OCAM-1 / 2"),
        (("procedures", "REQ-1", "closes_at"), "Procedimiento REQ-1: cierre", "Procedure REQ-1: close"),
        (("entries", "7", "record/data/sub_total"), "Asiento 7: subtotal", "Entry 7: subtotal"),
        (("entries", "7", "record/data/entity/ruc"), "Asiento 7: entidad, RUC", "Entry 7: entity, RUC"),
        (("entries", "7", "record"), "Asiento 7", "Entry 7"),
        (("disclosures", "7", "/destinations/0/address"), "Datos reservados del asiento 7: lugar 1, dirección",
         "Sealed data of entry 7: place 1, address"),
        (("documents", "ab" * 32, "body"), "Documento abababab…: contenido", "Document abababab…: content"),
        (("chain", "0x" + "cd" * 20, "head"), "Cadena 0xcdcdcdcd…: cabeza", "Chain 0xcdcdcdcd…: head"),
        (("chain", "http://127.0.0.1:1", "dissents"), "Cadena http://127.0.0.1:1", "Chain http://127.0.0.1:1"),
        (("turnover", "supplier/20100047641/PEN", "amount"), "Montos proveedor / 20100047641 / PEN: monto",
         "Amounts supplier / 20100047641 / PEN: amount"),
        (("registry", "*", "round"), "Registro", "Register"),
    ],
)  # fmt: skip
def test_a_place_is_told_in_words(place: tuple[str, str, str], spanish: str, english: str) -> None:
    assert whereabouts.where("es", *place) == spanish
    assert whereabouts.where("en", *place) == english


def test_every_column_that_an_audit_compares_has_its_word() -> None:
    derived = (
        tables.log, tables.entries, tables.annexes, tables.tiles, tables.disclosures, tables.batches, tables.cosigned,
        tables.documents, tables.orders, tables.items, tables.deliveries, tables.parties, tables.procedures,
        tables.closings, tables.offers, tables.claims, tables.keys, tables.calendars, tables.assignments,
        tables.submissions, figures.figures, figures.delays, figures.turnover,
    )  # fmt: skip
    for table in derived:
        for column in table.columns:
            if (table.name, column.name) not in UNTOLD:
                told = whereabouts.where("es", table.name, "1", column.name)
                assert ": " in told, (table.name, column.name)
                assert "_" not in told


@pytest.mark.parametrize(
    ("language", "late", "place"),
    [
        ("es", "El cierre de REQ-1 no quedó atestado a tiempo: se ancló 1 hora después del plazo",
         "Procedimiento REQ-1: cierre"),
        ("en", "The close of REQ-1 was not attested in time: anchored 1 hour after the deadline",
         "Procedure REQ-1: close"),
    ],
)  # fmt: skip
def test_the_page_tells_a_late_close_in_words(own: Site, language: str, late: str, place: str) -> None:
    message = f"the close of REQ-1 was not attested in time: anchored {lasting(3_600)} after the deadline"
    found = Finding("noted", "procedures", "REQ-1", "closes_at", None, None, 26, message)
    state = watch.State("any", open=[watch.Open(found, "late", 1)])
    (own.folder / watch.FILE).write_bytes(msgspec.json.encode(state))
    page = own.client.get("/audit", params={"lang": language}).text
    assert late in page
    assert place in page
    assert "closes_at" not in page
