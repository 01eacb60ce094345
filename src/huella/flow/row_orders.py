"""A watched table that holds orders: each row becomes an order besides (`order.imported`), its PDF by digest."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from huella.errors import HuellaError, InputError, RuleError
from huella.flow.capture import Capture
from huella.flow.house import House
from huella.flow.paper import seal_orders
from huella.flow.rows import PAGE, Version
from huella.flow.seal import IMPORTED, KNOWN
from huella.records.draft import Draft
from huella.records.identifiers import moment
from huella.records.rows import NULL, prefix_of
from huella.sources.plan import Orders
from huella.sources.values import binary
from huella.store.journal import Entry

SOURCE = "watch"
PIECE = 200
"""Orders that are sealed at a time: their PDFs are in memory until then."""


class OrderMap:
    """The tables of a plan that are mapped to orders. What cannot be registered, or stamped, is kept in `refused`, by
    subject."""

    def __init__(self, house: House, capture: Capture) -> None:
        self._house = house
        self._capture = capture
        self._done: dict[str, int] = {}
        self._moved = False
        """Whether an order was given another record between the look at its past and its sealing: it is due again."""
        self.refused: dict[str, str] = {}

    def follow(self) -> int:
        """Register what was sealed of mapped tables and is not registered yet; how many records. Raises what the source
        raises, where it is asked for a PDF: the next call begins there again."""
        made = 0
        for name, table in self._capture.plan.tables.items():
            size = self._house.journal.size() if table.orders is not None else 0
            if table.orders is None or self._done.get(name) == size or name in self._capture.aside:
                continue
            with self._capture.reading(name):
                self._moved = False
                made += self._table(name, table.orders)
                if not self._moved:
                    self._done[name] = size
        return made

    def _table(self, name: str, columns: Orders) -> int:
        drafts: list[tuple[str, Draft]] = []
        papers: dict[str, bytes] = {}
        done = 0
        for subject, last in self._versions(name):
            if last.gone or last.notes:
                continue  # what was not left as it should be is told by the report, never registered
            try:
                draft = order_of(columns, last)
            except InputError as error:
                self.refused[subject] = str(error)
                continue
            entries = self._house.journal.of_subject(draft.subject)
            if not entries and columns.stamp:
                draft = self._stamped(name, columns, last, (subject, draft), papers)
            if not self._is_told(draft, entries):
                prev = entries[-1].leaf.hex() if entries else None
                drafts.append((subject, msgspec.structs.replace(draft, prev=prev)))
            if len(drafts) >= PIECE:
                done += self._seal(drafts, papers)
        return done + self._seal(drafts, papers)

    def _seal(self, drafts: list[tuple[str, Draft]], papers: dict[str, bytes]) -> int:
        """Seal what waits, by its row, and let it go."""
        outcomes = seal_orders(self._house, [draft for _, draft in drafts], stamped=papers) if drafts else []
        for (subject, draft), outcome in zip(drafts, outcomes, strict=True):
            if isinstance(outcome, RuleError) and outcome.rule == KNOWN:
                self._moved = True
            elif isinstance(outcome, HuellaError):
                self.refused.pop(subject, None)  # one reason is enough
                self.refused[f"{subject} ({draft.subject})"] = str(outcome)
        drafts.clear()
        papers.clear()
        return sum(1 for outcome in outcomes if not isinstance(outcome, HuellaError))

    def _versions(self, name: str) -> Iterator[tuple[str, Version]]:
        """Rows of a table with their newest version: all of them at first, then those that the log has grown by."""
        since, rows = self._done.get(name), self._capture.rows
        if since is None:
            yield from ((subject, versions[-1]) for subject, versions in rows.all_histories(name))
            return
        start, size = prefix_of(self._capture.plan.name, name), self._house.journal.size()
        for at in range(since, size, PAGE):
            entries = self._house.journal.entries(at, min(at + PAGE, size))
            yield from rows.latest([e.subject for e in entries if e.subject.startswith(start)]).items()

    def _stamped(
        self, name: str, columns: Orders, last: Version, given: tuple[str, Draft], papers: dict[str, bytes]
    ) -> Draft:
        """The draft that will name the row's PDF with QR and code, which is put into `papers`; as it was where it
        cannot be stamped."""
        subject, draft = given
        table = self._capture.plan.tables[name]
        body = self._capture.source.rows.body(name, table, [last.values[c] for c in table.key], columns.pdf)
        if body is None or binary(body) != last.values.get(columns.pdf):
            return draft  # none, or another one by now: its own version tells of it
        try:
            # PDFium comes with it: who only reads findings does not wait for that
            stamping = importlib.import_module("huella.flow.stamping")
            papers[draft.subject] = stamping.stamped_for(self._house, body, draft.subject)
        except InputError as error:
            self.refused[subject] = str(error)
            return draft
        return msgspec.structs.replace(draft, data={k: v for k, v in draft.data.items() if k != "documents"})

    @staticmethod
    def _is_told(draft: Draft, entries: Sequence[Entry]) -> bool:
        """Whether an order's records tell this version of its row already; what else happened to it since is no
        matter."""
        reference = f'"reference":"{draft.data["origin"]["reference"]}"'.encode()
        return any(entry.kind == IMPORTED and reference in entry.record for entry in entries)


def order_of(columns: Orders, version: Version) -> Draft:
    """An order as a row tells it. InputError where the row lacks what an order needs."""

    def text(column: str) -> str | None:
        value = version.values.get(column, NULL) if column else NULL
        return None if value == NULL else value.partition(":")[2].strip() or None

    number = text(columns.number)
    if number is None:
        raise InputError("the row has no order's number", field=columns.number)
    total = _money(text(columns.total), columns.total)
    sub_total = _money(text(columns.sub_total), columns.sub_total) if columns.sub_total else total
    vat = _money(text(columns.vat), columns.vat) if columns.vat else total - sub_total
    data: dict[str, Any] = {
        "entity": _party(text(columns.entity_ruc), text(columns.entity_name)),
        "supplier": _party(text(columns.supplier_ruc), text(columns.supplier_name)),
        "currency": text(columns.currency) or "PEN",
        "sub_total": f"{sub_total:.2f}", "vat": f"{vat:.2f}", "total": f"{total:.2f}",
        "origin": {"source": SOURCE, "state": text(columns.state) or "PUBLICADA", "reference": version.leaf.hex(),
                   "extracted_at": version.recorded_at},
    }  # fmt: skip
    for member in ("published_at", "accepted_at"):
        value = version.values.get(getattr(columns, member), NULL)
        if value != NULL:
            data[member] = _moment(value)
    pdf = version.values.get(columns.pdf, NULL) if columns.pdf else NULL
    if pdf.startswith("bin:"):
        _, sha256, size = pdf.split(":")
        data["documents"] = [
            {"media_type": "application/pdf", "name": "orden.pdf", "sha256": sha256, "size": int(size)}
        ]
    return Draft(kind=IMPORTED, subject=number, data=data)


def _party(ruc: str | None, name: str | None) -> dict[str, str]:
    given = {"name": name, "ruc": ruc}
    return {member: value for member, value in given.items() if value is not None}


def _money(text: str | None, column: str) -> Decimal:
    try:
        return Decimal(text or "").quantize(Decimal("0.01"))
    except InvalidOperation:
        raise InputError("no amount stands there", field=column) from None


def _moment(value: str) -> str:
    """A moment of the source in UTC; one without zone is taken as UTC, as the session that read it."""
    found = datetime.fromisoformat(value.partition(":")[2])
    return moment(found if found.tzinfo else found.replace(tzinfo=UTC))
