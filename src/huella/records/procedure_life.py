"""The life of a procedure and of an offer: which record may follow which (docs/spec/procedure.md, States).

    procedure   open ─► closed ─► opened ─► awarded | deserted;  cancelled from any of the first three
    offer       received ─► replaced … ─► withdrawn;  declined;  refused (late) changes nothing

An offer counts by its place in the log: before its procedure's close, or late. No stated time decides that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import msgspec

from huella.errors import RuleError
from huella.records import disclosure
from huella.records import identifiers as ids
from huella.records.award import NOT_OPENED, SUPERSEDED, Award
from huella.records.award import WITHDRAWN as GONE
from huella.records.model import Destination
from huella.records.offer_form import DECLINED, REFUSED, REPLACED, WITHDRAWN, OfferFact, Tie, read_as
from huella.records.procedure import (
    Cancelled,
    Claim,
    OfferOpened,
    OffersClosed,
    Requirement,
    RequirementAmendment,
    Term,
)

OPEN, CLOSED, OPENED = "open", "closed", "opened"
AWARDED, DESERTED, CANCELLED = "awarded", "deserted", "cancelled"

_FROM: dict[str, tuple[str, ...]] = {
    "requirement.amended": (OPEN,),
    "offers.closed": (OPEN,),
    "offers.opened": (CLOSED, OPENED),
    "award.decided": (CLOSED, OPENED),
    "procedure.cancelled": (OPEN, CLOSED, OPENED),
}


class At(NamedTuple):
    """A record's own place: `recorded_at` (UTC text) and its leaf hash (hex)."""

    recorded_at: str
    leaf: str


@dataclass(frozen=True, slots=True)
class ProcedureLife:
    """One procedure now. `requirement` is the one in force, `leaf` that of its first record, `head` that of its last;
    `dates` every Lima date ever announced for the close; `opened` offer to the leaf of its `offers.opened`."""

    requirement: Requirement
    leaf: str
    status: str
    dates: tuple[str, ...]
    head: str
    claims: tuple[Claim, ...] = ()
    opened: Mapping[str, str] = field(default_factory=dict)
    winners: tuple[str, ...] = ()

    def check_open(self) -> None:
        """RuleError `late` unless offers may still come."""
        if self.status != OPEN:
            raise RuleError(f"the procedure takes no offers: it is {self.status}", rule="late")

    def unopened(self) -> tuple[str, ...]:
        """Codes of the claimed offers, not withdrawn, that are not opened."""
        live = (claim.offer for claim in self.claims if not claim.withdrawn)
        return tuple(offer for offer in live if offer not in self.opened)

    def unproven(self) -> tuple[str, ...]:
        """Codes of the offers claimed as withdrawn whose withdrawal is not opened: that the bidder made it is not
        shown."""
        gone = (claim.offer for claim in self.claims if claim.withdrawn)
        return tuple(offer for offer in gone if offer not in self.opened)


def advance(life: ProcedureLife | None, kind: str, fact: Any, at: tuple[str, str]) -> ProcedureLife:
    """The life after one more record, `at` its recorded_at and leaf hash (hex). RuleError names the rule."""
    place = At(*at)
    if kind == "requirement.published":
        return _publish(life, fact, place)
    if life is None:
        raise RuleError(f"{kind}: the requirement is not published", rule="first-record")
    if life.status not in _FROM[kind]:
        raise RuleError(
            f"{kind} may not follow: the procedure is {life.status}",
            rule=f"{kind}-from-{'-or-'.join(sorted(_FROM[kind]))}",
        )
    step: ProcedureLife = _STEPS[kind](life, fact, place)
    return replace(step, head=place.leaf)


def _publish(life: ProcedureLife | None, wanted: Requirement, at: At) -> ProcedureLife:
    if life is not None:
        raise RuleError("the requirement is published already", rule="first-record")
    if at.recorded_at >= wanted.closes_at:
        raise RuleError("the closing time has passed", rule="published-before-close")
    return ProcedureLife(wanted, at.leaf, OPEN, (ids.lima_date(wanted.closes_at, "/closes_at"),), at.leaf)


def _amend(life: ProcedureLife, change: RequirementAmendment, at: At) -> ProcedureLife:
    now = life.requirement
    _check_amendment(now, change, at)
    after = msgspec.structs.replace(
        now,
        closes_at=change.closes_at or now.closes_at,
        destinations=change.destinations or now.destinations,
        deliveries=change.deliveries or now.deliveries,
    )
    date = ids.lima_date(after.closes_at, "/closes_at")
    return replace(life, requirement=after, dates=tuple(dict.fromkeys((*life.dates, date))))


def _check_amendment(now: Requirement, change: RequirementAmendment, at: At) -> None:
    if at.recorded_at >= now.closes_at:
        raise RuleError("the closing time has passed", rule="amended-before-close")
    if change.closes_at is not None and change.closes_at <= now.closes_at:
        raise RuleError("the closing time may only be put off", rule="close-only-postponed")
    if change.destinations and _fixed(change.destinations) != _fixed(now.destinations):
        raise RuleError("an amendment leaves the destinations' districts", rule="amendment-keeps-places")
    if change.deliveries and _carried(change.deliveries) != _carried(now.deliveries):
        raise RuleError("an amendment leaves what is delivered where", rule="amendment-keeps-quantities")


