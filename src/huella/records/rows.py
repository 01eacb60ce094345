"""Rows of a database that is kept elsewhere, as they are sealed: one record for each version of a row that was seen.

Values are canonical texts with their type in front (docs/spec/rows.md), so that no driver's version changes them.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from huella.errors import InputError
from huella.records import disclosure
from huella.records.identifiers import LIMA, check_moment
from huella.records.model import Value
from huella.records.rules import Warn

NULL = "null"
"""SQL's NULL; a column that is missing stands in no list at all."""
TYPES = frozenset(
    [
        "int",
        "dec",
        "float",
        "bool",
        "text",
        "date",
        "time",
        "datetime",
        "instant",
        "interval",
        "bin",
        "json",
        "uuid",
        "list",
        "raw",
        "other",
    ]
)
"""What stands before the colon of a value; `#` behind it: the digest and size of a value that is too long."""
READ, INSERT, UPDATE, DELETE, TRUNCATE = "read", "insert", "update", "delete", "truncate"
SEEN = frozenset((READ, INSERT, UPDATE, DELETE, TRUNCATE))
"""How a version was seen: read in the table, or as a change in the source's own log."""
NOTES = frozenset(("late", "backdated", "unannounced", "changed", "missed", "reused"))
"""What was odd about a version when it was sealed (docs/spec/rows.md, Notes)."""
CATALOGUE = "@schema"
"""The table in whose rows the source's own structure is sealed: columns, triggers, partitions of each table."""

_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,19}\Z", re.ASCII)
_TABLE = re.compile(r"[A-Za-z0-9_.@$-]{1,28}\Z", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.@$-]", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9_.:,@$-]{1,64}\Z", re.ASCII)
_IDLE = re.compile(r"[.](\d*?)0+(?!\d)")
"""Decimals of a second that say nothing."""
_NONE = "—"
_DIGEST = 16
"""Bytes of a key's digest in a subject."""
_LIMIT = 80


class RowVersion(Value, frozen=True):
    """One version of one row of a watched table. `columns` and `values` stand in clear, `sealed_columns` by name only:
    their values are sealed. `key` names the columns of the row's key.

    `position` is the place in the source's own log or order, `committed_at` (UTC) the source's word for when.
    """

    source: str
    table: str
    key: tuple[str, ...]
    seen: str
    position: str
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    sealed_columns: tuple[str, ...] = ()
    sealed_values: tuple[str | None, ...] = ()
    committed_at: str | None = None
    notes: tuple[str, ...] = ()


class Plain(NamedTuple):
    """The words of one language that a value may need."""

    null: str
    true: str
    false: str
    kinds: Mapping[str, str]


SPANISH = Plain("vacío (NULL)", "sí", "no", {
    "int": "número entero", "dec": "decimal", "float": "coma flotante", "bool": "lógico", "text": "texto",
    "date": "fecha", "time": "hora", "datetime": "fecha y hora", "instant": "fecha y hora con zona",
    "interval": "duración", "bin": "binario", "json": "JSON", "uuid": "UUID", "list": "lista", "raw": "sin leer",
    "other": "otro tipo",
})  # fmt: skip
ENGLISH = Plain("empty (NULL)", "yes", "no", {
    "int": "whole number", "dec": "decimal", "float": "floating point", "bool": "boolean", "text": "text",
    "date": "date", "time": "time", "datetime": "date and time", "instant": "date and time with zone",
    "interval": "duration", "bin": "binary", "json": "JSON", "uuid": "UUID", "list": "list", "raw": "not read",
    "other": "another type",
})  # fmt: skip


def readable(value: str | None, words: Plain = ENGLISH) -> str:
    """A canonical value as a person reads it, the one way of page, paper and command line: without its type, a text in
    angle quotes where it is empty, has spaces at its ends or could be taken for something else, a moment in Lima's
    time, of what is not kept the size and digest; a dash where there is none."""
    if value is None:
        return _NONE
    if value == NULL:
        return words.null
    kind, _, text = value.partition(":")
    if kind == "bin" or kind.endswith("#"):
        digest, _, size = text.partition(":")
        return f"{size} bytes, SHA-256 {digest}"
    if kind == "bool":
        return {"true": words.true, "false": words.false}.get(text, text)
    if text != text.strip() or text in ("", _NONE, words.null):
        return f"«{text}»"
    return _time(text, kind) if kind in ("time", "datetime", "instant") else text


