"""OCDS 1.1: orders from contracts, in release packages, record packages, single releases or records, lists of them,
and JSON Lines of any (docs/spec/kinds.md, Imported orders).

Of a record its compiled release is read, else its versioned release at its last values, else its releases in order.
Releases of one process inform each other inside one package; lines of JSON Lines stand alone, so that memory is flat.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from huella.errors import InputError
from huella.records.draft import Draft, Refusal
from huella.records.intake import contract
from huella.records.intake.source import Source

MAX_FILE = 512 * 1024 * 1024
MAX_LINE = 64 * 1024 * 1024
_MEMBERS = (
    b'"ocid"',
    b'"releases"',
    b'"records"',
    b'"compiledRelease"',
    b'"packages"',
    b'"publicationPolicy"',
)


@dataclass
class _Process:
    """What the releases of one process (ocid) have told so far; a contract may need an award told earlier."""

    parties: dict[str, Any] = field(default_factory=dict)
    awards: dict[str, Any] = field(default_factory=dict)
    contracts: dict[str, Any] = field(default_factory=dict)
    buyer: dict[str, Any] = field(default_factory=dict)
    related: list[Any] = field(default_factory=list)


@dataclass
class _Reader:
    """One file under way: `row` counts its contracts from 1."""

    file: str
    row: int = 0

    def refuse(self, error: InputError, content: Any) -> Refusal:
        """A refusal at the present row."""
        shown = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, default=str)
        return Refusal(
            file=self.file, row=self.row, field=error.field, reason=str(error), content=shown[:100_000]
        )

    def document(self, document: Any) -> Iterator[Draft | Refusal]:
        """The orders of one JSON document, whichever of the forms it has."""
        processes: dict[str, _Process] = {}
        for at, release in _releases(document, ""):
            if isinstance(release, InputError):
                self.row += 1
                yield self.refuse(release, "")
            else:
                yield from self.release(release, at, processes)

    def release(
        self, release: dict[str, Any], at: str, processes: dict[str, _Process]
    ) -> Iterator[Draft | Refusal]:
        """The orders of one release, which may lean on releases of the same process read before."""
        ocid = release.get("ocid")
        process = processes.setdefault(str(ocid), _Process())
        _learn(process, release)
        contracts = release.get("contracts", [])
        for position, given in enumerate(contracts if isinstance(contracts, list) else [contracts]):
            self.row += 1
            try:
                if not isinstance(ocid, str) or not ocid:
                    raise InputError("the release has no ocid", field=f"{at}/ocid")
                told = contract.Told(
                    ocid, release, process.parties, process.awards, process.buyer, process.related
                )
                merged = process.contracts.get(_id(given), given)
                subject, data = contract.order(merged, told, f"{at}/contracts/{position}")
                yield Draft(kind="order.imported", subject=subject, data=data, row=self.row)
            except InputError as error:
                yield self.refuse(error, given)


def claims(head: bytes) -> bool:
    """Whether the bytes begin JSON that names the members of OCDS."""
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return first[:1] in (b"{", b"[") and any(name in first for name in _MEMBERS)


def read(source: Source) -> Iterator[Draft | Refusal]:
    """Each contract of the file as an order. `row` counts contracts from 1 through the file.

    Raises InputError where a file that is one document is no JSON.
    """
    reader = _Reader(source.name)
    lines = source.lines(MAX_LINE)
    first = next(((number, raw) for number, raw in lines if raw.strip(b"\xef\xbb\xbf \t\r\n")), None)
    if first is None:
        return
    try:
        document = _parse(first[1])
    except InputError:
        yield from reader.document(_parse(_rest(first[1], lines)))
        return
    yield from reader.document(document)
    for number, raw in lines:
        if not raw.strip():
            continue
        try:
            if len(raw) > MAX_LINE:
                raise InputError(f"the line has more than {MAX_LINE} bytes")
            yield from reader.document(_parse(raw))
        except InputError as error:
            reader.row += 1
            fault = InputError(f"line {number}: {error}", field=error.field)
            yield reader.refuse(fault, raw.decode("utf-8", errors="replace"))


def _rest(first: bytes, lines: Iterator[tuple[int, bytes]]) -> bytes:
    parts, size = [first], len(first)
    for _, raw in lines:
        parts.append(raw)
        size += len(raw) + 1
        if size > MAX_FILE:
            raise InputError(f"the document has more than {MAX_FILE} bytes", advice="Split the package.")
    return b"\n".join(parts)


def _parse(raw: bytes) -> Any:
    """JSON with exact decimals. Line ends inside strings are taken, as publishers write them."""
    try:
        return json.loads(
            raw.decode("utf-8-sig"), strict=False, parse_float=Decimal, parse_constant=_no_constant
        )
    except UnicodeDecodeError:
        raise InputError("the document is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _releases(document: Any, at: str) -> Iterator[tuple[str, dict[str, Any] | InputError]]:
    """Each release of a document with its place, or what is wrong at that place."""
    if isinstance(document, list):
        for position, element in enumerate(document):
            yield from _releases(element, f"{at}/{position}")
    elif not isinstance(document, dict):
        yield at, InputError("neither a release, a record nor a package", field=at)
    elif holder := _holder(document):
        within = document[holder]
        yield from _releases(latest(within) if holder == "versionedRelease" else within, f"{at}/{holder}")
    elif set(document) <= {"url", "date", "tag"}:
        yield at, InputError("only a link to a release; give the release itself", field=at)
    elif "ocid" in document:
        yield at, document
    else:
        yield at, InputError("neither a release, a record nor a package", field=at)


def _holder(document: dict[str, Any]) -> str | None:
    """The member of a package or record that holds its releases."""
    package = [name for name in ("releases", "records") if name in document and "ocid" not in document]
    record = [name for name in ("compiledRelease", "versionedRelease", "releases") if document.get(name)]
    return next(iter((*package, *record)), None)


def latest(value: Any) -> Any:
    """A versioned release at its last values: each list of {releaseID, releaseDate, value} is its last value."""
    if isinstance(value, dict):
        return {name: latest(member) for name, member in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(v, dict) and "releaseID" in v and "value" in v for v in value):
            return max(value, key=lambda v: str(v.get("releaseDate", "")))["value"]
        return [latest(element) for element in value]
    return value


def _learn(process: _Process, release: dict[str, Any]) -> None:
    """Members with an id are merged over what earlier releases told of them: a later release need not repeat it."""
    for name in ("parties", "awards", "contracts"):
        known: dict[str, Any] = getattr(process, name)
        members = release.get(name)
        for member in members if isinstance(members, list) else []:
            if isinstance(member, dict) and "id" in member:
                merged = {**known.get(_id(member), {}), **member}
                known[_id(member)] = {key: value for key, value in merged.items() if value is not None}
    tender = release.get("tender")
    for given in (tender.get("procuringEntity") if isinstance(tender, dict) else None, release.get("buyer")):
        if isinstance(given, dict) and given:
            process.buyer = given
    related = release.get("relatedProcesses")
    if isinstance(related, list):
        process.related = related


def _id(member: Any) -> str:
    return str(member.get("id")) if isinstance(member, dict) else ""
