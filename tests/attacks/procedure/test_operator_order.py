"""An order that says it comes from an award, and is not what that one gave."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import offer_cases as people
from attacks.procedure_stage import (
    AWARD,
    CLOSE,
    CUSCO,
    FIRST,
    REQUIREMENT,
    Operator,
    at,
    named,
)
from cast import anchored, order
from huella.errors import RuleError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.seal import Sealed, seal
from huella.records import canonical
from huella.records.draft import Draft


def won(house: House, **changes: Any) -> Draft:
    """The order that the award gave."""
    entry = house.journal.entries(AWARD, AWARD + 1)[0]
    winner = canonical.decode(entry.record)["data"]["winners"][0]
    money = {"sub_total": winner["total"], "vat": "0.00", "total": winner["total"]}
    items = [
        {"number": 1, "description": "LAPTOP", "quantity": "10", "unit_price": "2000", "amount": "20000.00"},
        {"number": 2, "description": "MOUSE", "quantity": "10", "unit_price": "35", "amount": "350.00"},
    ]
    delivery = {**order().data["deliveries"][0], **money, "shipping": "74.50",
                "lines": [{"item": 1, "quantity": "10"}, {"item": 2, "quantity": "10"}]}  # fmt: skip
    given: dict[str, Any] = {
        "entity": people.REQUIREMENT["entity"], "supplier": {k: people.ORGANISATION[k] for k in ("name", "ruc")},
        "contracting_type": "package", "delivery_type": "package", "items": items, "deliveries": [delivery],
        "hashlink": {"leaf": entry.leaf.hex(), "requirement": FIRST, "winner": 0}, **money, **changes,
    }  # fmt: skip
    return order(7, **given)


CHEATS: dict[str, dict[str, Any]] = {
    "link-same-supplier": {"supplier": {"name": CUSCO["name"], "ruc": CUSCO["ruc"]}},
    "link-same-entity": {"entity": {"code": 1335, "name": "OTRA", "ruc": "20131312955"}},
    "link-names-winner": {"hashlink": {"winner": 5}},
    "link-names-award": {"hashlink": {"leaf": "ab" * 32}},
    "link-same-products": {"quantity": "9"},
    "link-same-total": {"money": "20423.50"},
}


def cheated(house: House, rule: str) -> Draft:
    """An order that breaks one rule of its hashlink."""
    changes, data = dict(CHEATS[rule]), copy.deepcopy(won(house).data)
    if "hashlink" in changes:
        changes["hashlink"] = {**data["hashlink"], **changes["hashlink"]}
    if "quantity" in changes:
        data["items"][0]["quantity"] = data["deliveries"][0]["lines"][0]["quantity"] = changes.pop("quantity")
        data["items"][0]["amount"], data["deliveries"][0]["shipping"] = "18000.00", "2074.50"
    if "money" in changes:
        less = {"sub_total": changes["money"], "total": changes.pop("money")}
        data.update(less)
        data["deliveries"][0].update(less, shipping="73.50")
    return Draft(kind="order.published", subject="OCAM-2026-1335-7-0", data={**data, **changes})


@at("awarded")
def test_the_order_that_the_award_gave_is_taken(house: House) -> None:
    (outcome,) = seal(house, [won(house)])
    assert isinstance(outcome, Sealed), outcome
    anchored(house)
    assert audit(house).counts == {}


@at("awarded")
@pytest.mark.parametrize("rule", CHEATS)
def test_an_order_that_is_not_what_the_award_gave_is_refused_and_named(
    house: House, operator: Operator, rule: str
) -> None:
    draft = cheated(house, rule)
    (outcome,) = seal(house, [draft])
    assert isinstance(outcome, RuleError)
    assert outcome.rule == rule
    index = operator.put_record(draft.kind, draft.subject, draft.data)
    one = named(house, "orders", draft.subject, rule)
    assert (one.entry, one.sealed_so) == (index, True)
    assert REQUIREMENT < CLOSE < index
