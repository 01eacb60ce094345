"""Demonstration orders: the same for the same seed, exact, clearly made up, like the real ones in size."""

from __future__ import annotations

import os
import statistics
from collections import Counter

import pytest

from huella.records import draft, generator, kinds, life, policy, shapes

MANY = list(generator.orders(1_500, seed=1))


def test_a_seed_always_gives_the_same_orders() -> None:
    assert list(generator.orders(20, seed=5)) == list(generator.orders(20, seed=5))
    assert next(generator.orders(1, seed=5)) != next(generator.orders(1, seed=6))


def test_numbers_are_unique_and_of_the_year() -> None:
    subjects = {made.subject for made in generator.orders(2_000, seed=2, year=2025)}
    assert len(subjects) == 2_000
    assert all(subject.startswith("OCAM-2025-") for subject in subjects)


def test_every_order_keeps_every_rule_without_a_warning() -> None:
    for made in MANY[:300]:
        assert draft.prepare(made, lambda: os.urandom(16)).warnings == ()


def test_all_five_shapes_come() -> None:
    found = Counter(shapes.derive(kinds.read(made.kind, made.data)) for made in MANY)
    assert set(found) == set(shapes.SHAPES)


def test_amounts_are_like_the_real_ones() -> None:
    totals = [float(made.data["total"]) for made in MANY]
    assert 1_800 < statistics.median(totals) < 4_000
    assert max(totals) > 300_000


def test_igv_is_eighteen_per_cent_or_for_a_few_nothing() -> None:
    free = sum(made.data["vat"] == "0.00" for made in MANY) / len(MANY)
    assert 0.01 < free < 0.1


def test_parties_are_made_up_and_some_are_people() -> None:
    suppliers = {made.data["supplier"]["ruc"] for made in MANY}
    assert all(ruc.startswith(("2099", "100000")) for ruc in suppliers)
    assert any(policy.is_natural(ruc) for ruc in suppliers)
    told = [made.data["supplier"]["contact"]["email"] for made in MANY if "contact" in made.data["supplier"]]
    assert told
    assert all(email.endswith(".example") for email in told)


def test_one_code_is_one_entity() -> None:
    entities = {(m.data["entity"]["code"], m.data["entity"]["ruc"], m.data["entity"]["name"]) for m in MANY}
    assert len(entities) == len({code for code, _, _ in entities})


def test_every_life_follows_the_rules_and_every_end_comes() -> None:
    ends: Counter[str] = Counter()
    for made in MANY[:500]:
        now = life.advance(None, made.kind, kinds.read(made.kind, made.data))
        for fact in generator.life(made, seed=1):
            complete = draft.prepare(fact, lambda: os.urandom(16)).complete
            now = life.advance(now, fact.kind, complete)
        ends[now.status] += 1
    assert set(ends) == {"published", "accepted", "rejected", "annulled", "terminated", "paid"}


def test_facts_come_in_the_order_of_their_effect() -> None:
    for made in MANY[:50]:
        times = [fact.data["effective_at"] for fact in generator.life(made, seed=1)]
        assert times == sorted(times)
        assert all(at > made.data["published_at"] for at in times)


@pytest.mark.parametrize(("items", "deliveries"), [(60, 24), (2, 4)])
def test_a_combined_order_has_the_size_asked_for(items: int, deliveries: int) -> None:
    made = generator.combined(items, deliveries)
    order = kinds.read(made.kind, made.data)
    assert (len(order.items), len(order.deliveries), shapes.derive(order)) == (
        items,
        deliveries,
        shapes.COMBINED,
    )
