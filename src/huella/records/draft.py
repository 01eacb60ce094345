"""Draft: a fact on its way to a record. It has no place in the log yet; `prepare` seals what the policy names.

draft (complete data) ─► check by kind ─► policy's pointers sealed ─► annexes split ─► Prepared ─► record bytes
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import msgspec
import orjson

from huella.errors import HuellaError, InputError
from huella.records import canonical, disclosure, kinds, offer_form, policy, record, rules
from huella.records.record import Act, Annex, FileRef, Record
from huella.records.rules import Warn

Given = TypeVar("Given")
Made = TypeVar("Made")

SUBJECT_LIMIT = 80
_NO_TIME = "1970-01-01T00:00:00.000Z"


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


_MEMBERS = frozenset(Draft.__struct_fields__)


def in_draft(field: str) -> str:
    """Where a fault is, as a pointer into the draft: the rules know its `data` alone and count there (`/`: all
    of it). A field without a slash, a column's name, stays."""
    if not field.startswith("/") or field.split("/", 2)[1] in _MEMBERS:
        return field
    return f"/data{field}".rstrip("/")


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was not taken: where, which field, why, and its content as read (may be personal: never logged)."""

    file: str
    row: int
    field: str
    reason: str
    content: str


class Prepared(msgspec.Struct, frozen=True, kw_only=True, gc=False, array_like=True):
    """A checked and sealed fact, as bytes, so that it passes between processes: `kept` is the public data in canonical
    form, without annexed members; `whole` the same with them, empty where there are none. `disclosures` are in the
    order of `sealed` (of an offer those that were given, then those sealed inside others)."""

    kind: str
    subject: str
    whole: bytes
    kept: bytes
    sealed: dict[str, str]
    disclosures: tuple[str, ...]
    annexes: tuple[bytes, ...]
    files: tuple[FileRef, ...]
    prev: str | None
    act: Act | None
    warnings: tuple[Warn, ...]
    row: int

    @property
    def data(self) -> dict[str, Any]:
        """The record's `data`: public and without annexed members."""
        data: dict[str, Any] = msgspec.json.decode(self.kept)
        return data

    @property
    def public(self) -> Any:
        """The typed public fact."""
        return kinds.read_bytes(self.kind, self.whole or self.kept)

    @property
    def complete(self) -> Any:
        """The typed complete fact."""
        public: dict[str, Any] = msgspec.json.decode(self.whole or self.kept)
        return kinds.read(self.kind, disclosure.apply(public, self.sealed, self.disclosures))


class Understood(NamedTuple):
    """A prepared fact and what it was understood as: the typed complete fact, sealed values included."""

    fact: Prepared
    complete: Any


class _Read(NamedTuple):
    """A draft in open form, read: its data in canonical form, the typed fact, what is odd about it."""

    draft: Draft
    given: bytes
    complete: Any
    warnings: tuple[Warn, ...] = ()


def prepare(draft: Draft, salt: Callable[[], bytes]) -> Prepared:
    """Check one draft and seal it. `salt` gives 16 fresh random bytes. Raises InputError with the field at fault."""
    (made,) = prepare_all([(draft, None)], salt)
    if isinstance(made, HuellaError):
        raise made
    return made.fact


def prepare_all(
    given: Iterable[tuple[Draft, bytes | None]], salt: Callable[[], bytes]
) -> list[Understood | HuellaError]:
    """The same for many drafts; what is refused has its error in its place. A draft's data may come beside it, in
    canonical form.

    Each step is taken for all of them before the next one: a processor does that in three quarters of the time.
    """
    read = [_attempt(_read, pair) for pair in given]
    checked = [_attempt(_check, each) if isinstance(each, _Read) else each for each in read]
    return [_attempt(_seal, (each, salt)) if isinstance(each, _Read) else each for each in checked]


def _attempt(step: Callable[[Given], Made], given: Given) -> Made | HuellaError:
    try:
        return step(given)
    except HuellaError as error:
        return error


