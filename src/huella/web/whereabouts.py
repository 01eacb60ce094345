"""Where a finding of the audit is, in words: readers of the portal know orders and procedures, not tables and columns.

The exact place stands in what programs get (`huella audit --json`), which this never changes.
"""

from __future__ import annotations

from huella.web import words
from huella.web.words import Pair

_TABLE: dict[str, Pair] = {
    "log": ("cabeza del registro", "head of the log"), "entries": ("asiento", "entry"), "annexes": ("anexo", "annex"),
    "tiles": ("bloque de huellas", "tile of hashes"),
    "disclosures": ("datos reservados del asiento", "sealed data of entry"),
    "batches": ("lote anclado, desde el asiento", "anchored batch, from entry"),
    "cosigned": ("cabeza firmada por testigos, hasta el asiento", "head cosigned by witnesses, up to entry"),
    "documents": ("documento", "document"), "orders": ("orden", "order"),
    "items": ("producto de la orden", "product of order"), "deliveries": ("entrega de la orden", "delivery of order"),
    "parties": ("entidad o proveedor, RUC", "entity or supplier, RUC"), "procedures": ("procedimiento", "procedure"),
    "closings": ("cierre del procedimiento", "close of procedure"), "offers": ("oferta", "offer"),
    "claims": ("oferta del procedimiento", "offer of procedure"), "keys": ("clave de firma", "signing key"),
    "calendars": ("calendario del asiento", "calendar of entry"),
    "assignments": ("cesión del asiento", "assignment of entry"),
    "submissions": ("sobre del asiento", "envelope of entry"), "figures": ("cifras", "figures"),
    "delays": ("plazos", "delays"), "turnover": ("montos", "amounts"), "chain": ("cadena", "chain"),
    "signer": ("firmante del registro", "log's signer"), "registry": ("registro", "register"),
    "watch": ("vigilancia", "watch"),
}  # fmt: skip
_COLUMN: dict[str, Pair] = {
    "status": ("estado", "state"), "state": ("estado", "state"), "opened": ("apertura", "opening"),
    "closes_at": ("cierre", "close"), "closes_on": ("fecha de cierre", "date of the close"),
    "claims": ("su procedimiento", "its procedure"), "date": ("fecha", "date"), "month": ("mes", "month"),
    "entity_ruc": ("RUC de la entidad", "entity's RUC"), "supplier_ruc": ("RUC del proveedor", "supplier's RUC"),
    "agreement": ("acuerdo marco", "framework agreement"), "catalogue": ("catálogo", "catalogue"),
    "procedure": ("tipo de procedimiento", "kind of procedure"),
    "contracting_type": ("tipo de contratación", "kind of contracting"),
    "shape": ("forma de entrega", "shape of delivery"), "source": ("procedencia", "source"),
    "currency": ("moneda", "currency"), "sub_total": ("subtotal", "subtotal"), "vat": ("IGV", "VAT"),
    "total": ("total", "total"), "published_at": ("publicación", "publication"),
    "accepted_at": ("aceptación", "acceptance"), "first_index": ("primer asiento", "first entry"),
    "last_index": ("último asiento", "newest entry"), "requirement": ("procedimiento", "procedure"),
    "order": ("orden", "order"), "number": ("número", "number"), "description": ("descripción", "description"),
    "product": ("producto", "product"), "brand": ("marca", "brand"),
    "part_number": ("número de parte", "part number"), "category": ("categoría", "category"),
    "unit": ("unidad", "unit"), "quantity": ("cantidad", "quantity"), "unit_price": ("precio unitario", "unit price"),
    "amount": ("monto", "amount"), "ubigeo": ("ubigeo", "place code"), "department": ("departamento", "department"),
    "province": ("provincia", "province"), "district": ("distrito", "district"),
    "start": ("inicio del plazo", "start of the term"), "max_days": ("días de plazo", "days of the term"),
    "ruc": ("RUC", "RUC"), "name": ("nombre", "name"), "entity": ("papel de entidad", "role of entity"),
    "supplier": ("papel de proveedor", "role of supplier"), "rule": ("regla", "rule"),
    "offers": ("número de ofertas", "number of offers"), "offer": ("código de oferta", "offer's code"),
    "code": ("código", "code"), "leaf": ("huella", "hash"), "entry": ("asiento", "entry"),
    "withdrawn": ("retiro", "withdrawal"), "key": ("clave", "key"), "alg": ("tipo de firma", "kind of signature"),
    "holder": ("titular", "holder"), "revoked": ("revocación", "revocation"),
    "sha256": ("huella del contenido", "hash of the content"), "token": ("ficha en la cadena", "token on the chain"),
    "account": ("cuenta", "account"), "owner": ("titular de la ficha", "token's owner"),
    "balance": ("fichas en custodia", "tokens in custody"), "transaction": ("transacción", "transaction"),
    "kind": ("tipo de acto", "kind of act"), "subject": ("orden o procedimiento", "order or procedure"),
    "seq": ("orden de los actos", "sequence of acts"), "recorded_at": ("hora", "time"),
    "mac": ("sello del proceso", "seal of the process"), "index": ("número de asiento", "entry's number"),
    "size": ("tamaño", "size"), "frontier": ("huellas de cabeza", "hashes of the head"),
    "checkpoint": ("cabeza firmada", "signed head"), "hashes": ("huellas", "hashes"), "level": ("nivel", "level"),
    "root": ("raíz", "root"), "first": ("primer asiento", "first entry"),
    "block_number": ("número de bloque", "block's number"), "block_hash": ("huella de bloque", "block's hash"),
    "block_time": ("hora del bloque", "block's time"), "proof": ("prueba", "proof"),
    "note": ("cabeza firmada", "signed head"), "witnesses": ("testigos", "witnesses"),
    "body": ("contenido", "content"), "media_type": ("tipo de archivo", "type of file"),
    "anchor": ("ancla", "anchor"), "head": ("cabeza", "head"), "batch": ("lote", "batch"),
    "orders": ("órdenes", "orders"), "count": ("cuántas", "how many"), "days": ("días", "days"),
    "late": ("fuera de plazo", "late"), "by": ("agrupación", "grouping"), "a": ("grupo", "group"),
    "b": ("subgrupo", "subgroup"), "stage": ("etapa", "stage"), "role": ("papel", "role"),
    "boxes": ("datos cifrados", "enciphered data"), "box": ("datos cifrados", "enciphered data"),
    "reason": ("motivo", "reason"),
}  # fmt: skip
_WHOLE = ("row", "record", "record/", "record/data", "round", "more")
"""Columns that mean the row itself."""
_ONE = ("log", "signer", "registry", "watch")
"""Places of which there is one."""
_ADDED = ("figures", "delays", "turnover")
_MANY = ("items", "deliveries", "closings", "claims", "tiles", *_ADDED)
"""Places with several keys, a slash between them."""
_BY: dict[str, Pair] = {
    **words.DIMENSION, **words.STAGE,
    "entity": words.DIMENSION["entities"], "supplier": words.DIMENSION["suppliers"],
}  # fmt: skip
_DIGITS = 8
"""Of a digest so many digits are told, which is enough to find it again."""


