"""Draft: a fact on its way to a record. It has no place in the log yet; `prepare` seals what the policy names.

draft (complete data) ─► check by kind ─► policy's pointers sealed ─► annexes split ─► Prepared ─► record bytes
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from huella.errors import InputError
from huella.records import canonical, disclosure, kinds, policy, record
from huella.records.record import Act, Annex, FileRef, Record
from huella.records.rules import Warn

SUBJECT_LIMIT = 80


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A fact in our own input form (one JSON object a line), or as an importer made it.

    Open form: `data` complete, the registry seals. Ready form (made by the party itself): `data` public, with `sealed`,
    `disclosures`, `annexes` (exact text), `prev` and the party's `act`. `row` is its place in the source, from 1.
    """

    kind: str
    subject: str
    data: dict[str, Any]
    files: tuple[FileRef, ...] = ()
    sealed: dict[str, str] = {}
    disclosures: tuple[str, ...] = ()
    annexes: tuple[str, ...] = ()
    prev: str | None = None
    act: Act | None = None
    row: int = 0


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was not taken: where, which field, why, and its content as read (may be personal: never logged)."""

    file: str
    row: int
    field: str
    reason: str
    content: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked and sealed fact: `data` public and without annexed members, `public` the typed public fact,
    `complete` the typed complete fact, `disclosures` in the order of `sealed`."""

    kind: str
    subject: str
    data: dict[str, Any]
    sealed: dict[str, str]
    disclosures: tuple[str, ...]
    annexes: tuple[bytes, ...]
    files: tuple[FileRef, ...]
    prev: str | None
    act: Act | None
    public: Any
    complete: Any
    warnings: tuple[Warn, ...]
    row: int


def prepare(draft: Draft, salt: Callable[[], bytes]) -> Prepared:
    """Check one draft and seal it. `salt` gives 16 fresh random bytes. Raises InputError with the field at fault."""
    if not 0 < len(draft.subject) <= SUBJECT_LIMIT or not draft.subject.isascii():
        raise InputError("a subject is an order's number or `registry`", field="/subject")
    if draft.sealed or draft.act is not None or draft.annexes:
        return _ready(draft)
    given = _encode(draft.data)
    complete = kinds.read_bytes(draft.kind, given)
    warnings = kinds.find(draft.kind).check(complete, draft.subject)
    understood = canonical.encode(complete)
    if understood != given:  # what is sealed is what was understood
        field = _difference(draft.data, msgspec.json.decode(understood))
        raise InputError("a member is empty or not in its canonical form", field=field)
    data = draft.data
    pointers = policy.pointers(draft.kind, data)
    public, sealed, texts = (data, {}, []) if not pointers else disclosure.seal(data, pointers, salt)
    typed = complete if not pointers else kinds.read(draft.kind, public)
    kept, annexes = _split(public, sealed, draft.files)
    return Prepared(
        draft.kind, draft.subject, kept, sealed, tuple(texts), annexes, draft.files, draft.prev, None,
        typed, complete, tuple(warnings), draft.row,
    )  # fmt: skip


def _ready(draft: Draft) -> Prepared:
    """A party's own sealed form: nothing of it may change, so it is only checked."""
    annexes = tuple(text.encode() for text in draft.annexes)
    named = tuple(Annex(hashlib.sha256(body).hexdigest(), len(body)) for body in annexes)
    shell = _record(draft, named, seq=0, prev=None, recorded_at="1970-01-01T00:00:00.000Z", recorded_by="")
    record.parse(canonical.encode(shell))
    public = record.effective_data(shell, annexes)
    opened = disclosure.apply(public, draft.sealed, draft.disclosures)
    if len(draft.disclosures) != len(draft.sealed):
        raise InputError("every sealed field comes with its disclosure", field="/disclosures")
    complete = kinds.read(draft.kind, opened)
    warnings = kinds.find(draft.kind).check(complete, draft.subject)
    missing = set(policy.pointers(draft.kind, opened)) - set(draft.sealed)
    if missing:
        raise InputError("this field must be sealed", field=min(missing))
    texts = {disclosure.digest(text): text for text in draft.disclosures}
    ordered = tuple(texts[digest] for digest in draft.sealed.values())
    return Prepared(
        draft.kind, draft.subject, draft.data, draft.sealed, ordered, annexes, draft.files, draft.prev,
        draft.act, kinds.read(draft.kind, public), complete, tuple(warnings), draft.row,
    )  # fmt: skip


def finish(prepared: Prepared, *, seq: int, prev: str | None, recorded_at: str, recorded_by: str) -> bytes:
    """The record's canonical bytes, once its place behind the subject's previous record is known."""
    named = tuple(Annex(hashlib.sha256(body).hexdigest(), len(body)) for body in prepared.annexes)
    made = _record(prepared, named, seq=seq, prev=prev, recorded_at=recorded_at, recorded_by=recorded_by)
    raw = canonical.encode(made)
    if len(raw) > record.MAX_RECORD:
        raise InputError(f"the record has {len(raw)} bytes, more than {record.MAX_RECORD}", field="/data")
    return raw


def _record(
    of: Draft | Prepared, named: tuple[Annex, ...], *, seq: int, prev: str | None, recorded_at: str, recorded_by: str
) -> Record:  # fmt: skip
    return Record(
        data=of.data, format=record.FORMAT, kind=of.kind, prev=prev, recorded_at=recorded_at, recorded_by=recorded_by,
        seq=seq, subject=of.subject, act=of.act or msgspec.UNSET, annexes=named or msgspec.UNSET,
        files=of.files or msgspec.UNSET, sealed=of.sealed or msgspec.UNSET,
    )  # fmt: skip


def _encode(data: dict[str, Any]) -> bytes:
    try:
        return canonical.encode(data)
    except (TypeError, UnicodeEncodeError, RecursionError) as error:
        raise InputError(f"the data is no JSON that a record may hold: {error}", field="/data") from None


def _split(
    public: dict[str, Any], sealed: dict[str, str], files: tuple[FileRef, ...]
) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    around = 700 + len(canonical.encode(sealed)) + 200 * len(files)
    if around + len(canonical.encode(public)) <= record.ANNEX_OVER:
        return public, ()
    kept, bodies = record.split(public, max(0, record.ANNEX_OVER - around))
    return kept, tuple(bodies)


def _difference(given: Any, understood: Any, pointer: str = "") -> str:
    """The first place where the given data is not in the form that it was understood in."""
    if isinstance(given, dict) and isinstance(understood, dict):
        for name in given:
            if name not in understood or given[name] != understood[name]:
                return _difference(given[name], understood.get(name), f"{pointer}/{name}")
    if isinstance(given, list) and isinstance(understood, list):
        for position, (left, right) in enumerate(zip(given, understood, strict=False)):
            if left != right:
                return _difference(left, right, f"{pointer}/{position}")
    return pointer


def file_digest(body: bytes) -> str:
    """SHA-256 of a document's bytes, in hex."""
    return hashlib.sha256(body).hexdigest()
