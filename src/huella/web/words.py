"""The portal's words for codes, Spanish and English: states, kinds, shapes, stages; and how numbers are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from huella.records import places
from huella.records.identifiers import parse_moment
from huella.records.model import Destination

Pair = tuple[str, str]

ORDER: dict[str, Pair] = {
    "published": ("Publicada", "Published"),
    "accepted": ("Aceptada", "Accepted"),
    "rejected": ("Rechazada", "Rejected"),
    "paid": ("Pagada", "Paid"),
    "terminated": ("Resuelta", "Terminated"),
    "annulled": ("Nula", "Annulled"),
}
DELIVERY: dict[str, Pair] = {
    "pending": ("Entrega pendiente", "Delivery pending"),
    "delivered": ("Entregada, conformidad pendiente", "Delivered, conformity pending"),
    "conformed": ("Conforme, pago pendiente", "Conforming, payment pending"),
    "paid": ("Pagada", "Paid"),
    "terminated": ("Resuelta", "Terminated"),
}
DELIVERY_LATE: dict[str, Pair] = {
    "pending": ("Entrega retrasada", "Delivery late"),
    "delivered": ("Entregada, conformidad retrasada", "Delivered, conformity late"),
    "conformed": ("Conforme, pago retrasado", "Conforming, payment late"),
}
DUE: dict[str, Pair] = {
    "pending": ("vence el", "due"),
    "delivered": ("conformidad hasta el", "conformity by"),
    "conformed": ("pago hasta el", "payment by"),
}
"""What a delivery's next date is the last day of."""
PROCEDURE_STATE: dict[str, Pair] = {
    "open": ("Abierto: recibe ofertas", "Open: takes offers"),
    "closed": ("Cerrado: ofertas selladas", "Closed: offers sealed"),
    "opened": ("Ofertas abiertas", "Offers opened"),
    "awarded": ("Adjudicado", "Awarded"),
    "deserted": ("Desierto", "Deserted"),
    "cancelled": ("Cancelado", "Cancelled"),
}
PROCEDURE: dict[str, Pair] = {
    "ordinary": ("Compra ordinaria", "Ordinary purchase"),
    "large_purchase": ("Gran Compra", "Large purchase"),
}
CONTRACTING: dict[str, Pair] = {
    "individual": ("Individual", "Individual"),
    "package": ("Por paquete", "Package"),
}
SHAPE: dict[str, Pair] = {
    "classic": ("Un destino, una entrega", "One place, one delivery"),
    "package": ("Paquete, una entrega", "Package, one delivery"),
    "partial": ("Un destino, entregas parciales", "One place, partial deliveries"),
    "multi_destination": ("Varios destinos, una entrega", "Several places, one delivery"),
    "combined": ("Varios destinos, entregas parciales", "Several places, partial deliveries"),
}
KIND: dict[str, Pair] = {
    "order.published": ("Orden publicada", "Order published"),
    "order.imported": ("Orden importada de la plataforma", "Order imported from the platform"),
    "order.accepted": ("Aceptada por el proveedor", "Accepted by the supplier"),
    "order.rejected": ("Rechazada por el proveedor", "Rejected by the supplier"),
    "order.amended": ("Modificada: lugar, plazo o contacto", "Amended: place, term or contact"),
    "order.annulled": ("Declarada nula", "Annulled"),
    "order.terminated": ("Resuelta", "Terminated"),
    "rights.assigned": ("Derechos de cobro cedidos", "Collection rights assigned"),
    "delivery.made": ("Entrega realizada", "Delivery made"),
    "delivery.conformed": ("Conformidad otorgada", "Conformity given"),
    "delivery.paid": ("Entrega pagada", "Delivery paid"),
    "delivery.terminated": ("Entrega resuelta", "Delivery terminated"),
    "document.issued": ("Documento emitido", "Document issued"),
    "key.authorised": ("Clave autorizada", "Key authorised"),
    "key.revoked": ("Clave revocada", "Key revoked"),
    "calendar.published": ("Calendario publicado", "Calendar published"),
    "operator.acted": ("Acto privilegiado del operador", "Privileged act of the operator"),
    "disclosure.erased": ("Dato personal suprimido", "Personal datum erased"),
    "log.recovered": ("Época del registro terminada tras una pérdida", "Epoch of the log ended after a loss"),
    "requirement.published": ("Requerimiento publicado", "Requirement published"),
    "requirement.amended": ("Requerimiento modificado", "Requirement amended"),
    "offers.closed": ("Recepción de ofertas cerrada", "Reception of offers closed"),
    "offers.opened": ("Oferta abierta", "Offer opened"),
    "award.decided": ("Adjudicación decidida", "Award decided"),
    "procedure.cancelled": ("Procedimiento cancelado", "Procedure cancelled"),
    "offer.received": ("Oferta recibida", "Offer received"),
    "offer.replaced": ("Oferta reemplazada", "Offer replaced"),
    "offer.withdrawn": ("Oferta retirada", "Offer withdrawn"),
    "offer.declined": ("Cotización declinada", "Quotation declined"),
    "offer.refused": ("Oferta rechazada por tardía", "Offer refused as late"),
}
STAGE: dict[str, Pair] = {
    "acceptance": ("Aceptación", "Acceptance"),
    "delivery": ("Entrega", "Delivery"),
    "conformity": ("Conformidad", "Conformity"),
    "payment": ("Pago", "Payment"),
}
DIMENSION: dict[str, Pair] = {
    "month": ("Mes", "Month"),
    "catalogue": ("Catálogo", "Catalogue"),
    "department": ("Departamento", "Department"),
    "procedure": ("Procedimiento", "Procedure"),
    "shape": ("Forma de entrega", "Delivery shape"),
    "state": ("Estado", "State"),
    "delays": ("Etapa", "Stage"),
    "entities": ("Entidad", "Entity"),
    "suppliers": ("Proveedor", "Supplier"),
}
EXCLUDED: dict[str, Pair] = {
    "withdrawn": ("retirada por su proveedor", "withdrawn by its supplier"),
    "superseded": ("reemplazada por otra del mismo proveedor", "superseded by another of the same supplier"),
    "not_opened": ("no se abrió", "was not opened"),
    "restricted": ("proveedor restringido", "supplier restricted"),
    "bidder_unknown": ("proveedor no demostrado", "bidder not proven"),
    "malformed": ("no se puede leer", "cannot be read"),
    "no_exchange_rate": ("sin tipo de cambio", "no exchange rate"),
    "not_quoted": ("no cotiza todo lo pedido", "does not quote all that is asked"),
    "quantity_differs": ("otra cantidad", "another quantity"),
    "freight_not_quoted": ("sin flete para algún destino", "no freight for some place"),
    "price_not_positive": ("precio no positivo", "price not positive"),
    "total_too_large": ("total demasiado grande", "total too large"),
    "below_minimum": ("bajo el monto mínimo de atención", "below the minimum amount"),
}
FINDING: dict[str, Pair] = {
    "tampered": ("alterado", "tampered"),
    "foreign": ("ajeno: en la cadena, no nuestro", "foreign: on the chain, not ours"),
    "forked": ("bifurcado", "forked"),
    "behind": ("por anclar o comparar", "waits"),
    "unreachable": ("no alcanzable", "unreachable"),
    "noted": ("anotado", "noted"),
}
ROW_FINDING: dict[str, Pair] = {
    "edited": ("editada", "edited"), "moved": ("movida", "moved"), "redated": ("con otra fecha", "redated"),
    "recoded": ("otro juego de caracteres", "recoded"), "deleted": ("borrada", "deleted"),
    "rekeyed": ("con otra clave", "rekeyed"), "replaced": ("sustituida", "replaced"),
    "rewritten": ("reescrita", "rewritten"), "reverted": ("cambiada y repuesta", "reverted"),
    "unannounced": ("sin anunciar", "unannounced"), "inserted": ("insertada", "inserted"),
    "backdated": ("antedatada", "backdated"), "hidden": ("ocultada", "hidden"), "shifted": ("en masa", "shifted"),
    "truncated": ("tabla vaciada", "truncated"), "restored": ("tabla repuesta", "restored"),
    "renamed": ("columna renombrada", "renamed"), "retyped": ("columna de otro tipo", "retyped"),
    "column": ("columnas", "columns"), "trigger": ("disparador", "trigger"), "swapped": ("otra tabla", "swapped"),
    "structure": ("estructura", "structure"), "dropped": ("sin tabla", "dropped"),
}  # fmt: skip
RULE: dict[str, Pair] = {
    "lowest_total/1": ("menor total por producto", "lowest total of each product"),
    "lowest_total_package/1": ("menor total del paquete", "lowest total of the package"),
}
SCOPE: dict[str, Pair] = {
    "registrar": ("registrador", "registrar"),
    "entity": ("entidad", "entity"),
    "supplier": ("proveedor", "supplier"),
    "auditor": ("auditor", "auditor"),
    "administrator": ("administrador", "administrator"),
}
ALL: dict[str, dict[str, Pair]] = {
    "order": ORDER, "delivery": DELIVERY, "delivery_late": DELIVERY_LATE, "procedure_state": PROCEDURE_STATE,
    "procedure": PROCEDURE, "contracting": CONTRACTING, "shape": SHAPE, "kind": KIND, "stage": STAGE,
    "dimension": DIMENSION, "excluded": EXCLUDED, "finding": FINDING, "state": ORDER,
    "rule": RULE, "scope": SCOPE, "row_finding": ROW_FINDING, "due": DUE,
}  # fmt: skip
_POINTER: dict[str, Pair] = {
    "entity": ("entidad", "entity"), "supplier": ("proveedor", "supplier"), "bidder": ("postor", "bidder"),
    "assignee": ("cesionario", "assignee"), "party": ("parte", "party"),
    "destinations": ("lugar", "place"), "destination": ("lugar", "place"), "contact": ("contacto", "contact"),
    "documents": ("documento", "document"), "address": ("dirección", "address"), "name": ("nombre", "name"),
    "email": ("correo", "e-mail"), "telephone": ("teléfono", "telephone"), "ruc": ("RUC", "RUC"),
    "identifier": ("identificador", "identifier"), "reason": ("motivo", "reason"), "content": ("contenido", "content"),
    "observations": ("observaciones", "observations"), "requirement": ("procedimiento", "procedure"),
    "verification_code": ("código de verificación", "verification code"),
    "origin": ("en su origen", "at its origin"),
    "assignment": ("cesión", "assignment"), "state_text": ("texto del estado", "state's text"),
    "pdf_url": ("dirección del PDF", "PDF's address"),
    "physical_pdf_url": ("dirección del PDF físico", "paper's address"),
    "state_document": ("documento del estado", "state's document"),
    "sealed_values": ("valor de la fila", "row's value"),
}  # fmt: skip
"""The parts of a JSON pointer to a sealed datum (records/policy.py)."""
_MONTHS: tuple[Pair, ...] = (
    ("enero", "January"), ("febrero", "February"), ("marzo", "March"), ("abril", "April"), ("mayo", "May"),
    ("junio", "June"), ("julio", "July"), ("agosto", "August"), ("setiembre", "September"),
    ("octubre", "October"), ("noviembre", "November"), ("diciembre", "December"),
)  # fmt: skip
_LIMA = timedelta(hours=5)


