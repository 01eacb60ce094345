"""Offers as they are sealed: one form for every kind of offer record (docs/spec/procedure.md, Offers).

In clear stands the Lima date of the close and nothing else; three sealed pointers hold the rest:

    /requirement  Tie      which procedure: opened at the close
    /bidder       Bidder   who, with the act that signs: opened after the close; a person's data stay sealed inside
    /content      Content  what: opened after the close, part by part
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from huella.errors import InputError
from huella.records import canonical
from huella.records import identifiers as ids
from huella.records.award import Freight, Quote
from huella.records.model import Contact, Value
from huella.records.record import Act, FileRef, Record, annexes, files, sealed
from huella.records.rules import Warn

POINTERS = ("/bidder", "/content", "/requirement")
"""What every offer record seals, no more and no less."""
OPENED = ("/bidder", "/content", "/products", "/shipping")
"""Pointers whose disclosures may enter `offers.opened`. All others stay with the opening or the auditor's key."""
CONFIDENTIAL = "/confidential"
"""Opened for an auditor only, with all that it seals itself."""

PARTS = ("/products", "/shipping", "/documents", CONFIDENTIAL)
"""What a content seals in itself, where there is something."""

RESTRICTED, NOT_QUOTED = "restricted", "not_quoted"
RECEIVED, REPLACED, WITHDRAWN = "offer.received", "offer.replaced", "offer.withdrawn"
DECLINED, REFUSED = "offer.declined", "offer.refused"
SEALED_KINDS = frozenset({RECEIVED, REPLACED, WITHDRAWN, DECLINED})

V = TypeVar("V")


class Tie(Value, frozen=True):
    """The value of `/requirement`: the procedure, and the leaf hash (hex) of its `requirement.published`."""

    subject: str
    leaf: str


class Bidder(Value, frozen=True, kw_only=True):
    """The value of `/bidder`. `act` signs the record without the digests of `/bidder` and `/requirement`.

    What is personal (a person's RUC and name, always address and contact) stands in `sealed`, by digest.
    """

    act: Act
    ruc: str | None = None
    name: str | None = None
    address: str | None = None
    contact: Contact | None = None
    sealed: dict[str, str] = msgspec.field(default_factory=dict)


class Content(Value, frozen=True, kw_only=True):
    """The value of `/content`. `requirement` repeats the tie's leaf, so that the act signs it.

    `exchange_rate` is the requirement's currency for one unit of `currency`; `minimum` the amount in
    `currency` below which the supplier does not sell; `declined` why nothing is quoted. Products, freight, documents
    and what is confidential are sealed in it.
    """

    requirement: str
    currency: str | None = None
    exchange_rate: Decimal | None = None
    minimum: Decimal | None = None
    declined: str | None = None
    products: tuple[Quote, ...] = ()
    shipping: tuple[Freight, ...] = ()
    documents: tuple[FileRef, ...] = ()
    confidential: dict[str, Any] | None = None
    sealed: dict[str, str] = msgspec.field(default_factory=dict)


class OfferFact(Value, frozen=True):
    """What an offer record says. The registry knows `closes_on` and, by its disclosure, `requirement`."""

    closes_on: str
    requirement: Tie | None = None
    bidder: Bidder | None = None
    content: Content | None = None


class OfferRefused(Value, frozen=True):
    """An offer that came too late, refused by the registry. `digest` (hex) names what was refused."""

    requirement: str
    reason: str
    digest: str


def read_as(value: Any, shape: type[V], field: str) -> V:
    """A disclosed value as one of the shapes here. InputError where it is not, or not in its one form."""
    try:
        found = msgspec.json.decode(canonical.encode(value), type=shape)
    except msgspec.ValidationError as error:
        raise InputError(str(error), field=field) from None
    if canonical.encode(found) != canonical.encode(value):
        raise InputError("a member is empty or not in its canonical form", field=field)
    return found


def check_offer(fact: OfferFact, subject: str) -> list[Warn]:
    """One offer record's facts, as far as they are opened."""
    ids.check_offer_code(subject, "/subject")
    ids.check_date(fact.closes_on, "/closes_on")
    if fact.requirement is not None:
        ids.requirement_number(fact.requirement.subject, "/requirement/subject")
        ids.check_hex(fact.requirement.leaf, "/requirement/leaf")
    if fact.bidder is not None and fact.bidder.ruc is not None:
        ids.check_ruc(fact.bidder.ruc, "/bidder/ruc")
    if fact.content is not None:
        check_content(fact.content)
    return []


def check_refused(refused: OfferRefused, subject: str) -> list[Warn]:
    """A refusal names its procedure, its reason and what was refused."""
    ids.check_offer_code(subject, "/subject")
    ids.requirement_number(refused.requirement, "/requirement")
    ids.check_hex(refused.digest, "/digest")
    if refused.reason != "late":
        raise InputError("an offer is refused because it is late", field="/reason")
    return []


def check_content(content: Content) -> None:
    """The members of a content in their forms, as far as they are opened."""
    ids.check_hex(content.requirement, "/content/requirement")
    if content.declined not in (None, RESTRICTED, NOT_QUOTED):
        raise InputError("declined is restricted or not_quoted", field="/content/declined")
    if content.exchange_rate is not None:
        ids.check_scaled(content.exchange_rate, "/content/exchange_rate")
    if content.minimum is not None:
        ids.check_money(content.minimum, "/content/minimum")
    for position, quote in enumerate(content.products):
        for name, value in (("quantity", quote.quantity), ("unit_price", quote.unit_price)):
            ids.check_scaled(value, f"/content/products/{position}/{name}")
            if not value:
                raise InputError(
                    "a price or quantity is above zero", field=f"/content/products/{position}/{name}"
                )
    for position, freight in enumerate(content.shipping):
        ids.check_money(freight.cost, f"/content/shipping/{position}/cost")


def check_form(of: Record) -> None:
    """An offer record shows the date of the close and seals exactly three pointers. InputError where it does not."""
    if set(sealed(of)) != set(POINTERS):
        raise InputError("an offer seals /requirement, /bidder and /content, nothing else", field="/sealed")
    if len(set(sealed(of).values())) != len(POINTERS):
        raise InputError("three pointers have three digests", field="/sealed")
    if set(of.data) != {"closes_on"} or annexes(of) or files(of) or isinstance(of.act, Act):
        raise InputError("an offer shows the date of its close and nothing else in clear", field="/data")
    ids.check_date(str(of.data["closes_on"]), "/closes_on")
    if (of.kind in (RECEIVED, DECLINED)) != (of.prev is None):
        raise InputError("a first offer has no record before it, any other names it", field="/prev")
