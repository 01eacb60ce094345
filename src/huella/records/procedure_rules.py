"""What must hold inside one fact of a procedure (docs/spec/procedure.md, Rules)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from huella.errors import InputError
from huella.records import disclosure, policy, rules
from huella.records import identifiers as ids
from huella.records.award import Award
from huella.records.envelope import check_recipient
from huella.records.model import Destination
from huella.records.offer_form import OPENED, Bidder, Content, Tie, read_as
from huella.records.procedure import (
    SERVER,
    SUPPLIER,
    Cancelled,
    Claim,
    OfferOpened,
    OffersClosed,
    Product,
    Requirement,
    RequirementAmendment,
    Term,
)
from huella.records.rules import Warn, check_term

_RULE = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


def check_requirement(wanted: Requirement, subject: str) -> list[Warn]:
    """A requirement: complete, quantities conserved over its deliveries, keys and closing time in their form."""
    number = ids.requirement_number(subject, "/subject")
    rules.check_party(wanted.entity, "/entity")
    if not wanted.entity.ruc or not wanted.entity.name:
        raise InputError("the entity has RUC and name", field="/entity")
    if wanted.entity.code != number.entity_code:
        raise InputError(f"the requirement's number names entity {number.entity_code}", field="/entity/code")
    rules.check_choices(wanted.agreement, wanted.procedure, wanted.contracting_type, wanted.currency)
    check_products(wanted.products)
    check_places(wanted.destinations)
    check_terms(wanted.deliveries, len(wanted.destinations))
    _check_quantities(wanted)
    if ids.check_moment(wanted.closes_at, "/closes_at") <= ids.check_moment(
        wanted.published_at, "/published_at"
    ):
        raise InputError("the procedure closes after it is published", field="/closes_at")
    check_recipient(wanted.opening_key, "/opening_key")
    if wanted.auditor_key is not None:
        check_recipient(wanted.auditor_key, "/auditor_key")
        if wanted.auditor_key == wanted.opening_key:
            raise InputError("the auditor's key is not the opening key", field="/auditor_key")
    if wanted.sealing not in (SUPPLIER, SERVER):
        raise InputError("sealing is supplier or server", field="/sealing")
    if not _RULE.match(wanted.rule.name) or wanted.rule.version < 1:
        raise InputError("a rule has a name such as lowest_total and a version from 1", field="/rule")
    _check_rates(wanted)
    rules.check_documents(wanted.documents)
    if wanted.contracting_type == "individual" and len(wanted.products) > 1:
        return [Warn("/contracting_type", "individual, but with several products")]
    return []


def check_products(products: Sequence[Product]) -> None:
    """Numbered 1, 2, 3, each with a quantity above zero."""
    if not products:
        raise InputError("a requirement names its products", field="/products")
    _check_numbers([product.number for product in products], "/products")
    for position, product in enumerate(products):
        at = f"/products/{position}"
        ids.check_scaled(product.quantity, f"{at}/quantity")
        if not product.quantity:
            raise InputError("a quantity is above zero", field=f"{at}/quantity")
        if len(set(product.sheets)) != len(product.sheets) or not all(product.sheets):
            raise InputError("a sheet is named once", field=f"{at}/sheets")


def check_places(destinations: Sequence[Destination]) -> None:
    """Numbered 1, 2, 3, in districts that exist."""
    if not destinations:
        raise InputError("a requirement names its destinations", field="/destinations")
    _check_numbers([destination.number for destination in destinations], "/destinations")
    for position, destination in enumerate(destinations):
        rules.check_destination(destination, f"/destinations/{position}")


def check_terms(deliveries: Sequence[Term], destinations: int) -> None:
    """Numbered 1, 2, 3, each to a destination that exists, with lines, a term of 0 to 3,650 calendar days."""
    if not deliveries:
        raise InputError("a requirement names its deliveries", field="/deliveries")
    _check_numbers([term.number for term in deliveries], "/deliveries")
    for position, term in enumerate(deliveries):
        at = f"/deliveries/{position}"
        if not 1 <= term.destination <= destinations:
            raise InputError("the delivery names a destination that is not there", field=f"{at}/destination")
        check_term(term.max_days, f"{at}/max_days")
        if term.start is not None:
            ids.check_date(term.start, f"{at}/start")
        if not term.lines or len({line.item for line in term.lines}) != len(term.lines):
            raise InputError("a delivery names each product it carries, once", field=f"{at}/lines")


def _check_quantities(wanted: Requirement) -> None:
    carried = {product.number: product.quantity * 0 for product in wanted.products}
    for position, term in enumerate(wanted.deliveries):
        for place, line in enumerate(term.lines):
            at = f"/deliveries/{position}/lines/{place}"
            ids.check_scaled(line.quantity, f"{at}/quantity")
            if line.item not in carried or not line.quantity:
                raise InputError("a line names a product of the requirement and some of it", field=at)
            carried[line.item] += line.quantity
    for position, product in enumerate(wanted.products):
        if carried[product.number] != product.quantity:
            raise InputError(
                f"deliveries carry {carried[product.number]} of {product.quantity}",
                field=f"/products/{position}/quantity",
            )


def _check_rates(wanted: Requirement) -> None:
    named = [rate.currency for rate in wanted.rates]
    if len(set(named)) != len(named) or wanted.currency in named:
        raise InputError("a foreign currency has one exchange rate", field="/rates")
    for position, rate in enumerate(wanted.rates):
        rules.check_currency(rate.currency, f"/rates/{position}/currency")
        ids.check_scaled(rate.rate, f"/rates/{position}/rate")
        if not rate.rate:
            raise InputError("an exchange rate is above zero", field=f"/rates/{position}/rate")


def check_requirement_amendment(change: RequirementAmendment, subject: str) -> list[Warn]:
    """Something changes, and each part is in its form; against what it changes is seen in the procedure's life."""
    ids.requirement_number(subject, "/subject")
    ids.check_moment(change.effective_at, "/effective_at")
    rules.check_documents(change.documents)
    if change.closes_at is None and not change.destinations and not change.deliveries:
        raise InputError("an amendment changes closes_at, destinations or deliveries", field="/closes_at")
    if change.closes_at is not None:
        ids.check_moment(change.closes_at, "/closes_at")
    if change.destinations:
        check_places(change.destinations)
    if change.deliveries:
        check_terms(change.deliveries, max(term.destination for term in change.deliveries))
    return []