def word(language: str, group: str, code: str | None) -> str:
    """A code of a group in words; the code itself where the table has none."""
    pair = ALL[group].get(code or "")
    return (code or "—") if pair is None else pair[0 if language == "es" else 1]


def money(value: Decimal | str | None, currency: str = "PEN") -> str:
    """An amount as Peru writes it: S/ 12,345.60; other currencies by their code. An amount out of JSON is text."""
    if value is None:
        return "—"
    value = Decimal(value)
    return f"{'S/' if currency == 'PEN' else currency} {value:,.2f}"


def price(value: Decimal | str | None, currency: str = "PEN") -> str:
    """A unit price, which may have more than two decimals and never fewer: S/ 2,150.50, S/ 0.1234."""
    if value is None:
        return "—"
    value = Decimal(value)
    places = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{'S/' if currency == 'PEN' else currency} {value:,.{places}f}"


def short_money(value: Decimal, currency: str = "PEN", language: str = "es") -> str:
    """A large amount in a few letters: S/ 1,540 millones."""
    sign = "S/" if currency == "PEN" else currency
    if value >= 1_000_000:
        return f"{sign} {value / 1_000_000:,.1f} {'millones' if language == 'es' else 'million'}"
    return f"{sign} {value:,.0f}"


def number(value: int | Decimal | None) -> str:
    """A count or quantity with separators, without needless zeros."""
    if value is None:
        return "—"
    if isinstance(value, Decimal):
        value = value.normalize()
        return f"{value:,f}"
    return f"{value:,}"


