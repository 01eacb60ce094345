"""Numbers and names that the field gives to things, read strictly: RUC, order number, agreement code, money, moments.

Everything here raises InputError with the value's fault; nothing is mended silently.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import NamedTuple
from zoneinfo import ZoneInfo

from stdnum.pe import ruc as stdnum_ruc

from huella.errors import InputError

LIMA = ZoneInfo("America/Lima")
CENT = Decimal("0.01")
_EXACT = Context(prec=60)
_ONE = Decimal(1)
MAX_MONEY = Decimal("9999999999999.99")
RUC_PREFIXES = ("10", "15", "16", "17", "20")
"""20 is an organisation, the others are people; python-stdnum knows all of them but 16."""
_RUC = re.compile(r"[0-9]{11}\Z")
_ORDER = re.compile(r"OCAM-(20[0-9]{2})-([1-9][0-9]{0,5})-([1-9][0-9]{0,8})-(0|[1-9][0-9]{0,5})\Z")
_REQUIREMENT = re.compile(r"REQ-(20[0-9]{2})-([0-9]{1,6})-([0-9]{1,9})\Z")
_OFFER = re.compile(r"OFE-[0-7][0-9A-HJKMNP-TV-Z]{25}\Z")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HEX = re.compile(r"[0-9a-f]{64}\Z")
_ADDRESS = re.compile(r"(0x)?[0-9a-fA-F]{40}\Z", re.ASCII)
_AGREEMENT = re.compile(r"(IM|EXT)-CE-(20[0-9]{2})-([0-9]{1,2})\Z")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Of every date and moment of a record: terms are counted from it, and clocks of other places, without an overflow."""


class OrderNumber(NamedTuple):
    """OCAM-year-entity code-yearly sequence-delivery; delivery 0 is the order itself."""

    year: int
    entity_code: int
    sequence: int
    delivery: int


@functools.lru_cache(maxsize=65_536)  # the same parties come again and again
def _is_ruc(text: str) -> bool:
    fits = _RUC.match(text) is not None and text[:2] in RUC_PREFIXES
    return fits and stdnum_ruc.calc_check_digit(text) == text[-1]


def check_ruc(text: str, field: str) -> str:
    """A RUC of 11 ASCII digits with a known prefix and the right check digit (SUNAT's modulus 11)."""
    if not _is_ruc(text):
        if not _RUC.match(text):
            raise InputError("a RUC has exactly 11 digits", field=field)
        raise InputError("the RUC's prefix or check digit is wrong", field=field)
    return text


@functools.lru_cache(maxsize=4096)  # one record asks several times
def order_number(text: str, field: str) -> OrderNumber:
    """The parts of an order's or delivery's number."""
    found = _ORDER.match(text)
    if not found:
        raise InputError(f"{text[:40]!r} is no order number such as OCAM-2026-1335-17-0", field=field)
    return OrderNumber(*(int(part) for part in found.groups()))


class RequirementNumber(NamedTuple):
    """REQ-year-entity code-yearly sequence: the subject of a procedure."""

    year: int
    entity_code: int
    sequence: int


def requirement_number(text: str, field: str) -> RequirementNumber:
    """The parts of a requirement's number."""
    found = _REQUIREMENT.match(text)
    if not found:
        raise InputError(f"{text[:40]!r} is no requirement number such as REQ-2026-1335-42", field=field)
    return RequirementNumber(*(int(part) for part in found.groups()))


def offer_code(raw: bytes) -> str:
    """An offer's code out of 16 bytes: `OFE-` and 26 characters of Crockford's base32, most significant first."""
    if len(raw) != 16:
        raise ValueError("an offer's code has 16 bytes")
    number = int.from_bytes(raw, "big")
    return "OFE-" + "".join(_CROCKFORD[number >> 5 * place & 31] for place in range(25, -1, -1))


def check_offer_code(text: str, field: str) -> str:
    """An offer's code, unchanged, or InputError. Only the one canonical spelling is read."""
    if not _OFFER.match(text):
        raise InputError(
            f"{text[:40]!r} is no offer code (OFE- and 26 characters of Crockford base32)", field=field
        )
    return text


def check_hex(text: str, field: str) -> str:
    """A SHA-256 value in lower-case hex, unchanged, or InputError."""
    if not _HEX.match(text):
        raise InputError("a digest has 64 lower-case hex digits", field=field)
    return text


def chain_address(text: str, field: str) -> bytes:
    """The 20 bytes of a contract's or account's address, in hex of either case; `0x` may be left out. The one place
    where an address that somebody gives is read."""
    if not _ADDRESS.match(text):
        raise InputError("an address on the chain is 0x and 40 hex digits", field=field)
    return bytes.fromhex(text[-40:])


