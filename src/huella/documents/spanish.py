"""How numbers, amounts and dates stand on a Peruvian page: `S/ 3,482.13`, `1,200`, `23/11/2026 09:05` (Lima)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from huella.records.identifiers import LIMA, parse_moment

SYMBOLS = {"PEN": "S/", "USD": "US$", "EUR": "€"}
CURRENCIES = {"PEN": "Soles (PEN)", "USD": "Dólares estadounidenses (USD)", "EUR": "Euros (EUR)"}
PROCEDURES = {"ordinary": "Compra ordinaria", "large_purchase": "Gran Compra"}
SOURCES = {
    "perucompras": "Datos abiertos de Perú Compras",
    "portal": "Portal de Perú Compras",
    "ocds": "Datos en formato OCDS",
}
CONTRACTING = {"individual": "Individual", "package": "Por paquete"}


def places(value: Decimal) -> int:
    """How many decimals an amount needs: at least two, no idle zeros beyond."""
    return max(2, len(f"{value:f}".partition(".")[2].rstrip("0")))


def amount(value: Decimal, decimals: int = 2) -> str:
    """Thousands with commas and at least so many decimals, more only where the value has them: `3,482.13`, `0.0835`."""
    return f"{value:,.{max(decimals, places(value))}f}"


def money(value: Decimal, currency: str) -> str:
    """An amount with its currency: `S/ 3,482.13`. The space does not break."""
    return f"{SYMBOLS.get(currency, currency)}\u00a0{amount(value)}"


def quantity(value: Decimal) -> str:
    """A quantity without idle zeros: `1,200`, `2.5`."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment(text: str) -> str:
    """A UTC moment of a record on Lima's clock: `23/11/2026 09:05`. Raises InputError where it is no moment."""
    return parse_moment(text, "moment").astimezone(LIMA).strftime("%d/%m/%Y %H:%M")


def day(text: str) -> str:
    """A calendar date of a record: `23/11/2026`."""
    return date.fromisoformat(text).strftime("%d/%m/%Y")


def days(count: int) -> str:
    """A term: `1 día calendario`, `20 días calendario`."""
    return f"{count} día calendario" if count == 1 else f"{count} días calendario"
