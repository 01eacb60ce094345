"""An order as the portal shows it: state, parties, products, deliveries, its records as a timeline. Public data only.

Everything is read in one moment and from the order's own records; no node is asked (`owner` is what the records say).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from huella.errors import InputError, NotFound
from huella.flow import read
from huella.flow.house import House
from huella.records import record, settlement, shapes, terms
from huella.records.calendar import Calendar, lima_day
from huella.records.life import PENDING, DeliveryLife, OrderLife
from huella.records.model import Destination, Item, Order, Party
from huella.store.anchors import Batch
from huella.store.journal import Entry


def order_card(house: House, number: str) -> dict[str, Any]:
    """An order by its number. NotFound where it is not registered.

    `amended` are the places and terms in force that differ from those first published; `deliveries` tell both.
    """
    with house.moment():
        entries = house.journal.of_subject(number)
        row = house.index.order(number)
        if not entries or row is None:
            raise NotFound(
                f"{number} is not registered",
                field="order",
                advice="Check the number, such as OCAM-2026-1335-17-0.",
            )
        life = read.fold(house, entries)
        calendar = _calendar(house)
        order = life.order
        return {
            "number": number, "status": life.status, "shape": shapes.derive(order),
            "entity": _party(order.entity), "supplier": _party(order.supplier),
            "agreement": {"code": row["agreement"], "name": row["catalogue"]},
            "procedure": order.procedure, "contracting_type": order.contracting_type,
            "currency": order.currency, "sub_total": order.sub_total, "vat": order.vat, "total": order.total,
            "published_at": order.published_at, "accepted_at": life.accepted_at, "tacit": life.tacit is not None,
            "requirement": row["requirement"], "source": row["source"], "token": entries[0].index,
            "owner": _owner(house, entries[0].index), "assigned": life.assigned, "amended": life.amended,
            "items": [_item(item) for item in order.items],
            "deliveries": [_delivery(house, life, n, calendar) for n in range(len(life.deliveries))],
            "records": _records(house, entries),
        }  # fmt: skip


def amendments(card: dict[str, Any]) -> list[dict[str, Any]]:
    """The deliveries of a card whose place or term is not the one first published."""
    return [delivery for delivery in card["deliveries"] if delivery["was"]]


def _party(party: Party) -> dict[str, Any]:
    """A party as the record tells it; a natural person's name and RUC are sealed, and absent here."""
    return {"ruc": party.ruc, "name": party.name, "natural": party.ruc is None and party.name is None}


def _item(item: Item) -> dict[str, Any]:
    return {
        "number": item.number, "description": item.description, "brand": item.brand, "unit": item.unit,
        "part_number": item.part_number, "product": item.product, "quantity": item.quantity,
        "unit_price": item.unit_price, "amount": item.amount,
    }  # fmt: skip


def _calendar(house: House) -> Calendar | None:
    try:
        return read.calendars_on_record(house).in_force(house.journal.size())
    except InputError:
        return None


def _delivery(house: House, life: OrderLife, place: int, calendar: Calendar | None) -> dict[str, Any]:
    now, stated = life.deliveries[place], life.order.deliveries[place]
    today = house.now()
    due = _due(now, calendar)
    made = settlement.penalty_of(life, now.number)
    late = terms.days_late(due, lima_day(today)) if due is not None and now.status == PENDING else None
    return {
        "number": now.number, "status": now.status, "place": _place(now.destination),
        "start": now.start, "max_days": now.max_days, "due": due and due.isoformat(),
        "late": bool(due is not None and lima_day(today) > due), "days_late": made[0] if made else late,
        "penalty": made[1] if made else None, "state": terms.delivery_state_words(now.status, due, today),
        "lines": [{"item": line.item, "quantity": line.quantity} for line in stated.lines],
        "total": stated.total, "paid": now.paid, "kept_back": now.penalty,
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


def _due(delivery: DeliveryLife, calendar: Calendar | None) -> date | None:
    if calendar is None:
        return None
    try:
        return settlement.due_of(delivery, calendar)
    except InputError:  # beyond the calendar's years nothing is called late
        return None


def _owner(house: House, token: int) -> dict[str, Any]:
    """Who holds the token by the records: the last assignee's account, else the registry as custodian."""
    moves = house.rights.of_token(token)
    return {
        "account": moves[-1].account if moves else None,
        "history": [
            {"entry": move.entry, "account": move.account, "state": move.state, "transaction": move.transaction}
            for move in moves
        ],
    }  # fmt: skip


def _records(house: House, entries: list[Entry]) -> list[dict[str, Any]]:
    """The timeline, oldest first: what happened, who recorded it, whether its party signed, and its anchor."""
    rows = []
    batch: Batch | None = None
    for entry in entries:
        if batch is None or not batch.first <= entry.index < batch.size:
            batch = house.anchors.holding(entry.index)
        found = record.parse(entry.record)
        rows.append({
            "index": entry.index, "kind": entry.kind, "leaf": entry.leaf.hex(), "recorded_at": entry.recorded_at,
            "recorded_by": found.recorded_by, "signed": bool(found.act),
            "asserted": not found.act and read.is_act(found),
            "effective_at": found.data.get("effective_at"), "delivery": found.data.get("delivery"),
            "mode": found.data.get("mode"), "sealed_fields": len(record.sealed(found)),
            "anchor": batch and {
                "transaction": batch.transaction, "block_number": batch.block_number, "block_time": batch.block_time,
                "size": batch.size, "root": batch.root.hex(),
            },
        })  # fmt: skip
    return rows
