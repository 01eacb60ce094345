"""The audit of some subjects at a time: columns, chains, derived rows and vault against their records.

All that it needs stands in the page, so that any process can do it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Table

from huella.errors import HuellaError, InputError, RuleError
from huella.flow.facts_audit import Facts, Law
from huella.flow.findings import At, Report
from huella.flow.lives import TIE, Life, advance, family_of
from huella.records import disclosure, kinds, record
from huella.records import draft as drafts
from huella.records.life import OrderLife
from huella.records.offer_form import SEALED_KINDS
from huella.records.procedure_life import ProcedureLife
from huella.records.record import Frame, Record, leaf_hash
from huella.store.derive import PartyRow, merge, order_rows, party_rows
from huella.store.journal import Entry
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
from huella.store.vault import opens, unbox

DERIVED = {
    orders: "number", items: "order", deliveries: "order",
    procedures: "number", claims: "requirement", closings: "requirement", offers: "code",
}  # fmt: skip
"""The tables derived subject by subject, each with the column that holds the subject."""
_COLUMNS = ("kind", "subject", "seq", "recorded_at")
_NO_BOX = (b"", b"")


class Page(msgspec.Struct, array_like=True, gc=False):
    """Some subjects as they stand in the database."""

    groups: list[list[Entry]]
    """Each one's entries by sequence."""
    stored: list[list[tuple[Any, ...]]]
    """The derived rows, in the order of DERIVED, as the driver gives them, amounts in hundredths."""
    boxes: dict[int, tuple[bytes, bytes]]
    """By entry: the disclosures' keys and their boxes; empty on a mirror, which has no vault."""
    annexes: dict[str, bytes]


class Told(NamedTuple):
    """What the records of a page make beyond it."""

    parties: dict[str, PartyRow]
    firsts: list[int]
    """The first entry of each order."""
    sealing: int
    """Entries that seal something."""
    disclosures: int
    assignments: dict[int, tuple[Any, ...]]
    accounts: dict[int, str]
    tally: Tally