def readable_pair(sealed: str | None, present: str | None, words: Plain = ENGLISH) -> tuple[str, str]:
    """Two values beside each other. Where only their types differ (text 5, number 5) these stand behind them."""
    one, other = readable(sealed, words), readable(present, words)
    if one == other and sealed != present:
        return f"{one} ({_kind(sealed, words)})", f"{other} ({_kind(present, words)})"
    return one, other


def _kind(value: str | None, words: Plain) -> str:
    kind = (value or "").partition(":")[0].removesuffix("#")
    return words.kinds.get(kind, kind)


def _time(text: str, kind: str) -> str:
    """A time to its last decimal that is not zero; a moment with zone in Lima's. What no calendar has stays."""
    if kind == "instant":
        try:
            text = datetime.fromisoformat(text).astimezone(LIMA).replace(tzinfo=None).isoformat() + " (Lima)"
        except (ValueError, OverflowError):
            return text
    return _IDLE.sub(lambda found: found[1] and "." + found[1], text.replace("T", " ", 1))


def check_row(fact: RowVersion, subject: str) -> list[Warn]:
    """One version by itself: lists of one length, canonical values, the subject that its table and key give."""
    if not _SOURCE.match(fact.source):
        raise InputError("a source's name has up to 20 small letters, digits and hyphens", field="/source")
    if fact.seen not in SEEN:
        raise InputError(f"a version is seen as one of {', '.join(sorted(SEEN))}", field="/seen")
    if not NOTES.issuperset(fact.notes):
        raise InputError(f"notes are of {', '.join(sorted(NOTES))}", field="/notes")
    names = (*fact.columns, *fact.sealed_columns)
    _check_lists(fact, names)
    if not fact.key or not set(fact.key) <= set(names):
        raise InputError("a key names columns that the row has", field="/key")
    if fact.committed_at is not None:
        check_moment(fact.committed_at, "/committed_at")
    if not set(fact.key) & set(fact.sealed_columns):
        given = dict(zip(fact.columns, fact.values, strict=True))
        expected = subject_of(fact.source, fact.table, [given[name] for name in fact.key])
    else:  # the digest is keyed: only the registry can say which it is
        expected = prefix_of(fact.source, fact.table) + subject.rpartition("/")[2]
    if subject != expected:
        raise InputError("the subject is not that of this table and key", field="/subject")
    return []


def _check_lists(fact: RowVersion, names: tuple[str, ...]) -> None:
    if len(fact.columns) != len(fact.values) or len(fact.sealed_columns) != len(fact.sealed_values):
        raise InputError("each column has one value", field="/values")
    if len(set(names)) != len(names):
        raise InputError("a column is named once", field="/columns")
    for name, value in zip(names, (*fact.values, *fact.sealed_values), strict=True):
        if value != NULL and (value is None or value.partition(":")[0].removesuffix("#") not in TYPES):
            raise InputError(f"the value of {name} has no type in front", field="/values")


@functools.lru_cache(maxsize=256)
def prefix_of(source: str, table: str) -> str:
    """What all subjects of a table begin with: `row/siga/public.orden/`."""
    name = table
    if not _TABLE.match(name):
        name = f"{_UNSAFE.sub('_', table)[:19]}~{hashlib.sha256(table.encode()).hexdigest()[:8]}"
    return f"row/{source}/{name}/"


def subject_of(source: str, table: str, key: Sequence[str], mac: bytes | None = None) -> str:
    """A row's subject: table and key where the key is short and plain, else a digest of it (SHA-256 of the canonical
    values behind each other, cut to 16 bytes).

    `mac` is a keyed digest, given where the key is personal.
    """
    start = prefix_of(source, table)
    if mac is None:
        tail = ",".join(value.partition(":")[2] for value in key)
        if NULL not in key and _KEY.match(tail) and len(start) + len(tail) <= _LIMIT:
            return start + tail
        mac = hashlib.sha256(key_bytes(key)).digest()
    return f"{start}~{disclosure.b64(mac[:_DIGEST])}"


def key_bytes(key: Sequence[str]) -> bytes:
    """A key's values as bytes, each behind its length, so that no two keys are the same."""
    parts = [value.encode("utf-8", "surrogatepass") for value in key]
    return b"".join(len(part).to_bytes(4) + part for part in parts)
