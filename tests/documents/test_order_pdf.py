"""The order as it is printed: what stands on the page, in which form, with which bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import paper
from documents.orders import ADDRESS, CODE, NUMBER, SHAPES, imported, make
from huella.documents.order import RENDERER, picture, render_order
from huella.documents.spanish import amount, money, quantity
from huella.errors import InputError
from huella.records.model import Contact, Item, Order, Party


@cache
def printed(shape: str) -> bytes:
    return render_order(make(*SHAPES[shape]), NUMBER, CODE, ADDRESS)


def rendered(order: Order) -> bytes:
    return render_order(order, NUMBER, CODE, ADDRESS)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_amount_of_the_order_stands_on_the_page(shape: str) -> None:
    order, text = make(*SHAPES[shape]), paper.text(printed(shape))
    for total in (order.sub_total, order.vat, order.total):
        assert money(total, "PEN").replace("\u00a0", " ") in text
    for item in order.items:
        assert item.amount is not None
        assert amount(item.amount) in text


@pytest.mark.parametrize("shape", ["partial", "multi", "combined"])
def test_every_delivery_has_its_number_date_term_and_amounts(shape: str) -> None:
    order, text = make(*SHAPES[shape]), paper.text(printed(shape))
    for delivery in order.deliveries:
        assert f"OCAM-2026-1335-17-{delivery.number}" in text
        assert f"03/08/2026 {delivery.max_days} 85.50 {amount(delivery.sub_total)}" in text


@pytest.mark.parametrize("shape", SHAPES)
def test_parties_number_code_and_address_stand_on_the_page(shape: str) -> None:
    first = paper.texts(printed(shape))[0]
    for expected in (
        "ORDEN DE COMPRA",
        NUMBER,
        CODE,
        ADDRESS,
        "20999999914",
        "SUMINISTROS ANDINOS S.A.C.",
        "EXT-CE-2022-5",
    ):
        assert expected in first


def test_times_are_those_of_lima() -> None:
    text = paper.text(printed("classic"))
    assert "20/07/2026 14:45" in text
    assert "22/07/2026 00:00" in text


@pytest.mark.parametrize("shape", SHAPES)
def test_the_qr_reads_at_a_hundred_dots_per_inch_and_gives_exactly_the_address(shape: str) -> None:
    found = paper.codes(printed(shape), 100)
    assert [code.text for code in found] == [ADDRESS]
    assert found[0].ec_level == "M"


def test_the_qr_is_thirty_five_millimetres_wide_on_paper() -> None:
    corners = paper.codes(printed("classic"), 300)[0].position
    width = (corners.top_right.x - corners.top_left.x) / 300 * 25.4
    assert width == pytest.approx(35, abs=0.5)


def test_the_qr_is_drawn_and_no_picture() -> None:
    assert not any(page.get_images() for page in paper.opened(printed("classic")).pages)


def test_the_document_says_that_it_is_pdf_a_3a_and_pdf_ua_1() -> None:
    with paper.opened(printed("combined")) as pdf, pdf.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == f"Orden de compra {NUMBER}"
        assert pdf.Root.Lang == "es-PE"
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert "/AF" not in pdf.Root


def test_all_fonts_are_the_one_family_and_embedded() -> None:
    with paper.opened(printed("combined")) as pdf:
        fonts = [
            o for o in pdf.objects if isinstance(o, type(pdf.Root)) and o.get("/Type") == "/FontDescriptor"
        ]
        assert fonts
        assert all("SourceSansPro" in str(font.FontName) for font in fonts)
        assert all("/FontFile2" in font for font in fonts)


@pytest.mark.slow
def test_the_same_order_gives_the_same_bytes_in_another_process_under_another_clock_and_zone() -> None:
    script = (
        "import hashlib; from documents.orders import *; from huella.documents.order import render_order;"
        "print(hashlib.sha256(render_order(make(4, 3, 3), NUMBER, CODE, ADDRESS)).hexdigest())"
    )
    told = {"PYTHONPATH": ":".join(sys.path), "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    found = [
        subprocess.run(
            [sys.executable, "-c", script], env=told | extra, check=True, capture_output=True
        ).stdout
        for extra in ({}, {"TZ": "UTC", "PYTHONHASHSEED": "8", "SOURCE_DATE_EPOCH": "1"})
    ]
    assert found[0] == found[1]


def test_another_order_between_two_renderings_does_not_change_the_bytes() -> None:
    first = rendered(make(3, 5, 1))
    rendered(make(2, 1, 6))
    assert rendered(make(3, 5, 1)) == first


def test_several_threads_print_the_same_bytes() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: rendered(make(2, 1, 6)), range(8)))
    assert found == {printed("partial")}


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_says_that_it_cannot_print_instead_of_waiting_for_ever() -> None:
    printed("classic")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            rendered(make(1, 1, 1))
        except RuntimeError as refused:
            os.write(writer, str(refused).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as said:
        assert "spawn" in said.read()


def test_the_file_ends_in_a_line_of_its_own_so_that_an_update_may_follow() -> None:
    assert printed("classic").endswith(b"%%EOF\n")


@pytest.mark.parametrize(
    "name",
    [
        "A #let x = 1 *B* _C_ $D$ @ref `E` <F> [G] {H} \\I // J",
        "\"COMILLAS\" 'SIMPLES' & %s {0} \\u{41} #sys.inputs",
        "O'HIGGINS, ÑANDÚ & CÍA. S.R.L. – N.º 7",
        "== TÍTULO",
        "- LISTA",
        "https://ejemplo.pe/#a",
    ],
)
def test_hostile_names_are_printed_literally(name: str) -> None:
    order = make(1, 1, 1, supplier=Party(ruc="20999999922", name=name))
    assert name in paper.text(rendered(order))


@pytest.mark.parametrize(
    "name",
    [
        "NOMBRE\u202eEVÉRTNI",
        "NOMBRE\x00\u200f",
        "中文 NOMBRE",
        "NOMBRE \ue000\ufeff \U0001f600",
        "\ud800NOMBRE",
    ],
)
def test_what_no_font_can_draw_or_turns_the_line_does_not_stop_the_order(name: str) -> None:
    text = paper.text(rendered(make(1, 1, 1, supplier=Party(ruc="20999999922", name=name))))
    assert "NOMBRE" in text
    assert "\u202e" not in text


@pytest.mark.slow
@settings(max_examples=25)
@given(st.text(max_size=120), st.text(max_size=120))
def test_no_text_stops_an_order(name: str, description: str) -> None:
    item = msgspec.structs.replace(make(1, 1, 1).items[0], description=description)
    order = make(1, 1, 1, items=(item,), entity=Party(name=name, address=description))
    assert CODE in paper.text(rendered(order))


def test_a_name_without_spaces_stays_inside_its_column() -> None:
    order = make(1, 1, 1, supplier=Party(ruc="20999999922", name="X" * 300))
    edge, width = paper.right_edge(rendered(order))
    assert edge <= width - 15 / 25.4 * 72 + 1


def test_sixty_products_run_over_pages_under_a_repeated_heading() -> None:
    pages = paper.texts(rendered(make(60, 8, 3)))
    products = [page for page in pages if "Precio unitario" in page]
    assert len(products) >= 2
    assert all("N.º Descripción Unidad Cantidad Precio unitario Importe" in page for page in products)
    assert [page.split("Página ")[1] for page in pages] == [
        f"{n} de {len(pages)}" for n in range(1, len(pages) + 1)
    ]


def test_sixty_products_in_twenty_four_deliveries_show_every_quantity_once() -> None:
    order = make(60, 8, 3)
    pages = " ".join(paper.texts(rendered(order)))
    heads = [f"E{n}" for n in range(1, 25)]
    assert " ".join(heads[:12]) in pages
    assert " ".join([*heads[12:], "Total"]) in pages
    for item in order.items:
        assert item.quantity is not None
        each = quantity(item.quantity / 24)
        assert " ".join([*[each] * 12, quantity(item.quantity)]) in pages


@pytest.mark.slow
def test_no_order_ends_on_a_page_that_tells_nothing_of_it() -> None:
    for products in range(1, 22):
        for deliveries in (1, 2):
            last = paper.texts(rendered(make(products, deliveries, 1)))[-1]
            assert ("Plazo máximo", "E2")[deliveries - 1] in last, (products, deliveries)


def test_an_imported_order_says_what_its_source_does_not_tell() -> None:
    text = paper.text(rendered(imported()))
    assert "S/ 3,482.13" in text
    assert "La fuente de esta orden no detalla sus productos." in text
    assert "La fuente de esta orden no detalla sus entregas." in text
    assert "PAGADA (desde el 14/02/2023 10:21)" in text


def test_an_order_whose_source_tells_no_date_is_dated_by_its_number() -> None:
    bare = msgspec.structs.replace(imported(), origin=None)
    with paper.opened(rendered(bare)) as pdf:
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20260101")


def test_an_order_known_from_ocds_only_prints_under_its_own_number() -> None:
    number = "ocds-213czf-" + "0123456789" * 5 + "/contract-" + "1" * 15
    pdf = render_order(imported(), number, CODE, ADDRESS)
    page = paper.texts(pdf)[0]
    assert number in page.replace("/ ", "/")
    assert "Acuerdos Marco" not in page
    assert "Impuesto S/ 531.17" in page


def test_a_public_copy_without_the_sealed_parts_prints_and_says_so() -> None:
    public = make(1, 1, 1, supplier=Party(), entity=Party(contact=Contact()))
    assert paper.text(rendered(public)).count("No consta") == 2


def test_a_natural_persons_order_shows_name_and_ruc_to_the_holder_of_the_code() -> None:
    person = Party(ruc="10999999919", name="QUISPE MAMANI, ROSA", address="PSJ. LAS FLORES 123")
    text = paper.text(rendered(make(1, 1, 1, supplier=person)))
    assert "QUISPE MAMANI, ROSA" in text
    assert "10999999919" in text


def test_a_number_that_is_no_orders_is_refused() -> None:
    with pytest.raises(InputError, match="order number"):
        render_order(make(1, 1, 1), "OCAM-2026", CODE, ADDRESS)


def test_a_description_longer_than_a_page_is_printed_to_its_end() -> None:
    item = Item(
        number=1,
        description="PALABRA " * 3000 + "FINAL",
        quantity=Decimal(1),
        unit_price=Decimal(1),
        amount=Decimal("1.00"),
    )
    pages = paper.texts(rendered(make(1, 1, 1, items=(item,))))
    assert len(pages) > 2
    assert "FINAL" in " ".join(pages)


def test_the_page_names_its_renderer() -> None:
    assert RENDERER in paper.text(printed("classic"))


def test_the_picture_for_the_documentation_is_one_svg() -> None:
    drawn = picture(make(2, 1, 1), NUMBER, CODE, ADDRESS)
    assert drawn.startswith(b"<svg")
    assert b"<script" not in drawn
