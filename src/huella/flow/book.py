"""The books of hashes: everything anchored, a book a Lima day of block time, each naming the one before.

last book on record ─► what was anchored since, up to the end of a day that is over ─► pages ─► document.issued, once
─► anchored ─► evidence attached, signed

A book takes up where the one before ends, so that no anchored entry is in none of them or in two. A day of which
nothing was anchored, or nothing but the records of books, has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from huella.documents import book as pages
from huella.documents.attach import attach_evidence
from huella.documents.book import Before, Book, Line, Lot
from huella.errors import InputError, NotFound, StoreError
from huella.flow import authority
from huella.flow.house import House
from huella.flow.publish import evidence_of
from huella.flow.seal import Outcome, Sealed, decide
from huella.flow.sign import LogSigner
from huella.later import later
from huella.records import kinds, record
from huella.records.calendar import lima_day
from huella.records.draft import Draft, file_digest
from huella.records.identifiers import LIMA, parse_moment
from huella.records.record import FileRef, leaf_hash
from huella.store.anchors import FINAL, Batch
from huella.store.journal import Entry
from huella.store.papers import Papers

if TYPE_CHECKING:
    from huella.proof import paper
else:
    paper = later("huella.proof.paper")

KIND, ISSUED = "book", "document.issued"
FILE_NAME = "libro.pdf"
LIMIT = 10_000
"""About so many entries a volume (it ends with a batch); a day with more has several."""
GRACE = timedelta(hours=1)
"""So long after its end a day is waited for, unless a later batch is final: until then a block of it may turn up."""
_PAGE = 500


class Issued(NamedTuple):
    """A book on record: name, Lima day, volume, the entries that it shows, the entry that names it, its digest."""

    name: str
    day: date
    volume: int
    first: int
    size: int
    entry: int
    digest: str


class Volume(NamedTuple):
    """A book to be issued: its day, its place in it, and the batches that it shows."""

    day: date
    volume: int
    volumes: int
    lots: tuple[Batch, ...]

    @property
    def name(self) -> str:
        """Names of books sort as the books follow one another."""
        return f"libro-{self.day.isoformat()}-{self.volume:03}"


class Books:
    """The books on record, read from the log once and then only what is new; nothing is kept that the log does not
    tell."""

    def __init__(self) -> None:
        self._since = 0
        self._found: list[Issued] = []
        self._asked = 0

    def all(self, house: House) -> list[Issued]:
        """Every book on record, in order."""
        while True:
            rows = house.journal.of_kind(kinds.REGISTRY, ISSUED, self._since, _PAGE)
            self._found += [each for row in rows if (each := _issued(row)) is not None]
            if rows:
                self._since = rows[-1].index + 1
            if len(rows) < _PAGE:
                return self._found

    def last(self, house: House) -> Issued | None:
        """The newest book."""
        found = self.all(house)
        return found[-1] if found else None

    def due(self, house: House) -> Volume | None:
        """The next book to issue; None where no day is over of which something was anchored."""
        last = self.last(house)
        covered = 0 if last is None else last.size
        begun = _first_day(house, covered)
        if begun is None:
            return None
        day = begun if last is None else max(begun, last.day)
        end = datetime.combine(day + timedelta(days=1), time(), LIMA)
        if house.now() < end:
            return None
        lots, settled = _until(house, covered, end)
        if not settled and house.now() < end + GRACE:
            return None
        parts = _volumes(lots)
        before = last.volume if last is not None and last.day == day else 0
        return Volume(day, before + 1, before + len(parts), parts[0])

    def issue(self, house: House, volume: Volume) -> Outcome | None:
        """Put a book on record; None where another process did meanwhile. It is signed behind its anchor."""
        last, first = self.last(house), volume.lots[0].first
        if first != (0 if last is None else last.size):
            return None
        body = pages.render_book(
            compose(house, volume, last), _address(house, volume.name), _foot(house)
        )  # no lock is held while it is made
        shown = house.journal.entry(volume.lots[-1].size - 1)
        if shown is None:
            raise StoreError("the last entry of a final batch is missing")
        fact = {
            "document": KIND, "subject": volume.name, "of": shown.leaf.hex(), "first": first,
            "size": volume.lots[-1].size,
        }  # fmt: skip
        named = FileRef("application/pdf", FILE_NAME, file_digest(body), len(body))
        draft = Draft(kind=ISSUED, subject=kinds.REGISTRY, data=fact, files=(named,))

        def once() -> list[Draft]:
            return [draft] if self.last(house) == last else []

        outcomes = decide(house, once, {0: body})
        # committed: from here the book exists; whoever stops before the next line asks for its signature later
        self.ask(house)
        return outcomes[0] if outcomes else None

    def ask(self, house: House) -> None:
        """Every book into the outbox of signing that is not there yet, where papers are signed here."""
        known = self.all(house)
        if house.settings.text("signatures.key") == "none":
            return
        for each in known[self._asked :]:
            Papers(house.engine).ask(KIND, each.entry)
        self._asked = len(known)


def issue_due(house: House, books: Books) -> Iterator[tuple[str, Outcome]]:
    """Issue every book that is due, in order: name and outcome of each."""
    house.check_owner()
    books.ask(house)
    while (volume := books.due(house)) is not None:
        outcome = books.issue(house, volume)
        if outcome is not None:
            yield volume.name, outcome
            if not isinstance(outcome, Sealed):
                return


def of_day(house: House, day: date, volume: int = 1) -> Issued:
    """A day's book, issued now where nobody did. NotFound says why there is none."""
    house.check_owner()
    if house.now() < datetime.combine(day + timedelta(days=1), time(), LIMA):
        raise InputError("the book of a day is issued once the day is over in Lima", field="--day")
    books = Books()
    for _, outcome in issue_due(house, books):
        if not isinstance(outcome, Sealed):
            raise outcome
    found = [each for each in books.all(house) if each.day == day]
    if not found:
        raise NotFound(
            f"there is no book of {day}: nothing was anchored on that day, or nothing but the records of books",
            field="--day", advice="What was anchored is in the next book; each names the one before.",
        )  # fmt: skip
    if not 0 < volume <= len(found):
        raise NotFound(f"the book of {day} has {len(found)} volumes", field="--volume")
    return found[volume - 1]