def where(language: str, table: str, row: str, column: str) -> str:
    """A place as `Orden OCAM-2026-1335-1-0: total`. A column that has no word here (a rule's, a node's trouble) is left
    out: the message tells what is wrong."""
    noun = _word(language, _TABLE, table) or table
    parts = row.split("/") if table in _MANY else [row]
    if table in _ADDED:  # by what it is added up
        parts[0] = (_word(language, _BY, parts[0]) or parts[0]).lower()
    names = " / ".join(_short(part) for part in parts if part not in ("", "*"))
    told = noun if not names or table in _ONE else f"{noun} {names}"
    datum = _datum(language, table, column)
    return words.sentence(f"{told}: {datum}" if datum else told)


def _datum(language: str, table: str, column: str) -> str:
    if column in _WHOLE:
        return ""
    if column.startswith("record/") or (table == "disclosures" and column.startswith("/")):
        told = words.pointer(language, column.removeprefix("record").removeprefix("/data"), _COLUMN)
        return told if told[:2].isupper() else told[:1].lower() + told[1:]
    return _word(language, _COLUMN, column)


def _word(language: str, table: dict[str, Pair], code: str) -> str:
    pair = table.get(code)
    return "" if pair is None else pair[language != "es"]


def _short(text: str) -> str:
    digits = text.removeprefix("0x")
    whole = len(digits) < 40 or any(digit not in "0123456789abcdef" for digit in digits.lower())
    return text if whole else text[: len(text) - len(digits) + _DIGITS] + "…"
