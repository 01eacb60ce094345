"""The cast of a procedure, and the vectors of sealed offers: an organisation and a person answer one requirement.

Everything but the encrypted envelopes comes out the same each time; those are kept from offer.json while they open.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huella.errors import InputError
from huella.records import canonical, claims, draft, envelope, offer, offer_file, opening
from huella.records.disclosure import b64
from huella.records.draft import Draft
from huella.records.offer import QuotationRequest, Supplier
from huella.records.offer_file import OfferCopy, OfferFile
from huella.records.procedure import OffersClosed
from huella.records.quotation import Quotation
from huella.records.record import leaf_hash

VECTORS = Path(__file__).parent / "offer.json"
SUBJECT = "REQ-2026-1335-42"
PUBLISHED_AT = "2026-11-23T14:00:00.000Z"
CLOSES_AT = "2026-11-25T22:00:00.000Z"
OPENING = (
    "AGE-SECRET-KEY-1TEMFCH2V4S8VW3RPZH4EDSZY2ZUJWDCTZT0CM9LM7ZTUMGX44LLSR3G0FC",
    "age1vrp4ms2p34qjdprk0x4l8gwwphawsrte3n9l7campds9rkkmjfss8znjfc",
)
"""age identity and recipient, made for these vectors and never to be used for anything else."""
AUDITOR = (
    "AGE-SECRET-KEY-1WWUSY4FY6HVZH4D0DTMK9VDF00TPL9H4F2J4NH8QR6PX9J7NXRCSNRLGMC",
    "age1grrsz0sdaetaejzhul4wnzwvdm9rl54npu6jn4sfu5tvazenpvhs74nhar",
)

REQUIREMENT: dict[str, Any] = {
    "agreement": {"code": "EXT-CE-2022-5", "name": "COMPUTADORAS"},
    "auditor_key": AUDITOR[1],
    "closes_at": CLOSES_AT,
    "contracting_type": "package",
    "currency": "PEN",
    "deliveries": [
        {"destination": 1, "lines": [{"item": 1, "quantity": "6"}], "max_days": 20, "number": 1},
        {
            "destination": 2,
            "lines": [{"item": 1, "quantity": "4"}, {"item": 2, "quantity": "10"}],
            "max_days": 30,
            "number": 2,
            "start": "2026-12-09",
        },
    ],
    "destinations": [
        {"address": "Jr. Puno 100", "contact": {"name": "ROSA QUISPE"}, "number": 1, "ubigeo": "150101"},
        {"address": "Av. El Sol 5", "number": 2, "ubigeo": "080101"},
    ],
    "entity": {"code": 1335, "name": "UNIDAD EJECUTORA", "ruc": "20131257750"},
    "needs_freight": True,
    "opening_key": OPENING[1],
    "procedure": "ordinary",
    "products": [
        {"description": "LAPTOP", "number": 1, "quantity": "10", "sheets": ["F-1", "F-2"], "unit": "UNIDAD"},
        {"description": "MOUSE", "number": 2, "quantity": "10", "unit": "UNIDAD"},
    ],
    "published_at": PUBLISHED_AT,
    "rule": {"name": "lowest_total_package", "version": 1},
    "sealing": "supplier",
}
QUOTATION: dict[str, Any] = {
    "confidential": {"cost": {"margin": "0.07"}, "supplier": "ACME"},
    "currency": "PEN",
    "documents": [{"media_type": "application/pdf", "name": "ficha.pdf", "sha256": "ab" * 32, "size": 1000}],
    "minimum": "500.00",
    "products": [
        {"product": 1, "quantity": "10", "sheet": "F-2", "unit_price": "2150.5"},
        {"product": 2, "quantity": "10", "unit_price": "35"},
    ],
    "shipping": [
        {"cost": "20.00", "destination": 1, "product": 1},
        {"cost": "45.50", "destination": 2, "product": 1},
        {"cost": "0.00", "destination": 1, "product": 2},
        {"cost": "9.00", "destination": 2, "product": 2},
    ],
}
ORGANISATION = {"contact": {"email": "ventas@andina.example"}, "name": "ANDINA S.A.C.", "ruc": "20100186170"}
PERSON = {"address": "Jr. Lima 7", "name": "QUISPE MAMANI ROSA", "ruc": "10417844398"}


def salts(label: str) -> Callable[[], bytes]:
    """Salts that repeat: each 16 bytes of a digest of label and place."""
    count = iter(range(1_000_000))
    return lambda: hashlib.sha256(f"{label} {next(count)}".encode()).digest()[:16]


def key(number: int) -> Ed25519PrivateKey:
    """A supplier's key."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def andina(label: str = "andina") -> Supplier:
    """An organisation that offers."""
    return Supplier(copy.deepcopy(ORGANISATION), key(1), salts(label))


def rosa(label: str = "rosa") -> Supplier:
    """A person who offers."""
    return Supplier(copy.deepcopy(PERSON), key(2), salts(label))


def quotation(**changes: Any) -> Quotation:
    """What is offered, with some members changed; one of None is left out."""
    given = {name: value for name, value in {**QUOTATION, **changes}.items() if value is not None}
    return msgspec.json.decode(canonical.encode(given), type=Quotation)


