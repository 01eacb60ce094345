"""What a supplier takes home and what an entity hands out: receipts of offers, and the bundle of a procedure."""

from __future__ import annotations

from datetime import UTC, datetime

from huella.documents import receipt as pages
from huella.documents.attach import PAGE_NAME, attach_evidence
from huella.errors import InputError, NotFound, ProofError
from huella.flow import authority
from huella.flow.house import House
from huella.flow.procedure import case
from huella.flow.publish import evidence_of
from huella.flow.sign import LogSigner
from huella.proof import evidence
from huella.proof.bundle import Bundle
from huella.proof.evidence import Evidence
from huella.records import disclosure, record
from huella.records.identifiers import check_offer_code, moment, parse_moment
from huella.records.offer_form import REFUSED, SEALED_KINDS
from huella.store import database
from huella.store.journal import Entry
from huella.store.papers import Papers

NAME = PAGE_NAME
KIND = "receipt"
_TIE = frozenset({"/requirement"})


def newest_of_offer(house: House, code: str) -> Entry:
    """The entry that stands for an offer: its newest record, or its refusal where it has nothing else.

    InputError where the log has no such offer.
    """
    check_offer_code(code, "offer")
    entries = house.journal.of_subject(code)
    own = [entry for entry in entries if entry.kind != REFUSED]
    if not entries:
        raise NotFound(
            f"no offer {code} is registered", field="offer", advice="The receipt and the copy tell its code."
        )
    return (own or entries)[-1]


def receipt(house: House, index: int) -> Evidence:
    """The receipt of an offer's entry: its evidence with the tie, so that its holder can show where it belongs.

    Before the anchor it is the registry's signature, afterwards the chain's word too. StoreError until the head is
    signed.
    """
    with database.moment(house.engine):
        return evidence_of(house, index, _TIE)


def receipt_paper(house: House, index: int) -> bytes:
    """The receipt as a page (PDF) with the evidence attached: signed, once it is anchored and the worker has signed it.

    Asking for it puts it in the outbox of signing, unless nothing signs here.
    """
    if house.settings.text("signatures.key") != "none" and isinstance(house.signer, LogSigner):
        asked = Papers(house.engine).ask(KIND, index)
        if asked.body is not None:
            return asked.body
    return unsigned(house, index)


def shown_receipt(house: House, raw: bytes) -> int:
    """The entry of a receipt that its holder shows: one of this register that discloses its tie. InputError otherwise,
    so that nobody learns by an offer's code alone where it belongs."""
    try:
        given = evidence.parse(raw)
    except ProofError as error:
        raise InputError("this is no receipt of an offer in this register", field="/receipt") from error
    entry = house.journal.entry(given.proof.index)
    if entry is None or entry.record != given.record or entry.kind not in SEALED_KINDS:
        raise InputError("this is no receipt of an offer in this register", field="/receipt")
    wanted = record.sealed(record.parse(given.record)).get("/requirement")
    if wanted not in {disclosure.digest(text) for text in given.disclosures}:
        raise InputError("this receipt does not show which requirement the offer is for", field="/receipt")
    return entry.index


def unsigned(house: House, index: int, notice: str = "") -> bytes:
    """The page with its evidence, before its signature; `notice` tells on the page what the signature is worth."""
    proof = receipt(house, index)
    batch = None if proof.anchor is None else house.anchors.reaching(proof.anchor.size)
    time = None if batch is None else batch.block_time
    body = pages.render_receipt(
        proof,
        house.settings.text("registry.address"),
        None if time is None else moment(datetime.fromtimestamp(time, UTC)),
        attested=house.trust.consensus != "none",
        notice=notice,
    )
    made = parse_moment(record.parse(proof.record).recorded_at, "/recorded_at")
    return attach_evidence(body, proof.encode(), made, NAME, pages.DESCRIPTION)


def bundle_of(house: House, number: str) -> Bundle:
    """A procedure's records and those of the offers it claims, each with its evidence and nothing disclosed.

    Before the close it holds the requirement alone: what suppliers need to seal an offer.
    """
    found = case(house, number)
    return Bundle(number, _all(house, number), tuple(_all(house, claim.offer) for claim in found.life.claims))


def _all(house: House, subject: str) -> tuple[Evidence, ...]:
    return tuple(evidence_of(house, entry.index) for entry in house.journal.of_subject(subject))


def _to_sign(house: House, index: int) -> bytes:
    return unsigned(house, index, authority.notice(house.settings) or "Firmada digitalmente por el registro.")


RENDERS = {KIND: _to_sign}
"""What makes each kind of paper that is signed."""