def lima_date(text: str, field: str) -> str:
    """The Lima calendar date of a record's moment; one that ends a day (00:00 in Lima) belongs to the new day."""
    return parse_moment(text, field).astimezone(LIMA).date().isoformat()


@functools.lru_cache(maxsize=4096)  # a few hundred, again and again
def check_agreement(text: str, field: str) -> str:
    """A framework agreement's code, such as EXT-CE-2022-5."""
    if not _AGREEMENT.match(text):
        raise InputError(f"{text[:40]!r} is no agreement code such as EXT-CE-2022-5", field=field)
    return text


def money(text: str, field: str) -> Decimal:
    """An amount of at most two decimals as Decimal with exactly two; no sign, no exponent, no thousands separator."""
    return decimal(text, 2, field)


def decimal(text: str, places: int, field: str) -> Decimal:
    """A plain decimal of at most `places` decimals, as Decimal with exactly that many."""
    if not re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,12})?", text):
        raise InputError(f"{text[:40]!r} is no plain decimal number", field=field)
    try:
        value = Decimal(text)
        exact = value.quantize(Decimal(1).scaleb(-places))
    except InvalidOperation:
        raise InputError(f"{text[:40]!r} is too large", field=field) from None
    if exact != value:
        raise InputError(f"{text[:40]!r} has more than {places} decimals", field=field)
    return exact


def is_money(value: Decimal) -> bool:
    """Whether a Decimal of the model is an amount: two decimals, not negative, below ten million million."""
    return value.same_quantum(CENT) and not value.is_signed() and value <= MAX_MONEY


def check_money(value: Decimal, field: str) -> None:
    """InputError unless a Decimal of the model is an amount, as `is_money` tells."""
    if not is_money(value):
        raise InputError(f"{value} is no amount with exactly two decimals", field=field)


def is_scaled(value: Decimal) -> bool:
    """Whether a Decimal of the model is a quantity or price: up to six decimals, not negative, no exponent."""
    if not (value.same_quantum(_ONE) or value.same_quantum(CENT)):  # the common ones; as_tuple is slow
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or not -6 <= exponent <= 0:
            return False
    return not value.is_signed() and value <= MAX_MONEY


def check_scaled(value: Decimal, field: str) -> None:
    """InputError unless a Decimal of the model is a quantity or price, as `is_scaled` tells."""
    if not is_scaled(value):
        raise InputError(f"{value} is no plain number with up to six decimals", field=field)


def product(quantity: Decimal, price: Decimal) -> Decimal:
    """Quantity × price in cents, rounded once: up to 38 digits are kept until then."""
    return _EXACT.multiply(quantity, price).quantize(CENT, ROUND_HALF_UP, _EXACT)


def cents(value: Decimal) -> Decimal:
    """Rounded half up to two decimals, as invoices are."""
    return value.quantize(CENT, ROUND_HALF_UP)


def moment(when: datetime) -> str:
    """A moment as a record writes it: UTC with milliseconds. The value must know its zone."""
    if when.tzinfo is None:
        raise ValueError("a moment must know its zone")
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def parse_moment(text: str, field: str) -> datetime:
    """The aware UTC datetime of a record's moment."""
    try:
        if not _MOMENT.match(text):
            raise ValueError
        told = datetime.fromisoformat(text)
        if not FIRST_YEAR <= told.year <= LAST_YEAR:
            raise ValueError
        return told
    except ValueError:
        raise InputError(
            f"{text[:40]!r} is no UTC moment such as 2026-11-23T14:05:09.123Z", field=field
        ) from None


def lasting(seconds: int) -> str:
    """A time that passed, in words, to its two largest units: `1 hour`, `2 days 3 hours`, `45 seconds`."""
    left, told = seconds, []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            told.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(told[:2]) or "0 seconds"


def from_lima(local: datetime) -> str:
    """A moment that a source tells in Lima's clock time, as a record writes it."""
    return moment(local.replace(tzinfo=LIMA))


def check_moment(text: str, field: str) -> str:
    """A record's moment, unchanged, or InputError."""
    parse_moment(text, field)
    return text


@functools.lru_cache(maxsize=4096)  # the same days come again and again
def check_date(text: str, field: str) -> str:
    """A calendar date (Lima) as YYYY-MM-DD, unchanged, or InputError."""
    try:
        if not _DATE.match(text) or not FIRST_YEAR <= date.fromisoformat(text).year <= LAST_YEAR:
            raise ValueError
    except ValueError:
        raise InputError(f"{text[:40]!r} is no calendar date such as 2026-11-23", field=field) from None
    return text
