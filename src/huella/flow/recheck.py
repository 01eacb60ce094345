"""The audit's second pass, subject by subject: columns, chains, tables, vault, documents against the records."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Table

from huella.errors import HuellaError, InputError, RuleError
from huella.flow.figures_audit import check_figures
from huella.flow.findings import At, Report
from huella.flow.house import House
from huella.flow.kept_audit import Kept
from huella.flow.lives import TIE, Life, advance, family_of
from huella.flow.opening import Opener, opening
from huella.flow.rights_audit import Known, Rights
from huella.records import draft as drafts
from huella.records import kinds, record
from huella.records.life import OrderLife
from huella.records.offer_form import SEALED_KINDS
from huella.records.procedure_life import ProcedureLife
from huella.records.record import Frame, Record, leaf_hash
from huella.store.derive import PartyRow, merge, order_rows, party_rows
from huella.store.journal import Entry
from huella.store.snapshot import Snapshot
from huella.store.tables import (
    Cents,
    claims,
    closings,
    deliveries,
    from_cents,
    items,
    offers,
    orders,
    procedures,
)
from huella.store.tally import Tally
from huella.store.tenders import offer_row, procedure_rows

CHUNK = 1_000
AHEAD = 2
"""Chunks of records whose disclosures are being opened while others are read."""
_KEYS = {
    orders: "number", items: "order", deliveries: "order",
    procedures: "number", claims: "requirement", closings: "requirement", offers: "code",
}  # fmt: skip
"""The tables derived subject by subject, each with the column that holds the subject."""

Rows = dict[Table, list[tuple[Any, ...]]]
Waiting = tuple[int, dict[str, str], bool]
"""An entry whose disclosures are to be opened: index, digests by pointer, whether it is an offer's."""