def check_closed(closed: OffersClosed, subject: str) -> list[Warn]:
    """The closed set agrees with itself: order, count, root, and every tie names this requirement."""
    ids.check_moment(closed.deadline, "/deadline")
    check_set(closed.claims, (closed.count, closed.root), closed.ties, subject)
    return []


def check_cancelled(cancelled: Cancelled, subject: str) -> list[Warn]:
    """Claims come all or not at all."""
    ids.requirement_number(subject, "/subject")
    ids.check_moment(cancelled.effective_at, "/effective_at")
    rules.check_documents(cancelled.documents)
    if cancelled.count is not None and cancelled.root is not None:
        check_set(cancelled.claims, (cancelled.count, cancelled.root), cancelled.ties, subject)
    elif cancelled.claims or cancelled.ties or cancelled.count is not None or cancelled.root is not None:
        raise InputError("claims, count, root and ties come together", field="/claims")
    return []


def check_set(claims: Sequence[Claim], sum_: tuple[int, str], ties: Sequence[str], subject: str) -> None:
    """Claims in index order, none twice; `sum_` their count and root; one tie each, all to this requirement."""
    ids.requirement_number(subject, "/subject")
    for position, claim in enumerate(claims):
        ids.check_offer_code(claim.offer, f"/claims/{position}/offer")
        ids.check_hex(claim.leaf, f"/claims/{position}/leaf")
        before = claims[position - 1].index if position else -1
        if claim.index <= before:
            raise InputError("claims stand in the order of their indexes", field=f"/claims/{position}/index")
    if len({claim.offer for claim in claims}) != len(claims):
        raise InputError("an offer is claimed twice", field="/claims")
    if sum_ != (len(claims), closed_root([bytes.fromhex(claim.leaf) for claim in claims]).hex()):
        raise InputError("count and root are not those of the claims", field="/root")
    _check_ties(ties, len(claims), subject)


