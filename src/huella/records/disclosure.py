"""Sealed fields: salted digests in the record, disclosures that open them (the form of SD-JWT, IETF).

A disclosure is `base64url(JSON array [salt, pointer, value])`; its digest is `base64url(SHA-256(disclosure))` over
the ASCII characters of the disclosure. The text is hashed as it stands and never serialised again.
"""

from __future__ import annotations

import base64
import functools
import re
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

import msgspec
import orjson

from huella.errors import InputError
from huella.records import canonical

SALT_BYTES = 16
_B64 = re.compile(r"[A-Za-z0-9_-]+\Z")
_URL = bytes.maketrans(b"+/", b"-_")
_INDEX = re.compile(r"(0|[1-9]\d{0,5})\Z", re.ASCII)


class Disclosure(msgspec.Struct, frozen=True):
    """What opens one sealed field: salt (base64url of 16 bytes), JSON pointer (relative to `data`), value."""

    salt: str
    pointer: str
    value: Any


def make(salt: bytes, pointer: str, value: Any) -> str:
    """The disclosure's text for a value, with 16 bytes of fresh randomness as salt."""
    return _make(salt, pointer, value).decode("ascii")


def _make(salt: bytes, pointer: str, value: Any) -> bytes:
    if len(salt) != SALT_BYTES:
        raise InputError(f"a salt has {SALT_BYTES} bytes", field=pointer)
    encoded = b2a_base64(salt, newline=False).translate(_URL, b"=")  # written out: five times a record
    whole = canonical.encode((encoded.decode(), pointer, value))
    return b2a_base64(whole, newline=False).translate(_URL, b"=")


def digest(text: str) -> str:
    """What stands in the record for a disclosure: base64url of SHA-256 over its ASCII characters."""
    if not text.isascii():
        raise InputError("a disclosure is base64url of a JSON array", field="/disclosures")
    return b64(sha256(text.encode("ascii")).digest())


def digests(texts: Sequence[bytes]) -> list[str]:
    """The same of many, given as bytes. InputError where one is not ASCII."""
    if not b"".join(texts).isascii():
        raise InputError("a disclosure is base64url of a JSON array", field="/disclosures")
    # with a zero behind it a digest is eleven groups of three bytes: then all are written at once, and each one's last
    # letter is that of the zero
    whole = b"".join([sha256(text).digest() + b"\0" for text in texts])
    written = b2a_base64(whole, newline=False).translate(_URL).decode()
    return [written[at : at + 43] for at in range(0, len(written), 44)]


def parse(text: str) -> Disclosure:
    """Read a disclosure. Raises InputError where it is not [salt, pointer, value] under the record rules."""
    try:
        raw = unb64(text)
        parts = orjson.loads(raw)
    except (ValueError, orjson.JSONDecodeError):
        raise InputError("a disclosure is base64url of a JSON array") from None
    if (
        not isinstance(parts, list)
        or len(parts) != 3
        or type(parts[0]) is not str
        or type(parts[1]) is not str
    ):
        raise InputError("a disclosure is [salt, pointer, value]")
    salt, pointer, value = parts
    if not _is_salt(salt):
        raise InputError("a disclosure's salt is 16 bytes in base64url", field=pointer)
    if canonical.encode(parts) != raw:
        raise InputError("a disclosure's JSON is canonical (no duplicate keys, no spaces)", field=pointer)
    canonical.check_values(value, pointer)
    return Disclosure(salt, pointer, value)


def seal(
    data: dict[str, Any], pointers: Iterable[str], salt: Callable[[], bytes]
) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """Replace the fields at `pointers`: (public data, pointer to digest, disclosures in the same order).

    A member is removed, an array element becomes null; the parent stays, even empty. The input is not changed.
    """
    public = _copy(data)
    sealed: dict[str, str] = {}
    texts: list[str] = []
    for pointer in pointers:
        parent, key = _locate(public, pointer)
        digests, made = take([(pointer, parent, key)], salt)
        sealed |= digests
        texts += made
    return public, sealed, texts


