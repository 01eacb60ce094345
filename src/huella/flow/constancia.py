"""The constancia of an order: what was registered of it, when, and what stands for that; signed, from what is public.

order's newest entry ─► its records, deliveries, offers, the evidence of the whole order ─► pages ─► signed
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from huella.documents import constancia as pages
from huella.documents import qr
from huella.documents.attach import PAGE_NAME, attach_evidence
from huella.documents.constancia import Claim, Language, Step, Told
from huella.errors import NotFound, ProofError, StoreError
from huella.flow import authority, read
from huella.flow.house import House
from huella.flow.paper import public_order
from huella.flow.procedure import case
from huella.flow.publish import evidence_of
from huella.proof import headers
from huella.proof.evidence import Anchor
from huella.records import kinds, opening, record
from huella.records.award import Award
from huella.records.identifiers import moment, parse_moment
from huella.records.procedure import OfferOpened
from huella.store.anchors import Batch
from huella.store.journal import Entry

KINDS: dict[Language, str] = {"es": "constancia", "en": "constancia-en"}
"""The kinds of paper, by language."""


def newest(house: House, number: str) -> int:
    """The index of an order's newest entry, up to which a constancia tells. NotFound for what is no order here."""
    entries = house.journal.of_subject(number)
    if not entries or kinds.find(entries[0].kind).family != kinds.ORDER:
        raise NotFound(
            f"the order {number} is not registered", field="order", advice="`huella show` lists what is."
        )
    return entries[-1].index


def render(house: House, index: int, language: Language, notice: str) -> bytes:
    """The constancia as of an order's entry, its evidence attached, before its signature."""
    entry = house.journal.entry(index)
    if entry is None:
        raise StoreError(f"entry {index} is missing")
    told = tell(house, entry)
    link = qr.order_address(house.settings.text("registry.address"), entry.subject)
    body = pages.render_constancia(told, link, language, notice)
    made = parse_moment(told.anchored_at, "/anchored_at")
    return attach_evidence(body, told.evidence.encode(), made, PAGE_NAME, pages.DESCRIPTION)


def renders(language: Language) -> Callable[[House, int], bytes]:
    """What makes the constancia in a language, for the outbox of signing."""
    return lambda house, index: render(
        house, index, language, authority.notice(house.settings) or authority.SIGNED
    )


def unsigned(language: Language) -> Callable[[House, int], bytes]:
    """The same where nothing signs."""
    return lambda house, index: render(house, index, language, authority.UNSIGNED)


def tell(house: House, entry: Entry) -> Told:
    """What a constancia tells as of an order's entry; of what came later nothing."""
    entries = [each for each in house.journal.of_subject(entry.subject) if each.index <= entry.index]
    whole = [each for each in entries if each.kind in kinds.FIRST_OF_ORDER][-1]
    life = read.fold(house, entries)
    evidence = evidence_of(house, whole.index)
    batch = house.anchors.holding(whole.index)
    if evidence.anchor is None or batch is None:
        raise StoreError(
            "a constancia is issued for what is anchored", advice="`huella anchor` puts it on the chain."
        )
    order = msgspec.structs.replace(public_order(house, whole), accepted_at=life.accepted_at)
    procedure = None if order.hashlink is None else order.hashlink.requirement
    sealers, validators = _sealers(house, evidence.anchor)
    return Told(
        number=entry.subject, order=order, status=life.status, deliveries=life.deliveries,
        steps=tuple(_steps(house, entries)), procedure=procedure,
        claims=() if procedure is None else tuple(_claims(house, procedure)), evidence=evidence, sealers=sealers,
        validators=validators, anchored_at=_time(batch), attested=house.trust.consensus != "none",
    )  # fmt: skip


def _steps(house: House, entries: list[Entry]) -> Iterator[Step]:
    for entry in entries:
        batch = house.anchors.holding(entry.index)
        if batch is None:
            raise StoreError(f"entry {entry.index} is not anchored")
        yield Step(
            entry.index,
            entry.kind,
            entry.recorded_at,
            entry.leaf.hex(),
            batch.block_number or 0,
            _time(batch),
        )


def _time(batch: Batch) -> str:
    """When a batch's block was made (UTC)."""
    return moment(datetime.fromtimestamp(batch.block_time or 0, UTC))


def _claims(house: House, procedure: str) -> Iterator[Claim]:
    """Every offer that the procedure's close claimed, with what its opening and the award made public."""
    found = case(house, procedure)
    bidders = _bidders(house, procedure)
    places = {} if found.award is None else _places(found.award)
    for claim in found.life.claims:
        rank, total = places.get(claim.leaf, (None, None))
        yield Claim(
            claim.offer, claim.index, claim.leaf, claim.withdrawn, claim.offer in found.life.opened,
            bidders.get(claim.offer), rank, total,
        )  # fmt: skip


def _bidders(house: House, procedure: str) -> dict[str, str | None]:
    """The RUC of each opened offer's bidder; None for a person."""
    found: dict[str, str | None] = {}
    for entry in house.journal.of_kind(procedure, "offers.opened"):
        opened: OfferOpened = kinds.read(entry.kind, record.parse(entry.record).data)
        found[opened.offer] = opening.bidder_of(opened)[0]
    return found


def _places(award: Award) -> dict[str, tuple[int | None, Decimal | None]]:
    """Rank and amount of each offer, by its leaf hash; where products are awarded one by one, the best of its ranks
    and the sum of what it won."""
    found: dict[str, tuple[int | None, Decimal | None]] = {}
    won = {winner.offer: winner.total for winner in award.winners}
    for ranking in award.ranking:
        for place in ranking.places:
            rank, total = found.get(place.offer, (None, None))
            best = min((each for each in (rank, place.rank) if each is not None), default=None)
            found[place.offer] = best, won.get(place.offer, place.total if total is None else total)
    return found


def _sealers(house: House, anchor: Anchor) -> tuple[tuple[str, ...], int]:
    """The trusted validators whose seals the proof's header carries, and how many there are."""
    trust, block = house.trust, anchor.proof_block
    if trust.consensus == "none" or block is None:
        return (), 0
    validators = trust.validators_at(block.number) or frozenset()
    try:
        signers = headers.read_seals(block.header, trust.consensus).signers
    except ProofError:
        return (), len(validators)
    return tuple("0x" + each.hex() for each in sorted(signers & validators)), len(validators)