def book_paper(house: House, index: int) -> bytes:
    """A book's bytes as they are on record, with the evidence of the entry that names them: before its signature.

    StoreError where they are gone and the log does not give them again.
    """
    entry = house.journal.entry(index)
    found = None if entry is None else _issued(entry)
    if entry is None or found is None:
        raise StoreError(f"entry {index} names no book")
    body = house.index.document(found.digest)
    if body is None or file_digest(body) != found.digest:
        body = again(house, found)
    made = parse_moment(entry.recorded_at, "/recorded_at")
    return attach_evidence(body, evidence_of(house, index).encode(), made)


def to_sign(house: House, index: int) -> bytes:
    """The same, for the outbox. StoreError where its pages do not say that the development authority signs it."""
    body = book_paper(house, index)
    told = next(json.loads(raw) for name, raw in paper.embedded(body) if name == pages.ATTACHED)
    if authority.notice(house.settings) not in ("", told["notice"]):
        raise StoreError(
            f"the pages of {told['name']} do not say that the development authority signs it",
            advice="Sign it with the key that signatures.key named when it was issued.",
        )
    return body


def again(house: House, found: Issued) -> bytes:
    """A book made anew from the log. StoreError where that gives other bytes than those on record."""
    known = Books().all(house)
    place = known.index(found)
    last = known[place - 1] if place else None
    count = sum(1 for each in known if each.day == found.day)
    volume = Volume(found.day, found.volume, count, tuple(_lots(house, found.first, found.size)))
    book, link = compose(house, volume, last), _address(house, found.name)
    for notice in dict.fromkeys((_foot(house), *authority.signed_feet(), "")):
        body = pages.render_book(book, link, notice)
        if file_digest(body) == found.digest:
            return body
    raise StoreError(
        f"the bytes of {found.name} are not kept here, and its pages made anew are not the same",
        advice="Ask whoever got it when it was issued for a copy; its digest is on record.",
    )


