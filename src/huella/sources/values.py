"""Values of a foreign database as canonical texts (docs/spec/rows.md), the same whatever driver reads them.

What is read is the server's own text in a session whose settings are fixed (UTC, ISO dates, hexadecimal binary), never
a driver's object.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from huella.records.disclosure import b64
from huella.records.rows import NULL

LONGEST = 4_096
"""Characters of a value that is sealed as it is; of a longer one digest and size stand in its place."""

Convert = Callable[[Any], str]
"""From what the driver gives (text as the server wrote it, bytes, None) to the canonical text."""

_STAMP = re.compile(
    r"(\d{4,6}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00(?::?00)?|Z)?( BC)?\Z", re.ASCII
)
_TIME = re.compile(r"(-?\d{2,3}:\d\d:\d\d)(?:\.(\d{1,6}))?((?:[+-]\d\d(?::\d\d)*)?)\Z", re.ASCII)


def tagged(kind: str, text: str) -> str:
    """A text behind its type; digest and size where it is long, base64url where it is no text that JSON can hold."""
    if text.isascii() and len(text) <= LONGEST and "\0" not in text:
        return f"{kind}:{text}"  # nearly all of them: the rest asks whether JSON can hold it
    if len(text) > LONGEST:
        raw = text.encode("utf-8", "surrogatepass")
        return f"{kind}#:{hashlib.sha256(raw).hexdigest()}:{len(raw)}"
    if "\0" in text or not _is_text(text):
        return f"raw:{b64(text.encode('utf-8', 'surrogateescape'))}"
    return f"{kind}:{text}"


def binary(value: bytes) -> str:
    """Bytes by digest and size."""
    return f"bin:{hashlib.sha256(value).hexdigest()}:{len(value)}"


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _integer(value: Any) -> str:
    return f"int:{int(value)}"


def _boolean(value: Any) -> str:
    return "bool:true" if value in ("t", "true", "1", 1) else "bool:false"


def _decimal(value: Any) -> str:
    """A decimal with its scale, as the server writes it."""
    try:
        return f"dec:{Decimal(value):f}" if Decimal(value).is_finite() else f"dec:{value}"
    except InvalidOperation:
        return tagged("other", str(value))


def double(value: Any) -> str:
    """The shortest decimal text that is read back as the same number of 64 bits."""
    return f"float:{float(value)!r}"


def single(value: Any) -> str:
    """The same for 32 bits."""
    wanted = float(value)
    for digits in range(1, 10):
        text = f"{wanted:.{digits}g}"
        try:
            if struct.pack("f", float(text)) == struct.pack("f", wanted):
                return f"float:{float(text)!r}"
        except OverflowError:
            break
    return f"float:{wanted!r}"


def _date(value: Any) -> str:
    return tagged("date", str(value))


def _time(value: Any) -> str:
    found = _TIME.match(str(value))
    if found is None:
        return tagged("other", str(value))
    return f"time:{found[1]}.{(found[2] or '').ljust(6, '0')}{found[3]}"


def _stamp(kind: str, end: str) -> Convert:
    def convert(value: Any) -> str:
        found = _STAMP.match(str(value))
        if found is None:  # infinity, a zero date
            return tagged(kind, str(value))
        return f"{kind}:{found[1]}T{found[2]}.{(found[3] or '').ljust(6, '0')}{end}{found[4] or ''}"

    return convert


def _words(kind: str) -> Convert:
    return lambda value: tagged(kind, value if isinstance(value, str) else _decoded(value))


def _decoded(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _hexadecimal(value: Any) -> str:
    return binary(bytes.fromhex(value.removeprefix("\\x")))


def _bits(value: Any) -> str:
    return f"int:{int.from_bytes(value)}" if isinstance(value, bytes) else tagged("other", str(value))


def _bytes(value: Any) -> str:
    return binary(value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape"))


def nullable(convert: Convert) -> Convert:
    """NULL has no type."""
    return lambda value: NULL if value is None else convert(value)


_datetime, _instant = _stamp("datetime", ""), _stamp("instant", "Z")
_text = _words("text")

POSTGRESQL: dict[str, Convert] = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), _integer),
    "numeric": _decimal, "float4": single, "float8": double, "bool": _boolean,
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "citext"), _text),
    "date": _date, "time": _time, "timetz": _time, "timestamp": _datetime, "timestamptz": _instant,
    "interval": _words("interval"), "bytea": _hexadecimal, "json": _words("json"), "jsonb": _words("json"),
    "uuid": _words("uuid"),
}  # fmt: skip
"""By a type's name in pg_type; arrays and domains are resolved before, everything else is `other`."""

MYSQL: dict[str, Convert] = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year"), _integer),
    "decimal": _decimal, "float": single, "double": double, "bit": _bits,
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"), _text),
    "date": _date, "time": _time, "datetime": _datetime, "timestamp": _instant, "json": _words("json"),
    "uuid": _words("uuid"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), _bytes),
}  # fmt: skip
"""By information_schema's DATA_TYPE."""


def of_postgresql(name: str) -> Convert:
    """The conversion of a type by its name; an array's begins with an underscore."""
    if name.startswith("_"):
        return nullable(_array(POSTGRESQL.get(name[1:], _words("other"))))
    return nullable(POSTGRESQL.get(name, _words("other")))


def of_mysql(name: str) -> Convert:
    """The conversion of a type by its name."""
    return nullable(
        MYSQL.get(name.lower(), lambda value: _bytes(value) if isinstance(value, bytes) else _text(value))
    )


def of_sqlite(value: Any) -> str:
    """A value by SQLite's own five classes: a column's declared type binds nothing there."""
    if value is None:
        return NULL
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return double(value)
    return binary(value) if isinstance(value, bytes) else tagged("text", value)


def plain(value: str) -> str | None:
    """The text inside a canonical value, None of NULL."""
    return None if value == NULL else value.partition(":")[2]


def to_sqlite(value: str) -> Any:
    """A key's canonical value as SQLite compares it."""
    kind, _, text = value.partition(":")
    if kind == "int":
        return int(text)
    return float(text) if kind == "float" else text


def _array(convert: Convert) -> Convert:
    """An array's text, `{a,"b c",NULL,{…}}`, as JSON of canonical values."""

    def whole(value: Any) -> str:
        read = _elements(iter(_tokens(value.partition("=")[2] if value.startswith("[") else value)), convert)
        return tagged("list", json.dumps(read, ensure_ascii=False, separators=(",", ":")))

    return whole


_TOKEN = re.compile(r'([{},])|"((?:[^"\\]|\\.)*)"|((?:[^{},"\\]|\\.)+)', re.DOTALL)


def _tokens(text: str) -> Iterator[tuple[str, str | None]]:
    for found in _TOKEN.finditer(text):
        mark, quoted, bare = found.groups()
        if mark:
            yield mark, None
        elif quoted is not None:
            yield "value", re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
        else:
            yield ("null", None) if bare.upper() == "NULL" else ("value", re.sub(r"\\(.)", r"\1", bare))


def _elements(tokens: Iterator[tuple[str, str | None]], convert: Convert) -> Any:
    """The elements up to the end of the list that was opened; the whole of it at the outermost."""
    found: list[Any] = []
    for mark, text in tokens:
        if mark == "{":
            found.append(_elements(tokens, convert))
        elif mark == "}":
            return found
        elif mark != ",":
            found.append(NULL if mark == "null" else convert(text))
    return found[0] if found else []
