"""Cells of foreign files, read strictly: text, Lima clock times, amounts, RUC, states.

Each raises InputError with the column's name. Text keeps its spelling: only HTML entities are resolved and the spaces
around it dropped.
"""

from __future__ import annotations

import functools
import html
import re
from datetime import datetime
from decimal import Decimal

import msgspec

from huella.errors import InputError
from huella.records import canonical, life
from huella.records import identifiers as ids
from huella.records.model import Agreement, Order
from huella.records.names import fold

ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?\Z", re.ASCII)
_LOCAL = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) +(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?\Z", re.ASCII)
_STAMP = re.compile(
    r"(OCAM-20\d\d-\d{1,6}-\d{1,9})(?:-0)?"
    r"_(\d\d)-(\d\d)-(\d\d)(?: |%20)(\d\d)-(\d\d)-(\d\d)_FISICA\.pdf\Z",
    re.ASCII | re.IGNORECASE,
)
_AGREEMENT = re.compile(r"((?:IM|EXT)-CE-20\d\d-\d{1,2})(?![\w-])[\s:–-]*(.*)\Z", re.ASCII | re.DOTALL)

PROCEDURES = {
    "COMPRA ORDINARIA": "ordinary", "ORDINARIA": "ordinary", "GRAN COMPRA": "large_purchase",
}  # fmt: skip
CONTRACTING = {
    "INDIVIDUAL": "individual", "COMPRA INDIVIDUAL": "individual", "PAQUETE": "package",
    "POR PAQUETE": "package", "COMPRA POR PAQUETE": "package", "PACKAGE": "package",
}  # fmt: skip
STATES = {**life.ORDER_STATES, **life.DELIVERY_STATES}


def entities(raw: str) -> str:
    """HTML entities that end in a semicolon as the characters that they stand for, once; other `&` stay."""
    return ENTITY.sub(lambda found: html.unescape(found[0]), raw) if "&" in raw else raw


def text(raw: str, field: str) -> str | None:
    """A cell's text, None where it is empty. Control characters other than tabs and line ends are refused."""
    if not raw:
        return None
    plain = entities(raw).strip().strip("\ufeff")
    if not plain.isprintable() and _CONTROL.search(plain):
        raise InputError("the cell holds a control character", field=field)
    return plain or None


def needed(raw: str, field: str) -> str:
    """A cell that may not be empty."""
    found = text(raw, field)
    if found is None:
        raise InputError("the cell is empty", field=field)
    return found


def clock(raw: str, field: str) -> datetime | None:
    """A Lima clock time, `YYYY-MM-DD HH:MM[:SS]` or `D/MM/YYYY HH:MM[:SS]`; None where the cell is empty.

    A date without a time of day is refused: midnight has a meaning of its own (tacit acceptance).
    """
    plain = raw.strip()
    if not plain:
        return None
    found = _ISO.match(plain)
    if found:
        year, month, day, *rest = found.groups(default="0")
    else:
        found = _LOCAL.match(plain)
        if not found:
            raise InputError(
                f"{plain[:40]!r} is no date with a time such as 31/08/2026 17:15:54 or 2026-08-31 17:15:54",
                field=field,
            )
        day, month, year, *rest = found.groups(default="0")
    hour, minute, second, fraction = rest
    try:
        if not ids.FIRST_YEAR <= int(year) <= ids.LAST_YEAR:
            raise ValueError
        return datetime(  # noqa: DTZ001 - Lima's clock; the zone follows in `moment`
            int(year), int(month), int(day), int(hour), int(minute), int(second), int(fraction.ljust(6, "0"))
        )
    except ValueError:
        raise InputError(f"{plain[:40]!r} is no date of the calendar", field=field) from None


@functools.lru_cache(maxsize=1024)  # files repeat them: one extraction, batches of acceptances
def moment(raw: str, field: str) -> str | None:
    """A Lima clock time as a record's UTC moment, None where the cell is empty."""
    local = clock(raw, field)
    return None if local is None else ids.from_lima(local)


def date(raw: str, field: str) -> str | None:
    """The Lima date of a cell whose time is midnight; None where it is empty."""
    local = clock(raw, field)
    if local is None:
        return None
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        raise InputError(f"{raw.strip()[:40]!r} has a time, a delivery starts on a day", field=field)
    return local.date().isoformat()


def amount(raw: str, field: str) -> Decimal:
    """`3500`, `3500.0` or `3500.00` as Decimal with two places. Separators, signs and more decimals are refused."""
    return ids.money(raw.strip(), field)


def ruc(raw: str, field: str) -> str:
    """A RUC of 11 digits with the right check digit."""
    return ids.check_ruc(needed(raw, field), field)


def number(raw: str, field: str) -> tuple[str, ids.OrderNumber]:
    """An order's or delivery's number and its parts."""
    plain = needed(raw, field)
    return plain, ids.order_number(plain, field)


def choice(raw: str, table: dict[str, str], field: str) -> str | None:
    """One of a table's words in any spelling; None where the cell is empty, InputError for another word."""
    plain = text(raw, field)
    if plain is None:
        return None
    found = table.get(fold(plain))
    if found is None:
        raise InputError(f"unknown value {plain[:60]!r}", field=field, advice=f"Known: {', '.join(table)}.")
    return found


def state(raw: str, field: str) -> str:
    """The platform's word for a state, as received. A word that no status stands for is refused."""
    plain = needed(raw, field)
    choice(plain, STATES, field)
    return plain


def agreement(raw: str, field: str) -> Agreement | None:
    """`EXT-CE-2022-5 NAME`, or only the name."""
    plain = text(raw, field)
    if plain is None:
        return None
    found = _AGREEMENT.match(plain)
    return Agreement(code=found[1], name=found[2] or None) if found else Agreement(name=plain)


def uploaded_at(file: str | None, subject: str, accepted_at: str | None) -> str | None:
    """When the physical order was uploaded, from the stamp in the name that the platform gave it.

    It stands for the time of publication. None where the name has no stamp, belongs to another order, or the stamp is
    later than the acceptance (then it is a later upload's).
    """
    found = _STAMP.match((file or "").rpartition("/")[2])
    if not found or f"{found[1].upper()}-0" != subject:
        return None
    day, month, year, hour, minute, second = (int(part) for part in found.groups()[1:])
    try:
        stamp = ids.from_lima(datetime(2000 + year, month, day, hour, minute, second))  # noqa: DTZ001 - Lima's clock
    except ValueError:
        return None
    return None if accepted_at is not None and stamp > accepted_at else stamp


def data(order: Order) -> dict[str, object]:
    """An order as a draft carries it: JSON values, members that are not told left out."""
    made: dict[str, object] = msgspec.json.decode(canonical.encode(order))
    return made
