"""Draws docs/img/order.svg, the README's picture of an order, from invented data: `python docs/img/make.py`."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from huella.documents.order import picture
from huella.documents.qr import address, verification_code
from huella.records.model import Agreement, Contact, Delivery, Destination, Item, Line, Order, Party

NUMBER = "OCAM-2026-1335-17-0"
CODE = verification_code(bytes.fromhex("9d47c1b0e86fa2355bd1") + bytes(6))


def order() -> Order:
    """Two products, one place, two deliveries: of a small page, the one that shows most."""
    items = (
        Item(number=1, description="COMPUTADORA PORTÁTIL, 14 PULGADAS, 16 GB RAM, 512 GB SSD", product="FP-20871",
             brand="ANDINA", part_number="AN-14G3", unit="UNIDAD", quantity=Decimal(20), unit_price=Decimal("2890.50"),
             amount=Decimal("57810.00")),
        Item(number=2, description="MOCHILA PARA COMPUTADORA PORTÁTIL", product="FP-11204", brand="ANDINA",
             part_number="MO-15", unit="UNIDAD", quantity=Decimal(20), unit_price=Decimal("58.90"),
             amount=Decimal("1178.00")),
    )  # fmt: skip
    lines = tuple(Line(item=item.number, quantity=Decimal(10)) for item in items)
    deliveries = tuple(
        Delivery(number=number, destination=1, start=start, max_days=20, lines=lines, shipping=Decimal("120.00"),
                 sub_total=Decimal("29614.00"), vat=Decimal("5330.52"), total=Decimal("34944.52"))
        for number, start in ((1, "2026-08-03"), (2, "2026-09-01"))
    )  # fmt: skip
    return Order(
        entity=Party(ruc="20999999914", name="ENTIDAD DE DEMOSTRACIÓN", code=1335, address="JR. EJEMPLO 1203, LIMA"),
        supplier=Party(ruc="20999999922", name="SUMINISTROS DE EJEMPLO S.A.C.", address="AV. DE EJEMPLO 2045, CUSCO"),
        agreement=Agreement(code="EXT-CE-2022-5", name="COMPUTADORAS PORTÁTILES Y ESCÁNERES"),
        procedure="ordinary",
        contracting_type="package",
        currency="PEN",
        published_at="2026-07-20T19:45:10.000Z",
        accepted_at="2026-07-22T05:00:00.000Z",
        items=items,
        destinations=(
            Destination(number=1, ubigeo="150116", department="LIMA", province="LIMA", district="LINCE",
                        address="AV. DE EJEMPLO 1234, ALMACÉN", contact=Contact(name="Persona de contacto")),
        ),
        deliveries=deliveries,
        sub_total=Decimal("59228.00"),
        vat=Decimal("10661.04"),
        total=Decimal("69889.04"),
    )  # fmt: skip


def smaller(svg: str) -> str:
    """The same drawing with short names of glyphs, hundredths of a point, and one colour a line of text."""
    names: dict[str, str] = {}
    short = re.sub(r"\bg[0-9A-F]{24,32}\b", lambda found: names.setdefault(found[0], f"g{len(names)}"), svg)
    short = re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), short)
    short = short.replace(' fill-rule="nonzero"', "").replace(' y="0"', "")
    return re.sub(r'(<g transform="[^"]*")>((?:<use [^>]*?/>)+)', _coloured, short)


def _coloured(run: re.Match[str]) -> str:
    colours = set(re.findall(r' fill="[^"]*"', run[2]))
    if len(colours) != 1:
        return run[0]
    (colour,) = colours
    return f"{run[1]}{colour}>{run[2].replace(colour, '')}"


if __name__ == "__main__":
    drawn = picture(order(), NUMBER, CODE, address("https://huella.example.pe", CODE)).decode()
    Path(__file__).with_name("order.svg").write_text(smaller(drawn) + "\n", encoding="utf-8")
