"""Lists of what is public, a page at a time, by place in the log: nothing is missed or met twice while it grows."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from huella.errors import InputError, NotFound
from huella.flow.house import House
from huella.records import record
from huella.store.journal import Entry

MOST = 500
"""Rows of a page at most."""
ORDER_FILTERS = {
    "status": "status", "entity": "entity_ruc", "supplier": "supplier_ruc", "agreement": "agreement",
    "procedure": "procedure", "shape": "shape", "requirement": "requirement",
}  # fmt: skip
PROCEDURE_FILTERS = {"status": "status", "entity": "entity_ruc", "agreement": "agreement"}


class Page(NamedTuple):
    """Rows in the order of the log, and the index from which on the next page goes (None: there is none now)."""

    rows: list[dict[str, Any]]
    following: int | None


def orders(house: House, first: int, limit: int, filters: Mapping[str, str]) -> Page:
    """Orders from index `first` on. `filters` are names of ORDER_FILTERS and their values."""
    wanted = {ORDER_FILTERS[name]: value for name, value in filters.items()}
    with house.moment():
        rows = house.index.page(first, limit + 1, wanted)
        names = house.index.party_names(
            sorted({r for row in rows for r in (row["entity_ruc"], row["supplier_ruc"]) if r})
        )
    told = [_order(dict(row), names) for row in rows]
    return _page(told, limit)


def procedures(house: House, first: int, limit: int, filters: Mapping[str, str]) -> Page:
    """Procedures from index `first` on. Before its close nothing tells how many offers one has."""
    wanted = {PROCEDURE_FILTERS[name]: value for name, value in filters.items()}
    return _page([dict(row) for row in house.tenders.page(first, limit + 1, wanted)], limit)


def newest_orders(house: House, before: int | None, limit: int, filters: Mapping[str, str]) -> Page:
    """Orders from the newest back; `following` is what the next page's `before` is."""
    wanted = {ORDER_FILTERS[name]: value for name, value in filters.items()}
    with house.moment():
        rows = house.index.newest(before, limit + 1, wanted)
        names = house.index.party_names(
            sorted({r for row in rows for r in (row["entity_ruc"], row["supplier_ruc"]) if r})
        )
    return _earlier([_order(dict(row), names) for row in rows], limit)


def newest_procedures(house: House, before: int | None, limit: int, filters: Mapping[str, str]) -> Page:
    """Procedures from the newest back; `following` is what the next page's `before` is."""
    wanted = {PROCEDURE_FILTERS[name]: value for name, value in filters.items()}
    return _earlier([dict(row) for row in house.tenders.newest(before, limit + 1, wanted)], limit)


def feed(house: House, first: int, limit: int) -> Page:
    """The log itself from index `first` on, without gaps: whoever asks again from `following` misses nothing.

    `following` is never None: it is where the next entry will stand.
    """
    with house.moment():
        anchored = house.anchors.anchored()
        rows = [_entry(house, entry, anchored) for entry in house.journal.entries(first, first + limit)]
    return Page(rows, first + len(rows))


def wait_for(house: House, first: int, limit: int, seconds: int) -> Page:
    """A page of the feed once there is something at `first`, or the empty one after so many seconds."""
    for _ in range(seconds * 2):
        time.sleep(0.5)
        if house.journal.size() > first:
            break
    return feed(house, first, limit)


def raw(house: House, index: int) -> bytes:
    """A record's exact bytes. NotFound beyond the end."""
    entry = house.journal.entry(index)
    if entry is None:
        raise NotFound(f"the log has no entry {index}", field="index")
    return entry.record


def entries(house: House, first: int, end: int) -> Iterator[dict[str, Any]]:
    """The same as `feed` for a whole stretch, read a page at a time."""
    while first < end:
        page = feed(house, first, min(MOST, end - first))
        if not page.rows:
            return
        yield from page.rows
        first += len(page.rows)


def month(house: House, name: str) -> tuple[int, int]:
    """The first entry of a month (`2026-11`, UTC) and the one behind its last. InputError for what is no month."""
    year, dash, number = name.partition("-")
    if not (dash and len(name) == 7 and year.isdigit() and number.isdigit() and 1 <= int(number) <= 12):
        raise InputError("a month is written 2026-11", field="month")
    following = f"{int(year) + int(number) // 12:04}-{int(number) % 12 + 1:02}"
    return _first_since(house, name), _first_since(house, following)


