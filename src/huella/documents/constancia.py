"""The constancia of an order as a PDF, Spanish or English, from what is public (docs/spec/paper.md, The constancia).

Order, records, offers, evidence ─► what the pages show (texts) ─► templates/constancia.typ ─► PDF/A-3a + PDF/UA-1
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from huella.documents import qr, spanish, typeset
from huella.documents.attach import PAGE_NAME
from huella.documents.order import RESERVED
from huella.errors import InputError
from huella.proof.evidence import Anchor, Evidence
from huella.records import record
from huella.records.identifiers import parse_moment
from huella.records.life import DeliveryLife
from huella.records.model import Destination, Order

Language = Literal["es", "en"]
TEMPLATE, WORDS = "constancia.typ", "constancia.toml"
RENDERER = f"huella constancia/1 ({typeset.ENGINE})"
"""Name and version of what makes the pages: the same facts, address and renderer give the same bytes."""
DESCRIPTION = "Evidencia de que la orden de esta constancia está registrada"


class Step(NamedTuple):
    """One record of the order: its index, kind, when it was recorded (UTC), leaf hash (hex), block and its time."""

    entry: int
    kind: str
    recorded_at: str
    leaf: str
    block: int
    block_at: str


class Claim(NamedTuple):
    """One offer that the close claimed: code, its entry, leaf hash (hex), whether withdrawn or opened, the bidder's RUC
    (None: a person, or not opened), its rank and amount in the award."""

    offer: str
    entry: int
    leaf: str
    withdrawn: bool
    opened: bool
    bidder: str | None
    rank: int | None
    total: Decimal | None


class Told(NamedTuple):
    """What a constancia tells: the order's public data (RESERVED for what is personal), its state and deliveries now,
    its records, the offers of its procedure; the evidence of the record that tells the whole order, with its anchor;
    the addresses of the validators that sealed the proof's block, of how many; the block's time (UTC)."""

    number: str
    order: Order
    status: str
    deliveries: tuple[DeliveryLife, ...]
    steps: tuple[Step, ...]
    procedure: str | None
    claims: tuple[Claim, ...]
    evidence: Evidence
    sealers: tuple[str, ...]
    validators: int
    anchored_at: str
    attested: bool


def render_constancia(told: Told, link: str, language: Language = "es", notice: str = "") -> bytes:
    """The constancia's PDF: PDF/A-3a and PDF/UA-1, tagged, QR of `link` at 35 mm, nothing attached; dated with the
    anchor's block. `notice` stands at the foot of every page. The same arguments give the same bytes.

    InputError where the evidence has no anchor: before it nothing is attested.
    """
    return typeset.pdf(
        TEMPLATE, page(told, link, language) | {"notice": notice}, parse_moment(told.anchored_at, "/")
    )


def picture(told: Told, link: str) -> bytes:
    """The first page as SVG, for documentation."""
    return typeset.svg(TEMPLATE, page(told, link), parse_moment(told.anchored_at, "/"))


def page(told: Told, link: str, language: Language = "es") -> dict[str, Any]:
    """Everything that the pages show, as texts: the template lays out and adds no facts."""
    anchor = told.evidence.anchor
    if anchor is None:
        raise InputError("a constancia is issued for what is anchored", field="order")
    head = told.evidence.proof.checkpoint
    operator = typeset.plain(record.parse(told.evidence.record).recorded_by)
    return {
        "title": f"{words(language)['title']} {told.number}",
        "author": operator,
        "language": language,
        "notice": "",
        "w": words(language),
        "number": typeset.plain(told.number),
        "address": link,
        "qr": qr.drawn(link, language == "es"),
        "renderer": RENDERER,
        "summary": _summary(told, anchor, operator, language),
        "facts": _facts(told, language),
        "document": _document(told),
        "steps": [_step(step, language) for step in told.steps],
        "deliveries": _deliveries(told, language),
        "linked": _say(language, "linked", procedure=told.procedure)
        if told.procedure
        else _say(language, "unlinked"),
        "claims": [_claim(claim, told.order.currency, language) for claim in told.claims],
        "index": f"{told.evidence.proof.index:,}",
        "leaf": typeset.grouped(record.leaf_hash(told.evidence.record).hex()),
        "size": f"{head.size:,}",
        "root": typeset.grouped(head.root.hex()),
        "origin": typeset.plain(head.origin),
        "note": [typeset.chopped(line) for line in head.raw.strip("\n").split("\n") if line],
        "anchor": _anchor(told, anchor, language),
        "attested": told.attested,
        "how_text": _say(language, "how", file=PAGE_NAME),
    }


def _summary(told: Told, anchor: Anchor, operator: str, language: Language) -> str:
    order = told.order
    return _say(
        language, "summary", number=typeset.plain(told.number), entity=typeset.plain(order.entity.name or RESERVED),
        supplier=typeset.plain(order.supplier.name or RESERVED), total=spanish.money(order.total, order.currency),
        index=f"{told.evidence.proof.index:,}", operator=operator, moment=spanish.moment(told.anchored_at),
        block=f"{anchor.block_number:,}",
    )  # fmt: skip


def _facts(told: Told, language: Language) -> list[dict[str, str]]:
    order, w = told.order, words(language)
    agreement = order.agreement
    facts = [
        ("entity", _party(order.entity.name, order.entity.ruc)),
        ("supplier", _party(order.supplier.name, order.supplier.ruc)),
        ("total", spanish.money(order.total, order.currency)),
        ("status", w["states"].get(told.status, told.status)),
        ("published", spanish.moment(order.published_at) if order.published_at else ""),
        ("accepted", spanish.moment(order.accepted_at) if order.accepted_at else ""),
        ("agreement", " · ".join(filter(None, (agreement.code, agreement.name))) if agreement else ""),
    ]
    return [{"label": w[name], "value": typeset.plain(value)} for name, value in facts if value]


def _party(name: str | None, ruc: str | None) -> str:
    if ruc is None or ruc == RESERVED:
        return name or RESERVED
    return f"{name or RESERVED} (RUC {ruc})"


def _document(told: Told) -> list[str]:
    """The digest of the order's PDF, where the record names it in clear."""
    named = record.files(record.parse(told.evidence.record))
    return typeset.grouped(named[0].sha256) if named else []


