"""Strict reading of the JSON files around a proof: evidence, trust, fork proof.

Members that a reader does not know are ignored, everything else is held to its form. Numbers are read as
IEEE 754 doubles and must be integers of at most 2**53 - 1, so that every JSON reader sees the same number.
"""

from __future__ import annotations

import json
import re
from typing import Any

from huella.errors import ProofError

MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1

_SURROGATE = re.compile("[\ud800-\udfff]")
_HEX = re.compile(r"[0-9a-f]*\Z")


def read_object(raw: bytes, limit: int, what: str) -> dict[str, Any]:
    """Read one JSON object of at most `limit` bytes.

    ProofError on a byte order mark, bytes that are not UTF-8, a duplicate key at any level, anything after
    the object, NaN or infinity, and nesting deeper than 64 levels.
    """
    if len(raw) > limit:
        raise ProofError(f"{what} is at most {limit} bytes")
    if raw.startswith(b"\xef\xbb\xbf"):
        raise ProofError(f"{what} begins with a byte order mark")
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError:
        raise ProofError(f"{what} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ProofError(f"{what} is not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise ProofError(f"{what} is nested deeper than {MAX_DEPTH} levels") from None
    if not isinstance(value, dict):
        raise ProofError(f"{what} is a JSON object")
    _check_depth(value, what)
    return value


def member(holder: dict[str, Any], name: str, kind: type, place: str) -> Any:
    """The member of that name and JSON type (`str`, `int`, `list`, `dict`); ProofError names its place."""
    if name not in holder:
        raise ProofError(f"{place}/{name} is missing")
    return typed(holder[name], kind, f"{place}/{name}")


def typed(value: Any, kind: type, place: str) -> Any:
    """The value itself where it has this JSON type and, as text, stands for bytes in UTF-8."""
    if type(value) is not kind:
        raise ProofError(f"{place} has the wrong type")
    if isinstance(value, int) and not 0 <= value <= MAX_INTEGER:
        raise ProofError(f"{place} is not an integer from 0 to 2**53 - 1")
    if isinstance(value, str) and _SURROGATE.search(value):
        raise ProofError(f"{place} holds half a surrogate pair")
    return value


def items(holder: dict[str, Any], name: str, kind: type, limit: int, place: str) -> list[Any]:
    """The array of that name, every element of one JSON type, at most `limit` of them."""
    found = member(holder, name, list, place)
    if len(found) > limit:
        raise ProofError(f"{place}/{name} has more than {limit} elements")
    return [typed(value, kind, f"{place}/{name}/{position}") for position, value in enumerate(found)]


def unhex(text: str, width: int | None, place: str, prefix: str = "") -> bytes:
    """Lower-case hex after a prefix as bytes; `width` bytes where one is given."""
    digits = text.removeprefix(prefix)
    if not text.startswith(prefix) or len(digits) % 2 or not _HEX.match(digits):
        raise ProofError(f"{place} is not lower-case hex{' after 0x' if prefix else ''}")
    if width is not None and len(digits) != 2 * width:
        raise ProofError(f"{place} has {width} bytes")
    return bytes.fromhex(digits)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ProofError("a JSON object has the same key twice")
    return found


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= 2**53 else value


def _refuse_constant(text: str) -> Any:
    raise ProofError(f"{text} is not JSON")


def _check_depth(value: Any, what: str) -> None:
    level, depth = [value], 1
    while level:
        if depth > MAX_DEPTH:
            raise ProofError(f"{what} is nested deeper than {MAX_DEPTH} levels")
        below: list[Any] = []
        for holder in level:
            children = holder.values() if type(holder) is dict else holder
            below += [child for child in children if type(child) is dict or type(child) is list]
        level, depth = below, depth + 1
