"""Foreign forms read into drafts, found out by content (docs/spec/kinds.md, Imported orders).

perucompras   the open-data CSV, one order a row          streams
portal        the portal's raw answer, one delivery a row
ocds          OCDS 1.1 packages, releases, records        streams as JSON Lines
jsonl         our own input form, one draft a line        streams
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from huella.errors import InputError
from huella.records.draft import Draft, Refusal
from huella.records.intake import jsonl, ocds, perucompras, portal
from huella.records.intake.source import Source

READERS = {"perucompras": perucompras.read, "portal": portal.read, "ocds": ocds.read, "jsonl": jsonl.read}
FORMS = ("auto", *READERS)


def read(file: BinaryIO, name: str, form: str = "auto") -> Iterator[Draft | Refusal]:
    """The facts of a file as `begin` gives them, without the form."""
    return begin(file, name, form)[1]


def begin(file: BinaryIO, name: str, form: str = "auto") -> tuple[str, Iterator[Draft | Refusal]]:
    """The form of a file, found out where it is `auto`, and the facts of it, in its order.

    A row that cannot be read comes as a Refusal and stops none of the others.

    `row` is what a person counts: lines from 1 with the heading as line 1 (perucompras, jsonl), deliveries from 1
    (portal; an order bears its first delivery's), contracts from 1 (ocds). `name` is for reports only.
    Raises InputError, at once or at the first element, where the form is unknown or the file as a whole is unreadable.
    A file without content has no facts in a form that was named; `auto` cannot tell what it should have been.
    """
    if form not in FORMS:
        raise InputError(f"unknown form {form[:40]!r}", field="form", advice=f"Known: {', '.join(FORMS)}.")
    source = Source(file, name)
    if not source.head.strip(b"\xef\xbb\xbf \t\r\n"):
        if form == "auto":
            raise InputError(f"{name} is empty", advice="It holds no order; was it fetched whole?")
        return form, iter(())
    found = recognise(source.head, name) if form == "auto" else form
    return found, READERS[found](source)


def recognise(head: bytes, name: str) -> str:
    """The form of a file by its first bytes. Raises InputError where it is none of them."""
    text = head.decode("utf-8", errors="ignore")
    wide = head.decode("latin-1")
    if portal.claims(text) or portal.claims(wide):
        return "portal"
    if perucompras.claims(text) or perucompras.claims(wide):
        return "perucompras"
    if jsonl.claims(head):
        return "jsonl"
    if ocds.claims(head):
        return "ocds"
    raise InputError(
        f"{name} has none of the known forms", field="form", advice=f"Known: {', '.join(READERS)}."
    )