class Subjects:
    """Derives a page again from its records and compares; `erased`: where an erasure is on record, by entry and
    pointer."""

    def __init__(self, page: Page, law: Law, erased: Mapping[tuple[int, str], int], report: Report) -> None:
        self._page = page
        self._mirror = law.mirror
        self._erased = erased
        self._report = report
        # not a method of its own: what holds itself lives until somebody collects, and the processes never do
        self._facts = Facts(law, functools.partial(_opened, page.boxes), report)
        self._expected: dict[Table, list[tuple[Any, ...]]] = {table: [] for table in DERIVED}
        self._sealed: list[tuple[int, dict[str, str], bool]] = []
        self._parties: dict[str, PartyRow] = {}
        self._last_of: dict[str, int] = {}
        self._firsts: list[int] = []
        self._tally = Tally()

    def check(self) -> Told:
        """Everything of the page, in order."""
        for group in self._page.groups:
            self._check_subject(group)
        for (table, wanted), stored in zip(self._expected.items(), self._page.stored, strict=True):
            self._compare(table, wanted, stored)
        opened = self._check_vault()
        facts = self._facts
        return Told(
            self._parties, self._firsts, len(self._sealed), opened, facts.assignments, facts.accounts, self._tally
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------- one subject

    def _check_subject(self, group: Sequence[Entry]) -> None:
        now: Life | None = None
        before: Entry | None = None
        readable = True
        for place, row in enumerate(group):
            read = self._parse(row)
            if read is None:
                readable = False
                continue
            found, _ = read
            self._check_columns(row, found, place, before)
            before = row
            sealed = record.sealed(found)
            if sealed and not self._mirror:  # a mirror holds no disclosures
                self._sealed.append((row.index, sealed, found.kind in SEALED_KINDS))
            if readable:
                readable, now = self._fold(row, read, (now, group[0].index))
        self._last_of[group[0].subject] = group[0].index
        if readable and now is not None:
            self._derive(now, group)

    def _derive(self, now: Life, group: Sequence[Entry]) -> None:
        """Add the rows and figures that a subject's life makes."""
        subject, first, last = group[0].subject, group[0].index, group[-1].index
        expected = self._expected
        if isinstance(now, OrderLife):
            made = order_rows(subject, now, first, last)
            expected[orders].append(made.order)
            expected[items] += made.items
            expected[deliveries] += made.deliveries
            self._tally.take(now, made)
            self._firsts.append(first)
            return
        self._tally.begun(family_of(group[0].kind), str(group[0].recorded_at))
        if isinstance(now, ProcedureLife):
            procedure = procedure_rows(subject, now, first, last)
            expected[procedures].append(procedure.procedure)
            expected[claims] += procedure.claims
            expected[closings] += procedure.closings
        else:
            expected[offers].append(offer_row(subject, now, first, last))

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

    def _check_columns(self, row: Entry, found: Frame, place: int, before: Entry | None) -> None:
        prev = leaf_hash(before.record).hex() if before is not None else None
        if (row.kind, row.subject, row.seq, row.recorded_at, place, prev) == (
            found.kind, found.subject, found.seq, found.recorded_at, found.seq, found.prev,
        ):  # fmt: skip
            return
        for column in _COLUMNS:
            if getattr(row, column) != getattr(found, column):
                self._report.add(
                    "tampered",
                    At("entries", row.index, column),
                    "the column is not what the record says",
                    sealed=getattr(found, column),
                    present=getattr(row, column),
                    entry=row.index,
                )
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
        self, row: Entry, read: tuple[Frame, Any], before: tuple[Life | None, int]
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
            tender = kinds.find(found.kind).family == kinds.PROCEDURE  # others do not look at their leaves
            after = advance(now, found, fact, leaf_hash(row.record).hex() if tender else "")
            self._facts.check(row, found, fact, (now, after), first)
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
            body = self._page.annexes.get(named.sha256)
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
            bodies.append(body)
        return bodies

    # ------------------------------------------------------------------------------------------------ derived tables

    def _compare(self, table: Table, wanted: list[tuple[Any, ...]], stored: list[tuple[Any, ...]]) -> None:
        names = [column.name for column in table.columns]
        places = [names.index(column.name) for column in table.primary_key.columns]
        if stored != wanted and stored != sorted(wanted, key=lambda row: [row[p] for p in places]):
            self._name_rows(table, places, wanted, stored)

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

    def _check_vault(self) -> int:
        """How many disclosures are here; the ordinary ones all at once, one by one where something does not fit."""
        ordinary: list[tuple[dict[str, str], bytes, bytes]] = []
        others: list[tuple[int, dict[str, str], bool]] = []
        for each in self._sealed:
            index, sealed, is_offer = each
            if is_offer or (self._erased and any((index, pointer) in self._erased for pointer in sealed)):
                others.append(each)
            else:
                ordinary.append((sealed, *self._page.boxes.get(index, _NO_BOX)))
        if not opens(ordinary):
            return sum(self._check_boxes(*each) for each in self._sealed)
        return sum(len(sealed) for sealed, _, _ in ordinary) + sum(
            self._check_boxes(*each) for each in others
        )

    def _check_boxes(self, index: int, sealed: dict[str, str], is_offer: bool) -> int:
        """How many disclosures are here: each opens to its digest, unless an erasure is on record."""
        opened = unbox(sealed, *self._page.boxes.get(index, _NO_BOX))
        # an offer's others are with the supplier and in its envelopes, never here
        here = [pointer for pointer in opened if not is_offer or pointer == TIE]
        for pointer in here:
            erased = self._erased.get((index, pointer))
            if opened[pointer] is not None and erased is not None:
                self._report.add(  # the record comes first: its destruction may be on the way
                    "tampered" if erased < self._report.anchored else "behind",
                    At("disclosures", index, pointer),
                    f"its erasure is on record at entry {erased}, and the key still opens it",
                    sealed=sealed[pointer],
                    entry=erased,
                )
            if opened[pointer] is None and erased is None:
                self._report.add(
                    "tampered",
                    At("disclosures", index, pointer),
                    "the disclosure is gone or changed, and no erasure is on record",
                    sealed=sealed[pointer],
                    entry=index,
                )
        return len(here)


def _opened(
    boxes: Mapping[int, tuple[bytes, bytes]], index: int, sealed: Mapping[str, str], pointer: str
) -> str | None:
    """A sealed value of one of a page's entries."""
    text = unbox(dict(sealed), *boxes.get(index, _NO_BOX)).get(pointer)
    return None if text is None else str(disclosure.parse(text).value)


def _rule(error: HuellaError) -> str:
    return f" (rule {error.rule})" if isinstance(error, RuleError) else ""


def _told(table: Table, row: Sequence[Any]) -> list[Any]:
    """A row as people read it: amounts with their decimals again."""
    cents = [isinstance(column.type, Cents) for column in table.columns]
    return [from_cents(v) if c and isinstance(v, int) else v for v, c in zip(row, cents, strict=True)]


def _shown(names: Sequence[str], row: Sequence[Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True) if value is not None)
