"""The receipt of an offer as one page, in Spanish, made from its evidence alone (docs/spec/paper.md, The receipt).

Evidence, address ─► what the page shows (texts only) ─► templates/receipt.typ ─► PDF/A-3a + PDF/UA-1
"""

from __future__ import annotations

from typing import Any

from huella.documents import qr, spanish, typeset
from huella.errors import InputError
from huella.proof.evidence import Anchor, Evidence
from huella.records import disclosure, record
from huella.records.identifiers import check_offer_code, parse_moment
from huella.records.offer_form import DECLINED, RECEIVED, REFUSED, REPLACED, WITHDRAWN, Tie, read_as
from huella.records.record import Record

TEMPLATE = "receipt.typ"
RENDERER = f"huella receipt/2 ({typeset.ENGINE})"
"""Name and version of what makes the page: the same evidence, address and renderer give the same bytes."""
TITLE, LATE_TITLE = "Constancia de recepción de oferta", "Constancia de oferta rechazada"
DESCRIPTION = "Evidencia de que esta oferta está registrada"
STATES = {
    RECEIVED: "Oferta recibida",
    REPLACED: "Oferta reemplazada por su proveedor",
    WITHDRAWN: "Oferta retirada por su proveedor",
    DECLINED: "Respuesta sin cotización",
    REFUSED: "Oferta rechazada: llegó después del cierre",
}


def address(base: str, code: str) -> str:
    """The short address of an offer on the portal's fixed domain: `https://huella.example.pe/v/OFE-…`."""
    return f"{base.rstrip('/')}/v/{check_offer_code(code, '/subject')}"


def render_receipt(
    evidence: Evidence, base: str, anchored_at: str | None, *, attested: bool, notice: str = ""
) -> bytes:
    """The receipt's PDF: one page, PDF/A-3a and PDF/UA-1, Spanish, tagged, QR at 35 mm, nothing attached.

    `notice` stands at the foot of every page: who signs it, and what that is worth; empty on a page without signature.
    `base` is the portal's address; `anchored_at` the UTC moment of the anchor's block where the evidence has one,
    `attested` whether validators of several organisations stand behind the chain. The same arguments give the same
    bytes. Raises InputError where the evidence is not an offer's.
    """
    found = record.parse(evidence.record)
    if found.kind not in STATES:
        raise InputError("a receipt is made for an offer", field="/kind")
    data = page(evidence, address(base, found.subject), anchored_at, attested=attested) | {"notice": notice}
    return typeset.pdf(TEMPLATE, data, parse_moment(found.recorded_at, "/recorded_at"))


def page(evidence: Evidence, link: str, anchored_at: str | None, *, attested: bool) -> dict[str, Any]:
    """Everything that the page shows, as texts: the template lays out and adds no facts."""
    found = record.parse(evidence.record)
    head = evidence.proof.checkpoint
    heading = LATE_TITLE if found.kind == REFUSED else TITLE
    return {
        "title": f"{heading} {found.subject}",
        "author": typeset.plain(found.recorded_by),
        "language": "es",
        "notice": "",
        "heading": heading.replace("de oferta", "de\u00a0oferta"),
        "code": found.subject,
        "state": STATES[found.kind],
        "refused": found.kind == REFUSED,
        "address": link,
        "qr": qr.drawn(link),
        "renderer": RENDERER,
        "facts": _facts(found, evidence),
        "index": f"{evidence.proof.index:,}",
        "leaf": typeset.grouped(record.leaf_hash(evidence.record).hex()),
        "origin": typeset.plain(head.origin),
        "size": f"{head.size:,}",
        "root": typeset.grouped(head.root.hex()),
        "anchor": None if evidence.anchor is None else _anchor(evidence.anchor, anchored_at),
        "attested": attested,
    }


def _facts(found: Record, evidence: Evidence) -> list[dict[str, str]]:
    closes_on = found.data.get("closes_on")
    facts = [
        ("Requerimiento", _requirement(found, evidence)),
        ("El procedimiento cierra el", spanish.day(closes_on) if isinstance(closes_on, str) else ""),
        ("Registrada, según el registro", f"{spanish.moment(found.recorded_at)} (hora de Lima)"),
        ("Operador del registro", typeset.plain(found.recorded_by)),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def _requirement(found: Record, evidence: Evidence) -> str:
    """The requirement's number, where the evidence discloses the tie or a refusal names it."""
    if found.kind == REFUSED:
        return typeset.plain(str(found.data.get("requirement", "")))
    digest = record.sealed(found).get("/requirement")
    for text in evidence.disclosures:
        if disclosure.digest(text) == digest:
            return read_as(disclosure.parse(text).value, Tie, "/requirement").subject
    return ""


def _anchor(anchor: Anchor, anchored_at: str | None) -> list[dict[str, str]]:
    rows = [
        ("Momento del bloque", f"{spanish.moment(anchored_at)} (hora de Lima)" if anchored_at else ""),
        ("Cadena y bloque", f"{anchor.chain_id} · {anchor.block_number:,}"),
        ("Asientos anclados", f"{anchor.size:,}"),
        ("Contrato", typeset.chopped("0x" + anchor.contract.hex())),
        ("Transacción", typeset.chopped("0x" + anchor.transaction.hex())),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]