def months(house: House) -> list[str]:
    """Every month (UTC) in which something was sealed."""
    found = []
    index, size = 0, house.journal.size()
    while index < size:
        entry = house.journal.entry(index)
        if entry is None:
            break
        found.append(entry.recorded_at[:7])
        index = month(house, found[-1])[1]
    return found


def lines(rows: Iterator[bytes], size: int = 64_000) -> Iterator[bytes]:
    """JSON lines as one gzip stream, in pieces of about `size` bytes before compression; the same for the same rows."""
    waiting: list[bytes] = []
    length = 0
    for row in rows:
        waiting += (row, b"\n")
        length += len(row)
        if length >= size:
            yield gzip.compress(b"".join(waiting), 6, mtime=0)
            waiting, length = [], 0
    yield gzip.compress(b"".join(waiting), 6, mtime=0)


def token(house: House, index: int) -> dict[str, Any]:
    """The ERC-721 metadata of an order's token. NotFound where the entry is no order's first record."""
    entry = house.journal.entry(index)
    if entry is None or entry.seq != 0 or not entry.kind.startswith("order."):
        raise NotFound(f"there is no token {index}", field="id")
    row = house.index.order(entry.subject)
    if row is None:
        raise NotFound(f"there is no token {index}", field="id")
    found = record.parse(entry.record)
    names = house.index.party_names([ruc for ruc in (row["entity_ruc"], row["supplier_ruc"]) if ruc])
    base = house.settings.text("registry.address").rstrip("/")
    traits = {
        "order": entry.subject, "entity": names.get(row["entity_ruc"], ""), "entity_ruc": row["entity_ruc"],
        "supplier": names.get(row["supplier_ruc"], ""), "supplier_ruc": row["supplier_ruc"],
        "status": row["status"], "currency": row["currency"], "total": f"{row['total']:.2f}",
        "agreement": row["agreement"], "requirement": row["requirement"], "leaf": entry.leaf.hex(),
        "offers_hashlink": (found.data.get("hashlink") or {}).get("leaf"),
    }  # fmt: skip
    files = [{"name": each.name, "sha256": each.sha256, "size": each.size} for each in record.files(found)]
    return {
        "name": entry.subject,
        "description": f"Orden de compra {entry.subject}, {row['currency']} {row['total']:.2f}",
        "external_url": f"{base}/orders/{entry.subject}",
        "attributes": [{"trait_type": name, "value": value} for name, value in traits.items() if value],
        "pdf": f"{base}/api/v1/orders/{entry.subject}.pdf",
        "files": files,
    }  # fmt: skip


def _order(row: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    row["entity"] = names.get(row["entity_ruc"])
    row["supplier"] = names.get(row["supplier_ruc"])
    return row


def _page(rows: list[dict[str, Any]], limit: int) -> Page:
    more = rows[limit]["first_index"] if len(rows) > limit else None
    return Page(rows[:limit], more)


def _earlier(rows: list[dict[str, Any]], limit: int) -> Page:
    return Page(rows[:limit], rows[limit - 1]["first_index"] if len(rows) > limit else None)


def _entry(house: House, entry: Entry, anchored: int) -> dict[str, Any]:
    found = record.parse(entry.record)
    annexes = [house.journal.annex(named.sha256) or b"" for named in record.annexes(found)]
    return {
        "index": entry.index, "leaf": entry.leaf.hex(), "kind": entry.kind, "subject": entry.subject,
        "seq": entry.seq, "recorded_at": entry.recorded_at, "anchored": entry.index < anchored,
        "record": entry.record.decode(), "annexes": [body.decode() for body in annexes],
    }  # fmt: skip


def _first_since(house: House, moment: str) -> int:
    """The first entry that was recorded at a moment (text, UTC) or later: times never run against the index."""
    low, high = 0, house.journal.size()
    while low < high:
        middle = (low + high) // 2
        entry = house.journal.entry(middle)
        if entry is None or entry.recorded_at >= moment:
            high = middle
        else:
            low = middle + 1
    return low
