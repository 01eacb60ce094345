"""Demonstration procedures: the same for the same seed, by the rules, answered by several suppliers each."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest

import offer_cases as people
from huella.records import draft, kinds, offer, policy, shapes
from huella.records import generator_procedures as generated
from huella.records.generator_procedures import Invitation, Recipients, procedures
from huella.records.offer import Supplier
from huella.records.procedure import Requirement
from huella.records.quotation import Quotation

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
KEYS = Recipients(people.OPENING[1], people.AUDITOR[1])
MANY = list(procedures(200, 1, KEYS, START))


def shape_of(made: Invitation) -> str:
    """The shape that a requirement's products, destinations and deliveries make."""
    data = made.requirement.data
    several = len(data["deliveries"]) > len(data["destinations"])
    if len(data["destinations"]) > 1:
        return shapes.COMBINED if several else shapes.MULTI_DESTINATION
    if several:
        return shapes.PARTIAL
    return shapes.PACKAGE if len(data["products"]) > 1 else shapes.CLASSIC


def test_a_seed_always_gives_the_same_procedures() -> None:
    assert list(procedures(10, 5, KEYS, START)) == list(procedures(10, 5, KEYS, START))
    assert next(procedures(1, 5, KEYS, START)) != next(procedures(1, 6, KEYS, START))


def test_every_requirement_keeps_every_rule_without_a_warning() -> None:
    for made in MANY:
        assert draft.prepare(made.requirement, people.salts("any")).warnings == ()


def test_numbers_are_unique() -> None:
    assert len({made.requirement.subject for made in MANY}) == len(MANY)


def test_any_five_procedures_have_all_five_shapes() -> None:
    assert {shape_of(made) for made in MANY[:5]} == set(shapes.SHAPES)
    assert set(Counter(shape_of(made) for made in MANY).values()) == {40}


def test_two_to_nine_suppliers_quote_and_some_decline() -> None:
    quoted = [sum(isinstance(answer.given, Quotation) for answer in made.answers) for made in MANY]
    assert set(quoted) == set(range(2, 10))
    assert any(isinstance(answer.given, str) for made in MANY for answer in made.answers)


def test_nobody_answers_twice_and_some_are_people() -> None:
    for made in MANY:
        assert len({answer.party["ruc"] for answer in made.answers}) == len(made.answers)
    rucs = {answer.party["ruc"] for made in MANY for answer in made.answers}
    assert all(ruc.startswith(("2099", "100000")) for ruc in rucs)
    assert any(policy.is_natural(ruc) for ruc in rucs)


def test_every_answer_can_be_sealed_for_its_requirement() -> None:
    for made in MANY[:10]:
        data = made.requirement.data
        request = people.request(people.seal("requirement.published", made.requirement.subject, data))
        for place, answer in enumerate(made.answers):
            by = Supplier(answer.party, people.key(place), people.salts(answer.party["ruc"]))
            done = (
                offer.decline(request, by, answer.given)
                if isinstance(answer.given, str)
                else offer.compose(request, by, answer.given)
            )
            assert done.requirement() == (made.requirement.subject, request.leaf)


def test_prices_stay_around_the_reference_of_each_other() -> None:
    for made in MANY:
        wanted: Requirement = kinds.read(made.requirement.kind, made.requirement.data)
        given = [answer.given for answer in made.answers if isinstance(answer.given, Quotation)]
        for place in range(len(wanted.products)):
            prices = [one.products[place].unit_price for one in given]
            assert max(prices) <= min(prices) * 14 / 10


def test_the_winner_of_a_package_gets_an_order_of_what_it_quoted() -> None:
    link = {"leaf": "ab" * 32, "requirement": "REQ-2026-100-1", "winner": 0}
    packages = [made for made in MANY if made.requirement.data["contracting_type"] == "package"]
    for made in packages:
        answer = next(each for each in made.answers if isinstance(each.given, Quotation))
        order = generated.order(made, answer, link, START)
        assert draft.prepare(order, people.salts("any")).warnings == ()
        given = answer.given
        assert isinstance(given, Quotation)
        goods = sum(quote.quantity * quote.unit_price for quote in given.products)
        freight = sum(each.cost for each in given.shipping)
        assert Decimal(order.data["sub_total"]) == goods + freight


def test_who_declined_gets_no_order() -> None:
    made = next(made for made in MANY if any(isinstance(answer.given, str) for answer in made.answers))
    answer = next(answer for answer in made.answers if isinstance(answer.given, str))
    with pytest.raises(ValueError, match="wins nothing"):
        generated.order(made, answer, {}, START)