def compose(house: House, volume: Volume, last: Issued | None) -> Book:
    """What a book tells, out of the log. StoreError where an entry is not what was sealed."""
    first, size = volume.lots[0].first, volume.lots[-1].size
    return Book(
        name=volume.name, day=volume.day, volume=volume.volume, volumes=volume.volumes, operator=house.operator,
        origin=house.trust.origin, chain_id=house.ledger.chain_id,
        contract="0x" + house.trust.contract_at(size).hex(), attested=house.trust.consensus != "none",
        before=None if last is None else Before(last.name, last.digest, last.entry),
        checkpoint=volume.lots[-1].checkpoint, lots=tuple(_lot(batch) for batch in volume.lots),
        lines=tuple(_lines(house, first, size)),
    )  # fmt: skip


def _lines(house: House, first: int, size: int) -> Iterator[Line]:
    """The entries as the book shows them, each compared with what the signer signed for."""
    if not isinstance(house.signer, LogSigner):
        raise StoreError("the books are issued where the log is signed")
    for start in range(first, size, _PAGE):
        end = min(start + _PAGE, size)
        signed = house.signer.leaves(start, end)
        entries = house.journal.entries(start, end)
        for index, leaf, entry in zip(range(start, end), signed, entries, strict=True):
            if entry.index != index or leaf_hash(entry.record) != leaf:
                raise StoreError(f"entry {index} is not what was sealed: no book is issued over it")
            found = record.parse(entry.record)
            yield Line(index, found.kind, found.subject, leaf.hex(), len(record.sealed(found)))


def _lot(batch: Batch) -> Lot:
    if None in (batch.transaction, batch.block_number, batch.block_hash, batch.block_time):
        raise StoreError(f"the batch from entry {batch.first} is not final")
    return Lot(
        batch.first, batch.size, batch.root.hex(), batch.transaction or "", batch.block_number or 0,
        batch.block_hash or "", batch.block_time or 0,
    )  # fmt: skip


def _lots(house: House, first: int, size: int | None = None) -> Iterator[Batch]:
    """The final batches from an entry on, in order, up to the first that is not final (or to `size`)."""
    while size is None or first < size:
        found = house.anchors.after(first, _PAGE)
        for batch in found:
            if batch.state != FINAL or batch.first != first or (size is not None and batch.size > size):
                return
            yield batch
            first = batch.size
        if len(found) < _PAGE:
            return


def _day(batch: Batch) -> date:
    return lima_day(datetime.fromtimestamp(batch.block_time or 0, UTC))


def _first_day(house: House, covered: int) -> date | None:
    """The day of the first batch in no book that holds anything but the records of books."""
    for batch in _lots(house, covered):
        entries = house.journal.entries(batch.first, batch.size)
        if any(_issued(entry) is None for entry in entries):
            return _day(batch)
    return None


def _until(house: House, covered: int, end: datetime) -> tuple[list[Batch], bool]:
    """The batches of blocks before `end` that are in no book, and whether a later one is final already."""
    lots: list[Batch] = []
    for batch in _lots(house, covered):
        if (batch.block_time or 0) >= end.timestamp():
            return lots, True
        lots.append(batch)
    return lots, False


def _volumes(lots: list[Batch]) -> list[tuple[Batch, ...]]:
    """A day's batches in volumes of about LIMIT entries."""
    volumes: list[list[Batch]] = [[]]
    for batch in lots:
        full = volumes[-1] and batch.size - volumes[-1][0].first > LIMIT
        if full:
            volumes.append([])
        volumes[-1].append(batch)
    return [tuple(each) for each in volumes]


def _issued(entry: Entry) -> Issued | None:
    """The book that an entry puts on record; None where it is of anything else."""
    if entry.kind != ISSUED:
        return None
    found = record.parse(entry.record)
    data, named = found.data, record.files(found)
    name = data.get("subject", "")
    if data.get("document") != KIND or len(named) != 1:
        return None
    day, _, volume = name.removeprefix("libro-").rpartition("-")
    return Issued(
        name, date.fromisoformat(day), int(volume), data["first"], data["size"], entry.index, named[0].sha256
    )


def _address(house: House, name: str) -> str:
    return pages.address(house.settings.text("registry.address"), name)


def _foot(house: House) -> str:
    """What every page says of the signature that it is to have."""
    if house.settings.text("signatures.key") == "none":
        return ""
    return authority.notice(house.settings) or authority.SIGNED
