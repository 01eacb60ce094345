"""Each delivery shape from the requirement to its last payment, through the registry, with the sums conserved."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import offer_cases as people
from cast import Clock, anchored, registry, sealed
from huella.flow import clock as clocks
from huella.flow import procedure
from huella.flow.assign import assign
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.read import show
from huella.flow.seal import Sealed
from huella.flow.walk import walk
from huella.ledger import registry as contract
from huella.records import offer
from huella.records.draft import Draft
from huella.records.identifiers import cents, moment
from people import rule_of

REQUIREMENT, ORDER = people.SUBJECT, "OCAM-2026-1335-90-0"
START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
BANK = "0x" + "b1" * 20
RATE = Decimal("0.18")
RULES = {"individual": "lowest_total", "package": "lowest_total_package"}


@dataclass(frozen=True)
class Shape:
    """How much of each product goes where and when: deliveries as destination and quantities by product."""

    name: str
    destinations: int
    deliveries: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def contracting(self) -> str:
        """How it is bought."""
        return "package" if len(self.wanted) > 1 else "individual"

    @property
    def wanted(self) -> list[int]:
        """The quantity of each product."""
        return [sum(each) for each in zip(*(quantities for _, quantities in self.deliveries), strict=True)]


SHAPES = (
    Shape("classic", 1, ((1, (10,)),)),
    Shape("package", 1, ((1, (10, 4)),)),
    Shape("partial", 1, ((1, (6, 1)), (1, (3, 1)), (1, (1, 2)))),
    Shape("multi_destination", 3, ((1, (5, 1)), (2, (3, 1)), (3, (2, 2)))),
    Shape("combined", 2, ((1, (4, 1)), (2, (3, 1)), (1, (2, 1)), (2, (1, 1)))),
)
PRICES = (Decimal("210.50"), Decimal("35.00"))
FREIGHT = Decimal("12.00")


def lines(quantities: tuple[int, ...]) -> list[dict[str, Any]]:
    return [{"item": n, "quantity": str(q)} for n, q in enumerate(quantities, 1)]


def requirement(shape: Shape) -> Draft:
    """The requirement that the shape's order answers."""
    data = copy.deepcopy(people.REQUIREMENT) | {
        "contracting_type": shape.contracting,
        "rule": {"name": RULES[shape.contracting], "version": 1},
        "products": [
            {"description": f"PRODUCTO {n}", "number": n, "quantity": str(q), "unit": "UNIDAD"}
            for n, q in enumerate(shape.wanted, 1)
        ],
        "destinations": [{"number": n, "ubigeo": "150101"} for n in range(1, shape.destinations + 1)],
        "deliveries": [
            {
                "destination": at,
                "lines": lines(quantities),
                "max_days": 10,
                "number": n,
                "start": "2026-12-09",
            }
            for n, (at, quantities) in enumerate(shape.deliveries, 1)
        ],
    }
    return Draft(kind="requirement.published", subject=REQUIREMENT, data=data)


def compete(house: House, shape: Shape, clock: Clock) -> None:
    """Two offers, the close, the openings and the award: the lower one wins."""
    ((_, placed),) = [(0, procedure.placed(house, REQUIREMENT)[0])]
    request = offer.quotation_request([(placed.record, placed.annexes)])
    for supplier, more in ((people.andina(), Decimal(0)), (people.rosa(), Decimal(5))):
        told = people.quotation(
            confidential=None, documents=None, minimum=None,
            products=[
                {"product": n, "quantity": str(q), "unit_price": str(price + more)}
                for n, (q, price) in enumerate(zip(shape.wanted, PRICES, strict=False), 1)
            ],
            shipping=[
                {"cost": str(FREIGHT), "destination": at, "product": n}
                for n in range(1, len(shape.wanted) + 1) for at in range(1, shape.destinations + 1)
            ],
        )  # fmt: skip
        made = offer.offer_file(offer.compose(request, supplier, told), request)
        assert isinstance(procedure.submit(house, [made])[0], Sealed)
    clock.forward(days=2, hours=8)
    procedure.close(house, REQUIREMENT)
    procedure.open_offers(house, REQUIREMENT, people.OPENING[0])
    procedure.decide_award(house, REQUIREMENT)


def order(house: House, shape: Shape, clock: Clock, **changes: Any) -> Draft:
    """The winner's order: each destination's freight goes with its first delivery."""
    seen: set[int] = set()
    deliveries: list[dict[str, Any]] = []
    for n, (at, quantities) in enumerate(shape.deliveries, 1):
        shipping = Decimal("0.00") if at in seen else FREIGHT * len(shape.wanted)
        seen.add(at)
        goods = sum((q * p for q, p in zip(quantities, PRICES, strict=False)), Decimal("0.00"))
        sub_total = goods + shipping
        vat = cents(sub_total * RATE)
        deliveries.append({
            "destination": at, "lines": lines(quantities), "max_days": 10, "number": n, "shipping": str(shipping),
            "start": "2026-12-09", "sub_total": str(sub_total), "vat": str(vat), "total": str(sub_total + vat),
        })  # fmt: skip
    sums = {
        m: str(sum((Decimal(d[m]) for d in deliveries), Decimal("0.00")))
        for m in ("sub_total", "vat", "total")
    }
    award = next(e for e in house.journal.of_subject(REQUIREMENT) if e.kind == "award.decided")
    data = {
        "contracting_type": shape.contracting, "currency": "PEN", "procedure": "ordinary", "delivery_type": shape.name,
        "deliveries": deliveries, "entity": people.REQUIREMENT["entity"], "published_at": moment(clock()),
        "destinations": [{"number": n, "ubigeo": "150101"} for n in range(1, shape.destinations + 1)],
        "hashlink": {"leaf": award.leaf.hex(), "requirement": REQUIREMENT, "winner": 0},
        "items": [
            {"amount": str(q * p), "description": f"PRODUCTO {n}", "number": n, "quantity": str(q),
             "unit_price": str(p)}
            for n, (q, p) in enumerate(zip(shape.wanted, PRICES, strict=False), 1)
        ],
        "supplier": {"name": people.ORGANISATION["name"], "ruc": people.ORGANISATION["ruc"]}, **sums, **changes,
    }  # fmt: skip
    return Draft(kind="order.published", subject=ORDER, data=data)