def _read(pair: tuple[Draft, bytes | None]) -> _Read | Understood:
    draft, written = pair
    if not 0 < len(draft.subject) <= SUBJECT_LIMIT or not draft.subject.isascii():
        raise InputError("a subject is a number, an offer's code or `registry`", field="/subject")
    if draft.sealed or draft.act is not None or draft.annexes or draft.kind in offer_form.SEALED_KINDS:
        return _ready(
            draft if written is None else msgspec.structs.replace(draft, data=orjson.loads(written))
        )
    rules.check_files(draft.files)
    given = encode(draft.data) if written is None else written
    _check_texts(given)
    complete = kinds.read_bytes(draft.kind, given)
    understood = canonical.encode(complete)
    if understood != given:  # what is sealed is what was understood
        field = _difference(msgspec.json.decode(given), msgspec.json.decode(understood))
        raise InputError("a member is empty or not in its canonical form", field=field)
    return _Read(draft, given, complete)


def _check(read: _Read) -> _Read:
    warnings = kinds.find(read.draft.kind).check(read.complete, read.draft.subject)
    return read._replace(warnings=tuple(warnings)) if warnings else read


def _seal(step: tuple[_Read, Callable[[], bytes]]) -> Understood:
    (draft, given, complete, warnings), salt = step
    data = orjson.loads(given)  # a copy: what is sealed is taken out of it
    # in the pointers' order, which is the vault's
    sealed, texts = disclosure.take(sorted(policy.places(draft.kind, data), key=_pointer), salt)
    whole = canonical.encode_sorted(data) if sealed else given  # members went, their order stayed
    kept, annexes = _split(whole, sealed, draft.files)
    fact = Prepared(
        kind=draft.kind, subject=draft.subject, whole=whole if annexes else b"", kept=kept, sealed=sealed,
        disclosures=tuple(texts), annexes=annexes, files=draft.files, prev=draft.prev, act=None,
        warnings=warnings, row=draft.row,
    )  # fmt: skip
    return Understood(fact, complete)


_pointer = operator.itemgetter(0)


def _ready(draft: Draft) -> Understood:
    """A party's own sealed form: nothing of it may change, so it is only checked.

    Of an offer only the disclosure that ties it to its requirement must be given; others may.
    """
    annexes = tuple(text.encode() for text in draft.annexes)
    named = _named(annexes)
    kept = encode(draft.data)
    _check_texts(kept)
    place = (1, draft.prev) if draft.prev else (0, None)
    shell = record.parse(canonical.encode(_record(draft, kept, named, (_NO_TIME, ""), place)))
    public = record.effective_data(shell, annexes)
    opened = disclosure.apply(public, draft.sealed, draft.disclosures)
    ordered = _disclosures(draft, shell)
    complete = kinds.read(draft.kind, opened)
    warnings = kinds.find(draft.kind).check(complete, draft.subject)
    missing = set(policy.pointers(draft.kind, opened)) - set(draft.sealed)
    if missing:
        raise InputError("this field must be sealed", field=min(missing))
    kinds.read(draft.kind, public)
    whole = canonical.encode(public) if annexes else b""
    fact = Prepared(
        kind=draft.kind, subject=draft.subject, whole=whole, kept=kept, sealed=draft.sealed, disclosures=ordered,
        annexes=annexes, files=draft.files, prev=draft.prev, act=draft.act, warnings=tuple(warnings), row=draft.row,
    )  # fmt: skip
    return Understood(fact, complete)


def _disclosures(draft: Draft, shell: Record) -> tuple[str, ...]:
    """A sealed form's disclosures in the order of `sealed`, after them those that are sealed inside others."""
    texts = {disclosure.digest(text): text for text in draft.disclosures}
    if draft.kind in offer_form.SEALED_KINDS:
        offer_form.check_form(shell)
        if draft.sealed["/requirement"] not in texts:
            raise InputError("an offer comes with the disclosure of its /requirement", field="/disclosures")
    elif len(draft.disclosures) != len(draft.sealed) or set(texts) != set(draft.sealed.values()):
        raise InputError("every sealed field comes with its disclosure", field="/disclosures")
    first = [texts.pop(digest) for digest in draft.sealed.values() if digest in texts]
    return (*first, *texts.values())


def finish(prepared: Prepared, *, seq: int, prev: str | None, recorded_at: str, recorded_by: str) -> bytes:
    """The record's canonical bytes, once its place behind the subject's previous record is known."""
    made = _record(prepared, prepared.kept, _named(prepared.annexes), (recorded_at, recorded_by), (seq, prev))
    return check_size(canonical.encode(made))


