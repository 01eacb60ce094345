"""How numbers, amounts and dates stand on a Peruvian page: `S/ 3,482.13`, `1,200`, `23/11/2026 09:05` (Lima)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from huella.records.identifiers import LIMA, parse_moment
from huella.records.model import Item

SYMBOLS = {"PEN": "S/", "USD": "US$", "EUR": "€"}
CURRENCIES = {"PEN": "Soles (PEN)", "USD": "Dólares estadounidenses (USD)", "EUR": "Euros (EUR)"}
PROCEDURES = {"ordinary": "Compra ordinaria", "large_purchase": "Gran Compra"}
SOURCES = {
    "perucompras": "Datos abiertos de Perú Compras",
    "portal": "Portal de Perú Compras",
    "ocds": "Datos en formato OCDS",
}
KINDS = {
    "order.published": "Orden publicada", "order.imported": "Orden importada", "order.accepted": "Orden aceptada",
    "order.rejected": "Orden rechazada", "order.amended": "Orden modificada", "order.annulled": "Orden anulada",
    "order.terminated": "Orden resuelta", "rights.assigned": "Derechos de cobro cedidos",
    "delivery.made": "Entrega realizada", "delivery.conformed": "Entrega conforme",
    "delivery.paid": "Entrega pagada", "delivery.terminated": "Entrega resuelta",
    "document.issued": "Documento emitido", "key.authorised": "Clave autorizada", "key.revoked": "Clave revocada",
    "calendar.published": "Calendario publicado", "operator.acted": "Acto del operador",
    "disclosure.erased": "Dato suprimido", "log.recovered": "Época del registro terminada",
    "requirement.published": "Requerimiento publicado", "requirement.amended": "Requerimiento modificado",
    "offers.closed": "Ofertas cerradas",
    "offers.opened": "Oferta abierta", "award.decided": "Adjudicación decidida",
    "procedure.cancelled": "Procedimiento cancelado", "offer.received": "Oferta recibida",
    "offer.replaced": "Oferta reemplazada", "offer.withdrawn": "Oferta retirada",
    "offer.declined": "Oferta declinada", "offer.refused": "Oferta rechazada",
}  # fmt: skip
"""What each kind of record says, in two or three words."""
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "setiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
CONTRACTING = {"individual": "Individual", "package": "Por paquete"}


def places(value: Decimal) -> int:
    """How many decimals an amount needs: at least two, no idle zeros beyond."""
    return max(2, len(f"{value:f}".partition(".")[2].rstrip("0")))


def price_places(items: Sequence[Item]) -> int:
    """How many decimals the column of unit prices needs, so that its points stand below each other."""
    return max((places(item.unit_price) for item in items if item.unit_price is not None), default=2)


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


def long_day(when: date) -> str:
    """A date in words, as Peru writes it: `24 de setiembre de 2026`."""
    return f"{when.day} de {MONTHS[when.month - 1]} de {when.year}"


def days(count: int) -> str:
    """A term: `1 día calendario`, `20 días calendario`."""
    return f"{count} día calendario" if count == 1 else f"{count} días calendario"