def _fixed(destinations: Iterable[Destination]) -> list[Any]:
    return [(d.number, d.ubigeo, d.department, d.province, d.district) for d in destinations]


def _carried(deliveries: Iterable[Term]) -> list[Any]:
    return [(term.number, term.destination, term.lines) for term in deliveries]


def _close(life: ProcedureLife, closed: OffersClosed, at: At) -> ProcedureLife:
    if closed.deadline != life.requirement.closes_at:
        raise RuleError("the deadline is the closing time in force", rule="close-names-deadline")
    if at.recorded_at < closed.deadline:
        raise RuleError("offers are not closed before their deadline", rule="close-after-deadline")
    _check_ties(life, closed.ties)
    return replace(life, status=CLOSED, claims=closed.claims)


def _open(life: ProcedureLife, opened: OfferOpened, at: At) -> ProcedureLife:
    if all((claim.offer, claim.leaf) != (opened.offer, opened.leaf) for claim in life.claims):
        raise RuleError(f"{opened.offer} is not claimed with this leaf", rule="opened-is-claimed")
    if opened.offer in life.opened:
        raise RuleError(f"{opened.offer} is opened already", rule="opened-once")
    return replace(life, status=OPENED, opened={**life.opened, opened.offer: at.leaf})


def _award(life: ProcedureLife, award: Award, _: At) -> ProcedureLife:
    rule = life.requirement.rule
    if (award.rule, award.version) != (
        rule.name,
        rule.version,
    ) or award.currency != life.requirement.currency:
        raise RuleError("the award follows the rule that was announced", rule="award-by-announced-rule")
    if award.inputs != tuple(claim.leaf for claim in life.claims):
        raise RuleError("the award considers every claimed offer", rule="award-considers-all-claims")
    closed = {claim.leaf for claim in life.claims if claim.offer not in life.opened}
    for ranking in award.ranking:
        for place in ranking.places:
            if place.offer in closed and place.excluded not in (NOT_OPENED, SUPERSEDED, GONE):
                raise RuleError("an offer that is not opened cannot count", rule="award-after-opening")
    status = AWARDED if award.winners else DESERTED
    return replace(life, status=status, winners=tuple(winner.offer for winner in award.winners))


def _cancel(life: ProcedureLife, cancelled: Cancelled, _: At) -> ProcedureLife:
    if (life.status == OPEN) != (cancelled.root is not None):
        raise RuleError(
            "cancelled while open, a procedure claims its offers; after the close it has claimed them",
            rule="cancel-claims-offers",
        )
    _check_ties(life, cancelled.ties)
    return replace(life, status=CANCELLED, claims=life.claims or cancelled.claims)


def _check_ties(life: ProcedureLife, ties: Iterable[str]) -> None:
    for text in ties:
        tie = read_as(disclosure.parse(text).value, Tie, "/ties")
        if tie.leaf != life.leaf:
            raise RuleError("a tie names another record of the requirement", rule="tie-names-requirement")


def admit(life: ProcedureLife | None, fact: OfferFact, before: Tie | None) -> None:
    """RuleError unless an offer record may be sealed now; rule `late` where its procedure is no longer open.

    `fact` with its tie opened, `before` the tie of the offer's earlier records, None for a first one.
    """
    tie = fact.requirement
    if life is None or tie is None:
        raise RuleError("the offer's requirement is not published", rule="procedure-exists")
    life.check_open()
    if tie.leaf != life.leaf:
        raise RuleError("the offer was made for another requirement", rule="tie-names-requirement")
    if before is not None and before != tie:
        raise RuleError("an offer stays with its requirement", rule="offer-keeps-requirement")
    if fact.closes_on != ids.lima_date(life.requirement.closes_at, "/closes_at"):
        raise RuleError("the offer names another closing date", rule="offer-names-closing-date")


@dataclass(frozen=True, slots=True)
class OfferLife:
    """One offer now, as the public log tells it: `status` received, declined, withdrawn or refused, the announced date
    of the close, and how many records it has without refusals."""

    status: str
    closes_on: str
    records: int


def advance_offer(life: OfferLife | None, kind: str, fact: Any) -> OfferLife:
    """An offer's life after one more record; that its procedure is open is `admit`'s to say. RuleError with the rule.

    A refusal never changes an offer that was there before: anybody can send something late under its code.
    """
    if kind == REFUSED:
        return life or OfferLife("refused", "", 0)
    if kind in (REPLACED, WITHDRAWN):
        if life is None or life.status != "received":
            raise RuleError(f"{kind}: there is no live offer of this code", rule=f"{kind}-from-received")
        if fact.closes_on < life.closes_on:
            raise RuleError("the closing date may only be put off", rule="close-only-postponed")
        return OfferLife("withdrawn" if kind == WITHDRAWN else "received", fact.closes_on, life.records + 1)
    if life is not None:
        raise RuleError("an offer of this code is registered already", rule="first-record")
    return OfferLife("declined" if kind == DECLINED else "received", fact.closes_on, 1)


_STEPS: dict[str, Any] = {
    "requirement.amended": _amend,
    "offers.closed": _close,
    "offers.opened": _open,
    "award.decided": _award,
    "procedure.cancelled": _cancel,
}