def take(
    places: Iterable[tuple[str, Any, Any]], salt: Callable[[], bytes]
) -> tuple[dict[str, str], list[str]]:
    """Seal values where they stand: pointer, parent (a dict or list, changed) and the key in it of each.

    Pointer to digest, and the disclosures in the same order.
    """
    sealed: dict[str, str] = {}
    texts: list[str] = []
    for pointer, parent, key in places:
        if type(parent) is dict:
            value = parent.pop(key)
        else:
            value, parent[key] = parent[key], None
        text = _make(salt(), pointer, value)
        hashed = b2a_base64(sha256(text).digest(), newline=False)
        sealed[pointer] = hashed.translate(_URL, b"=").decode()
        texts.append(text.decode())
    return sealed, texts


def apply(data: dict[str, Any], sealed: dict[str, str], texts: Iterable[str]) -> dict[str, Any]:
    """Public data with the disclosed values back in place; what is not disclosed stays away.

    Raises InputError where a disclosure's digest is not the one sealed at its pointer, a disclosure comes twice, or its
    place is taken. A value that holds `sealed` itself (recursive disclosure) is opened by disclosures whose pointers
    start at that object.
    """
    opened: dict[str, Any] = _copy(data)
    waiting: dict[str, str] = {}
    for text in texts:
        if not text.isascii() or digest(text) in waiting:
            raise InputError("a disclosure is ASCII and comes once")
        waiting[digest(text)] = text
    _open(opened, sealed, waiting)
    if waiting:
        pointer = parse(next(iter(waiting.values()))).pointer
        raise InputError("a disclosure matches no sealed field", field=pointer)
    return opened


def put(data: dict[str, Any], pointer: str, value: Any) -> None:
    """Set a value at the place of a sealed member, which is absent. InputError where there is no such place."""
    parent, key = _locate(data, pointer, absent=True)
    parent[key] = value


def _copy(data: dict[str, Any]) -> dict[str, Any]:
    """A copy that shares nothing with `data`; through JSON, which is several times as fast as copying objects."""
    copied: dict[str, Any] = orjson.loads(canonical.encode(data))
    return copied


def _open(target: dict[str, Any], sealed: dict[str, str], waiting: dict[str, str]) -> None:
    for pointer, wanted in sealed.items():
        text = waiting.pop(wanted, None) if isinstance(wanted, str) else None
        if text is None:
            continue
        found = parse(text)
        if found.pointer != pointer:
            raise InputError(f"the disclosure belongs to {found.pointer}", field=pointer)
        parent, key = _locate(target, pointer, absent=True)
        parent[key] = found.value
        inner = found.value.get("sealed") if isinstance(found.value, dict) else None
        if isinstance(inner, dict):
            _open(found.value, inner, waiting)


def _locate(root: Any, pointer: str, absent: bool = False) -> tuple[Any, Any]:
    """The parent of a JSON pointer (RFC 6901) and the key in it. `absent`: the place must be free."""
    *steps, last = _steps(pointer)
    here = root
    for step in steps:
        here = _step(here, step, pointer)
    if isinstance(here, list):
        position = _position(here, last, pointer)
        if absent and here[position] is not None:
            raise InputError("the sealed element is taken", field=pointer)
        return here, position
    if not isinstance(here, dict) or (last in here) == absent:
        raise InputError(
            "no such place" if not absent else "the sealed member's place is taken", field=pointer
        )
    return here, last


@functools.lru_cache(maxsize=4096)
def _steps(pointer: str) -> tuple[str, ...]:
    if not pointer.startswith("/"):
        raise InputError("a pointer starts with a slash", field=pointer)
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))


def _step(here: Any, step: str, pointer: str) -> Any:
    if isinstance(here, list):
        return here[_position(here, step, pointer)]
    if isinstance(here, dict) and step in here:
        return here[step]
    raise InputError("no such place", field=pointer)


def _position(here: list[Any], step: str, pointer: str) -> int:
    if not _INDEX.match(step) or int(step) >= len(here):
        raise InputError("no such array element", field=pointer)
    return int(step)


def _is_salt(text: str) -> bool:
    try:
        return len(unb64(text)) == SALT_BYTES
    except ValueError:
        return False


def b64(raw: bytes) -> str:
    """base64url without padding (RFC 4648, 5)."""
    return _b64(raw).decode("ascii")


def _b64(raw: bytes) -> bytes:
    return b2a_base64(raw, newline=False).translate(_URL, b"=")


def unb64(text: str) -> bytes:
    """Read base64url without padding; ValueError unless it is the one canonical spelling."""
    if not _B64.match(text):
        raise ValueError("not base64url")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(raw) != text:
        raise ValueError("not canonical base64url")
    return raw