def fact(kind: str, clock: Clock, **told: Any) -> Draft:
    return Draft(kind=kind, subject=ORDER, data={"effective_at": moment(clock()), **told})


def deliver(house: House, clock: Clock) -> Decimal:
    """Every delivery made, conformed and paid, the second one late; what was paid and kept back in all."""
    settled = Decimal("0.00")
    for number in range(1, len(show(house, ORDER)["deliveries"]) + 1):
        clock.forward(days=9)
        sealed(house, fact("delivery.made", clock, delivery=number))
        clock.forward(days=2)
        sealed(house, fact("delivery.conformed", clock, delivery=number))
        row = show(house, ORDER)["deliveries"][number - 1]
        clock.forward(days=1)
        told = {"amount": str(row["total"] - row["penalty"]), "penalty": str(row["penalty"])}
        (done,) = sealed(house, fact("delivery.paid", clock, delivery=number, **told))
        assert done.warnings == ()
        settled += row["total"]
    return settled


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_from_the_requirement_to_the_last_payment(database_url: str, tmp_path: Path, shape: Shape) -> None:
    clock = Clock(START)
    with registry(tmp_path, database_url, clock) as house:
        sealed(house, requirement(shape))
        compete(house, shape, clock)
        sealed(house, order(house, shape, clock))
        clock.forward(days=6)
        assert [number for number, _ in clocks.tacit(house)] == [ORDER]
        sealed(
            house,
            fact("rights.assigned", clock, account=BANK, assignee={"ruc": "20100047218", "name": "BANCO"}),
        )
        settled = deliver(house, clock)
        anchored(house)
        assert [move.account for move in assign(house)] == [BANK]
        told = show(house, ORDER)
        assert (told["order"]["status"], told["order"]["shape"]) == ("paid", shape.name)
        assert settled == told["order"]["total"]
        assert (contract.owner_of(house.ledger, told["token"]["id"]) or "").lower() == BANK
        assert audit(house).exit_code == 0


def test_from_the_order_one_walks_back_to_every_offer(database_url: str, tmp_path: Path) -> None:
    clock = Clock(START)
    with registry(tmp_path, database_url, clock) as house:
        sealed(house, requirement(SHAPES[0]))
        compete(house, SHAPES[0], clock)
        sealed(house, order(house, SHAPES[0], clock))
        found = walk(house, ORDER)
        assert found["requirement"]["index"] == 0
        assert [(o["kind"], o["won"]) for o in found["offers"]] == [
            ("offer.received", True),
            ("offer.received", False),
        ]
        assert all(o["opening"]["kind"] == "offers.opened" for o in found["offers"])
        assert (found["closed"]["kind"], found["award"]["kind"]) == ("offers.closed", "award.decided")
        assert found["order"]["subject"] == ORDER


def test_a_part_is_terminated_and_the_rest_is_paid(database_url: str, tmp_path: Path) -> None:
    clock = Clock(START)
    shape = SHAPES[2]
    with registry(tmp_path, database_url, clock) as house:
        sealed(house, requirement(shape))
        compete(house, shape, clock)
        sealed(house, order(house, shape, clock))
        clock.forward(days=1)
        sealed(house, fact("order.accepted", clock, mode="explicit"))
        sealed(house, fact("delivery.terminated", clock, delivery=3, reason="Resolución parcial."))
        for number in (1, 2):
            for kind in ("made", "conformed", "paid"):
                sealed(house, fact(f"delivery.{kind}", clock, delivery=number))
        told = show(house, ORDER)
        assert told["order"]["status"] == "paid"
        assert [row["state"] for row in told["deliveries"]] == ["PAGADA", "PAGADA", "RESUELTA"]
        assert rule_of(house, fact("delivery.made", clock, delivery=3)) == "delivery-of-accepted-order"
        assert audit(house).clean


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"supplier": {"name": "OTRA S.A.", "ruc": "20100047218"}}, "link-same-supplier"),
        ({"hashlink": {"leaf": "ab" * 32, "requirement": REQUIREMENT, "winner": 0}}, "link-names-award"),
    ],
)
def test_an_order_that_its_award_did_not_give_is_refused(tmp_path: Path, change: Any, rule: str) -> None:
    clock = Clock(START)
    with registry(tmp_path, None, clock) as house:
        sealed(house, requirement(SHAPES[0]))
        compete(house, SHAPES[0], clock)
        assert rule_of(house, order(house, SHAPES[0], clock, **change)) == rule
