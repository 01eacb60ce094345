"""Check 4 for PDFs: whether what follows the original bytes leaves everything that the document shows as it
was.

The object graph that a reader reaches in the original is compared with the one it reaches in the whole
file. What may be added: signature fields without extent and their signatures, validation data (DSS),
attachments, metadata.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

MAX_STEPS = 2_000_000
MAX_ATTACHMENT = 16_777_216

_END = re.compile(rb"startxref[\r\n\t ]+(\d{1,15})[\r\n\t ]+%%EOF[\r\n\t ]*\Z")
# what the root may gain or change without showing anything else
_FREE_ROOT = {"/AcroForm", "/AF", "/DSS", "/Extensions", "/Metadata", "/Names", "/Perms", "/Version"}
_FREE_FORM = {"/Fields", "/SigFlags"}
# what a signature field without extent may hold: nothing that acts or draws elsewhere
_FIELD_KEYS = {
    "/AP", "/DA", "/F", "/FT", "/Ff", "/Lock", "/MK", "/P", "/Rect", "/SV", "/Subtype", "/T", "/TM", "/TU",
    "/Type", "/V",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changed` and `unreadable` name the place in the PDF's own words, behind its page: `p. 2 /Contents`."""

    status: Literal["unchanged", "changed", "unreadable"]
    place: str = ""


class _Changed(Exception):
    """Found a difference; the place is the message."""


class _Unreadable(Exception):
    """Cannot say; the reason is the message."""


def compare(document: bytes, size: int) -> Comparison:
    """Compare the first `size` bytes with the whole document. The caller has checked the digest of those
    bytes.

    A document that cannot be read strictly, without repair, is `unreadable`: neither altered nor intact.
    """
    if not document[size:].strip(b"\r\n\t \0"):
        return Comparison("unchanged")
    try:
        _check_ending(document, size)
        with _open(document[:size]) as original, _open(document) as whole:
            _Graphs().compare(original, whole)
    except _Changed as found:
        return Comparison("changed", str(found))
    except (_Unreadable, pikepdf.PdfError, ValueError, RecursionError) as error:
        return Comparison("unreadable", str(error) if isinstance(error, _Unreadable) else "PDF")
    return Comparison("unchanged")


def embedded(document: bytes) -> list[tuple[str, bytes]]:
    """The PDF's attachments of at most 16 MiB each, by name; empty where the PDF cannot be read or has none.

    Only attachments that are stored as they are or deflated are given.
    """
    found = []
    try:
        with _open(document) as pdf:
            for name, spec in sorted(
                _tree(pdf.Root.get("/Names", Dictionary()).get("/EmbeddedFiles")).items()
            ):
                body = _attachment(spec)
                if body is not None:
                    found.append((_file_name(spec, name), body))
    except (_Unreadable, pikepdf.PdfError, ValueError, RecursionError, AttributeError, TypeError):
        return found
    return found


def _open(raw: bytes) -> Pdf:
    pdf = pikepdf.open(BytesIO(raw), attempt_recovery=False, suppress_warnings=True)
    if pdf.is_encrypted:
        raise _Unreadable("Encrypt")
    return pdf


def _check_ending(document: bytes, size: int) -> None:
    """The last cross-reference must stand in what was added, or readers may not agree on what the file is."""
    end = _END.search(document, max(size, len(document) - 2048))
    if end is None or not size <= int(end[1]) < len(document):
        raise _Unreadable("startxref")


