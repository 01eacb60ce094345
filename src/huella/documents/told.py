"""What the page of an order has to show by its record: each figure, date and name with the place it is sealed at.

The facts stand in the order of the page (documents/order.py), in the words of documents/spanish.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from huella.documents import spanish
from huella.records.model import Delivery, Item, Order, Party


class Fact(NamedTuple):
    """One thing that the page shows: where it is sealed (`/items/2/amount`, counted from 0) and how it is printed."""

    pointer: str
    text: str


def facts(order: Order, number: str) -> list[Fact]:
    """Everything of an order that a forger would edit, in the page's order, as far as the record tells it."""
    return [
        Fact("/number", number),
        *_party("/entity", order.entity),
        *_party("/supplier", order.supplier),
        *_moment("/published_at", order.published_at),
        *_moment("/accepted_at", order.accepted_at),
        *(
            fact
            for place, item in enumerate(order.items)
            for fact in _item(f"/items/{place}", item, spanish.price_places(order.items))
        ),
        Fact("/sub_total", spanish.amount(order.sub_total)),
        Fact("/vat", spanish.amount(order.vat)),
        Fact("/total", spanish.amount(order.total)),
        *_deliveries(order),
    ]


def also(order: Order) -> set[str]:
    """Figures that the page may show too: the sums of products and of shipping, what each delivery carries."""
    sums = [
        sum((item.amount for item in order.items if item.amount is not None), Decimal("0.00")),
        sum((each.shipping for each in order.deliveries if each.shipping is not None), Decimal("0.00")),
    ]
    carried = {spanish.quantity(line.quantity) for each in order.deliveries for line in each.lines}
    return {spanish.amount(each) for each in sums} | carried


def _party(pointer: str, party: Party) -> Iterator[Fact]:
    if party.name:
        yield Fact(f"{pointer}/name", party.name)
    if party.ruc:
        yield Fact(f"{pointer}/ruc", party.ruc)


def _moment(pointer: str, text: str | None) -> Iterator[Fact]:
    if text is not None:
        yield Fact(pointer, spanish.moment(text))


def _item(pointer: str, item: Item, places: int) -> Iterator[Fact]:
    if item.quantity is not None:
        yield Fact(f"{pointer}/quantity", spanish.quantity(item.quantity))
    if item.unit_price is not None:
        yield Fact(f"{pointer}/unit_price", spanish.amount(item.unit_price, places))
    if item.amount is not None:
        yield Fact(f"{pointer}/amount", spanish.amount(item.amount))


def _deliveries(order: Order) -> Iterator[Fact]:
    """A single delivery prints its date and term alone; several print their amounts too."""
    for place, delivery in enumerate(order.deliveries):
        pointer = f"/deliveries/{place}"
        if delivery.start:
            yield Fact(f"{pointer}/start", spanish.day(delivery.start))
        if delivery.max_days is not None:
            yield Fact(f"{pointer}/max_days", str(delivery.max_days))
        if len(order.deliveries) > 1:
            yield from _amounts(pointer, delivery)


def _amounts(pointer: str, delivery: Delivery) -> Iterator[Fact]:
    told: tuple[tuple[str, Decimal | None], ...] = (
        ("shipping", delivery.shipping), ("sub_total", delivery.sub_total), ("vat", delivery.vat),
        ("total", delivery.total),
    )  # fmt: skip
    for name, value in told:
        if value is not None:
            yield Fact(f"{pointer}/{name}", spanish.amount(value))
