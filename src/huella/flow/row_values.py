"""How two sealed versions of a row differ: which columns, by how much, by which character set."""

from __future__ import annotations

from decimal import Decimal

from huella.flow.rows import Version
from huella.records.rows import ENGLISH, NULL, SPANISH, TYPES, readable, readable_pair
from huella.spanish.catalogue import in_spanish

_FLOAT = Decimal("1e-9")
"""To what two floats are subtracted: sums of amounts in a database without decimals differ behind it."""


def shown(sealed: str | None, present: str | None, language: str) -> tuple[str, str]:
    """A finding's sealed and present value for people: a row's own values as they read them, words about many rows or
    a personal value in their language (`es`, else English)."""
    if all(value is None or value == NULL or _typed(value) for value in (sealed, present)):
        return readable_pair(sealed, present, SPANISH if language == "es" else ENGLISH)
    return _shown(sealed, language), _shown(present, language)


def _shown(value: str | None, language: str) -> str:
    if value is None or value == NULL or _typed(value):
        return readable(value, SPANISH if language == "es" else ENGLISH)
    return in_spanish(value) if language == "es" else value


def _typed(value: str) -> bool:
    return value.partition(":")[0].removesuffix("#") in TYPES


def changes(good: Version, now: Version) -> list[tuple[str, str | None, str | None]]:
    """Columns in which two versions differ, with both values."""
    names = [name for name in good.values if name in now.values]
    return [(n, good.values[n], now.values[n]) for n in names if good.values[n] != now.values[n]]


def difference(sealed: str | None, present: str | None) -> str | None:
    """By how much a number differs, None where it is no number."""
    if not sealed or not present or sealed.partition(":")[0] not in ("dec", "int", "float"):
        return None
    try:
        by = Decimal(present.partition(":")[2]) - Decimal(sealed.partition(":")[2])
        if "float" in (sealed.partition(":")[0], present.partition(":")[0]):
            by = by.quantize(_FLOAT).normalize()  # 3604.53 and a cent is 3604.5400000000004 there
    except ArithmeticError:
        return None
    return f"{by:+f}"


def recoded(sealed: str | None, present: str | None) -> bool:
    """Whether one text is the other one read in another character set, or with what that one lacks replaced."""
    if not sealed or not present or not sealed.startswith("text:") or not present.startswith("text:"):
        return False
    one, other = sealed[5:], present[5:]
    lost = len(one) == len(other) and all(
        a == b or (not a.isascii() and b in "?\ufffd") for a, b in zip(one, other, strict=True)
    )
    return lost or _read_as(one) == other or _read_as(other) == one


def _read_as(text: str) -> str | None:
    """UTF-8 taken for one byte a character, as MySQL's latin1 (Windows-1252) or Latin-1."""
    for name in ("cp1252", "latin-1"):
        try:
            return text.encode().decode(name)
        except UnicodeDecodeError:
            continue
    return None
