"""Orders to print: any number of products, places and deliveries, with every optional part told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from huella.documents.qr import address, verification_code
from huella.records.model import Agreement, Contact, Delivery, Destination, Item, Line, Order, Origin, Party

NUMBER = "OCAM-2026-1335-17-0"
CODE = verification_code(bytes(range(16)))
ADDRESS = address("https://huella.example.pe", CODE)
PLACES = (
    ("LIMA", "LIMA", "LINCE", "150116"),
    ("LORETO", "MAYNAS", "IQUITOS", "160101"),
    ("PUNO", "PUNO", "PUNO", "210101"),
)
PRODUCTS = (
    "COMPUTADORA PORTÁTIL DE 14 PULGADAS",
    "PAPEL BOND A4",
    "TÓNER NEGRO",
    "SILLA GIRATORIA ERGONÓMICA",
)
SHAPES = {
    "classic": (1, 1, 1),
    "package": (4, 1, 1),
    "partial": (2, 1, 6),
    "multi": (3, 5, 1),
    "combined": (4, 3, 3),
}
"""Products, destinations, deliveries a destination."""


def make(products: int, places: int, each: int, **told: Any) -> Order:
    """A complete order; `told` replaces members of the order."""
    deliveries = places * each
    items = tuple(_item(n, deliveries) for n in range(1, products + 1))
    goods = sum((item.amount for item in items if item.amount is not None), Decimal("0.00"))
    made = tuple(_delivery(n, (n - 1) // each + 1, items, deliveries) for n in range(1, deliveries + 1))
    members: dict[str, Any] = {
        "entity": Party(ruc="20999999914", name="ENTIDAD DE PRUEBA", code=1335, address="JR. ZORRITOS 1203"),
        "supplier": Party(
            ruc="20999999922", name="SUMINISTROS ANDINOS S.A.C.", contact=Contact(name="Rosa Quispe")
        ),
        "agreement": Agreement(code="EXT-CE-2022-5", name="COMPUTADORAS"),
        "procedure": "ordinary",
        "contracting_type": "individual" if products == 1 else "package",
        "currency": "PEN",
        "published_at": "2026-07-20T19:45:10.000Z",
        "accepted_at": "2026-07-22T05:00:00.000Z",
        "items": items,
        "destinations": tuple(_destination(n) for n in range(1, places + 1)),
        "deliveries": made,
        "sub_total": goods + Decimal("85.50") * deliveries,
        "vat": Decimal("123456.78"),
        "total": goods + Decimal("85.50") * deliveries + Decimal("123456.78"),
    }
    return Order(**(members | told))


def imported() -> Order:
    """An order as the open data tell it: totals, parties, a state."""
    return Order(
        entity=Party(ruc="20999999914", name="PODER JUDICIAL"),
        supplier=Party(ruc="20999999922", name="COMERCIAL O'HIGGINS & HIJOS E.I.R.L."),
        currency="PEN",
        sub_total=Decimal("2950.96"),
        vat=Decimal("531.17"),
        total=Decimal("3482.13"),
        origin=Origin(source="datosabiertos", state="PAGADA", state_at="2023-02-14T15:21:57.000Z"),
    )


def _item(number: int, deliveries: int) -> Item:
    quantity, price = Decimal(deliveries * (number % 7 + 1)), Decimal("1049.17") + number
    return Item(
        number=number, description=PRODUCTS[number % 4], product=f"FP-{number}", brand="MARCA",
        part_number=f"PN-{number}", unit="UNIDAD", quantity=quantity, unit_price=price, amount=quantity * price,
    )  # fmt: skip


def _destination(number: int) -> Destination:
    department, province, district, ubigeo = PLACES[number % 3]
    return Destination(
        number=number, department=department, province=province, district=district, ubigeo=ubigeo,
        address=f"AV. AREQUIPA {number}", contact=Contact(name="Juan Pérez", email="almacen@entidad.example.pe"),
    )  # fmt: skip


def _delivery(number: int, destination: int, items: tuple[Item, ...], deliveries: int) -> Delivery:
    lines = tuple(
        Line(item=item.number, quantity=(item.quantity or Decimal(0)) / deliveries) for item in items
    )
    sub_total, vat = Decimal("2000.00") + number, Decimal("360.18") + number
    return Delivery(
        number=number, destination=destination, start="2026-08-03", max_days=19 + number, lines=lines,
        shipping=Decimal("85.50"), sub_total=sub_total, vat=vat, total=sub_total + vat,
    )  # fmt: skip