def seal(
    kind: str, subject: str, data: dict[str, Any], prev: str | None = None, at: str = PUBLISHED_AT
) -> bytes:
    """A record of the registry's own making."""
    made = draft.prepare(Draft(kind=kind, subject=subject, data=data), salts(kind))
    return draft.finish(
        made, seq=0 if prev is None else 1, prev=prev, recorded_at=at, recorded_by="perucompras"
    )


def requirement(**changes: Any) -> bytes:
    """The record of `requirement.published`, with some members changed."""
    return seal("requirement.published", SUBJECT, {**copy.deepcopy(REQUIREMENT), **changes})


def request(raw: bytes | None = None) -> QuotationRequest:
    """What an offer answers."""
    return offer.quotation_request([(raw or requirement(), ())])


def sealed(file: OfferFile, seq: int = 0, at: str = "2026-11-24T15:00:00.000Z") -> bytes:
    """The record that the registry makes of an offer's file."""
    made = draft.prepare(offer_file.draft(file), salts("none"))
    return draft.finish(made, seq=seq, prev=file.offer.prev, recorded_at=at, recorded_by="perucompras")


def record_of(one: OfferCopy, seq: int = 0) -> bytes:
    """The record of an offer out of its supplier's copy, without encrypting anything."""
    of = one.offer
    given = Draft(
        kind=of.kind, subject=of.subject, data=of.data, sealed=of.sealed, disclosures=(one.tie,), prev=of.prev
    )
    made = draft.prepare(given, salts("none"))
    place = {"recorded_at": "2026-11-24T15:00:00.000Z", "recorded_by": "perucompras"}
    return draft.finish(made, seq=seq, prev=of.prev, **place)


def leaf(raw: bytes) -> str:
    """A record's leaf hash in hex."""
    return leaf_hash(raw).hex()


def close(copies: Sequence[OfferCopy], records: Sequence[bytes]) -> OffersClosed:
    """The closed set of these offers, at indexes 10, 11, 12, …"""
    standings = [
        claims.Standing(
            one.offer.subject, leaf(raw), 10 + place, one.offer.kind == "offer.withdrawn", one.tie
        )
        for place, (one, raw) in enumerate(zip(copies, records, strict=True))
    ]
    return claims.closed_set(CLOSES_AT, standings)


def offer_cases() -> list[Any]:
    """The vectors: every step of an offer, from the salts to what is opened."""
    now = request()
    first = offer.compose(now, andina(), quotation())
    prev = leaf(record_of(first))
    less, bare = quotation(minimum=None), quotation(confidential=None, documents=None)
    makers: list[tuple[str, Callable[[str], Supplier], Any, Callable[[Supplier], OfferCopy]]] = [
        ("received", andina, quotation(), lambda by: offer.compose(now, by, quotation())),
        ("replaced", andina, less, lambda by: offer.replace(now, by, less, first, prev)),
        ("withdrawn", andina, None, lambda by: offer.withdraw(now, by, first, prev)),
        ("declined", rosa, "restricted", lambda by: offer.decline(now, by, "restricted")),
        ("by a person", rosa, bare, lambda by: offer.compose(now, by, bare)),
    ]
    return [_made(name, who, given, make) for name, who, given, make in makers]


def _made(
    name: str, who: Callable[[str], Supplier], given: Any, make: Callable[[Supplier], OfferCopy]
) -> dict[str, Any]:
    """A case with all that goes in: the party, its key, what it quotes, and every salt in the order of its use."""
    supplier = who("andina" if name == "received" else name)
    drawn: list[bytes] = []

    def salt() -> bytes:
        drawn.append(supplier.salt())
        return drawn[-1]

    one = make(Supplier(supplier.party, supplier.key, salt))
    return {
        **_case(name, one, 0 if one.offer.prev is None else 1, request()),
        "party": supplier.party,
        "key": key(1 if who is andina else 2).private_bytes_raw().hex(),
        "quotation": msgspec.to_builtins(given),
        "salts": [b64(each) for each in drawn],
    }


def _case(name: str, one: OfferCopy, seq: int, now: QuotationRequest) -> dict[str, Any]:
    raw = record_of(one, seq)
    shown = opening.opened_fact(one.offer.subject, leaf(raw), (*one.public, *one.personal))
    return {
        "name": name,
        "requirement": requirement().decode(),
        "closes_on": now.closes_on,
        "copy": offer_file.write(one).decode(),
        "file": _kept(name, one, now),
        "refused_as": offer_file.digest(one.offer),
        "record": raw.decode(),
        "leaf": leaf(raw),
        "opened": msgspec.to_builtins(shown),
        "identities": {"opening": OPENING[0], "auditor": AUDITOR[0]},
    }


def _kept(name: str, one: OfferCopy, now: QuotationRequest) -> str:
    """The file as it stands in offer.json while it belongs to this copy; else a new one."""
    before = json.loads(VECTORS.read_text("utf-8")) if VECTORS.exists() else []
    for case in before:
        if case["name"] == name and _fits(case["file"], one):
            return str(case["file"])
    return offer_file.write(offer.offer_file(one, now)).decode()


def _fits(text: str, one: OfferCopy) -> bool:
    try:
        file = offer_file.read_file(text.encode())
        opened = envelope.open_envelope(OPENING[0], file.envelopes.opening)
        hidden = envelope.open_envelope(AUDITOR[0], file.envelopes.auditor or "")
    except InputError:
        return False
    whole = (one.offer.subject, (*one.public, *one.personal)), (one.offer.subject, one.confidential)
    return (file.offer, opened, hidden) == (one.offer, *whole)
