"""Writing and reading the derived tables (orders, items, deliveries, parties) and the stored documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, Engine, RowMapping, delete, select

from huella.store import database
from huella.store.derive import OrderRows, PartyRow, merge
from huella.store.tables import deliveries, documents, items, orders, parties

_CHUNK = 500


def write_orders(connection: Connection, rows: Sequence[OrderRows], known: Iterable[str]) -> None:
    """Write the rows of orders; those in `known` have rows already, which are replaced."""
    old = list(known)
    for start in range(0, len(old), _CHUNK):
        some = old[start : start + _CHUNK]
        connection.execute(delete(orders).where(orders.c.number.in_(some)))
        connection.execute(delete(items).where(items.c.order.in_(some)))
        connection.execute(delete(deliveries).where(deliveries.c.order.in_(some)))
    rows = sorted(
        rows, key=lambda row: row.order[0]
    )  # in the keys' order, which the tables' trees are in too
    database.insert_rows(connection, orders, [row.order for row in rows])
    database.insert_rows(connection, items, [item for row in rows for item in row.items])
    database.insert_rows(connection, deliveries, [delivery for row in rows for delivery in row.deliveries])


def write_parties(connection: Connection, given: Iterable[PartyRow]) -> None:
    """Merge parties into what is known of them."""
    merged: dict[str, PartyRow] = {}
    for row in given:
        merged[row.ruc] = merge(merged.get(row.ruc), row)
    rucs = sorted(merged)
    for found in connection.execute(select(parties).where(database.among(connection, parties.c.ruc, rucs))):
        merged[found.ruc] = merge(PartyRow(*found), merged[found.ruc])
    database.upsert_rows(connection, parties, [merged[ruc] for ruc in rucs])


def first_indexes(connection: Connection, numbers: Sequence[str]) -> dict[str, int]:
    """The index of each order's first record."""
    some = database.among(connection, orders.c.number, numbers)
    chosen = select(orders.c.number, orders.c.first_index).where(some)
    return {row.number: row.first_index for row in connection.execute(chosen)}


def write_documents(connection: Connection, rows: Iterable[tuple[str, str, str, int, bytes]]) -> None:
    """Keep documents: SHA-256 in hex, media type, subject, entry that names it, exact bytes. The same are kept once."""
    names = ("sha256", "media_type", "subject", "entry", "body")
    given = [dict(zip(names, row, strict=True)) for row in rows]
    if given:
        database.insert_new(connection, documents, given)


class Index:
    """Reads of the derived tables and of documents."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def order(self, number: str) -> RowMapping | None:
        """One order's row."""
        with database.reading(self._engine) as connection:
            return connection.execute(select(orders).where(orders.c.number == number)).mappings().first()

    def orders(self, page: int = 1000) -> Iterator[RowMapping]:
        """All orders by number, a page at a time."""
        after = ""
        while True:
            chosen = select(orders).where(orders.c.number > after).order_by(orders.c.number).limit(page)
            with database.reading(self._engine) as connection:
                rows = connection.execute(chosen).mappings().all()
            if not rows:
                return
            yield from rows
            after = rows[-1]["number"]

    def page(self, first: int, limit: int, wanted: Mapping[str, str]) -> list[RowMapping]:
        """Orders from a place in the log on, by their first entries; `wanted` are columns and their values."""
        chosen = select(orders).where(
            orders.c.first_index >= first, *(orders.c[name] == value for name, value in wanted.items())
        )
        with database.reading(self._engine) as connection:
            found = connection.execute(chosen.order_by(orders.c.first_index).limit(limit)).mappings()
            return list(found.all())

    def newest(self, before: int | None, limit: int, wanted: Mapping[str, str]) -> list[RowMapping]:
        """The same from the newest back, those whose first entries stand before a place in the log."""
        below = () if before is None else (orders.c.first_index < before,)
        chosen = select(orders).where(*below, *(orders.c[name] == value for name, value in wanted.items()))
        with database.reading(self._engine) as connection:
            found = connection.execute(chosen.order_by(orders.c.first_index.desc()).limit(limit)).mappings()
            return list(found.all())

    def waiting(
        self, open_: str, accepted: str, spans: Sequence[tuple[str, str]], after: str, limit: int
    ) -> list[str]:
        """Numbers of orders published here behind a number: those in status `open_`, and those in `accepted` since a
        moment within one of the spans."""
        chosen = orders.c.status == open_
        for begin, end in spans:
            within = (orders.c.accepted_at >= begin) & (orders.c.accepted_at <= end)
            chosen = chosen | ((orders.c.status == accepted) & within)
        here = select(orders.c.number).where(chosen, orders.c.source.is_(None), orders.c.number > after)
        with database.reading(self._engine) as connection:
            return list(connection.execute(here.order_by(orders.c.number).limit(limit)).scalars())

    def party_names(self, rucs: Sequence[str]) -> dict[str, str]:
        """The newest name of each RUC."""
        found: dict[str, str] = {}
        for start in range(0, len(rucs), _CHUNK):
            chosen = select(parties.c.ruc, parties.c.name).where(
                parties.c.ruc.in_(rucs[start : start + _CHUNK])
            )
            with database.reading(self._engine) as connection:
                found.update((row.ruc, row.name) for row in connection.execute(chosen))
        return found

    def paper_of(self, subject: str) -> tuple[int, bytes] | None:
        """The newest document kept of a subject: the entry that names it, and its bytes."""
        chosen = select(documents.c.entry, documents.c.body).where(documents.c.subject == subject)
        with database.reading(self._engine) as connection:
            row = connection.execute(chosen.order_by(documents.c.entry.desc()).limit(1)).first()
        return None if row is None else (row.entry, bytes(row.body))

    def naming(self, sha256: str) -> int | None:
        """The entry whose record names the kept document of a digest."""
        chosen = select(documents.c.entry).where(documents.c.sha256 == sha256)
        with database.reading(self._engine) as connection:
            entry: int | None = connection.execute(chosen).scalar_one_or_none()
        return entry

    def document(self, sha256: str) -> bytes | None:
        """A document's bytes by digest."""
        with database.reading(self._engine) as connection:
            return connection.execute(
                select(documents.c.body).where(documents.c.sha256 == sha256)
            ).scalar_one_or_none()
