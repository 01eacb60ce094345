"""Checks 2 to 5: whether the file agrees with itself, from the record to the checkpoint's root."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from huella.errors import InputError
from huella.later import later
from huella.proof import merkle
from huella.proof.evidence import Evidence
from huella.proof.verdict import Check
from huella.records import act, disclosure, record
from huella.records.record import FileRef, Record

if TYPE_CHECKING:
    from huella.proof import paper
else:
    paper = later("huella.proof.paper")

PDF = "application/pdf"
_DOCUMENT = re.compile(r"/documents/(0|[1-9][0-9]{0,5})\Z")


@dataclass(frozen=True, slots=True)
class Read:
    """Check 2's outcome and what it read: the record and its data with annexes in place, None where it
    could not.
    """

    check: Check
    record: Record | None = None
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """Check 3's outcome and the data with what is disclosed, None where it does not hold."""

    check: Check
    data: dict[str, Any] | None = None


def check_record(evidence: Evidence) -> Read:
    """2: the record is canonical, its annexes have their digests and sizes, its act verifies."""
    try:
        found = record.parse(evidence.record)
        bodies = _annexes_in_order(found, evidence.annexes)
        if bodies is None:
            return Read(Check(2, "failed", "annex-changed"))
        if isinstance(found.act, record.Act) and not act.check(found):
            return Read(Check(2, "failed", "act-wrong"))
        if len(bodies) < len(record.annexes(found)):
            return Read(Check(2, "unknown", "annex-absent"), found)
        return Read(Check(2, "passed"), found, record.effective_data(found, bodies))
    except InputError as error:
        return Read(Check(2, "failed", "record-form", (_place(error),)))


def check_disclosures(evidence: Evidence, read: Read) -> Opened:
    """3: each disclosure is sealed at its pointer; an act inside the disclosed bidder verifies."""
    if not evidence.disclosures:
        return Opened(Check(3, "not asked", "none-disclosed"), read.data)
    if read.record is None:
        return Opened(Check(3, "unknown", "not-reached"))
    if read.data is None:
        return Opened(Check(3, "unknown", "annex-absent"))
    try:
        opened = disclosure.apply(read.data, record.sealed(read.record), evidence.disclosures)
        bidder = opened.get("bidder") if "/bidder" in record.sealed(read.record) else None
        if isinstance(bidder, dict) and "act" in bidder and not act.check_bidder(read.record, bidder):
            return Opened(Check(3, "failed", "bidder-act-wrong"))
    except InputError as error:
        return Opened(Check(3, "failed", "disclosure-wrong", (_place(error),)))
    except (TypeError, UnicodeEncodeError, RecursionError):
        # a sealed value can hold anything under `sealed`, and a disclosure can be any text
        return Opened(Check(3, "failed", "disclosure-wrong", ("",)))
    return Opened(Check(3, "passed"), opened)


def check_document(document: bytes | None, read: Read, opened: Opened) -> Check:
    """4: the document is one of the record's files, or begins with one and only signatures or attachments
    follow.
    """
    if document is None:
        return Check(4, "not asked", "no-document")
    if read.record is None:
        return Check(4, "unknown", "not-reached")
    disclosed, hidden = _documents(read.record, opened.data)
    files = (*record.files(read.record), *disclosed)
    if not files:  # a sealed document that is not disclosed may be this one, or not
        return Check(4, "unknown", "document-sealed") if hidden else Check(4, "not asked", "no-files")
    digest = sha256(document).hexdigest()
    if any(named.size == len(document) and named.sha256 == digest for named in files):
        return Check(4, "passed", "document-whole")
    # the longest first: a file may itself be an earlier one with signatures after it
    for named in sorted(files, key=lambda named: -named.size):
        if 0 < named.size < len(document) and sha256(document[: named.size]).hexdigest() == named.sha256:
            return _check_tail(document, named)
    if hidden:
        return Check(4, "unknown", "document-sealed")
    return Check(4, "failed", "document-other")


def check_inclusion(evidence: Evidence) -> Check:
    """5: the audit path leads from the record's leaf hash to the checkpoint's root."""
    proof, head = evidence.proof, evidence.proof.checkpoint
    leaf = merkle.leaf_hash(evidence.record)
    if merkle.verify_inclusion(leaf, proof.index, head.size, proof.path, head.root):
        return Check(5, "passed")
    return Check(5, "failed", "inclusion-wrong")


def _check_tail(document: bytes, named: FileRef) -> Check:
    if named.media_type != PDF:
        return Check(4, "failed", "document-other")
    found = paper.compare(document, named.size)
    if found.status == "unchanged":
        return Check(4, "passed", "document-added")
    if found.status == "changed":
        return Check(4, "failed", "document-changed", (found.place,))
    return Check(4, "unknown", "document-unread", (found.place,))


def _annexes_in_order(found: Record, given: Sequence[bytes]) -> list[bytes] | None:
    """The given annexes in the record's order; None where one given is not named by the record."""
    by_name = {(sha256(body).hexdigest(), len(body)): body for body in given}
    named = [(annex.sha256, annex.size) for annex in record.annexes(found)]
    if not set(by_name) <= set(named):
        return None
    return [by_name[name] for name in named if name in by_name]


def _documents(found: Record, data: dict[str, Any] | None) -> tuple[list[FileRef], bool]:
    """The documents sealed at /documents/N that are disclosed, and whether others are not."""
    positions = [match[1] for match in map(_DOCUMENT.match, record.sealed(found)) if match]
    documents = (data or {}).get("documents")
    if not isinstance(documents, list):
        return [], bool(positions)
    values = [documents[int(position)] for position in positions if int(position) < len(documents)]
    disclosed = []
    for value in values:
        try:
            disclosed.append(msgspec.convert(value, FileRef, strict=True))
        except msgspec.ValidationError:
            continue
    return disclosed, None in values or len(values) < len(positions)


def _place(error: InputError) -> str:
    """Where an input error lies. Its message may quote a value, so only the place is told."""
    return error.field or type(error).code
