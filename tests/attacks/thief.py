"""The thief of these tests: has the whole database and the vault's, with every right, and has read our source.

Does not have the log key, the registrar key, the vault's master key, the signer's folder or the chain. After a forgery
it derives everything again that can be derived without them: columns, leaves, tiles, head, order tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, insert, select, update

from cast import Clock, anchored, fact, natural_order, order, sealed
from huella.errors import HuellaError, LedgerRefused, SignerError, StoreError
from huella.flow.audit import audit
from huella.flow.findings import Finding
from huella.flow.house import House
from huella.flow.lives import advance, family_of
from huella.flow.seal import seal
from huella.ledger import registry as contract
from huella.proof.merkle import Frontier
from huella.records import canonical, kinds, record
from huella.records.draft import Draft
from huella.records.life import OrderLife
from huella.records.procedure_life import OfferLife, ProcedureLife
from huella.records.record import Record, leaf_hash
from huella.store import database, figures, index, tenders
from huella.store.derive import PartyRow, order_rows, party_rows
from huella.store.tables import DERIVED, annexes, disclosures, entries, log, submissions, tiles
from huella.store.tally import Tally

ANCHORED = 5
SIGNED = 7


def big_order(number: int) -> Draft:
    """An order that does not fit into one record and has an annex."""
    data = order().data
    item, delivery = data["items"][0], data["deliveries"][0]
    parts = [{**item, "number": n + 1, "description": f"LLANTA {n} " + "X" * 400, "quantity": "1",
              "unit_price": "250.00", "amount": "250.00"} for n in range(90)]  # fmt: skip
    lines = [{"item": n + 1, "quantity": "1"} for n in range(90)]
    money = {"sub_total": "22500.00", "vat": "4050.00", "total": "26550.00"}
    changes = {"items": parts, "deliveries": [{**delivery, "lines": lines, **money}], **money}
    return order(number, **changes, delivery_type="package")


def stage(house: House, clock: Clock) -> None:
    """Seven records: 0 … 4 anchored in two batches, 5 and 6 signed and waiting. Entry 4 has an annex."""
    sealed(house, order(1), natural_order(2), fact("order.accepted", 1, mode="explicit"))
    clock.forward(hours=1)
    sealed(house, order(3), big_order(4))
    assert anchored(house) == 2
    clock.forward(hours=1)
    sealed(house, order(5), fact("order.accepted", 3, mode="explicit"))


@dataclass(frozen=True)
class Stolen:
    """One entry in the thief's hands: the record's bytes, the MAC that it cannot make, the vault's row,
    what was handed in."""

    record: bytes
    mac: bytes
    boxes: tuple[int, bytes] | None = None
    kept: tuple[bytes, bytes] | None = None

    def forged(self, change: Callable[[dict[str, Any]], Any]) -> Stolen:
        """The same entry with other content, in canonical bytes."""
        content = canonical.decode(self.record)
        change(content)
        return replace(self, record=canonical.encode(content))


class Thief:
    """Writes whatever it likes into one registry's databases."""

    def __init__(self, house: House) -> None:
        self.engine: Engine = database.connect(house.settings.database("database.url"))
        self.vault: Engine = database.connect(house.settings.database("vault.url"))
        self.house = house
        self.honest = house.journal.leaves(0, house.journal.size())

    def close(self) -> None:
        self.engine.dispose()
        self.vault.dispose()

    def set(
        self, table: Table, where: ColumnElement[bool] | bool, engine: Engine | None = None, **values: Any
    ) -> None:
        """UPDATE; at least one row changes."""
        with database.writing(engine or self.engine) as connection:
            chosen = update(table).values(**values)
            assert connection.execute(chosen if where is True else chosen.where(where)).rowcount  # type: ignore[arg-type]

    def remove(self, table: Table, where: ColumnElement[bool], engine: Engine | None = None) -> None:
        """DELETE; at least one row goes."""
        with database.writing(engine or self.engine) as connection:
            assert connection.execute(delete(table).where(where)).rowcount

    def put(self, table: Table, **values: Any) -> None:
        """INSERT of one row."""
        with database.writing(self.engine) as connection:
            connection.execute(insert(table).values(**values))

    def read(self, table: Table, where: ColumnElement[bool] | None = None) -> list[dict[str, Any]]:
        """Rows as dicts, in the order of the primary key."""
        chosen = select(table).order_by(*table.primary_key.columns)
        with database.reading(self.engine) as connection:
            rows = connection.execute(chosen if where is None else chosen.where(where)).mappings()
            return [dict(row) for row in rows]

    def steal(self) -> list[Stolen]:
        """Every entry in order."""
        boxes = {row["index"]: (row["key"], row["boxes"]) for row in self.read(disclosures)}
        kept = {row["entry"]: (row["body"], row["mac"]) for row in self.read(submissions)}
        return [
            Stolen(row["record"], row["mac"], boxes.get(row["index"]), kept.get(row["index"]))
            for row in self.read(entries)
        ]

    def rewrite(self, stolen: list[Stolen]) -> None:
        """Put these entries in the place of all, and derive everything again that has no key."""
        with database.writing(self.engine) as connection:
            for table in (entries, disclosures, submissions, tiles, *DERIVED):
                connection.execute(delete(table))
            parsed = [record.parse(one.record) for one in stolen]
            leaves = [leaf_hash(one.record) for one in stolen]
            frontier = Frontier()
            for place, (one, found, leaf) in enumerate(zip(stolen, parsed, leaves, strict=True)):
                frontier.append(leaf)
                row = (
                    place,
                    leaf,
                    one.record,
                    found.kind,
                    found.subject,
                    found.seq,
                    found.recorded_at,
                    one.mac,
                )
                database.insert_rows(connection, entries, [row])
                if one.boxes is not None:
                    database.insert_rows(connection, disclosures, [(place, *one.boxes)])
                if one.kept is not None:
                    database.insert_rows(connection, submissions, [(place, *one.kept)])
            for number in range(len(leaves) // 256):
                some = leaves[number * 256 : (number + 1) * 256]
                inner = Frontier()
                inner.extend(some)
                database.insert_rows(connection, tiles, [(0, number, inner.root(), b"".join(some))])
            head = {"size": len(stolen), "frontier": b"".join(frontier.hashes)}
            connection.execute(update(log).values(**head, recorded_at=parsed[-1].recorded_at))
            bodies = {row.sha256: bytes(row.body) for row in connection.execute(select(annexes))}
            _derive(connection, parsed, leaves, bodies)


def _derive(
    connection: Connection, parsed: Sequence[Record], leaves: Sequence[bytes], bodies: dict[str, bytes]
) -> None:
    """The derived rows of every subject whose records follow each other."""
    lives: dict[str, tuple[Any, int, int]] = {}
    broken: set[str] = set()
    parties: list[PartyRow] = []
    for place, (found, leaf) in enumerate(zip(parsed, leaves, strict=True)):
        before, first, _ = lives.get(found.subject, (None, place, place))
        try:
            given = [bodies[named.sha256] for named in record.annexes(found)]
            told = kinds.read(found.kind, record.effective_data(found, given))
            lives[found.subject] = (advance(before, found, told, leaf.hex()), first, place)
        except HuellaError:
            broken.add(found.subject)
            continue
        if found.kind in kinds.FIRST_OF_ORDER:
            parties += party_rows(told, place)
    whole = [(name, *each) for name, each in lives.items() if name not in broken]
    index.write_orders(
        connection, [order_rows(*each) for each in whole if isinstance(each[1], OrderLife)], []
    )
    index.write_parties(connection, parties)
    tenders.write(
        connection,
        [tenders.procedure_rows(*each) for each in whole if isinstance(each[1], ProcedureLife)],
        [tenders.offer_row(*each) for each in whole if isinstance(each[1], OfferLife)],
        [],
    )
    made = Tally()
    for _, life, first, _ in whole:
        if isinstance(life, OrderLife):
            made.change(None, life)
        else:
            made.begun(family_of(parsed[first].kind), parsed[first].recorded_at)
    figures.replace(connection, made)


def relink(stolen: list[Stolen]) -> list[Stolen]:
    """Number and chain every subject's records anew, as a careful forger does."""
    tails: dict[str, tuple[int, str]] = {}
    linked: list[Stolen] = []
    for one in stolen:
        content = canonical.decode(one.record)
        seq, prev = tails.get(content["subject"], (-1, None))
        now = one.forged(lambda c, s=seq, p=prev: c.update(seq=s + 1, prev=p))  # type: ignore[misc]
        tails[content["subject"]] = (seq + 1, leaf_hash(now.record).hex())
        linked.append(now)
    return linked


def findings(house: House, table: str, column: str | None = None, row: object = None) -> list[Finding]:
    """What a new audit finds at a place; the audit as a whole must not be clean."""
    report = audit(house)
    assert not report.clean
    assert report.exit_code == 1
    return [
        f for f in report.findings
        if f.table == table and column in (None, f.column) and (row is None or f.row == str(row))
    ]  # fmt: skip


def found(house: House, table: str, column: str, row: object = None) -> Finding:
    """The one finding at a place."""
    (one,) = findings(house, table, column, row)
    return one


def refuses(house: House, thief: Thief) -> None:
    """Neither sealing nor anchoring goes on behind the forgery, and none of its bytes reach the chain."""
    for attempt in (lambda: seal(house, [order(77)]), lambda: anchored(house)):
        with pytest.raises((SignerError, StoreError, LedgerRefused)):
            attempt()
    assert on_chain(house) == thief.honest[: len(on_chain(house))]


def on_chain(house: House) -> list[bytes]:
    """Every leaf that the chain holds."""
    leaves: list[bytes] = []
    for batch in batches(house):
        leaves += batch
    return leaves


def batches(house: House) -> Iterator[list[bytes]]:
    """The chain's batches from the first on."""
    at, size = 0, contract.head(house.ledger).size
    while at < size:
        batch = house.ledger.batch(at)
        assert batch is not None
        yield list(batch.leaves)
        at = batch.size
