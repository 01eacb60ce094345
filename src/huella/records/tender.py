"""A procedure out of its own records: from records to bids to the award, and what became of one offer.

requirement's records ─► read ─► Case       claimed offers' records ─► bids ─► award by the announced rule, recomputed

The registry, the audit and whoever holds an exported bundle come to the same result by these functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from huella.errors import InputError, NotFound, RuleError
from huella.records import award as rules
from huella.records import canonical, claims, kinds, opening, procedure_life, record
from huella.records.award import Award, Bid
from huella.records.offer_form import REFUSED, SEALED_KINDS
from huella.records.opening import OpenedOffer
from huella.records.procedure import Claim, OfferOpened
from huella.records.procedure_life import ProcedureLife

CLOSING = ("offers.closed", "procedure.cancelled")
OPEN, CLAIMED, WITHDRAWN, SUPERSEDED, OMITTED = "open", "claimed", "withdrawn", "superseded", "omitted"
LATE, OTHER, UNTIED = "late", "other", "untied"


@dataclass(frozen=True, slots=True)
class Placed:
    """A record where it stands in the log: index, exact bytes, its annexes' bytes in the record's order."""

    index: int
    record: bytes
    annexes: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Tender:
    """The records of one procedure from its first, and of each offer that it claims, by code."""

    number: str
    procedure: tuple[Placed, ...]
    offers: Mapping[str, tuple[Placed, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """A procedure folded from its records: its life, the facts of its openings and its ties (disclosures) by offer,
    the index of the record that claims (None while open), and the award on record."""

    number: str
    life: ProcedureLife
    openings: Mapping[str, OfferOpened]
    ties: Mapping[str, str]
    closed: int | None = None
    award: Award | None = None


class Recomputed(NamedTuple):
    """The announced rule run again: whether the award on record has the same bytes, the computed, the recorded."""

    same: bool
    computed: Award
    recorded: Award | None


def fact(placed: Placed) -> Any:
    """The typed public fact of a record, its annexes in place. InputError where it cannot be read."""
    found = record.parse(placed.record)
    return kinds.read(found.kind, record.effective_data(found, placed.annexes))


def read(number: str, procedure: Sequence[Placed]) -> Case:
    """Fold a procedure's records, first to last. InputError or RuleError names what does not follow."""
    life: ProcedureLife | None = None
    openings: dict[str, OfferOpened] = {}
    ties: dict[str, str] = {}
    closed: int | None = None
    award: Award | None = None
    check_chain(number, procedure)
    for placed in procedure:
        found, said = record.parse(placed.record), fact(placed)
        at = (found.recorded_at, record.leaf_hash(placed.record).hex())
        life = procedure_life.advance(life, found.kind, said, at)
        if found.kind in CLOSING and closed is None:
            closed = placed.index
            ties = {claim.offer: tie for claim, tie in zip(said.claims, said.ties, strict=True)}
        if isinstance(said, OfferOpened):
            openings[said.offer] = said
        if isinstance(said, Award):
            award = said
    if life is None:
        raise NotFound(f"the requirement {number} is not published", field="requirement")
    return Case(number, life, openings, ties, closed, award)


def check_chain(subject: str, placed: Sequence[Placed]) -> None:
    """InputError unless these are a subject's records from the first on: linked, without gaps, in the log's order."""
    prev: str | None = None
    for seq, each in enumerate(placed):
        found = record.parse(each.record)
        if (found.subject, found.seq, found.prev) != (subject, seq, prev):
            raise InputError(f"record {seq} of {subject} is missing or another", field=f"/{seq}/prev")
        if seq and each.index <= placed[seq - 1].index:
            raise InputError(f"record {seq} of {subject} stands before the one it follows", field=f"/{seq}")
        prev = record.leaf_hash(each.record).hex()


def decide(case: Case, offers: Mapping[str, Sequence[Placed]]) -> Award:
    """The award that the announced rule gives for the claimed offers: the same bytes for everybody."""
    wanted = case.life.requirement
    bids = [_bid(case, claim, offers.get(claim.offer, ())) for claim in case.life.claims]
    return rules.decide(wanted.rule.name, wanted.rule.version, opening.demand(wanted), bids)


def recompute(case: Case, offers: Mapping[str, Sequence[Placed]]) -> Recomputed:
    """Run the announced rule again and compare with the award on record, byte for byte."""
    computed = decide(case, offers)
    same = case.award is not None and canonical.encode(case.award) == canonical.encode(computed)
    return Recomputed(same, computed, case.award)


def opened_offer(case: Case, claim: Claim, own: Sequence[Placed]) -> OpenedOffer | None:
    """A claimed offer as it was opened, checked against its own records; None where it is not opened."""
    opened = case.openings.get(claim.offer)
    if opened is None:
        return None
    before = [placed.record for placed in own if placed.index <= claim.index]
    return opening.check_opened(before, opened, case.ties[claim.offer])


def standing(case: Case, placed: Placed, tie: str | None) -> str:
    """What became of an offer's record in this procedure, as whoever holds its receipt asks.

    `open` before the close; `claimed`; `withdrawn` claimed as taken back; `superseded` a later record of this offer
    is claimed; `omitted` the closed set lacks it; `late` it came behind the close; `other` it belongs elsewhere;
    `untied` not claimed, and without the tie nobody can say that it belongs here. InputError for another kind of
    record or a tie that is not its own.
    """
    found = record.parse(placed.record)
    if found.kind == REFUSED:
        return LATE if found.data.get("requirement") == case.number else OTHER
    if found.kind not in SEALED_KINDS:
        raise InputError("this is no receipt of an offer", field="/kind")
    claim = next((claim for claim in case.life.claims if claim.offer == found.subject), None)
    belongs = claim is not None
    if tie is not None:
        belongs = claims.standing(placed.record, tie, case.number, case.life) != claims.OTHER
    if not belongs:
        return _elsewhere(case, found.data["closes_on"], tied=tie is not None)
    if case.closed is None:
        return OPEN
    if placed.index > case.closed:
        return LATE
    if claim is None or placed.index > claim.index:  # also where an older record than this one is claimed
        return OMITTED
    if claim.withdrawn:
        return WITHDRAWN
    return CLAIMED if claim.leaf == record.leaf_hash(placed.record).hex() else SUPERSEDED


def holds(case: Case, code: str) -> str:
    """Whether the closed set has an offer of this code: `open`, `claimed`, `withdrawn` or `omitted`."""
    if case.closed is None:
        return OPEN
    claim = next((claim for claim in case.life.claims if claim.offer == code), None)
    if claim is None:
        return OMITTED
    return WITHDRAWN if claim.withdrawn else CLAIMED


def _elsewhere(case: Case, closes_on: object, *, tied: bool) -> str:
    if tied or closes_on not in case.life.dates:
        return OTHER
    return OPEN if case.closed is None else UNTIED


def _bid(case: Case, claim: Claim, own: Sequence[Placed]) -> Bid:
    try:
        opened = opened_offer(case, claim, own)
    except (InputError, RuleError):
        return opening.bid(claim, None, proven=False, malformed=True)
    return opening.bid(claim, opened, proven=opened is not None and not case.openings[claim.offer].unproven)