class Recheck:
    """Derives everything again from the records of one snapshot and compares."""

    def __init__(
        self, house: House, snapshot: Snapshot, report: Report, since: int, known: Known | None = None
    ) -> None:
        self._house = house
        self._snapshot = snapshot
        self._report = report
        self._since = since
        self._parties: dict[str, PartyRow] = {}
        self._last_of: dict[str, int] = {}
        self._firsts: list[int] = []
        self._sealing = 0
        self._opening: deque[tuple[list[Waiting], Future[list[list[str]]]]] = deque()
        self._known = known or Known()
        self._rights = Rights(house, snapshot, report, self._known)
        self._kept = Kept(house, snapshot, report)
        self._tally = Tally()

    def run(self) -> None:
        """Everything from entry `since` on; a full run (0) also finds rows that no record stands behind."""
        with opening(self._report.entries) as opener:
            self._check_subjects(opener, self._snapshot.subjects(self._since))
        if self._since == 0:
            self._rights.check_erasures(0)
            self._rights.compare()
            self._kept.check_parties(self._parties)
            self._kept.check_box_count(self._sealing)
            self._kept.check_documents()
            check_figures(self._snapshot, self._report, self._tally)

    def run_new(self) -> None:
        """Subjects with an entry from `since` on, and all that hangs on them; what is read does not grow with the
        register."""
        with opening(0) as opener:
            self._check_subjects(opener, self._snapshot.subjects(self._since))
        self._rights.check_erasures(self._since)
        self._kept.check_named(self._parties)
        self._rights.compare_orders(self._firsts, assigned=True)

    def run_some(self, over: str, most: int) -> str | None:
        """So many subjects behind one, with every derived row between, and all that hangs on them.

        Returns the last one, None where there are no more.
        """
        names = self._snapshot.names(over, most)
        last = names[-1] if len(names) == most else None
        with opening(0) as opener:
            self._check_subjects(opener, self._snapshot.groups(names), (over or None, last))
        self._kept.check_named(self._parties)
        self._rights.compare_orders(self._firsts)
        return last

    def _check_subjects(
        self,
        opener: Opener,
        groups: Iterable[list[Entry]],
        span: tuple[str | None, str | None] = (None, None),
    ) -> None:
        """Groups of entries, and the derived rows of all subjects behind the first of `span` up to the second."""
        expected: Rows = {table: [] for table in _KEYS}
        boxes: list[Waiting] = []
        before, end = span
        for group in groups:
            self._check_subject(group, expected, boxes)
            if len(self._last_of) >= CHUNK:
                last = group[0].subject
                self._compare(expected, before, last)
                before = last
            if len(boxes) >= CHUNK:
                self._open_boxes(boxes, opener)
                boxes = []
            if len(self._opening) > AHEAD:
                self._check_boxes(*self._opening.popleft())
        self._compare(expected, before, end)
        self._open_boxes(boxes, opener)
        for opened in self._opening:
            self._check_boxes(*opened)

    # ------------------------------------------------------------------------------------------------- one subject

    def _check_subject(
        self,
        group: Sequence[Entry],
        expected: Rows,
        boxes: list[Waiting],
    ) -> None:
        now: Life | None = None
        previous: bytes | None = None
        readable = True
        for place, row in enumerate(group):
            read = self._parse(row)
            if read is None:
                readable = False
                continue
            found, _ = read
            self._check_columns(row, found, place, previous)
            previous = leaf_hash(row.record)
            sealed = record.sealed(found)
            if sealed and not self._house.mirror:  # a mirror holds no disclosures
                boxes.append((row.index, sealed, found.kind in SEALED_KINDS))
                self._sealing += 1
            if readable:
                readable, now = self._fold(row, read, previous.hex(), (now, group[0].index))
        self._last_of[group[0].subject] = group[0].index
        if readable and now is not None:
            _derive(expected, now, group)
            if not isinstance(now, OrderLife):
                self._tally.begun(family_of(group[0].kind), str(group[0].recorded_at))
            else:
                self._tally.change(None, now)
                self._report.orders += 1
                self._firsts.append(group[0].index)

    def _parse(self, row: Entry) -> tuple[Frame, Any] | None:
        try:
            return kinds.read_record(row.record)
        except InputError as error:
            self._report.add(
                "tampered",
                At("entries", row.index, "record"),
                f"the bytes are no record: {error}",
                entry=row.index,
            )
            return None

    def _check_columns(self, row: Entry, found: Frame, place: int, previous: bytes | None) -> None:
        for column in ("kind", "subject", "seq", "recorded_at"):
            if getattr(row, column) != getattr(found, column):
                self._report.add(
                    "tampered",
                    At("entries", row.index, column),
                    "the column is not what the record says",
                    sealed=getattr(found, column),
                    present=getattr(row, column),
                    entry=row.index,
                )
        prev = previous.hex() if previous is not None else None
        if found.seq != place or found.prev != prev:
            self._report.add(
                "tampered",
                At("entries", row.index, "seq"),
                f"the chain of {row.subject} is broken: a record is missing, moved or replaced",
                sealed=f"{found.seq} after {found.prev}",
                present=f"{place} after {prev}",
                entry=row.index,
            )

    def _fold(
        self, row: Entry, read: tuple[Frame, Any], leaf: str, before: tuple[Life | None, int]
    ) -> tuple[bool, Life | None]:
        """The life after one more record, `before` the one until then and the subject's first entry; False where its
        data cannot be read or the rules do not allow it."""
        (found, fact), (now, first) = read, before
        try:
            if isinstance(found, Record):
                bodies = self._annexes(row, found)
                if bodies is None:
                    return False, now
                fact = kinds.read(found.kind, record.effective_data(found, bodies))
            if found.kind in kinds.FIRST_OF_ORDER:
                for party in party_rows(fact, row.index):
                    self._parties[party.ruc] = merge(self._parties.get(party.ruc), party)
            after = advance(now, found, fact, leaf)
            self._rights.check(row, found, fact, (now, after), first)
            return True, after
        except HuellaError as error:
            self._report.add_sealed(
                At("entries", row.index, "record"), f"{row.subject}: {error}{_rule(error)}", row.index
            )
            return False, now

    def _annexes(self, row: Entry, found: Record) -> list[bytes] | None:
        """The annexes' bytes, None where one is not what the record names."""
        bodies: list[bytes] = []
        for named in record.annexes(found):
            body = self._snapshot.annex(named.sha256)
            present = None if body is None else drafts.file_digest(body)
            if body is None or present != named.sha256:
                self._report.add(
                    "tampered",
                    At("annexes", named.sha256, "body"),
                    f"the annex of {row.subject} is gone or changed",
                    sealed=named.sha256,
                    present=present,
                    entry=row.index,
                )
                return None
            bodies.append(bytes(body))
        return bodies

    # ------------------------------------------------------------------------------------------------ derived tables

    def _compare(self, expected: Rows, over: str | None, upto: str | None) -> None:
        """The derived rows of one range of subjects; then forget them."""
        for table, key in _KEYS.items():
            key_columns = [column.name for column in table.primary_key.columns]
            names = [column.name for column in table.columns]
            places = [names.index(name) for name in key_columns]
            if self._since:
                stored = self._snapshot.rows_of(table, key, list(self._last_of))
            else:
                stored = self._snapshot.rows(table, key, over, upto)
            if stored != sorted(expected[table], key=lambda r, p=places: [r[n] for n in p]):  # type: ignore[misc]
                self._name_rows(table, places, expected[table], stored)
            expected[table].clear()
        self._last_of.clear()

    def _name_rows(
        self,
        table: Table,
        places: list[int],
        wanted: Iterable[tuple[Any, ...]],
        stored: Iterable[tuple[Any, ...]],
    ) -> None:
        names = [column.name for column in table.columns]
        before = {tuple(row[p] for p in places): row for row in wanted}
        now = {tuple(row[p] for p in places): row for row in stored}
        for key in sorted({*before, *now}, key=lambda key: [str(part) for part in key]):
            name = "/".join(str(part) for part in key)
            entry = self._last_of.get(str(key[0]))
            if key not in now:
                self._report.add(
                    "tampered",
                    At(table.name, name, "row"),
                    "the row is gone",
                    sealed=_shown(names, _told(table, before[key])),
                    entry=entry,
                )
            elif key not in before:
                self._report.add(
                    "tampered",
                    At(table.name, name, "row"),
                    "no record stands behind this row",
                    present=_shown(names, _told(table, now[key])),
                    entry=self._claimed(table, now[key]) if entry is None else entry,
                )
            else:
                for column, sealed, present in zip(
                    names, _told(table, before[key]), _told(table, now[key]), strict=True
                ):
                    if sealed != present:
                        self._report.add(
                            "tampered",
                            At(table.name, name, column),
                            "the row is not what the records say",
                            sealed=sealed,
                            present=present,
                            entry=entry,
                        )

    def _claimed(self, table: Table, row: tuple[Any, ...]) -> int:
        """The entry that a row without a record gives itself; the newest of all where it gives none that can be."""
        names = [column.name for column in table.columns]
        own = next((row[names.index(name)] for name in ("first_index", "entry") if name in names), None)
        newest = max(self._report.entries - 1, 0)
        return own if isinstance(own, int) and 0 <= own < newest else newest

    # ------------------------------------------------------------------------------------------------------- vault

    def _open_boxes(self, waiting: list[Waiting], opener: Opener) -> None:
        rows = self._snapshot.boxes([index for index, _, _ in waiting])
        keys = self._house.vault.keys([number for number, _ in rows.values()])
        found = [(sealed, *rows.get(index, (0, b""))) for index, sealed, _ in waiting]
        given = [(sealed, keys.get(number, b""), boxes) for sealed, number, boxes in found]
        self._opening.append((waiting, opener(given)))

    def _check_boxes(self, waiting: list[Waiting], opened: Future[list[list[str]]]) -> None:
        """Every sealed field's disclosure opens to its digest, unless an erasure is on record."""
        for (index, sealed, is_offer), shut in zip(waiting, opened.result(), strict=True):
            # an offer's others are with the supplier and in its envelopes, never here
            here = [pointer for pointer in sealed if not is_offer or pointer == TIE]
            self._report.disclosures += len(here)
            for pointer in here:
                erased = self._known.erased.get((index, pointer))
                if pointer not in shut and erased is not None:
                    self._report.add(  # the record comes first: its destruction may be on the way
                        "tampered" if erased < self._report.anchored else "behind",
                        At("disclosures", index, pointer),
                        f"its erasure is on record at entry {erased}, and the key still opens it",
                        sealed=sealed[pointer],
                        entry=erased,
                    )
                if pointer in shut and erased is None:
                    self._report.add(
                        "tampered",
                        At("disclosures", index, pointer),
                        "the disclosure is gone or changed, and no erasure is on record",
                        sealed=sealed[pointer],
                        entry=index,
                    )


def _rule(error: HuellaError) -> str:
    return f" (rule {error.rule})" if isinstance(error, RuleError) else ""


def _derive(expected: Rows, now: Life, group: Sequence[Entry]) -> None:
    """Add the rows that a subject's life makes."""
    subject, first, last = group[0].subject, group[0].index, group[-1].index
    if isinstance(now, OrderLife):
        made = order_rows(subject, now, first, last)
        expected[orders].append(made.order)
        expected[items] += made.items
        expected[deliveries] += made.deliveries
    elif isinstance(now, ProcedureLife):
        procedure = procedure_rows(subject, now, first, last)
        expected[procedures].append(procedure.procedure)
        expected[claims] += procedure.claims
        expected[closings] += procedure.closings
    else:
        expected[offers].append(offer_row(subject, now, first, last))


def _told(table: Table, row: Sequence[Any]) -> list[Any]:
    """A row as people read it: amounts with their decimals again."""
    cents = [isinstance(column.type, Cents) for column in table.columns]
    return [from_cents(v) if c and isinstance(v, int) else v for v, c in zip(row, cents, strict=True)]


def _shown(names: Sequence[str], row: Sequence[Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True) if value is not None)