def _check_ties(ties: Sequence[str], claims: int, subject: str) -> None:
    if len(ties) != claims:
        raise InputError("each claim has its tie", field="/ties")
    leaves = {read_tie(text, subject, f"/ties/{position}").leaf for position, text in enumerate(ties)}
    if len(leaves) > 1:
        raise InputError("the ties name different records of the requirement", field="/ties")


def read_tie(text: str, subject: str, field: str) -> Tie:
    """What a disclosure of `/requirement` says. InputError unless it names this requirement."""
    found = disclosure.parse(text)
    if found.pointer != "/requirement":
        raise InputError("a tie opens /requirement", field=field)
    tie = read_as(found.value, Tie, field)
    if tie.subject != subject:
        raise InputError(f"the tie belongs to {tie.subject[:40]}", field=field)
    ids.check_hex(tie.leaf, f"{field}/leaf")
    return tie


def closed_root(leaves: Sequence[bytes]) -> bytes:
    """The RFC 6962 root over leaf hashes as they are (not hashed again); of no leaves SHA-256 of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + closed_root(leaves[:half]) + closed_root(leaves[half:])).digest()


def check_offer_opened(opened: OfferOpened, subject: str) -> list[Warn]:
    """Only what may become public is opened, and no person is named by it."""
    ids.requirement_number(subject, "/subject")
    ids.check_offer_code(opened.offer, "/offer")
    ids.check_hex(opened.leaf, "/leaf")
    if not opened.disclosures or len(set(opened.disclosures)) != len(opened.disclosures):
        raise InputError("an opened offer has disclosures, each once", field="/disclosures")
    for position, text in enumerate(opened.disclosures):
        field = f"/disclosures/{position}"
        found = disclosure.parse(text)
        if found.pointer not in OPENED:
            raise InputError(f"{found.pointer} is not made public", field=field)
        if found.pointer == "/bidder":
            read_as(found.value, Bidder, field)
            if policy.party_pointers(found.value):
                raise InputError("a person's data stand sealed inside the bidder", field=field)
        if found.pointer == "/content":
            content = read_as(found.value, Content, field)
            if content.products or content.shipping or content.documents or content.confidential:
                raise InputError("parts of the content are sealed inside it", field=field)
    return []


def check_award(award: Award, subject: str) -> list[Warn]:
    """An award names offers by leaf hash, each input once, and no person's RUC stands in it."""
    ids.requirement_number(subject, "/subject")
    for position, leaf in enumerate(award.inputs):
        ids.check_hex(leaf, f"/inputs/{position}")
    if len(set(award.inputs)) != len(award.inputs):
        raise InputError("an offer is considered once", field="/inputs")
    for position, ranking in enumerate(award.ranking):
        if sorted(place.offer for place in ranking.places) != sorted(award.inputs):
            raise InputError("a ranking has every offer once", field=f"/ranking/{position}/places")
    for position, winner in enumerate(award.winners):
        if winner.offer not in award.inputs:
            raise InputError("a winner is one of the offers", field=f"/winners/{position}/offer")
        if policy.is_natural(winner.bidder) and len(winner.bidder) == 11:
            raise InputError("a person is named by a digest", field=f"/winners/{position}/bidder")
    return []


def _check_numbers(numbers: Sequence[int], at: str) -> None:
    for position, number in enumerate(numbers):
        if number != position + 1:
            raise InputError("numbers run 1, 2, 3 without gaps", field=f"{at}/{position}/number")
