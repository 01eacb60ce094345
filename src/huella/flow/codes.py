"""Verification codes: what a paper's holder shows. Found by a keyed digest, never listed."""

from __future__ import annotations

from huella.documents import qr
from huella.errors import NotFound
from huella.flow.house import House
from huella.records import disclosure, record
from huella.store import codes


def order_of(house: House, typed: str) -> tuple[str, int]:
    """The order whose paper carries a code as a person typed it: its number, and the entry that names the paper.

    InputError for what cannot be a code; NotFound where no paper carries it.
    """
    code = qr.normalise(typed)
    index = codes.entry_of(house.engine, house.vault.blind(code))
    entry = None if index is None else house.journal.entry(index)
    if entry is None:
        raise NotFound(
            "no paper of this registry carries this code", field="code",
            advice="Compare it with the paper. If it stands there so, the paper is not from this registry.",
        )  # fmt: skip
    found = record.parse(entry.record)
    return (str(found.data["subject"]) if found.kind == "document.issued" else found.subject), entry.index


def reindex(house: House, first: int = 0) -> int:
    """Make the index of codes anew out of the vault, from an entry on; how many codes it found."""
    count, size, page = 0, house.journal.size(), 200
    for begin in range(first, size, page):
        rows = {
            entry.index: record.sealed(record.parse(entry.record))
            for entry in house.journal.entries(begin, min(begin + page, size))
            if b"/verification_code" in entry.record
        }
        opened = house.vault.open_many(rows)
        found = {
            house.vault.blind(str(disclosure.parse(texts["/verification_code"]).value)): index
            for index, texts in opened.items()
            if "/verification_code" in texts
        }
        codes.keep(house.engine, found)
        count += len(found)
    return count
