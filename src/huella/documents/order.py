"""The order as a PDF: what the page shows, in Spanish, made from the complete order (docs/spec/paper.md, The order).

Order, number, code, address ─► what the page shows (texts only) ─► templates/order.typ ─► PDF/A-3a + PDF/UA-1
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from huella.documents import qr, spanish, typeset
from huella.records import rules, shapes
from huella.records.identifiers import parse_moment
from huella.records.model import Contact, Delivery, Destination, Item, Order, Party

TEMPLATE = "order.typ"
RENDERER = f"huella order/3 ({typeset.ENGINE})"
"""Name and version of what makes the page: the same order, number, code, address and renderer give the same bytes."""

UNTOLD = "No consta"
RESERVED = "Reservado"
"""What stands in the place of a personal value on a page for everybody."""
CATALOGUES = "Catálogos Electrónicos de Acuerdos Marco"
_WIDE = 48
# The matrix of quantities, in millimetres: the page without the item's number, the most that figures take of it, and
# what a figure, a cell's padding, the narrowest column and a capital letter need.
_PAGE, _FIGURES, _FIGURE, _PADDING, _NARROWEST, _CAPITAL = 170.0, 114.0, 1.45, 2.6, 8.5, 1.4


def render_public(order: Order, number: str, address: str) -> bytes:
    """The same page without its code, for everybody: `order` has `RESERVED` where a personal value is sealed, `address`
    is that of the order's own page. It says that it is not the document on record."""
    return typeset.pdf(TEMPLATE, page(order, number, "", address), _dated(order, number))


def render_order(order: Order, number: str, code: str, address: str) -> bytes:
    """The order's PDF: PDF/A-3a and PDF/UA-1, Spanish, tagged, QR of `address` at 35 mm, nothing attached.

    `order` is the complete order (personal parts too; what is missing prints as not told), `number` its
    OCAM-…-0 or the subject of an order known from OCDS only, `code` the verification code, `address` the
    short address that carries it. The same arguments give the same bytes.
    Raises InputError for a number that is not an order's.
    """
    return typeset.pdf(TEMPLATE, page(order, number, code, address), _dated(order, number))


def picture(order: Order, number: str, code: str, address: str) -> bytes:
    """The same page as SVG, for documentation; of a longer one the first page."""
    return typeset.svg(TEMPLATE, page(order, number, code, address), _dated(order, number))


def page(order: Order, number: str, code: str, address: str) -> dict[str, Any]:
    """Everything that the page shows, as texts: the template lays out and adds no facts."""
    catalogue = rules.check_subject(number) is not None
    vat = "IGV" if catalogue else "Impuesto"
    return {
        "title": f"Orden de compra {number}",
        "author": typeset.plain(order.entity.name or UNTOLD),
        "language": "es",
        "notice": "",
        "number": typeset.plain(number),
        "kind": CATALOGUES if catalogue else "",
        "code": code,
        "address": address,
        "qr": qr.drawn(address),
        "renderer": RENDERER,
        "parties": [
            {"role": "Entidad contratante", **_party(order.entity)},
            {"role": "Proveedor", **_party(order.supplier)},
        ],
        "facts": sorted(
            ({"label": label, "value": value, "wide": len(value) > _WIDE} for label, value in _facts(order)),
            key=lambda fact: not fact["wide"],
        ),
        "currency": spanish.CURRENCIES.get(order.currency, order.currency),
        "origin": _origin(order),
        "items": [_item(item, spanish.price_places(order.items)) for item in order.items],
        "totals": [{"label": label, "value": value} for label, value in _totals(order, vat)],
        "vat": vat,
        "shipped": any(delivery.shipping is not None for delivery in order.deliveries),
        "places": [_place(destination) for destination in order.destinations],
        "deliveries": _deliveries(order, number),
        "matrix": _matrix(order),
    }


