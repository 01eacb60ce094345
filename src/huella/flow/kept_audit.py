"""The audit of what is kept beside the records: parties, the vault's rows, documents. Whole, or a piece at a time."""

from __future__ import annotations

from collections.abc import Mapping

from huella.errors import InputError
from huella.flow.findings import At, Report
from huella.flow.house import House
from huella.records import disclosure, kinds, record
from huella.records import draft as drafts
from huella.records.record import Record
from huella.store.derive import PartyRow, party_rows
from huella.store.journal import Entry
from huella.store.snapshot import Snapshot
from huella.store.vault import unbox


class Kept:
    """Holds these tables of one snapshot against its records."""

    def __init__(self, house: House, snapshot: Snapshot, report: Report) -> None:
        self._house = house
        self._snapshot = snapshot
        self._report = report

    # ------------------------------------------------------------------------------------------------------ parties

    def check_parties(self, made: Mapping[str, PartyRow]) -> None:
        """Every party against those that the records of all orders make."""
        stored = {row.ruc: PartyRow(*tuple(row)) for row in self._snapshot.parties()}
        for ruc, row in stored.items():
            if ruc in made:
                self._compare(made[ruc], row)
            else:
                self._name_stray(row)
        for ruc in made.keys() - stored.keys():
            self._name_gone(made[ruc])

    def check_named(self, made: Mapping[str, PartyRow]) -> None:
        """The parties that some orders name: each is there, in the roles of these orders, and no older than they."""
        stored = {row.ruc: PartyRow(*row) for row in self._snapshot.parties_of(list(made))}
        for ruc, wanted in made.items():
            row = stored.get(ruc)
            if row is None:
                self._name_gone(wanted)
                continue
            newer = isinstance(row.last_index, int) and row.last_index > wanted.last_index
            roles = row.entity or wanted.entity, row.supplier or wanted.supplier
            last = (row.name, row.last_index) if newer else (wanted.name, wanted.last_index)
            self._compare(PartyRow(ruc, last[0], *roles, last[1]), row)

    def check_some_parties(self, over: str, most: int) -> str | None:
        """So many parties behind one: the order that each one's row goes back to names it so, and others have it in the
        roles that it shows. The last one; None where there are no more."""
        rows = [PartyRow(*row) for row in self._snapshot.some_parties(over, most)]
        for row in rows:
            told = self._told(row)
            if told is None:
                self._name_stray(row)
                continue
            held = self._snapshot.roles(row.ruc)
            self._compare(PartyRow(row.ruc, told.name, *held, told.last_index), row)
        return rows[-1].ruc if len(rows) == most else None

    def _told(self, row: PartyRow) -> PartyRow | None:
        """The party as the record says that its row names; None where that is no order, or one without this party."""
        index = row.last_index
        entries = self._snapshot.entries(index, index + 1) if isinstance(index, int) else []
        try:
            found = record.parse(entries[0].record) if entries else None
            if found is None or found.kind not in kinds.FIRST_OF_ORDER:
                return None
            bodies = [self._snapshot.annex(each.sha256) or b"" for each in record.annexes(found)]
            fact = kinds.read(found.kind, record.effective_data(found, bodies))
        except InputError:
            return None
        return next((party for party in party_rows(fact, index) if party.ruc == row.ruc), None)

    def _compare(self, wanted: PartyRow, stored: PartyRow) -> None:
        for column in ("name", "entity", "supplier", "last_index"):
            sealed, present = getattr(wanted, column), getattr(stored, column)
            if sealed != present:
                self._report.add(
                    "tampered", At("parties", stored.ruc, column), "the row is not what the records say",
                    sealed=sealed, present=present, entry=wanted.last_index,
                )  # fmt: skip

    def _name_stray(self, row: PartyRow) -> None:
        newest = max(self._report.entries - 1, 0)
        claimed = row.last_index if isinstance(row.last_index, int) else newest
        self._report.add(
            "tampered", At("parties", row.ruc, "row"), "no record names this party",
            present=row.name, entry=min(max(claimed, 0), newest),
        )  # fmt: skip

    def _name_gone(self, wanted: PartyRow) -> None:
        at = At("parties", wanted.ruc, "row")
        self._report.add("tampered", at, "the row is gone", sealed=wanted.name, entry=wanted.last_index)

    # -------------------------------------------------------------------------------------------- vault and documents

    def check_box_count(self, sealing: int) -> None:
        """As many rows in the vault as there are records that seal something."""
        present = self._snapshot.box_count()
        strays = self._stray_boxes(None, None) if present > sealing else []
        if strays:
            self._report.add(
                "tampered", At("disclosures", "*", "row"), "rows belong to no sealed record",
                sealed=sealing, present=present, entry=max(strays[0], 0),
            )  # fmt: skip

    def check_boxes(self, first: int | None, end: int | None) -> None:
        """The vault's rows from an index (None: below all) to before another: each is that of a record that seals."""
        for index in self._stray_boxes(first, end):
            at = At("disclosures", index, "row")
            newest = max(self._report.entries - 1, 0)
            self._report.add(
                "tampered", at, "rows belong to no sealed record", entry=min(max(index, 0), newest)
            )

    def _stray_boxes(self, first: int | None, end: int | None) -> list[int]:
        places = self._snapshot.box_places(first, end)
        return [index for index, raw in places if raw is None or not _seals(raw)]

    def check_documents(self, over: str = "", most: int | None = None) -> str | None:
        """So many documents behind one against their names and the entries that name them; the last one, None where
        there are no more."""
        count, last = 0, over
        for name, subject, entry, body in self._snapshot.documents(over, most):
            count, last = count + 1, name
            present = drafts.file_digest(body)
            if present != name:
                self._report.add(
                    "tampered", At("documents", name, "body"), f"the document of {subject} was changed",
                    sealed=name, present=present, entry=entry,
                )  # fmt: skip
            if not self._names(entry, subject, name):
                self._report.add(
                    "tampered",
                    At("documents", name, "row"),
                    f"entry {entry} does not name this document as one of {subject}",
                    present=name,
                    entry=max(entry, 0),
                )
        self._report.documents += count
        return last if count == most else None

    def _names(self, index: int, subject: str, digest: str) -> bool:
        """Whether the record at an index names a document of a subject, in clear or sealed (erased: maybe)."""
        rows = self._snapshot.entries(index, index + 1)
        found = _parsed(rows[0]) if rows else None
        if found is None or subject not in (found.subject, found.data.get("subject")):
            return False
        if any(file.sha256 == digest for file in record.files(found)):
            return True
        sealed = record.sealed(found)
        number, boxes = self._snapshot.boxes([index]).get(index, (0, b""))
        opened = unbox(sealed, self._house.vault.keys([number]).get(number, b""), boxes)
        named = [text for pointer, text in opened.items() if pointer.startswith("/documents/")]
        return any(text is None or disclosure.parse(text).value.get("sha256") == digest for text in named)


def _parsed(entry: Entry) -> Record | None:
    try:
        return record.parse(entry.record)
    except InputError:
        return None


def _seals(raw: bytes) -> bool:
    """Whether a record seals something; what cannot be read is named elsewhere."""
    try:
        return bool(record.sealed(record.parse(raw)))
    except InputError:
        return True
