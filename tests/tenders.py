"""A procedure of the cast for tests: published, two offers sent, closed, opened, decided, anchored."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import offer_cases as people
from cast import Clock, anchored, registry, sealed
from huella.flow import procedure
from huella.flow.house import House
from huella.flow.seal import Sealed
from huella.records import offer
from huella.records.draft import Draft
from huella.records.offer import QuotationRequest, Supplier
from huella.records.offer_file import OfferCopy

NUMBER = people.SUBJECT
START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


@dataclass
class Fair:
    """A registry with one requirement, and a clock that stands before its close."""

    house: House
    clock: Clock
    request: QuotationRequest

    def send(self, *copies: OfferCopy) -> list[Sealed]:
        """Hand in offers of which none may be refused."""
        outcomes = procedure.submit(self.house, [offer.offer_file(one, self.request) for one in copies])
        done = [outcome for outcome in outcomes if isinstance(outcome, Sealed)]
        assert len(done) == len(copies), outcomes
        return done

    def decide(self) -> None:
        """Close at the deadline, open everything, decide, anchor."""
        self.clock.forward(days=2, hours=8)
        procedure.close(self.house, NUMBER)
        anchored(self.house)
        for code, outcome in procedure.open_offers(self.house, NUMBER, people.OPENING[0]):
            assert isinstance(outcome, Sealed), (code, outcome)
        procedure.decide_award(self.house, NUMBER)
        anchored(self.house)


@contextmanager
def fair(folder: Path, **changes: Any) -> Iterator[Fair]:
    """A registry in which the cast's requirement was just published."""
    clock = Clock(START)
    with registry(folder, None, clock) as house:
        data = {**copy.deepcopy(people.REQUIREMENT), **changes}
        sealed(house, Draft(kind="requirement.published", subject=NUMBER, data=data))
        yield Fair(house, clock, request_of(house))


def request_of(house: House) -> QuotationRequest:
    """What an offer answers, out of the register."""
    return offer.quotation_request([(each.record, each.annexes) for each in procedure.placed(house, NUMBER)])


def quote(request: QuotationRequest, supplier: Supplier, price: str = "2150.5") -> OfferCopy:
    """An offer with this price for the first product."""
    products = copy.deepcopy(people.QUOTATION["products"])
    products[0]["unit_price"] = price
    return offer.compose(request, supplier, people.quotation(products=products, confidential=None))
