"""An order as the portal shows it: state, parties, products, deliveries, its records as a timeline. Public data only.

Everything is read in one moment and from the order's own records; no node is asked.
"""

from __future__ import annotations

from typing import Any

from huella.flow import read
from huella.flow.house import House
from huella.records import shapes
from huella.records.calendar import lima_day
from huella.records.life import DeliveryLife, OrderLife
from huella.records.model import Destination, Item, Order, Party


def order_card(house: House, number: str) -> dict[str, Any]:
    """An order by its number. NotFound where it is not registered.

    `amended` are the places and terms in force that differ from those first published; `deliveries` tell both.
    """
    with house.moment():
        now = read.order_now(house, number)
        row, life, order = now.row, now.life, now.life.order
        today = lima_day(house.now()).isoformat()
        return {
            "number": number, "status": life.status, "shape": shapes.derive(order),
            "entity": _party(order.entity), "supplier": _party(order.supplier),
            "agreement": {"code": row["agreement"], "name": row["catalogue"]},
            "procedure": order.procedure, "contracting_type": order.contracting_type,
            "currency": order.currency, "sub_total": order.sub_total, "vat": order.vat, "total": order.total,
            "published_at": order.published_at, "accepted_at": life.accepted_at, "tacit": life.tacit is not None,
            "requirement": row["requirement"], "source": row["source"], "token": now.token,
            "assigned": life.assigned, "amended": life.amended,
            "items": [_item(item) for item in order.items],
            "deliveries": [_delivery(each, life, today) for each in now.deliveries],
            "records": [_dated(each) for each in now.entries],
        }  # fmt: skip


def _party(party: Party) -> dict[str, Any]:
    """A party as the record tells it; a natural person's name and RUC are sealed, and absent here."""
    return {"ruc": party.ruc, "name": party.name, "natural": party.ruc is None and party.name is None}


def _item(item: Item) -> dict[str, Any]:
    return {
        "number": item.number, "description": item.description, "brand": item.brand, "unit": item.unit,
        "part_number": item.part_number, "product": item.product, "quantity": item.quantity,
        "unit_price": item.unit_price, "amount": item.amount,
    }  # fmt: skip


def _delivery(told: dict[str, Any], life: OrderLife, today: str) -> dict[str, Any]:
    """A delivery as everybody is told it, with its lines, its dates, and what was first published of it."""
    place = told["number"] - 1
    now, stated = life.deliveries[place], life.order.deliveries[place]
    return told | {
        "place": _place(now.destination), "late": told["due"] is not None and today > told["due"],
        "lines": [{"item": line.item, "quantity": line.quantity} for line in stated.lines],
        "made_at": now.made_at, "conformed_at": now.conformed_at, "paid_at": now.paid_at,
        "was": _was(life.order, place, now),
    }  # fmt: skip


def _was(order: Order, place: int, now: DeliveryLife) -> dict[str, Any] | None:
    """Place and term first published, where an amendment changed them."""
    stated = order.deliveries[place]
    first = next((each for each in order.destinations if each.number == stated.destination), None)
    before = (_place(first), stated.start, stated.max_days)
    if before == (_place(now.destination), now.start, now.max_days) and first == now.destination:
        return None
    return {"place": before[0], "start": before[1], "max_days": before[2]}


def _place(destination: Destination | None) -> dict[str, Any] | None:
    if destination is None:
        return None
    return {
        "ubigeo": destination.ubigeo, "department": destination.department,
        "province": destination.province, "district": destination.district,
    }  # fmt: skip


def _dated(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry for the timeline, with what its data tell of it: when it took effect, for which delivery, how."""
    return entry | {name: entry["data"].get(name) for name in ("effective_at", "delivery", "mode")}
