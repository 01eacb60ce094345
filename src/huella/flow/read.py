"""Reading the register: what is public, as plain values for command line, API and portal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping

from huella.errors import InputError, NotFound
from huella.flow import statistics
from huella.flow.house import House
from huella.ledger import registry
from huella.records import actors, kinds, record, settlement, terms
from huella.records.answers import Calendars
from huella.records.calendar import Calendar, lima_day
from huella.records.identifiers import order_number
from huella.records.life import PENDING, TACIT, DeliveryLife, OrderLife, advance
from huella.records.model import Destination
from huella.store.anchors import Batch
from huella.store.journal import Entry


def show(house: House, what: str) -> dict[str, Any]:
    """An order by number or an entry by index, with state, deliveries, token and anchor. InputError where unknown."""
    if what.isascii() and what.isdigit():
        entry = house.journal.entry(int(what))
        if entry is None:
            raise NotFound(
                f"the log has no entry {what}", field="index", advice="`huella stats` tells its size."
            )
        return {"entry": told_entries(house, [entry])[0]}
    found = show_order(house, what)
    token = found["token"]
    owner = registry.owner_of(house.ledger, token["id"]) if found["entries"][0]["anchor"] else None
    return found | {"token": {"id": token["id"], "owner": owner}}


def show_order(house: House, number: str) -> dict[str, Any]:
    """An order as its own records tell it: state, deliveries, token, entries. NotFound where it is not registered."""
    now = order_now(house, number)
    return {
        "order": {
            name: value for name, value in now.row.items() if name not in ("first_index", "last_index")
        },
        "deliveries": now.deliveries,
        "token": now.token,
        "entries": now.entries,
    }


class OrderNow(NamedTuple):
    """An order at one moment: its row of the index, its life, and what everybody is told: deliveries; the token with
    the `account` that holds it by the records (None: the custodian) and its moves; entries."""

    row: RowMapping
    life: OrderLife
    deliveries: list[dict[str, Any]]
    token: dict[str, Any]
    entries: list[dict[str, Any]]


def order_now(house: House, number: str) -> OrderNow:
    """An order out of its own records; no node is asked. NotFound where it is not registered."""
    entries = house.journal.of_subject(number)
    row = house.index.order(number)
    if not entries or row is None:
        raise NotFound(
            f"{number} is not registered",
            field="order",
            advice="Check the number, such as OCAM-2026-1335-17-0.",
        )
    life = fold(house, entries)
    try:
        calendar = calendars_on_record(house).in_force(house.journal.size())
    except InputError:  # without a calendar nothing is called late
        calendar = None
    deliveries = [_delivery(life, n, calendar, house.now()) for n in range(len(life.deliveries))]
    token = _token(house, entries[0].index)
    return OrderNow(row, life, deliveries, token, told_entries(house, entries))


def _token(house: House, token: int) -> dict[str, Any]:
    moves = house.rights.of_token(token)
    return {
        "id": token,
        "account": moves[-1].account if moves else None,
        "history": [
            {
                "entry": move.entry,
                "account": move.account,
                "state": move.state,
                "transaction": move.transaction,
            }
            for move in moves
        ],
    }


def fold(house: House, entries: list[Entry]) -> OrderLife:
    """An order's life out of its entries' public bytes."""
    now: OrderLife | None = None
    for entry in entries:
        found = record.parse(entry.record)
        bodies = [house.journal.annex(annex.sha256) or b"" for annex in record.annexes(found)]
        fact = kinds.read(found.kind, record.effective_data(found, bodies))
        now = advance(now, found.kind, fact, found.recorded_at)
    if now is None:
        raise InputError("the order has no records", field="order")
    return now


def calendars_on_record(house: House) -> Calendars:
    """The calendars on record, in the order of the log."""
    made = []
    for index in house.rights.calendars():
        entry = house.journal.entry(index)
        if entry is not None:
            found = record.parse(entry.record)
            made.append((index, kinds.read(found.kind, found.data)))
    return Calendars(made)


def size(house: House) -> int:
    """How many entries the log has."""
    return house.journal.size()


def stats(house: House) -> dict[str, Any]:
    """The register's figures, and how far it is anchored."""
    entries, root, note = house.journal.head()
    return {
        "entries": entries, "root": root.hex(), "anchored": house.anchors.anchored(), "checkpoint": note,
        **statistics.overview(house),
    }  # fmt: skip


def export_rows(house: House) -> Iterator[dict[str, str]]:
    """One row an order in the shape of the official open-data file, without anything sealed."""
    page: list[Any] = []
    for row in house.index.orders():
        page.append(row)
        if len(page) == 500:
            yield from _export(house, page)
            page = []
    yield from _export(house, page)