def around(prepared: Prepared) -> tuple[bytes, bytes]:
    """What stands before and behind `recorded` in the bytes of an order's first record, sealed here: between them goes
    what only the head knows.

    A text's own quotes are escaped and the pointers of sealed members begin with a slash, so nothing behind those words
    looks like them.
    """
    made = _record(prepared, prepared.kept, _named(prepared.annexes), (_NO_TIME, ""))
    before, _, after = canonical.encode(made).rpartition(_UNTOLD)
    return before, after


def read_back(
    pieces: tuple[bytes, bytes], annexes: tuple[bytes, ...], warnings: tuple[Warn, ...]
) -> Prepared:
    """The fact that `around` made these pieces of, without its disclosures."""
    found = record.parse(_UNTOLD.join(pieces))
    whole = canonical.encode(record.effective_data(found, annexes)) if annexes else b""
    return Prepared(
        kind=found.kind, subject=found.subject, whole=whole, kept=canonical.encode(found.data),
        sealed=record.sealed(found), disclosures=(), annexes=annexes, files=record.files(found), prev=None, act=None,
        warnings=warnings, row=0,
    )  # fmt: skip


def recorded(at: str, by: str) -> bytes:
    """The members of a record that say when (UTC) and by whom it was made, as they stand in its bytes."""
    return canonical.encode({"recorded_at": at, "recorded_by": by})[1:-1]


def check_size(raw: bytes) -> bytes:
    """A record's bytes, unchanged. InputError where they are too many."""
    if len(raw) > record.MAX_RECORD:
        raise InputError(f"the record has {len(raw)} bytes, more than {record.MAX_RECORD}", field="/data")
    return raw


def _named(annexes: tuple[bytes, ...]) -> tuple[Annex, ...]:
    return tuple(Annex(hashlib.sha256(body).hexdigest(), len(body)) for body in annexes)


def _record(
    of: Draft | Prepared,
    kept: bytes,
    named: tuple[Annex, ...],
    recorded: tuple[str, str],
    place: tuple[int, str | None] = (0, None),
) -> Record:
    """A record to be encoded: its `data` are canonical bytes already. `recorded` is when and by whom."""
    data: Any = msgspec.Raw(kept)
    return Record(
        data=data, format=record.FORMAT, kind=of.kind, prev=place[1], recorded_at=recorded[0],
        recorded_by=recorded[1], seq=place[0], subject=of.subject, act=of.act or msgspec.UNSET,
        annexes=named or msgspec.UNSET, files=of.files or msgspec.UNSET, sealed=of.sealed or msgspec.UNSET,
    )  # fmt: skip


def encode(data: dict[str, Any]) -> bytes:
    """A draft's data in canonical form. InputError where it is no JSON."""
    try:
        return canonical.encode(data)
    except (TypeError, UnicodeEncodeError, RecursionError) as error:
        raise InputError(f"the data is no JSON that a record may hold: {error}", field="/data") from None


def _check_texts(raw: bytes) -> None:
    if b"\\u0000" in raw and "\0" in _texts(orjson.loads(raw)):
        raise InputError("a text holds the character NUL, which no database keeps", field="/data")


def _texts(value: Any) -> str:
    """All texts of a value, one after the other."""
    if isinstance(value, dict):
        return "".join(name + _texts(member) for name, member in value.items())
    if isinstance(value, list):
        return "".join(_texts(element) for element in value)
    return value if isinstance(value, str) else ""


def _split(
    whole: bytes, sealed: dict[str, str], files: tuple[FileRef, ...]
) -> tuple[bytes, tuple[bytes, ...]]:
    if (
        len(whole) < record.ANNEX_OVER // 2 and len(sealed) <= 64 and not files
    ):  # far below, however it is counted
        return whole, ()
    around = 700 + len(canonical.encode(sealed)) + 200 * len(files)
    if around + len(whole) <= record.ANNEX_OVER:
        return whole, ()
    kept, bodies = record.split(msgspec.json.decode(whole), max(0, record.ANNEX_OVER - around))
    return canonical.encode(kept), tuple(bodies)


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


_UNTOLD = recorded(_NO_TIME, "")
