"""The text of a page beside its record: it names what was edited, and never says that a file is authentic."""

from __future__ import annotations

import functools
from collections.abc import Callable
from decimal import Decimal

import msgspec
import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents import orders, signed
from huella.documents.order import render_order
from huella.documents.reading import Difference, compare, text
from huella.documents.told import facts
from huella.records.model import Order


@functools.cache
def printed(shape: str) -> tuple[Order, bytes]:
    order = orders.make(*orders.SHAPES[shape])
    return order, render_order(order, orders.NUMBER, orders.CODE, orders.ADDRESS)


def edited(shape: str = "partial", **members: object) -> tuple[Order, tuple[Difference, ...]]:
    """A page whose order says otherwise than the record: what a forger's page looks like."""
    sealed, _ = printed(shape)
    forged = render_order(
        msgspec.structs.replace(sealed, **members), orders.NUMBER, orders.CODE, orders.ADDRESS
    )
    found = compare(forged, sealed, orders.NUMBER)
    assert found.word == "differs"
    return sealed, found.differences


@pytest.mark.parametrize("shape", orders.SHAPES)
def test_a_page_as_it_was_printed_has_every_fact_of_its_record(shape: str) -> None:
    order, page = printed(shape)
    found = compare(page, order, orders.NUMBER)
    assert (found.word, found.differences) == ("same", ())
    assert len(facts(order, orders.NUMBER)) > 10


def test_an_imported_order_with_little_told_reads_the_same() -> None:
    order = orders.imported()
    page = render_order(order, orders.NUMBER, orders.CODE, orders.ADDRESS)
    assert compare(page, order, orders.NUMBER).word == "same"


def test_an_edited_total_is_named_with_what_was_sealed_and_what_the_paper_says() -> None:
    _, found = edited(total=Decimal("999999.99"))
    assert found == (Difference("/total", "155,492.88", "999,999.99"),)


def test_two_edited_amounts_are_each_named_at_their_place() -> None:
    sealed, _ = printed("partial")
    items = (msgspec.structs.replace(sealed.items[0], amount=Decimal("1.07")), *sealed.items[1:])
    found = edited(items=items, vat=Decimal("5.06"))[1]
    named = {each.pointer: each.present for each in found}
    assert named["/items/0/amount"] == "1.07"
    assert named["/vat"] == "5.06"


def test_an_edited_date_and_quantity_are_named() -> None:
    sealed, _ = printed("classic")
    (delivery,), (item,) = sealed.deliveries, sealed.items
    found = edited(
        "classic",
        deliveries=(msgspec.structs.replace(delivery, start="2027-01-31"),),
        items=(msgspec.structs.replace(item, quantity=Decimal(777)),),
    )[1]
    assert Difference("/deliveries/0/start", "03/08/2026", "31/01/2027") in found
    assert Difference("/items/0/quantity", "2", "777") in found


def test_another_supplier_is_named() -> None:
    sealed, _ = printed("classic")
    other = msgspec.structs.replace(sealed.supplier, name="OTRA EMPRESA S.A.C.", ruc="20100047641")
    assert {each.pointer for each in edited("classic", supplier=other)[1]} == {
        "/supplier/name",
        "/supplier/ruc",
    }


def test_an_amount_drawn_over_the_page_by_an_update_is_seen() -> None:
    def overlay(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0]
        font = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
        )
        page.add_resource(font, pikepdf.Name.Font, pikepdf.Name("/Fx"))
        page.contents_add(b"BT /Fx 12 Tf 400 400 Td (9,876,543.21) Tj ET")

    order, page = printed("classic")
    found = compare(signed.rewritten(page, overlay), order, orders.NUMBER)
    assert found.differences == (Difference("", "", "9,876,543.21"),)


def agency_s() -> bytes:
    pdf = pypdfium2.PdfDocument.new()
    pdf.new_page(595, 842)
    return signed.rewritten(
        signed.body(), lambda found: found.pages[0].__setitem__("/Contents", found.make_stream(b""))
    )


@pytest.mark.parametrize(
    ("page", "why"),
    [(lambda: b"%PDF-1.7 nothing", "unread"), (agency_s, "unread")],
)
def test_a_page_without_text_is_unknown(page: Callable[[], bytes], why: str) -> None:
    order, _ = printed("classic")
    found = compare(page(), order, orders.NUMBER)
    assert (found.word, found.why, found.differences) == ("unknown", why, ())


def test_a_page_that_an_agency_made_is_unknown_whatever_it_says() -> None:
    order, page = printed("classic")
    found = text(page)
    assert found is not None

    def foreign(pdf: pikepdf.Pdf) -> None:
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        pdf.pages[0]["/Resources"] = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        pdf.pages[0]["/Contents"] = pdf.make_stream(b"BT /F 12 Tf 72 700 Td (ORDEN TOTAL 1.00) Tj ET")

    theirs = signed.rewritten(page, foreign)
    assert compare(theirs, order, orders.NUMBER).why in ("foreign", "unread")


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=15)
@given(st.integers(1, 10**9), st.integers(0, 99))
def test_no_other_total_reads_the_same(whole: int, cents: int) -> None:
    order, page = printed("classic")
    other = Decimal(f"{whole}.{cents:02}")
    told = compare(page, msgspec.structs.replace(order, total=other), orders.NUMBER)
    shown = {fact.text for fact in facts(order, orders.NUMBER)}
    assert told.word == ("same" if f"{other:,.2f}" in shown and other == order.total else told.word)
    if f"{other:,.2f}" not in shown:
        assert any(each.pointer == "/total" for each in told.differences)