def _dated(order: Order, number: str) -> datetime:
    """The document's date, which PDF/A wants: its publication, or the nearest moment that its source tells.

    Where it tells none, the year of the order's number; 1970 for an order known from OCDS only.
    """
    origin = order.origin
    told = (order.published_at, order.accepted_at, origin and origin.state_at, origin and origin.extracted_at)
    for text in told:
        if text:
            return parse_moment(text, "/published_at")
    parts = rules.check_subject(number)
    return datetime(parts.year if parts else 1970, 1, 1, tzinfo=UTC)


def _party(party: Party) -> dict[str, Any]:
    lines = [
        ("RUC", party.ruc),
        ("Identificador", party.identifier),
        ("Código de entidad", None if party.code is None else str(party.code)),
        ("Dirección", party.address),
    ]
    return {
        "name": typeset.plain(party.name or UNTOLD),
        "lines": [{"label": label, "value": typeset.plain(value)} for label, value in lines if value],
        "contact": _contact(party.contact),
    }


def _contact(contact: Contact | None) -> list[str]:
    """A contact person in two lines: name and telephone, then the e-mail address."""
    if contact is None:
        return []
    told = (contact.name, contact.telephone, contact.email)
    if RESERVED in told:
        return [RESERVED]
    person = " · ".join(filter(None, told[:2]))
    return [typeset.plain(line) for line in (person, contact.email) if line]


def _facts(order: Order) -> Iterator[tuple[str, str]]:
    if order.agreement is not None:
        yield (
            "Acuerdo marco",
            typeset.plain(" · ".join(filter(None, (order.agreement.code, order.agreement.name)))),
        )
    if order.procedure is not None:
        yield "Procedimiento", spanish.PROCEDURES.get(order.procedure, order.procedure)
    if order.contracting_type is not None:
        yield "Tipo de contratación", spanish.CONTRACTING.get(order.contracting_type, order.contracting_type)
    shape = shapes.derive(order)
    if shape is not None:
        yield "Tipo de entrega", shapes.SPANISH[shape]
    elif order.delivery_type is not None:
        yield "Tipo de entrega", typeset.plain(order.delivery_type)
    if order.published_at is not None:
        yield "Publicada (hora de Lima)", spanish.moment(order.published_at)
    if order.accepted_at is not None:
        yield "Aceptada (hora de Lima)", spanish.moment(order.accepted_at)


def _origin(order: Order) -> dict[str, Any] | None:
    """What an imported order says of its source; None for an order published through the registry."""
    origin = order.origin
    if origin is None:
        return None
    state = typeset.plain(origin.state) + (
        f" (desde el {spanish.moment(origin.state_at)})" if origin.state_at else ""
    )
    lines = [
        ("Estado según la fuente", state),
        ("Fuente", spanish.SOURCES.get(origin.source, typeset.plain(origin.source))),
        ("Leída de la fuente", spanish.moment(origin.extracted_at) if origin.extracted_at else ""),
        ("Referencia", typeset.plain(origin.reference or "")),
        ("Documento original", typeset.plain(origin.pdf_url or "")),
    ]
    return {"lines": [{"label": label, "value": value} for label, value in lines if value]}


def _item(item: Item, places: int) -> dict[str, Any]:
    details = [
        ("Ficha", item.product),
        ("Marca", item.brand),
        ("N.º de parte", item.part_number),
        ("Categoría", item.category),
    ]
    return {
        "number": str(item.number),
        "description": typeset.plain(item.description),
        "details": [f"{label}: {typeset.plain(value)}" for label, value in details if value],
        "unit": typeset.plain(item.unit or "—"),
        "quantity": "—" if item.quantity is None else spanish.quantity(item.quantity),
        "unit_price": "—" if item.unit_price is None else spanish.amount(item.unit_price, places),
        "amount": "—" if item.amount is None else spanish.amount(item.amount),
    }