class _Graphs:
    """Two object graphs walked side by side; a pair of indirect objects is looked at once."""

    def __init__(self) -> None:
        self._seen: set[tuple[tuple[int, int], tuple[int, int]]] = set()
        self._waiting: list[tuple[Any, Any, str]] = []
        self._steps = 0
        self._pages: dict[tuple[int, int], str] = {}

    def compare(self, original: Pdf, whole: Pdf) -> None:
        """Raise _Changed at the first difference that is not an allowed addition."""
        before, after = original.Root, whole.Root
        self._pages = {page.obj.objgen: f"p. {number} " for number, page in enumerate(original.pages, 1)}
        for key in _keys(before) | _keys(after):
            if key not in _FREE_ROOT:
                self._waiting.append((before.get(key), after.get(key), key))
        self._names(before.get("/Names"), after.get("/Names"))
        self._form(before.get("/AcroForm"), after.get("/AcroForm"))
        self._kept(before.get("/AF"), after.get("/AF"), "/AF")
        self._run()

    def _run(self) -> None:
        while self._waiting:
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise _Unreadable("too many objects")
            self._pair(*self._waiting.pop())

    def _pair(self, before: Any, after: Any, place: str) -> None:
        if (
            isinstance(before, Object)
            and isinstance(after, Object)
            and before.is_indirect
            and after.is_indirect
        ):
            pair = (before.objgen, after.objgen)
            if pair in self._seen:
                return
            self._seen.add(pair)
        if isinstance(before, Stream) and isinstance(after, Stream):
            if before.read_raw_bytes() != after.read_raw_bytes():
                raise _Changed(place)
            self._members(before, after, place, free={"/Length"})
        elif isinstance(before, Dictionary) and isinstance(after, Dictionary):
            self._dictionary(before, after, place)
        elif isinstance(before, Array) and isinstance(after, Array):
            if len(before) != len(after):
                raise _Changed(place)
            self._waiting += [
                (a, b, f"{place}/{n}") for n, (a, b) in enumerate(zip(before, after, strict=True))
            ]
        elif type(before) is not type(after) or before != after:
            raise _Changed(place)

    def _dictionary(self, before: Dictionary, after: Dictionary, place: str) -> None:
        if before.get("/Type") == Name.Page:
            place = self._pages.get(before.objgen, place)
            self._annotations(before.get("/Annots"), after.get("/Annots"), f"{place}/Annots")
            self._members(before, after, place, free={"/Annots"})
        elif before.get("/FT") == Name.Sig:
            # signing an empty field sets its value; its look stays as it is unless it has no extent
            free = {"/V", "/AP", "/F", "/Lock", "/MK"} if _without_extent(before) else {"/V", "/Lock"}
            if "/V" in before:
                free = set()
            self._members(before, after, place, free)
        else:
            self._members(before, after, place, set())

    def _members(self, before: Any, after: Any, place: str, free: set[str]) -> None:
        for key in (_keys(before) | _keys(after)) - free:
            self._waiting.append((before.get(key), after.get(key), f"{_short(place)}{key}"))

    def _annotations(self, before: Any, after: Any, place: str) -> None:
        """The page's annotations are the same, but for signature fields without extent that were added."""
        old, new = _elements(before, place), _elements(after, place)
        if len(new) > len(old):
            kept = [item for item in new[len(old) :] if not _is_added_signature(item)]
            new = new[: len(old)] + kept
        if len(old) != len(new):
            raise _Changed(place)
        self._waiting += [(a, b, place) for a, b in zip(old, new, strict=True)]

    def _form(self, before: Any, after: Any) -> None:
        """The form's fields are kept; what is added are signature fields without extent."""
        place = "/AcroForm"
        if before is None and after is None:
            return
        if not isinstance(after, Dictionary) or not isinstance(before, Dictionary | None):
            raise _Changed(place)
        before = Dictionary() if before is None else before
        self._members(before, after, place, _FREE_FORM)
        old, new = _elements(before.get("/Fields"), place), _elements(after.get("/Fields"), place)
        if len(new) < len(old) or not all(_is_added_signature(item) for item in new[len(old) :]):
            raise _Changed(f"{place}/Fields")
        self._waiting += [(a, b, f"{place}/Fields") for a, b in zip(old, new, strict=False)]

    def _names(self, before: Any, after: Any) -> None:
        """Name trees are the same; attachments are kept and may be added to."""
        if before is None and after is None:
            return
        if not isinstance(after, Dictionary) or not isinstance(before, Dictionary | None):
            raise _Changed("/Names")
        before = Dictionary() if before is None else before
        self._members(before, after, "/Names", {"/EmbeddedFiles"})
        old, new = _tree(before.get("/EmbeddedFiles")), _tree(after.get("/EmbeddedFiles"))
        for name, spec in old.items():
            if name not in new:
                raise _Changed("/Names/EmbeddedFiles")
            self._waiting.append((spec, new[name], "/Names/EmbeddedFiles"))

    def _kept(self, before: Any, after: Any, place: str) -> None:
        """Every element of the first array stands in the second at the same place."""
        old, new = _elements(before, place), _elements(after, place)
        if len(new) < len(old):
            raise _Changed(place)
        self._waiting += [(a, b, place) for a, b in zip(old, new, strict=False)]


def _is_added_signature(field: Any) -> bool:
    """Whether an annotation or field is a signature field that shows nothing and does nothing."""
    return (
        isinstance(field, Dictionary)
        and field.get("/FT") == Name.Sig
        and field.get("/Subtype") in (None, Name.Widget)
        and _keys(field) <= _FIELD_KEYS
        and ("/Subtype" not in field or _without_extent(field))
    )


def _without_extent(field: Dictionary) -> bool:
    corners = field.get("/Rect")
    if not isinstance(corners, Array) or len(corners) != 4:
        return False
    left, bottom, right, top = corners
    return bool(left == right and bottom == top)


def _elements(value: Any, place: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, Array):
        raise _Unreadable(place)
    return list(value)


def _tree(node: Any) -> dict[str, Any]:
    """A name tree (ISO 32000-2, 7.9.6) as name to value; refuses one with a cycle or a name twice."""
    found: dict[str, Any] = {}
    waiting, steps = [node], 0
    while waiting:
        here = waiting.pop()
        steps += 1
        if here is None:
            continue
        if not isinstance(here, Dictionary) or steps > 10_000:
            raise _Unreadable("/EmbeddedFiles")
        waiting += _elements(here.get("/Kids"), "/EmbeddedFiles")
        pairs = _elements(here.get("/Names"), "/EmbeddedFiles")
        for name, value in zip(pairs[0::2], pairs[1::2], strict=True):
            if str(name) in found:
                raise _Unreadable("/EmbeddedFiles")
            found[str(name)] = value
    return found


def _attachment(spec: Any) -> bytes | None:
    """The bytes of a file specification's embedded file, None where it has none that can be read within
    bounds.
    """
    files = spec.get("/EF") if isinstance(spec, Dictionary) else None
    stream = files.get("/F", files.get("/UF")) if isinstance(files, Dictionary) else None
    if not isinstance(stream, Stream):
        return None
    filters = stream.get("/Filter")
    raw = stream.read_raw_bytes()
    if isinstance(filters, Array) and len(filters) <= 1:
        filters = filters[0] if len(filters) else None
    if filters is None:
        return raw if len(raw) <= MAX_ATTACHMENT else None
    if filters != Name.FlateDecode or "/DecodeParms" in stream:
        return None
    reader = zlib.decompressobj()
    try:
        body = reader.decompress(raw, MAX_ATTACHMENT)
    except zlib.error:
        return None
    return body if reader.eof else None


def _file_name(spec: Dictionary, fallback: str) -> str:
    return str(spec.get("/UF", spec.get("/F", fallback)))


def _keys(value: Any) -> set[str]:
    return set(value.keys())


def _short(place: str) -> str:
    """The first steps of a place: enough to find it, and no endless line for a deep one."""
    return place if len(place) < 120 else place[:117] + "..."
