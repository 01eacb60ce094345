"""Nobody offers in another's name: a bidder that has keys on record signs with one of them, or counts as nobody."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from pathlib import Path

import offer_cases as cast
from cast import Clock, registry, sealed
from huella.flow import keys
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.procedure import case, close, compute_award, open_offers, submit
from huella.flow.seal import Sealed
from huella.records import act, offer
from huella.records.draft import Draft
from huella.records.offer import QuotationRequest, Supplier

NUMBER = cast.SUBJECT
DEADLINE = {"days": 2, "hours": 8}
START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def request_of(house: House) -> QuotationRequest:
    sealed(house, Draft(kind="requirement.published", subject=NUMBER, data=copy.deepcopy(cast.REQUIREMENT)))
    return offer.quotation_request([(house.journal.of_subject(NUMBER)[0].record, ())])


def send(house: House, request: QuotationRequest, supplier: Supplier, price: str) -> None:
    products = copy.deepcopy(cast.QUOTATION["products"])
    products[0]["unit_price"] = price
    made = offer.compose(request, supplier, cast.quotation(products=products, confidential=None))
    (outcome,) = submit(house, [offer.offer_file(made, request)])
    assert isinstance(outcome, Sealed)


def test_an_offer_in_the_name_of_who_signs_supersedes_nothing(database_url: str, tmp_path: Path) -> None:
    clock = Clock(START)
    with registry(tmp_path, database_url, clock) as house:
        keys.authorise(house, cast.ORGANISATION, act.public(cast.key(1)))
        request = request_of(house)
        send(house, request, cast.andina(), "2000")
        rival = Supplier(copy.deepcopy(cast.ORGANISATION), cast.key(9), cast.salts("rival"))
        send(house, request, rival, "9000")
        clock.forward(**DEADLINE)
        close(house, NUMBER)
        assert all(isinstance(done, Sealed) for _, done in open_offers(house, NUMBER, cast.OPENING[0]))
        found = case(house, NUMBER)
        award = compute_award(house, found)
        assert [winner.offer for winner in award.winners] == [found.life.claims[0].leaf]
        assert {p.offer: p.excluded for p in award.ranking[0].places}[
            found.life.claims[1].leaf
        ] == "bidder_unknown"
        assert audit(house).clean


def test_a_bidder_without_keys_is_who_it_says(tmp_path: Path) -> None:
    clock = Clock(START)
    with registry(tmp_path, None, clock) as house:
        request = request_of(house)
        send(house, request, cast.andina(), "2000")
        clock.forward(**DEADLINE)
        close(house, NUMBER)
        open_offers(house, NUMBER, cast.OPENING[0])
        assert not next(iter(case(house, NUMBER).openings.values())).unproven
        assert len(compute_award(house, case(house, NUMBER)).winners) == 1


def test_a_key_authorised_after_the_offer_changes_nothing(tmp_path: Path) -> None:
    clock = Clock(START)
    with registry(tmp_path, None, clock) as house:
        request = request_of(house)
        send(house, request, cast.andina(), "2000")
        keys.authorise(house, cast.ORGANISATION, act.public(cast.key(7)))
        clock.forward(**DEADLINE)
        close(house, NUMBER)
        open_offers(house, NUMBER, cast.OPENING[0])
        assert len(compute_award(house, case(house, NUMBER)).winners) == 1
        assert audit(house).clean
