"""A closed set is the whole set: held against the log, claim by claim, and against one's own receipt."""

from __future__ import annotations

from dataclasses import replace

import pytest

import offer_cases as cast
from huella.errors import InputError
from huella.records import disclosure, offer
from huella.records.claims import Fault, Standing, check_day, claim_faults, closed_set, standing
from huella.records.procedure import OffersClosed, RequirementAmendment
from huella.records.procedure_life import ProcedureLife, advance
from huella.records.procedure_rules import closed_root

NOW = cast.request()
FIRST = offer.compose(NOW, cast.andina(), cast.quotation())
AGAIN = offer.replace(
    NOW, cast.andina("x"), cast.quotation(minimum=None), FIRST, cast.leaf(cast.record_of(FIRST))
)
OTHER = offer.compose(NOW, cast.rosa(), cast.quotation())
GONE = offer.withdraw(NOW, cast.rosa("y"), OTHER, cast.leaf(cast.record_of(OTHER)))
RAW = {one.offer.sealed["/content"]: cast.record_of(one, 0 if one.offer.prev is None else 1)
       for one in (FIRST, AGAIN, OTHER, GONE)}  # fmt: skip
LOG = {
    FIRST.offer.subject: [
        (10, RAW[FIRST.offer.sealed["/content"]]),
        (12, RAW[AGAIN.offer.sealed["/content"]]),
    ],
    OTHER.offer.subject: [
        (11, RAW[OTHER.offer.sealed["/content"]]),
        (13, RAW[GONE.offer.sealed["/content"]]),
    ],
}
CLOSE = 20


def stand(place: int, code: str, tie: str, withdrawn: bool) -> Standing:
    index, raw = LOG[code][place]
    return Standing(code, cast.leaf(raw), index, withdrawn, tie)


ALL = [stand(1, FIRST.offer.subject, AGAIN.tie, False), stand(1, OTHER.offer.subject, GONE.tie, True)]


def begun() -> ProcedureLife:
    return advance(None, "requirement.published", NOW.requirement, (cast.PUBLISHED_AT, NOW.leaf))


def life(closed: OffersClosed) -> ProcedureLife:
    return advance(begun(), "offers.closed", closed, (cast.CLOSES_AT, "0" * 64))


def faults(*standings: Standing) -> list[Fault]:
    closed = closed_set(cast.CLOSES_AT, standings)
    return claim_faults(life(closed), closed.ties, CLOSE, LOG)


def test_a_true_set_has_no_fault() -> None:
    assert faults(*ALL) == []


def test_claims_stand_in_the_order_of_the_log() -> None:
    assert closed_set(cast.CLOSES_AT, ALL[::-1]) == closed_set(cast.CLOSES_AT, ALL)
    empty = closed_set(cast.CLOSES_AT, [])
    assert (empty.count, empty.root) == (0, closed_root([]).hex())


@pytest.mark.parametrize(
    ("claim", "rule"),
    [
        (stand(0, FIRST.offer.subject, FIRST.tie, False), "claim-last-record"),
        (stand(1, FIRST.offer.subject, AGAIN.tie, True), "claim-withdrawn"),
        (stand(1, OTHER.offer.subject, GONE.tie, False), "claim-withdrawn"),
        (stand(1, FIRST.offer.subject, FIRST.tie, False), "claim-tied"),
        (Standing(FIRST.offer.subject, "a" * 64, 12, False, AGAIN.tie), "claim-in-log"),
        (Standing(FIRST.offer.subject, ALL[0].leaf, 11, False, AGAIN.tie), "claim-in-log"),
        (Standing("OFE-" + "0" * 26, ALL[0].leaf, 12, False, AGAIN.tie), "claim-in-log"),
    ],
)
def test_a_false_claim_is_named_with_its_rule(claim: Standing, rule: str) -> None:
    assert faults(claim) == [Fault(claim.offer, rule)]


def test_what_came_after_the_close_is_no_claim() -> None:
    closed = closed_set(cast.CLOSES_AT, ALL)
    assert [fault.rule for fault in claim_faults(life(closed), closed.ties, 12, LOG)] == ["claim-in-log"] * 2


def test_an_offer_for_another_day_is_not_claimed() -> None:
    closed = closed_set(cast.CLOSES_AT, ALL[:1])
    moved = replace(life(closed), dates=("2026-11-24",))
    assert claim_faults(moved, closed.ties, CLOSE, LOG) == [Fault(FIRST.offer.subject, "claim-date")]


def test_every_offer_of_a_day_is_claimed_once() -> None:
    date, closed = "2026-11-25", life(closed_set(cast.CLOSES_AT, ALL))
    assert check_day(date, LOG, [begun()]).pending
    assert check_day(date, LOG, [closed]) == (False, (), ())
    assert check_day(date, LOG, [closed, closed]).twice == tuple(LOG)
    assert check_day(date, [*LOG, "OFE-X"], [closed]).unclaimed == ("OFE-X",)


def test_a_postponed_procedure_keeps_its_old_day_pending() -> None:
    later = RequirementAmendment(cast.PUBLISHED_AT, closes_at="2026-11-27T22:00:00.000Z")
    moved = advance(begun(), "requirement.amended", later, (cast.PUBLISHED_AT, "1" * 64))
    assert check_day("2026-11-25", ["OFE-X"], [moved]).pending
    assert check_day("2026-11-27", ["OFE-X"], [moved]).pending


def test_a_receipt_tells_what_became_of_its_offer() -> None:
    first, again = (raw for _, raw in LOG[FIRST.offer.subject])
    assert standing(first, FIRST.tie, cast.SUBJECT, begun()) == "open"
    closed = life(closed_set(cast.CLOSES_AT, ALL))
    assert standing(again, AGAIN.tie, cast.SUBJECT, closed) == "claimed"
    assert standing(first, FIRST.tie, cast.SUBJECT, closed) == "superseded"
    without = life(closed_set(cast.CLOSES_AT, ALL[1:]))
    assert standing(again, AGAIN.tie, cast.SUBJECT, without) == "omitted"
    assert standing(again, AGAIN.tie, "REQ-2026-1335-43", without) == "other"


def test_a_receipt_with_another_offers_tie_is_refused() -> None:
    (_, raw), _ = LOG[FIRST.offer.subject]
    for tie in (OTHER.tie, FIRST.public[0], disclosure.make(bytes(16), "/requirement", {})):
        with pytest.raises(InputError, match="tie"):
            standing(raw, tie, cast.SUBJECT, begun())
