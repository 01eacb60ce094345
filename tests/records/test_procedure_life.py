"""Which record may follow which in a procedure, and what becomes of an offer."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import offer_cases as cast
from huella.errors import RuleError
from huella.records import award, canonical, kinds, offer, opening, procedure_life
from huella.records.offer_form import OfferFact, OfferRefused, Tie
from huella.records.procedure import Cancelled, OfferOpened, RequirementAmendment
from huella.records.procedure_life import OfferLife, ProcedureLife, advance, advance_offer

NOW = cast.request()
FIRST = offer.compose(NOW, cast.andina(), cast.quotation())
SECOND = offer.compose(NOW, cast.rosa(), cast.quotation())
RECORDS = [cast.record_of(FIRST), cast.record_of(SECOND)]
CLOSED = cast.close([FIRST, SECOND], RECORDS)
LATER = "2026-11-25T22:00:00.000Z"
MOMENT = "2026-11-24T10:00:00.000Z"
Step = tuple[str, Any, str]


def walk(*steps: Step) -> ProcedureLife:
    life = advance(None, "requirement.published", NOW.requirement, (cast.PUBLISHED_AT, NOW.leaf))
    for place, (kind, fact, at) in enumerate(steps):
        life = advance(life, kind, fact, (at, f"{place:064x}"))
    return life


def opened(place: int) -> OfferOpened:
    one = (FIRST, SECOND)[place]
    return opening.opened_fact(one.offer.subject, cast.leaf(RECORDS[place]), one.public)


def decided(*places: int) -> award.Award:
    bids = []
    for place, claim in enumerate(CLOSED.claims):
        found = (
            opening.check_opened([RECORDS[place]], opened(place), CLOSED.ties[place])
            if place in places
            else None
        )
        bids.append(opening.bid(claim, found, True))
    return award.decide("lowest_total_package", 1, opening.demand(NOW.requirement), bids)


CLOSE: Step = ("offers.closed", CLOSED, LATER)
OPEN = [("offers.opened", opened(0), LATER), ("offers.opened", opened(1), LATER)]
AWARD: Step = ("award.decided", decided(0, 1), LATER)
CANCEL: Step = ("procedure.cancelled", Cancelled(LATER), LATER)


def refused(rule: str, *steps: Step) -> None:
    with pytest.raises(RuleError) as caught:
        walk(*steps)
    assert caught.value.rule == rule


def amendment(**members: Any) -> Step:
    return "requirement.amended", RequirementAmendment(MOMENT, **members), MOMENT


def test_a_procedure_runs_from_open_to_awarded() -> None:
    assert walk().status == "open"
    assert walk(CLOSE).status == "closed"
    assert walk(CLOSE, OPEN[0]).status == "opened"
    life = walk(CLOSE, *OPEN, AWARD)
    assert (life.status, life.winners) == ("awarded", (CLOSED.claims[0].leaf,))
    assert life.head == f"{3:064x}"


def test_without_a_winner_it_is_deserted() -> None:
    life = walk(CLOSE, ("award.decided", decided(), LATER))
    assert (life.status, life.winners) == ("deserted", ())


def test_its_life_comes_from_the_public_records_alone() -> None:
    raw = cast.seal(
        "offers.closed", cast.SUBJECT, msgspec.json.decode(canonical.encode(CLOSED)), "0" * 64, LATER
    )
    found = kinds.read("offers.closed", msgspec.json.decode(raw)["data"])
    assert walk(("offers.closed", found, LATER)) == walk(CLOSE)


def test_it_is_not_closed_before_its_deadline() -> None:
    refused("close-after-deadline", ("offers.closed", CLOSED, "2026-11-25T21:59:59.999Z"))


def test_it_is_not_closed_at_another_deadline() -> None:
    other = msgspec.structs.replace(CLOSED, deadline="2026-11-25T21:00:00.000Z")
    refused("close-names-deadline", ("offers.closed", other, LATER))


def test_it_closes_once() -> None:
    refused("offers.closed-from-open", CLOSE, CLOSE)


def test_nothing_is_opened_before_the_close() -> None:
    refused("offers.opened-from-closed-or-opened", OPEN[0])


def test_only_what_was_claimed_is_opened_and_once() -> None:
    refused("opened-once", CLOSE, OPEN[0], OPEN[0])
    other = msgspec.structs.replace(opened(0), leaf="0" * 64)
    refused("opened-is-claimed", CLOSE, ("offers.opened", other, LATER))


def test_nothing_is_awarded_before_the_close() -> None:
    refused("award.decided-from-closed-or-opened", AWARD)


def test_an_offer_that_is_not_opened_cannot_count() -> None:
    refused("award-after-opening", CLOSE, OPEN[0], AWARD)
    listed = walk(CLOSE, OPEN[0], ("award.decided", decided(0), LATER))
    assert (listed.status, listed.unopened()) == ("awarded", (SECOND.offer.subject,))


def test_the_award_considers_every_claimed_offer() -> None:
    short = msgspec.structs.replace(decided(0, 1), inputs=decided(0, 1).inputs[:1])
    refused("award-considers-all-claims", CLOSE, *OPEN, ("award.decided", short, LATER))


@pytest.mark.parametrize("change", [{"rule": "lowest_total"}, {"version": 2}, {"currency": "USD"}])
def test_the_rule_that_was_announced_decides(change: dict[str, Any]) -> None:
    other = msgspec.structs.replace(decided(0, 1), **change)
    refused("award-by-announced-rule", CLOSE, *OPEN, ("award.decided", other, LATER))


def test_it_is_awarded_once() -> None:
    refused("award.decided-from-closed-or-opened", CLOSE, *OPEN, AWARD, AWARD)


def test_a_closing_time_is_put_off_while_open_and_the_old_date_stays_known() -> None:
    life = walk(amendment(closes_at="2026-11-27T22:00:00.000Z"))
    assert life.dates == ("2026-11-25", "2026-11-27")
    assert life.requirement.closes_at == "2026-11-27T22:00:00.000Z"
    refused("close-names-deadline", amendment(closes_at="2026-11-27T22:00:00.000Z"), CLOSE)


def test_a_closing_time_never_comes_nearer() -> None:
    refused("close-only-postponed", amendment(closes_at="2026-11-25T21:00:00.000Z"))
    refused("close-only-postponed", amendment(closes_at=cast.CLOSES_AT))


def test_after_the_closing_time_nothing_is_amended() -> None:
    late = ("requirement.amended", RequirementAmendment(MOMENT, closes_at="2026-11-30T22:00:00.000Z"), LATER)
    refused("amended-before-close", late)
    refused("requirement.amended-from-open", CLOSE, late)


def test_an_amendment_moves_dates_and_addresses_but_no_quantity_and_no_district() -> None:
    wanted = NOW.requirement
    later = tuple(msgspec.structs.replace(term, max_days=60) for term in wanted.deliveries)
    assert walk(amendment(deliveries=later)).requirement.deliveries == later
    less = (wanted.deliveries[0], msgspec.structs.replace(wanted.deliveries[1], lines=()))
    refused("amendment-keeps-quantities", amendment(deliveries=less))
    moved = (msgspec.structs.replace(wanted.destinations[0], ubigeo="150102"), wanted.destinations[1])
    refused("amendment-keeps-places", amendment(destinations=moved))


def test_cancelled_while_open_it_claims_its_offers_all_the_same() -> None:
    whole = Cancelled(MOMENT, claims=CLOSED.claims, count=CLOSED.count, root=CLOSED.root, ties=CLOSED.ties)
    life = walk(("procedure.cancelled", whole, MOMENT))
    assert (life.status, life.claims) == ("cancelled", CLOSED.claims)
    refused("cancel-claims-offers", CANCEL)
    refused("cancel-claims-offers", CLOSE, ("procedure.cancelled", whole, LATER))


def test_cancelled_after_the_close_it_keeps_its_claims_and_after_the_award_not_at_all() -> None:
    assert walk(CLOSE, CANCEL).claims == CLOSED.claims
    refused("procedure.cancelled-from-closed-or-open-or-opened", CLOSE, *OPEN, AWARD, CANCEL)


def test_it_begins_with_its_requirement_once_and_before_it_closes() -> None:
    with pytest.raises(RuleError, match="not published"):
        advance(None, "offers.closed", CLOSED, (LATER, "0" * 64))
    with pytest.raises(RuleError, match="already"):
        advance(walk(), "requirement.published", NOW.requirement, (cast.PUBLISHED_AT, NOW.leaf))
    with pytest.raises(RuleError, match="passed"):
        advance(None, "requirement.published", NOW.requirement, (LATER, NOW.leaf))


def fact(closes_on: str = "2026-11-25", **tie: str) -> OfferFact:
    return OfferFact(closes_on, Tie(**{"subject": cast.SUBJECT, "leaf": NOW.leaf, **tie}))


def admitted(life: ProcedureLife | None, given: OfferFact, before: Tie | None = None) -> str:
    try:
        procedure_life.admit(life, given, before)
    except RuleError as error:
        return error.rule
    return "admitted"


def test_an_offer_is_admitted_while_its_procedure_is_open_and_late_afterwards() -> None:
    assert admitted(walk(), fact()) == "admitted"
    assert admitted(walk(CLOSE), fact()) == "late"
    assert admitted(walk(CLOSE, *OPEN, AWARD), fact()) == "late"


def test_an_offer_names_its_requirement_and_its_date() -> None:
    assert admitted(None, fact()) == "procedure-exists"
    assert admitted(walk(), fact(leaf="0" * 64)) == "tie-names-requirement"
    assert admitted(walk(), fact("2026-11-26")) == "offer-names-closing-date"
    assert admitted(walk(amendment(closes_at="2026-11-26T22:00:00.000Z")), fact("2026-11-26")) == "admitted"


def test_an_offer_stays_with_its_requirement() -> None:
    assert admitted(walk(), fact(), fact().requirement) == "admitted"
    assert admitted(walk(), fact(), Tie("REQ-2026-1335-43", NOW.leaf)) == "offer-keeps-requirement"


def offers(*steps: str) -> OfferLife:
    life: OfferLife | None = None
    for kind in steps:
        late = OfferRefused(cast.SUBJECT, "late", "0" * 64)
        life = advance_offer(life, "offer." + kind, late if kind == "refused" else fact())
    assert life is not None
    return life


def test_an_offer_is_replaced_and_withdrawn() -> None:
    assert offers("received", "replaced", "replaced").status == "received"
    assert offers("received", "replaced", "withdrawn") == OfferLife("withdrawn", "2026-11-25", 3)
    assert offers("declined").status == "declined"


@pytest.mark.parametrize(
    "steps",
    [
        "replaced",
        "withdrawn",
        "received received",
        "declined withdrawn",
        "received withdrawn replaced",
        "declined received",
    ],
)
def test_nothing_else_becomes_of_an_offer(steps: str) -> None:
    with pytest.raises(RuleError):
        offers(*steps.split())


KINDS = st.lists(st.sampled_from(["received", "replaced", "withdrawn", "declined"]), min_size=1, max_size=4)


@given(KINDS, st.integers(1, 4))
def test_a_refusal_changes_nothing_wherever_it_comes(steps: list[str], place: int) -> None:
    def end(given_steps: list[str]) -> OfferLife | str:
        try:
            return offers(*given_steps)
        except RuleError as error:
            return error.rule

    assert end([*steps[:place], "refused", *steps[place:]]) == end(steps)


def test_a_code_that_began_with_a_refusal_is_used_up() -> None:
    assert offers("refused", "refused").status == "refused"
    with pytest.raises(RuleError, match="registered already"):
        offers("refused", "received")


def test_a_withdrawal_that_is_not_opened_is_not_proven() -> None:
    gone = msgspec.structs.replace(CLOSED.claims[0], withdrawn=True)
    closed = msgspec.structs.replace(CLOSED, claims=(gone, CLOSED.claims[1]))
    life = walk(("offers.closed", closed, LATER))
    assert (life.unproven(), life.unopened()) == ((FIRST.offer.subject,), (SECOND.offer.subject,))
    assert walk(("offers.closed", closed, LATER), OPEN[0]).unproven() == ()
