"""Draws the pictures of papers in docs/img from invented data: `python docs/img/make.py`."""

from __future__ import annotations

import hashlib
import itertools
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec

from huella.documents import book as books
from huella.documents import constancia as constancias
from huella.documents.order import picture
from huella.documents.qr import address, order_address, verification_code
from huella.flow import book, constancia
from huella.flow.anchor import anchor
from huella.flow.house import open_house
from huella.flow.make import init
from huella.flow.seal import seal
from huella.records.draft import Draft
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


BASE = "https://huella.example.pe"


def issued() -> tuple[bytes, bytes]:
    """The constancia of the order, accepted, and the book of its day, out of a registry made for it."""
    time = datetime(2026, 7, 20, 19, 46, tzinfo=UTC)
    answers: dict[str, str | int] = {
        "registry.operator": "registro de demostración", "registry.address": BASE, "documents.order_pdf": "request",
        "registry.origin": "huella.example.pe/registro",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        init(Path(name), answers, lambda: time, repeatable("keys"))
        with open_house(Path(name), lambda: time, repeatable("salts")) as house:
            data = msgspec.json.decode(msgspec.json.encode(order()))
            del data["accepted_at"]
            seal(house, [Draft(kind="order.published", subject=NUMBER, data=data)])
            told = {"effective_at": "2026-07-20T19:46:00.000Z", "mode": "explicit"}
            seal(house, [Draft(kind="order.accepted", subject=NUMBER, data=told)])
            list(anchor(house))
            last = house.journal.entries(1, 2)[0]
            drawn = constancias.picture(constancia.tell(house, last), order_address(BASE, NUMBER))
            time += timedelta(days=1)
            volume = book.Books().due(house)
            if volume is None:
                raise SystemExit("the day's book is not due")
            return drawn, books.picture(book.compose(house, volume, None), books.address(BASE, volume.name))


def repeatable(seed: str) -> Callable[[int], bytes]:
    """Bytes that are the same in each run."""
    numbers = itertools.count()
    return lambda size: hashlib.shake_256(f"{seed} {next(numbers)}".encode()).digest(size)


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
    one, two = issued()
    paper = picture(order(), NUMBER, CODE, address(BASE, CODE))
    for name, drawn in (("order", paper), ("constancia", one), ("book", two)):
        Path(__file__).with_name(f"{name}.svg").write_text(smaller(drawn.decode()) + "\n", encoding="utf-8")
