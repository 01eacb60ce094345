"""From records to tables: the one function that makes order, item, delivery and party rows (rule 1 of the house).

It sees public data only, so no sealed value can reach a table. The audit calls it again and compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from huella.records import shapes
from huella.records.life import OrderLife
from huella.records.model import Item, Order, Party
from huella.store.tables import to_cents

Row = tuple[Any, ...]


SHOWN = frozenset({"/entity/ruc", "/entity/name", "/supplier/ruc", "/supplier/name"})
"""What these rows show of an order and the policy may seal; a test holds both together."""


class OrderRows(NamedTuple):
    """The derived rows of one order, in the column order of their tables (amounts in hundredths)."""

    order: Row
    items: list[Row]
    deliveries: list[Row]

    def placed(self, first_index: int, last_index: int) -> OrderRows:
        """The same rows for records at these places."""
        order = self.order
        return OrderRows((*order[:16], first_index, last_index, *order[18:]), self.items, self.deliveries)


class PartyRow(NamedTuple):
    """A party as the newest record names it; roles add up."""

    ruc: str
    name: str | None
    entity: bool
    supplier: bool
    last_index: int


def order_rows(number: str, life: OrderLife, first_index: int, last_index: int) -> OrderRows:
    """The rows of one order whose records stand at first_index … last_index."""
    order = life.order
    agreement = order.agreement
    head: Row = (
        number,
        life.status,
        order.entity.ruc,
        order.supplier.ruc,
        agreement.code if agreement else None,
        agreement.name if agreement else None,
        order.procedure,
        order.contracting_type,
        shapes.derive(order),
        order.origin.source if order.origin else None,
        order.currency,
        to_cents(order.sub_total),
        to_cents(order.vat),
        to_cents(order.total),
        order.published_at,
        life.accepted_at,
        first_index,
        last_index,
        order.hashlink.requirement if order.hashlink else None,
    )
    return OrderRows(head, [_item(number, item) for item in order.items], _deliveries(number, life))


def party_rows(order: Order, index: int) -> list[PartyRow]:
    """The parties that an order's record names in clear."""
    named: tuple[tuple[Party, bool], ...] = ((order.entity, True), (order.supplier, False))
    return [PartyRow(p.ruc, p.name, entity, not entity, index) for p, entity in named if p.ruc is not None]


def shows_sealed(sealed: Iterable[str]) -> bool:
    """Whether the rows of an order's complete data would show one of the sealed pointers. Else they are those of its
    public data."""
    return not SHOWN.isdisjoint(sealed)


def merge(known: PartyRow | None, given: PartyRow) -> PartyRow:
    """One row of two: the name of the newer record, the roles of both."""
    if known is None or (
        given.last_index >= known.last_index and given[2:4] == known[2:4]  # named so again
    ):
        return given
    newest = given if given.last_index >= known.last_index else known
    return PartyRow(
        given.ruc,
        newest.name,
        known.entity or given.entity,
        known.supplier or given.supplier,
        newest.last_index,
    )


def _item(number: str, item: Item) -> Row:
    quantity, price, amount = item.quantity, item.unit_price, item.amount
    return (
        number,
        item.number,
        item.description,
        item.product,
        item.brand,
        item.part_number,
        item.category,
        item.unit,
        None if quantity is None else str(quantity),
        None if price is None else str(price),
        None if amount is None else to_cents(amount),
    )


def _deliveries(number: str, life: OrderLife) -> list[Row]:
    rows: list[Row] = []
    for delivery, now in zip(life.order.deliveries, life.deliveries, strict=True):
        place = now.destination
        rows.append((
            number,
            delivery.number,
            now.status,
            place.ubigeo if place else None,
            place.department if place else None,
            place.province if place else None,
            place.district if place else None,
            now.start,
            now.max_days,
            to_cents(delivery.sub_total),
            to_cents(delivery.vat),
            to_cents(delivery.total),
        ))  # fmt: skip
    return rows
