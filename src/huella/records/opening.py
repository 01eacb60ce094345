"""An offer opened: anybody holds what was disclosed against what was sealed, and reads the award's input from it.

offer's records ─► digests match ─► every record signed by one key ─► tie and content name one requirement ─► Bid
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from huella.errors import InputError, RuleError
from huella.records import act, disclosure, record
from huella.records.award import Bid, Demand, Need
from huella.records.disclosure import unb64
from huella.records.offer_form import (
    OPENED,
    REFUSED,
    RESTRICTED,
    SEALED_KINDS,
    WITHDRAWN,
    Bidder,
    Content,
    Tie,
    check_content,
    check_form,
    read_as,
)
from huella.records.procedure import Claim, OfferOpened, Requirement
from huella.records.procedure_rules import check_offer_opened
from huella.records.record import Record

_KINDS = SEALED_KINDS | {REFUSED}


@dataclass(frozen=True, slots=True)
class OpenedOffer:
    """What is known of an opened offer: its kind now, its bidder, the act's key (base64url), its content with the
    disclosed parts in place, the requirement it was made for."""

    offer: str
    kind: str
    key: str
    bidder: Bidder
    content: Content
    tie: Tie


def bidder_of(opened: OfferOpened) -> tuple[str | None, str]:
    """An opened offer's bidder by RUC (None for a person) and the key of its act, out of the last bidder shown.
    InputError where none is."""
    named = [found for text in opened.disclosures if (found := disclosure.parse(text)).pointer == "/bidder"]
    if not named:
        raise InputError("the bidder of the offer is opened", field="/disclosures")
    bidder = read_as(named[-1].value, Bidder, "/bidder")
    return bidder.ruc, bidder.act.key


def opened_fact(offer: str, leaf: str, texts: Iterable[str]) -> OfferOpened:
    """The fact of `offers.opened` out of an envelope's disclosures: those that may become public, in their order."""
    public = (text for text in texts if disclosure.parse(text).pointer in OPENED)
    return OfferOpened(offer, leaf, tuple(public))


def check_opened(records: Sequence[bytes], opened: OfferOpened, tie: str) -> OpenedOffer:
    """Check an opened offer against its own records (first to claimed, in order) and its tie (a disclosure).

    Raises InputError where a disclosure is missing, wrong or too much; RuleError `offer-act` where an act does not
    verify, `offer-one-key` and `offer-one-bidder` where a record of this offer was signed by another or names another,
    `offer-requirement` where what was signed belongs to another requirement than the tie says.
    """
    tied = read_as(_value(tie, "/requirement"), Tie, "/ties")
    check_offer_opened(opened, tied.subject)
    chain = _chain(records, opened)
    texts = {disclosure.digest(text): text for text in opened.disclosures}
    used: set[str] = set()
    bidders = [_bidder(one, texts, used) for one in chain]
    _check_one(bidders)
    last = chain[-1]
    content = _content(last, texts, used)
    for one in chain[:-1]:  # an earlier content may be shown too, and then must fit
        _content(one, texts, used, needed=False)
    if len(used) != len(texts):
        raise InputError("a disclosure matches no sealed field of the offer", field="/disclosures")
    if disclosure.digest(tie) != record.sealed(last)["/requirement"]:
        raise InputError("the tie is not the one that was sealed", field="/ties")
    if content.requirement != tied.leaf:
        raise RuleError("what was signed belongs to another requirement", rule="offer-requirement")
    return OpenedOffer(opened.offer, last.kind, bidders[-1].act.key, bidders[-1], content, tied)


def _check_one(bidders: Sequence[Bidder]) -> None:
    if len({bidder.act.key for bidder in bidders}) != 1:
        raise RuleError("a record of this offer was signed with another key", rule="offer-one-key")
    if len({bidder.ruc for bidder in bidders}) != 1:
        raise RuleError("a record of this offer names another bidder", rule="offer-one-bidder")


