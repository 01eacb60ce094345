"""Record: the bytes of one fact about one subject (docs/spec/record.md)."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from huella.errors import InputError
from huella.records import canonical

FORMAT = "huella/record/1"
MAX_RECORD = 65_535
"""The limit of an entry in C2SP tlog-tiles, in bytes."""
ANNEX_OVER = 32_000
"""A record longer than this moves its largest members to annexes, in bytes."""

_HEX_RE = re.compile(r"[0-9a-f]{64}\Z")
_DIGEST_RE = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z")
_DIGESTS_RE = re.compile(r"(?:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048](?:\n|\Z))*\Z")
_TIME_RE = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z\Z", re.ASCII)


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A party's own signature: `ed25519` or `es256`, base64url key and signature without padding."""

    alg: str
    key: str
    sig: str


class Annex(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What moved out of a record: canonical JSON, named by SHA-256 (hex) and size in bytes."""

    sha256: str
    size: int


class FileRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A document by its bytes. `name` is a fixed role such as `orden.pdf`, never a name given by a person."""

    media_type: str
    name: str
    sha256: str
    size: canonical.Integer


class Frame(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False, kw_only=True):
    """All of a record but its data. `prev` is the leaf hash (hex) of the subject's previous record, `recorded_at` is
    UTC."""

    format: str
    kind: str
    prev: str | None
    recorded_at: str
    recorded_by: str
    seq: int
    subject: str
    act: Act | msgspec.UnsetType = msgspec.UNSET
    annexes: tuple[Annex, ...] | msgspec.UnsetType = msgspec.UNSET
    files: tuple[FileRef, ...] | msgspec.UnsetType = msgspec.UNSET
    sealed: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class Record(Frame, frozen=True, forbid_unknown_fields=True, gc=False, kw_only=True):
    """One fact."""

    data: dict[str, Any]


class Unread(Frame, frozen=True, forbid_unknown_fields=True, gc=False, kw_only=True):
    """A record whose data is still bytes, which nobody has looked at."""

    data: msgspec.Raw


AnyFrame = TypeVar("AnyFrame", bound=Frame)


def with_data(shape: type[msgspec.Struct]) -> type[Any]:
    """The record whose data is a fact of one shape, to be read and written at once."""
    return msgspec.defstruct(
        f"{shape.__name__}Record", [("data", shape)], bases=(Frame,),
        frozen=True, forbid_unknown_fields=True, gc=False, kw_only=True,
    )  # fmt: skip


_unread = msgspec.json.Decoder(Unread)
_decoder = msgspec.json.Decoder(Record)


def leaf_hash(raw: bytes) -> bytes:
    """The record's leaf in the log: SHA-256(0x00 || record), 32 bytes (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + raw).digest()


def parse(raw: bytes) -> Record:
    """Read a record's bytes strictly. Raises InputError with the field where they are not a canonical record."""
    record = _decode(_decoder, raw)
    canonical.check_values(record.data)
    return _checked(record, raw)


def parse_unread(raw: bytes) -> Unread:
    """The same without the data: its bytes are a JSON object, and whoever reads it checks what is in it."""
    return _checked(_decode(_unread, raw), raw)


def _decode(decoder: msgspec.json.Decoder[AnyFrame], raw: bytes) -> AnyFrame:
    if len(raw) > MAX_RECORD:
        raise InputError(f"a record is at most {MAX_RECORD} bytes, this one has {len(raw)}")
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not a record: {error}") from None


def _checked(record: AnyFrame, raw: bytes) -> AnyFrame:
    if canonical.encode(record) != raw:
        raise InputError("the record is not in canonical form (RFC 8785)")
    check(record)
    return record


def check(record: Frame) -> None:
    """What the types leave open: InputError with the field that is not as a record's is. The data is left aside."""
    if record.format != FORMAT:
        raise InputError(f"unknown format {record.format!r}", field="/format")
    if not 0 <= record.seq <= canonical.MAX_INTEGER or (record.seq == 0) != (record.prev is None):
        raise InputError("seq counts from 0, and prev is null only with seq 0", field="/seq")
    _match(record.recorded_at, _TIME_RE, "/recorded_at")
    if record.prev is not None:
        _match(record.prev, _HEX_RE, "/prev")
    for name in ("annexes", "files", "sealed"):
        member = getattr(record, name)
        if member is not msgspec.UNSET and not member:
            raise InputError("a member without content is left out", field=f"/{name}")
    if record.annexes is not msgspec.UNSET or record.files is not msgspec.UNSET:
        _check_named((*annexes(record), *files(record)))
    if record.sealed is not msgspec.UNSET:
        _check_sealed(record.sealed)


def _check_named(everything: tuple[Annex | FileRef, ...]) -> None:
    for position, named in enumerate(everything):
        _match(named.sha256, _HEX_RE, f"/annexes or /files/{position}/sha256")
        if not 0 <= named.size <= canonical.MAX_INTEGER:
            raise InputError("a size is a count of bytes", field=f"/annexes or /files/{position}/size")


def _check_sealed(sealed_map: dict[str, str]) -> None:
    """Pointers are absolute, none is a prefix of another, digests are 32 bytes in base64url."""
    _check_pointers(tuple(sealed_map))
    # all at once where they are as they should be; as many lines as digests, so none holds a line end
    lines = "\n".join(sealed_map.values())
    if len(lines) == 44 * len(sealed_map) - 1 and _DIGESTS_RE.match(lines):
        return
    for pointer, value in sealed_map.items():
        _match(value, _DIGEST_RE, f"/sealed{pointer}")


@functools.lru_cache(maxsize=1_024)  # orders seal the same fields again and again
def _check_pointers(pointers: tuple[str, ...]) -> None:
    before = "\0"
    for pointer in sorted(p + "/" for p in pointers):
        if not pointer.startswith("/") or pointer == "//" or pointer.startswith(before):
            raise InputError(
                "no sealed pointer may be empty or a prefix of another", field=f"/sealed{pointer[:-1]}"
            )
        before = pointer


def annexes(record: Frame) -> tuple[Annex, ...]:
    """The record's annexes, empty where it has none."""
    return () if record.annexes is msgspec.UNSET else record.annexes


def files(record: Frame) -> tuple[FileRef, ...]:
    """The files that the record names in clear, empty where it has none."""
    return () if record.files is msgspec.UNSET else record.files


def sealed(record: Frame) -> dict[str, str]:
    """Pointer to digest (base64url) of each sealed field, empty where nothing is sealed."""
    return {} if record.sealed is msgspec.UNSET else record.sealed


def split(data: dict[str, Any], over: int) -> tuple[dict[str, Any], list[bytes]]:
    """Move the largest members of `data` to annexes until what stays is at most `over` bytes.

    An annex is the canonical JSON of `{"member": name, "value": …}`, `name` a member of `data`.
    """
    kept = dict(data)
    moved: list[bytes] = []
    sizes = {name: len(canonical.encode(value)) for name, value in data.items()}
    total = sum(sizes.values()) + sum(len(name) + 4 for name in sizes)
    for name in sorted(sizes, key=lambda n: (-sizes[n], n)):
        if total <= over:
            break
        moved.append(canonical.encode({"member": name, "value": kept.pop(name)}))
        total -= sizes[name]
    return kept, moved


def effective_data(record: Record, bodies: Sequence[bytes]) -> dict[str, Any]:
    """`data` with the annexes' members in place.

    `bodies` are the annexes' exact bytes in the record's order. Raises InputError where one is missing, has another
    digest or size, is not canonical, or names a member that stands in `data` already.
    """
    named = annexes(record)
    if not named:
        return record.data
    if len(bodies) != len(named):
        raise InputError(f"the record names {len(named)} annexes, {len(bodies)} were given", field="/annexes")
    data = dict(record.data)
    for position, (annex, body) in enumerate(zip(named, bodies, strict=True)):
        where = f"/annexes/{position}"
        if len(body) != annex.size or hashlib.sha256(body).hexdigest() != annex.sha256:
            raise InputError(
                "the annex's bytes do not have the digest and size that the record names", field=where
            )
        content = canonical.decode(body)
        if (
            not isinstance(content, dict)
            or set(content) != {"member", "value"}
            or type(content["member"]) is not str
        ):
            raise InputError("an annex holds `member` and `value` and nothing else", field=where)
        if content["member"] in data:
            raise InputError(
                f"the annex names {content['member']!r}, which stands in the record", field=where
            )
        data[content["member"]] = content["value"]
    return data


def _match(text: str, pattern: re.Pattern[str], field: str) -> None:
    if not pattern.match(text):
        raise InputError(f"{text[:80]!r} is not in the form that this field has", field=field)
