"""Reading the register: what is public, as plain values for command line, API and portal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from huella.errors import InputError, NotFound
from huella.flow import statistics
from huella.flow.house import House
from huella.ledger import registry
from huella.records import actors, kinds, record, settlement, terms
from huella.records.answers import Calendars
from huella.records.calendar import lima_day
from huella.records.identifiers import order_number
from huella.records.life import PENDING, TACIT, OrderLife, advance
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
        return {"entry": _entry(house, entry)}
    entries = house.journal.of_subject(what)
    row = house.index.order(what)
    if not entries or row is None:
        raise NotFound(
            f"{what} is not registered",
            field="order",
            advice="Check the number, such as OCAM-2026-1335-17-0.",
        )
    life = fold(house, entries)
    first = entries[0].index
    anchored = house.anchors.holding(first) is not None
    return {
        "order": {name: value for name, value in row.items() if name not in ("first_index", "last_index")},
        "deliveries": [_delivery(house, life, n) for n in range(len(life.deliveries))],
        "token": {"id": first, "owner": registry.owner_of(house.ledger, first) if anchored else None},
        "entries": [_entry(house, entry) for entry in entries],
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


def _entry(house: House, entry: Entry) -> dict[str, Any]:
    found = record.parse(entry.record)
    batch = house.anchors.holding(entry.index)
    return {
        "index": entry.index, "leaf": entry.leaf.hex(), "kind": entry.kind, "subject": entry.subject, "seq": entry.seq,
        "recorded_at": entry.recorded_at, "recorded_by": found.recorded_by, "signed_by_party": bool(found.act),
        "asserted_by_operator": not found.act and is_act(found),
        "sealed_fields": len(record.sealed(found)), "data": found.data, "anchor": _anchor(batch),
    }  # fmt: skip


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


def _delivery(house: House, life: OrderLife, place: int) -> dict[str, Any]:
    """One delivery now. `state` is the portal's word, late from the clock; `penalty` is computed from the record,
    `kept_back` what the payment states."""
    now, stated = life.deliveries[place], life.order.deliveries[place]
    where = now.destination or Destination(number=0)
    today = house.now()
    try:
        due = settlement.due_of(now, calendars_on_record(house).in_force(house.journal.size()))
    except InputError:  # beyond the calendar's years nothing is called late
        due = None
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