def _step(step: Step, language: Language) -> list[str]:
    kinds = words(language)["kinds"]
    return [
        f"{step.entry:,}", kinds.get(step.kind, step.kind), spanish.moment(step.recorded_at),
        typeset.chopped(step.leaf), f"{step.block:,} · {spanish.moment(step.block_at)}",
    ]  # fmt: skip


def _deliveries(told: Told, language: Language) -> list[list[str]]:
    rows = []
    states = words(language)["states"]
    totals = {each.number: each.total for each in told.order.deliveries}
    for each in told.deliveries:
        total = totals.get(each.number)
        rows.append(
            [
                f"E{each.number}", typeset.plain(_place(each.destination)),
                spanish.day(each.start) if each.start else "—", str(each.max_days or "—"),
                "—" if total is None else spanish.money(total, told.order.currency),
                states.get(each.status, each.status),
            ]
        )  # fmt: skip
    return rows


def _place(where: Destination | None) -> str:
    if where is None:
        return "—"
    names = filter(None, (where.department, where.province, where.district))
    return " / ".join(names) or (f"UBIGEO {where.ubigeo}" if where.ubigeo else "—")


def _claim(claim: Claim, currency: str, language: Language) -> dict[str, Any]:
    w = words(language)
    state = w["withdrawn"] if claim.withdrawn else "" if claim.opened else w["unopened"]
    return {
        "offer": typeset.plain(claim.offer),
        "index": f"{claim.entry:,}",
        "leaf": typeset.chopped(claim.leaf),
        "bidder": state or claim.bidder or w["person"],
        "total": "—" if claim.total is None else spanish.money(claim.total, currency),
        "rank": "—" if claim.rank is None else str(claim.rank),
        "winner": claim.rank == 1,
    }


def _anchor(told: Told, anchor: Anchor, language: Language) -> list[dict[str, str]]:
    w = words(language)
    rows = [
        ("block", f"{anchor.block_number:,} · {spanish.moment(told.anchored_at)} ({w['time']})"),
        ("transaction", typeset.chopped("0x" + anchor.transaction.hex())),
        ("block_hash", typeset.chopped("0x" + anchor.block_hash.hex())),
        ("chain", f"{anchor.chain_id} · {typeset.chopped('0x' + anchor.contract.hex())}"),
        ("anchored", f"{anchor.size:,}"),
    ]
    found = [{"label": w[name], "value": value} for name, value in rows]
    if told.sealers and anchor.proof_block is not None:
        names = ", ".join(typeset.chopped(each) for each in told.sealers)
        told_by = _say(
            language, "sealers", count=str(len(told.sealers)), of=str(told.validators), names=names,
            block=f"{anchor.proof_block.number:,}",
        )  # fmt: skip
        found.append({"label": w["sealers"], "value": told_by})
    return found


@functools.cache
def words(language: Language) -> dict[str, Any]:
    """Labels, sentences, states and kinds in a language."""
    path = importlib.resources.files("huella.documents").joinpath("templates", WORDS)
    found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))[language]
    return found


def _say(language: Language, name: str, **told: str) -> str:
    """One of the sentences that hold values."""
    text: str = words(language)[f"{name}_sentence"]
    return text.format(**told)