def _totals(order: Order, vat: str) -> Iterator[tuple[str, str]]:
    amounts = [item.amount for item in order.items if item.amount is not None]
    shipping = [delivery.shipping for delivery in order.deliveries if delivery.shipping is not None]
    if amounts and len(amounts) == len(order.items):
        yield "Productos", spanish.money(sum(amounts, Decimal("0.00")), order.currency)
    if shipping:
        yield "Flete", spanish.money(sum(shipping, Decimal("0.00")), order.currency)
    yield "Sub total", spanish.money(order.sub_total, order.currency)
    yield vat, spanish.money(order.vat, order.currency)
    yield "Total", spanish.money(order.total, order.currency)


def _place(destination: Destination) -> dict[str, Any]:
    names = (destination.department, destination.province, destination.district)
    return {
        "number": f"L{destination.number}",
        "name": typeset.plain(" / ".join(filter(None, names)) or UNTOLD),
        "district": typeset.plain(
            destination.district or destination.province or destination.department or ""
        ),
        "ubigeo": destination.ubigeo or "",
        "address": typeset.plain(destination.address or ""),
        "contact": _contact(destination.contact),
    }


def _deliveries(order: Order, number: str) -> list[dict[str, Any]]:
    return [_delivery(delivery, number) for delivery in order.deliveries]


def _delivery(delivery: Delivery, number: str) -> dict[str, Any]:
    return {
        "number": f"E{delivery.number}",
        "full_number": f"{number[:-1]}{delivery.number}" if number.startswith("OCAM-") else "",
        "place": delivery.destination - 1,
        "start": spanish.day(delivery.start) if delivery.start else UNTOLD,
        "days": "—" if delivery.max_days is None else str(delivery.max_days),
        "term": UNTOLD if delivery.max_days is None else spanish.days(delivery.max_days),
        "shipping": "" if delivery.shipping is None else spanish.amount(delivery.shipping),
        "sub_total": spanish.amount(delivery.sub_total),
        "vat": spanish.amount(delivery.vat),
        "total": spanish.amount(delivery.total),
        "state": typeset.plain(delivery.state or ""),
    }


def _matrix(order: Order) -> list[dict[str, Any]]:
    """Quantities by product (rows) and delivery (columns), in blocks of as many deliveries as a page is wide.

    Empty where one delivery carries everything or where the source does not tell what each carries.
    """
    if len(order.deliveries) < 2 or not any(delivery.lines for delivery in order.deliveries):
        return []
    carried = [
        {line.item: spanish.quantity(line.quantity) for line in delivery.lines}
        for delivery in order.deliveries
    ]
    totals = ["—" if item.quantity is None else spanish.quantity(item.quantity) for item in order.items]
    longest = max(len(text) for column in carried for text in column.values())
    width = max(_NARROWEST, _FIGURE * max(longest, *map(len, totals)) + _PADDING)
    columns = len(order.deliveries) + 1  # the last one is the product's total
    blocks = -(-columns // max(1, int(_FIGURES // width)))
    edges = [columns * block // blocks for block in range(blocks + 1)]
    return [_block(order, carried, totals, span, width) for span in itertools.pairwise(edges)]


def _block(
    order: Order, carried: list[dict[int, str]], totals: list[str], span: tuple[int, int], width: float
) -> dict[str, Any]:
    last = span[1] > len(carried)
    first, end = span[0], min(span[1], len(carried))
    letters = int((_PAGE - _PADDING - width * (span[1] - first)) / _CAPITAL)
    rows = []
    for item, total in zip(order.items, totals, strict=True):
        cells = [column.get(item.number, "") for column in carried[first:end]]
        rows.append([str(item.number), _short(item, letters), *cells, *([total] if last else [])])
    return {
        "width": width,
        "heads": [f"E{n + 1}" for n in range(first, end)] + (["Total"] if last else []),
        "title": f"Entregas {first + 1} a {end}" if end - first > 1 else f"Entrega {end}",
        "rows": rows,
    }


def _short(item: Item, letters: int) -> str:
    text = typeset.plain(item.description).replace("\u200b", "")
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