def _export(house: House, rows: list[Any]) -> Iterator[dict[str, str]]:
    names = house.index.party_names(
        sorted({r for row in rows for r in (row["entity_ruc"], row["supplier_ruc"]) if r})
    )
    for row in rows:
        agreement = " ".join(part for part in (row["agreement"], row["catalogue"]) if part)
        number = order_number(row["number"], "number") if row["number"].startswith("OCAM-") else None
        yield {
            "ORDEN_ELECTRÓNICA": row["number"],
            "AÑO": str(number.year) if number else "",
            "RUC_PROVEEDOR": row["supplier_ruc"] or "",
            "PROVEEDOR": names.get(row["supplier_ruc"], "") if row["supplier_ruc"] else "(reservado)",
            "RUC_ENTIDAD": row["entity_ruc"] or "",
            "ENTIDAD": names.get(row["entity_ruc"], ""),
            "TIPO_PROCEDIMIENTO": _PROCEDURES.get(row["procedure"], ""),
            "ESTADO_ORDEN_ELECTRÓNICA": STATUS_ES.get(row["status"], row["status"]),
            "FECHA_FORMALIZACIÓN": row["accepted_at"] or "",
            "SUB_TOTAL": f"{row['sub_total']:.2f}",
            "IGV": f"{row['vat']:.2f}",
            "TOTAL": f"{row['total']:.2f}",
            "MONEDA": row["currency"],
            "ACUERDO_MARCO": agreement,
            "ÍNDICE": str(row["first_index"]),
        }


def csv_lines(house: House) -> Iterator[bytes]:
    """The same rows as a file's lines, the names first: UTF-8 with a mark in front, semicolons, no cell that a
    spreadsheet would run."""
    head: list[str] = []
    for row in export_rows(house):
        if not head:
            head = list(row)
            yield _csv_line(head, "\ufeff")
        yield _csv_line([formula_safe(value) for value in row.values()])


def _csv_line(values: list[str], mark: str = "") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerow(values)
    return (mark + text.getvalue()).encode()


def formula_safe(value: str) -> str:
    """A cell that a spreadsheet would run as a formula starts with an apostrophe instead (OWASP, CSV injection)."""
    return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


_PROCEDURES = {"ordinary": "Compra ordinaria", "large_purchase": "Gran Compra"}
STATUS_ES = {
    "published": "PUBLICADA", "accepted": "ACEPTADA", "rejected": "RECHAZADA", "paid": "PAGADA",
    "terminated": "RESUELTA", "annulled": "ORDEN DE COMPRA NULA",
}  # fmt: skip


def told_entries(house: House, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Entries as everybody is told them: place, what is public, who recorded and who signed, the anchor."""
    rows: list[dict[str, Any]] = []
    batch: Batch | None = None
    for entry in entries:
        if batch is None or not batch.first <= entry.index < batch.size:
            batch = house.anchors.holding(entry.index)
        found = record.parse(entry.record)
        rows.append({
            "index": entry.index, "leaf": entry.leaf.hex(), "kind": entry.kind, "subject": entry.subject,
            "seq": entry.seq, "recorded_at": entry.recorded_at, "recorded_by": found.recorded_by,
            "signed_by_party": bool(found.act), "asserted_by_operator": not found.act and is_act(found),
            "sealed_fields": len(record.sealed(found)), "data": found.data, "anchor": _anchor(batch),
        })  # fmt: skip
    return rows


def is_act(found: record.Record) -> bool:
    """Whether the record tells a party's act, which without its signature is the operator's assertion."""
    return found.kind in actors.ACTORS and found.data.get("mode") != TACIT


def _anchor(batch: Batch | None) -> dict[str, Any] | None:
    if batch is None:
        return None
    return {
        "size": batch.size, "root": batch.root.hex(), "transaction": batch.transaction,
        "block_number": batch.block_number, "block_hash": batch.block_hash, "block_time": batch.block_time,
    }  # fmt: skip


def _delivery(life: OrderLife, place: int, calendar: Calendar | None, today: datetime) -> dict[str, Any]:
    """One delivery now. `state` is the portal's word, late from the clock; `penalty` is computed from the record,
    `kept_back` what the payment states."""
    now, stated = life.deliveries[place], life.order.deliveries[place]
    where = now.destination or Destination(number=0)
    due = _due(now, calendar)
    made = settlement.penalty_of(life, now.number)
    late = terms.days_late(due, lima_day(today)) if due is not None and now.status == PENDING else None
    return {
        "number": now.number, "status": now.status,
        "department": where.department, "province": where.province,
        "district": where.district, "ubigeo": where.ubigeo,
        "start": now.start, "max_days": now.max_days, "total": stated.total,
        "state": terms.delivery_state_words(now.status, due, today), "due": due and due.isoformat(),
        "days_late": made[0] if made else late, "penalty": made[1] if made else None,
        "paid": now.paid, "kept_back": now.penalty,
    }  # fmt: skip


def _due(delivery: DeliveryLife, calendar: Calendar | None) -> date | None:
    if calendar is None:
        return None
    try:
        return settlement.due_of(delivery, calendar)
    except InputError:  # beyond the calendar's years nothing is called late
        return None