def _chain(records: Sequence[bytes], opened: OfferOpened) -> list[Record]:
    """The offer's records, linked, each in the form that offers have, the last one the claimed one."""
    chain: list[Record] = []
    prev: str | None = None
    counted: str | None = None
    for raw in records:
        one = record.parse(raw)
        if one.kind not in _KINDS or one.subject != opened.offer or one.prev != prev:
            raise InputError("these are not the records of this offer, in their order", field="/prev")
        prev = record.leaf_hash(raw).hex()
        if one.kind != REFUSED:  # changes nothing wherever it stands
            check_form(one)
            chain.append(one)
            counted = prev
    if counted != opened.leaf or counted != prev:
        raise InputError("the claimed record is not the last of these", field="/leaf")
    return chain


def _bidder(one: Record, texts: dict[str, str], used: set[str]) -> Bidder:
    text = _take(one, "/bidder", texts, used)
    if text is None:
        raise InputError("the bidder of each record of the offer is opened", field="/disclosures")
    bidder = read_as(_value(text, "/bidder"), Bidder, "/bidder")
    if not act.check_bidder(one, {"act": msgspec.to_builtins(bidder.act)}):
        raise RuleError("the act inside the bidder is not of this key over this offer", rule="offer-act")
    return bidder


def _content(one: Record, texts: dict[str, str], used: set[str], needed: bool = True) -> Content:
    text = _take(one, "/content", texts, used)
    if text is None:
        if needed:
            raise InputError("the claimed record's content is opened", field="/disclosures")
        return Content(requirement="")
    bare = read_as(_value(text, "/content"), Content, "/content")
    if bare.products or bare.shipping or bare.documents or bare.confidential:
        raise InputError("parts of a content are sealed inside it", field="/content")
    parts = [texts[digest] for digest in bare.sealed.values() if digest in texts]
    used.update(digest for digest in bare.sealed.values() if digest in texts)
    missing = {p for p, digest in bare.sealed.items() if p in OPENED and digest not in texts}
    if missing and needed:
        raise InputError("this part is not opened", field=min(missing))
    whole = disclosure.apply({}, {"/content": disclosure.digest(text)}, (text, *parts))
    content = read_as(whole["content"], Content, "/content")
    check_content(content)
    return content


def _take(one: Record, pointer: str, texts: dict[str, str], used: set[str]) -> str | None:
    digest = record.sealed(one)[pointer]
    if digest in texts:
        used.add(digest)
    return texts.get(digest)


def _value(text: str, pointer: str) -> object:
    found = disclosure.parse(text)
    if found.pointer != pointer:
        raise InputError(f"the disclosure belongs to {found.pointer}", field=pointer)
    return found.value


def demand(wanted: Requirement) -> Demand:
    """The award's question, as the requirement in force puts it."""
    return Demand(
        contracting_type=wanted.contracting_type, currency=wanted.currency, rates=wanted.rates,
        destinations=tuple(destination.number for destination in wanted.destinations),
        needs=tuple(
            Need(product=product.number, quantity=product.quantity, needs_freight=wanted.needs_freight)
            for product in wanted.products
        ),
    )  # fmt: skip


def bid(claim: Claim, opened: OpenedOffer | None, proven: bool, malformed: bool = False) -> Bid:
    """The award's input for a claimed offer: opened and checked, or None where it was not, or (`malformed`) where what
    was opened does not fit what was sealed.

    `proven`: the act's key is authorised for the bidder, or its party has none on record. A person is named by the
    SHA-256 (hex) of the act's key.
    """
    if opened is None:
        return Bid(
            offer=claim.leaf,
            index=claim.index,
            opened=malformed,
            malformed=malformed,
            withdrawn=claim.withdrawn,
        )
    content = opened.content
    name = opened.bidder.ruc or hashlib.sha256(unb64(opened.key)).hexdigest()
    return Bid(
        offer=claim.leaf, index=claim.index, bidder=name if proven else None, opened=True,
        currency=content.currency or "PEN", exchange_rate=content.exchange_rate, minimum=content.minimum,
        quotes=content.products, freights=content.shipping, restricted=content.declined == RESTRICTED,
        withdrawn=claim.withdrawn or opened.kind == WITHDRAWN,
    )  # fmt: skip
