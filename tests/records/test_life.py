"""Which record may follow which: allowed steps, refused steps with their rule's name, imported states."""

from __future__ import annotations

from typing import Any

import pytest

from huella.errors import RuleError
from huella.records import generator, kinds, life
from huella.records.life import OrderLife
from huella.records.model import Amendment, Decision, DeliveryFact, Destination, Order

AT = "2026-08-31T05:00:00.000Z"
DECIDED = Decision(effective_at=AT)
TWO = generator.combined(items=1, deliveries=4)


def fact(kind: str, delivery: int) -> Any:
    if kind.startswith("delivery."):
        return DeliveryFact(effective_at=AT, delivery=delivery)
    return Amendment(effective_at=AT, delivery=delivery, max_days=9) if kind == "order.amended" else DECIDED


def walk(*steps: str) -> OrderLife:
    """The life after the order and the steps; a step is a kind, with `:2` for a delivery other than the first."""
    now = life.advance(None, "order.published", kinds.read(TWO.kind, TWO.data))
    for step in steps:
        kind, _, delivery = step.partition(":")
        now = life.advance(now, kind, fact(kind, int(delivery or 1)))
    return now


ACCEPT = "order.accepted"


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ((), "published"),
        ((ACCEPT,), "accepted"),
        (("order.rejected",), "rejected"),
        (("order.annulled",), "annulled"),
        (("order.amended", ACCEPT, "order.amended"), "accepted"),
        ((ACCEPT, "rights.assigned"), "accepted"),
        ((ACCEPT, "order.terminated"), "terminated"),
        ((ACCEPT, "order.annulled"), "annulled"),
        ((ACCEPT, "delivery.made", "delivery.conformed", "delivery.paid"), "accepted"),
        ((ACCEPT, "delivery.made", "delivery.terminated"), "accepted"),
    ],
)
def test_steps_that_may_follow(steps: tuple[str, ...], status: str) -> None:
    assert walk(*steps).status == status


def test_an_order_is_paid_when_its_last_delivery_is() -> None:
    steps = [f"delivery.{s}:{n}" for n in (1, 2, 3) for s in ("made", "conformed", "paid")]
    assert walk(ACCEPT, *steps).status == "accepted"
    assert walk(ACCEPT, *steps, "delivery.terminated:4").status == "paid"


def test_an_order_is_terminated_when_all_its_deliveries_are() -> None:
    assert walk(ACCEPT, *(f"delivery.terminated:{n}" for n in (1, 2, 3, 4))).status == "terminated"


@pytest.mark.parametrize(
    ("steps", "rule"),
    [
        ((ACCEPT, ACCEPT), "order.accepted-from-published"),
        (("order.rejected", ACCEPT), "order.accepted-from-published"),
        ((ACCEPT, "order.rejected"), "order.rejected-from-published"),
        (("order.terminated",), "order.terminated-from-accepted"),
        (("rights.assigned",), "rights.assigned-from-accepted"),
        (("order.annulled", "order.annulled"), "order.annulled-from-accepted-or-paid-or-published"),
        (("delivery.made",), "delivery-of-accepted-order"),
        ((ACCEPT, "delivery.conformed"), "delivery.conformed-from-delivered"),
        ((ACCEPT, "delivery.paid"), "delivery.paid-from-conformed"),
        ((ACCEPT, "delivery.made", "delivery.made"), "delivery.made-from-pending"),
        ((ACCEPT, "delivery.made:9"), "delivery-exists"),
        ((ACCEPT, "delivery.made", "order.amended"), "amend-pending-delivery"),
        ((ACCEPT, "order.terminated", "delivery.made"), "delivery-of-accepted-order"),
    ],
)
def test_steps_that_may_not_follow_name_their_rule(steps: tuple[str, ...], rule: str) -> None:
    with pytest.raises(RuleError) as caught:
        walk(*steps)
    assert caught.value.rule == rule


@pytest.mark.parametrize("kind", sorted(set(life._ORDER_STEPS) | set(life._DELIVERY_STEPS)))
def test_nothing_follows_an_order_that_is_not_registered(kind: str) -> None:
    with pytest.raises(RuleError) as caught:
        life.advance(None, kind, fact(kind, 1))
    assert caught.value.rule == "first-record"


def test_an_amendment_supersedes_place_and_term_and_keeps_the_rest() -> None:
    changed = Amendment(
        effective_at=AT, delivery=1, destination=Destination(number=9, ubigeo="150110"), max_days=40
    )
    now = life.advance(walk(ACCEPT), "order.amended", changed)
    first, second = now.deliveries[0], now.deliveries[1]
    assert (first.destination and first.destination.ubigeo, first.max_days) == ("150110", 40)
    assert first.destination is not None
    assert first.destination.number == 1
    assert second == walk(ACCEPT).deliveries[1]


def test_the_same_number_is_published_once() -> None:
    with pytest.raises(RuleError) as caught:
        life.advance(walk(), "order.published", kinds.read(TWO.kind, TWO.data))
    assert caught.value.rule == "first-record"


def imported(state: str) -> Order:
    sums = {"sub_total": "1.00", "total": "1.00", "vat": "0.00"}
    delivery = {"destination": 1, "number": 1, "state": state, **sums}
    data = {"currency": "PEN", "entity": {}, "supplier": {}, **sums, "origin": {"source": "portal", "state": state},
            "deliveries": [delivery], "destinations": [{"number": 1}]}  # fmt: skip
    made: Order = kinds.read("order.imported", data)
    return made


@pytest.mark.parametrize(
    ("state", "order", "delivery"),
    [
        ("PUBLICADA", "published", "pending"),
        ("ACEPTADA", "accepted", "pending"),
        ("Aceptada c/entrega retrasada", "accepted", "pending"),
        ("ENTREGADA C/CONFORMIDAD PENDIENTE", "accepted", "delivered"),
        ("ENTREGADA C/CONFORMIDAD RETRASADA", "accepted", "delivered"),
        ("CONFORME C/PAGO PENDIENTE", "accepted", "conformed"),
        ("CONFORME C/PAGO RETRASADO", "accepted", "conformed"),
        ("PAGADA", "paid", "paid"),
        ("RESUELTA", "terminated", "terminated"),
        ("RECHAZADA", "rejected", "pending"),
        ("ORDEN DE COMPRA NULA", "annulled", "pending"),
    ],
)
def test_the_platforms_words_give_the_status(state: str, order: str, delivery: str) -> None:
    now = life.advance(None, "order.imported", imported(state))
    assert (now.status, now.deliveries[0].status) == (order, delivery)


def test_an_imported_order_may_be_imported_again_and_a_published_one_never() -> None:
    now = life.advance(None, "order.imported", imported("ACEPTADA"))
    assert life.advance(now, "order.imported", imported("PAGADA")).status == "paid"
    with pytest.raises(RuleError) as caught:
        life.advance(walk(), "order.imported", imported("ACEPTADA"))
    assert caught.value.rule == "imported-after-imported"


def test_states_come_in_an_order() -> None:
    words = (
        "PUBLICADA",
        "ACEPTADA",
        "ENTREGADA C/CONFORMIDAD PENDIENTE",
        "CONFORME C/PAGO PENDIENTE",
        "PAGADA",
        "RESUELTA",
    )
    ranks = [life.import_rank(imported(word)) for word in words]
    assert ranks == sorted(set(ranks))