def day(language: str, text: str | date | None) -> str:
    """A Lima date in words: 25 de noviembre de 2026. Moments in UTC are taken to Lima first."""
    if text is None:
        return "—"
    when = text if isinstance(text, date) else _lima(text).date()
    name = _MONTHS[when.month - 1]
    return (
        f"{when.day} de {name[0]} de {when.year}" if language == "es" else f"{when.day} {name[1]} {when.year}"
    )


def moment(language: str, text: str | None) -> str:
    """A moment in Lima's time, to the minute."""
    if text is None:
        return "—"
    when = _lima(text)
    return f"{day(language, when.date())}, {when:%H:%M}"


def month(language: str, text: str) -> str:
    """A month as 2026-11 in a few letters: nov 2026."""
    if len(text) != 7:
        return text or "—"
    name = _MONTHS[int(text[5:]) - 1][0 if language == "es" else 1]
    return f"{name[:3]} {text[:4]}"


def pointer(language: str, text: str, more: Mapping[str, Pair] | None = None) -> str:
    """A JSON pointer to a sealed datum in words: /destinations/0/address is Lugar 1, dirección. Counted from 1. `more`:
    words for what is in the clear."""
    told: list[str] = []
    for part in text.strip("/").split("/"):
        if part.isascii() and part.isdigit() and told:
            told[-1] += f" {int(part) + 1}"
        else:
            pair = _POINTER.get(part) or (more or {}).get(part, (part, part))
            told.append(pair[0 if language == "es" else 1])
    joined = ", ".join(told)
    return sentence(joined)


def sentence(text: str) -> str:
    """A message as it stands by itself: it begins with a capital."""
    return text[:1].upper() + text[1:]


def place(language: str, where: Destination) -> str:
    """A place of delivery, from the smallest name up; names that are not told by INEI's code, else its number alone."""
    named = [where.district, where.province, where.department]
    if not any(named) and where.ubigeo and places.known(where.ubigeo):
        named = list(reversed(places.names(where.ubigeo)))
    return ", ".join(filter(None, named)) or f"{'lugar' if language == 'es' else 'place'} {where.number}"


def cell(value: Any) -> str:
    """A value of a CSV, which no spreadsheet takes for a formula (a quote in front of what begins like one)."""
    text = "" if value is None else str(value)
    return (
        "'" + text
        if text.lstrip("\ufeff \u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        else text
    )


def _lima(text: str) -> datetime:
    """A Lima time: dates are Lima's already."""
    if len(text) == 10:
        return datetime.fromisoformat(text)
    return parse_moment(text, "moment").replace(tzinfo=None) - _LIMA
