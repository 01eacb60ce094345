"""A procedure from its requirement to the award, through the registry, on both databases."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import offer_cases as people
import tenders
from cast import Clock, anchored, registry, sealed
from huella.errors import RuleError
from huella.flow import procedure
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.procedure import (
    cancel,
    case,
    close,
    compute_award,
    decide_award,
    holds,
    open_offers,
    submit,
    verify_award,
)
from huella.flow.publish import evidence_of
from huella.flow.seal import Sealed
from huella.proof.verify import verify
from huella.records import offer
from huella.records.draft import Draft
from huella.records.offer import QuotationRequest, Supplier
from huella.records.offer_file import OfferCopy

NUMBER = people.SUBJECT
START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
DEADLINE = {"days": 2, "hours": 8}


@contextmanager
def opened_registry(
    folder: Path, url: str, **changes: Any
) -> Iterator[tuple[House, Clock, QuotationRequest]]:
    """A registry with one published requirement."""
    clock = Clock(START)
    with registry(folder, url, clock) as house:
        data = {**copy.deepcopy(people.REQUIREMENT), **changes}
        sealed(house, Draft(kind="requirement.published", subject=NUMBER, data=data))
        entry = house.journal.of_subject(NUMBER)[0]
        yield house, clock, offer.quotation_request([(entry.record, ())])


def quote(request: QuotationRequest, supplier: Supplier, price: str = "2150.5") -> OfferCopy:
    """An offer with this price for the first product."""
    products = copy.deepcopy(people.QUOTATION["products"])
    products[0]["unit_price"] = price
    return offer.compose(request, supplier, people.quotation(products=products, confidential=None))


def send(house: House, request: QuotationRequest, *copies: OfferCopy) -> list[Sealed]:
    """Hand in offers of which none may be refused."""
    outcomes = submit(house, [offer.offer_file(one, request) for one in copies])
    assert all(isinstance(outcome, Sealed) for outcome in outcomes), outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, Sealed)]


def test_the_lowest_offer_wins_and_anybody_recomputes_it(database_url: str, tmp_path: Path) -> None:
    with opened_registry(tmp_path, database_url) as (house, clock, request):
        dear, cheap = quote(request, people.andina()), quote(request, people.rosa(), "2000")
        send(house, request, dear, cheap)
        clock.forward(**DEADLINE)
        close(house, NUMBER)
        assert all(isinstance(done, Sealed) for _, done in open_offers(house, NUMBER, people.OPENING[0]))
        decide_award(house, NUMBER)
        same, computed, recorded = verify_award(house, NUMBER)
        assert same
        assert recorded is not None
        assert [winner.offer for winner in computed.winners] == [
            next(c.leaf for c in case(house, NUMBER).life.claims if c.offer == cheap.offer.subject)
        ]
        anchored(house)
        assert audit(house).findings == []


def test_an_offer_has_its_receipt_before_it_is_anchored(database_url: str, tmp_path: Path) -> None:
    with opened_registry(tmp_path, database_url) as (house, _, request):
        (receipt,) = send(house, request, quote(request, people.andina()))
        verdict = verify(evidence_of(house, receipt.index).encode(), house.trust)
        assert (verdict.check(5).status, verdict.check(6).status) == ("passed", "passed")
        anchored(house)
        assert verify(evidence_of(house, receipt.index).encode(), house.trust).overall == "authentic"


def test_a_late_offer_is_refused_and_the_refusal_is_on_record(database_url: str, tmp_path: Path) -> None:
    with opened_registry(tmp_path, database_url) as (house, clock, request):
        clock.forward(**DEADLINE)
        close(house, NUMBER)
        late = quote(request, people.andina())
        (outcome,) = submit(house, [offer.offer_file(late, request)])
        assert isinstance(outcome, RuleError)
        assert outcome.rule == "late"
        assert [entry.kind for entry in house.journal.of_subject(late.offer.subject)] == ["offer.refused"]
        assert holds(house, late.offer.subject, NUMBER) == "omitted"


def test_nobody_closes_before_the_deadline(database_url: str, tmp_path: Path) -> None:
    with opened_registry(tmp_path, database_url) as (house, _, _request):
        with pytest.raises(RuleError) as caught:
            close(house, NUMBER)
        assert caught.value.rule == "close-after-deadline"
        assert case(house, NUMBER).life.status == "open"


def test_a_withdrawn_offer_is_claimed_and_cannot_win(database_url: str, tmp_path: Path) -> None:
    with opened_registry(tmp_path, database_url) as (house, clock, request):
        cheap = quote(request, people.rosa(), "1000")
        (first,) = send(house, request, cheap)
        send(house, request, quote(request, people.andina()))
        send(house, request, offer.withdraw(request, people.rosa("again"), cheap, first.leaf.hex()))
        clock.forward(**DEADLINE)
        close(house, NUMBER)
        open_offers(house, NUMBER, people.OPENING[0])
        award = compute_award(house, case(house, NUMBER))
        assert len(award.winners) == 1
        assert award.winners[0].bidder == people.ORGANISATION["ruc"]
        assert holds(house, cheap.offer.subject, NUMBER) == "withdrawn"
        assert audit(house).clean


def test_a_replaced_offer_counts_with_its_last_content(database_url: str, tmp_path: Path) -> None:
    with opened_registry(tmp_path, database_url) as (house, clock, request):
        first = quote(request, people.rosa(), "3000")
        (receipt,) = send(house, request, first)
        lower = people.quotation(confidential=None)
        send(house, request, offer.replace(request, people.rosa("again"), lower, first, receipt.leaf.hex()))
        clock.forward(**DEADLINE)
        close(house, NUMBER)
        open_offers(house, NUMBER, people.OPENING[0])
        decide_award(house, NUMBER)
        (claim,) = case(house, NUMBER).life.claims
        assert claim.index == 2
        assert verify_award(house, NUMBER)[0]
        assert audit(house).clean


def test_with_another_key_nothing_opens_and_nobody_wins(database_url: str, tmp_path: Path) -> None:
    with opened_registry(tmp_path, database_url) as (house, clock, request):
        send(house, request, quote(request, people.andina()))
        clock.forward(**DEADLINE)
        close(house, NUMBER)
        ((_, outcome),) = open_offers(house, NUMBER, people.AUDITOR[0])
        assert not isinstance(outcome, Sealed)
        decide_award(house, NUMBER)
        assert case(house, NUMBER).life.status == "deserted"


def test_a_procedure_cancelled_while_open_claims_its_offers(database_url: str, tmp_path: Path) -> None:
    with opened_registry(tmp_path, database_url) as (house, _, request):
        one = quote(request, people.andina())
        send(house, request, one)
        cancel(house, NUMBER, "Presupuesto anulado")
        assert holds(house, one.offer.subject, NUMBER) == "claimed"
        assert case(house, NUMBER).life.status == "cancelled"
        assert audit(house).clean


def test_a_procedure_without_offers_is_cancelled_while_it_is_open(tmp_path: Path) -> None:
    with tenders.fair(tmp_path) as fair:
        procedure.cancel(fair.house, tenders.NUMBER, "Sin presupuesto")
        life = procedure.case(fair.house, tenders.NUMBER).life
        assert (life.status, life.claims) == ("cancelled", ())
