"""The life of an order and of its deliveries: which record may follow which (docs/spec/kinds.md, States).

Statuses change by records alone; delays come from the clock and are never sealed. Acceptance perfects the contract
(Reg. 32069, art. 277.3); termination may reach a delivery in any state before payment (Reg. 122.5).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from huella.errors import RuleError
from huella.records.model import Amendment, Decision, DeliveryFact, Destination, Order
from huella.records.names import fold

PUBLISHED, ACCEPTED, REJECTED = "published", "accepted", "rejected"
PAID, TERMINATED, ANNULLED = "paid", "terminated", "annulled"
PENDING, DELIVERED, CONFORMED = "pending", "delivered", "conformed"
TACIT = "tacit"

# What the platform calls its states, in their order of progress. A later rank never gives way to an earlier one.
ORDER_STATES = {
    "PUBLICADA": PUBLISHED, "ACEPTADA": ACCEPTED, "RECHAZADA": REJECTED, "PAGADA": PAID,
    "RESUELTA": TERMINATED, "ORDEN DE COMPRA NULA": ANNULLED, "NULA": ANNULLED, "ANULADA": ANNULLED,
    # OCDS 1.1 contractStatus; `terminated` does not say whether by payment or before
    "PENDING": PUBLISHED, "ACTIVE": ACCEPTED, "TERMINATED": TERMINATED, "CANCELLED": ANNULLED,
}  # fmt: skip
DELIVERY_STATES = {
    "ACEPTADA C ENTREGA PENDIENTE": PENDING, "ACEPTADA C ENTREGA RETRASADA": PENDING,
    "ENTREGADA C CONFORMIDAD PENDIENTE": DELIVERED, "ENTREGADA C CONFORMIDAD RETRASADA": DELIVERED,
    "CONFORME C PAGO PENDIENTE": CONFORMED, "CONFORME C PAGO RETRASADO": CONFORMED,
    "PAGADA": PAID, "RESUELTA": TERMINATED,
}  # fmt: skip
RANK = {
    PUBLISHED: 0,
    ACCEPTED: 1,
    PENDING: 1,
    DELIVERED: 2,
    CONFORMED: 3,
    PAID: 4,
    REJECTED: 5,
    TERMINATED: 5,
    ANNULLED: 6,
}

_ORDER_STEPS: dict[str, tuple[frozenset[str], str | None]] = {
    "order.accepted": (frozenset({PUBLISHED}), ACCEPTED),
    "order.rejected": (frozenset({PUBLISHED}), REJECTED),
    "order.amended": (frozenset({PUBLISHED, ACCEPTED}), None),
    "order.annulled": (frozenset({PUBLISHED, ACCEPTED, PAID}), ANNULLED),
    "order.terminated": (frozenset({ACCEPTED}), TERMINATED),
    "rights.assigned": (frozenset({ACCEPTED}), None),
}
_DELIVERY_STEPS: dict[str, tuple[frozenset[str], str]] = {
    "delivery.made": (frozenset({PENDING}), DELIVERED),
    "delivery.conformed": (frozenset({DELIVERED}), CONFORMED),
    "delivery.paid": (frozenset({CONFORMED}), PAID),
    "delivery.terminated": (frozenset({PENDING, DELIVERED, CONFORMED}), TERMINATED),
}


class DeliveryLife(msgspec.Struct, frozen=True, gc=False):
    """One delivery now: its status and the destination, start (Lima date) and term (days) in force; when it was made
    when it conformed and when it was paid (UTC), what was paid and kept back as penalty, as its records tell it."""

    number: int
    status: str
    destination: Destination | None
    start: str | None
    max_days: int | None
    made_at: str | None = None
    conformed_at: str | None = None
    paid: Decimal | None = None
    penalty: Decimal | None = None
    paid_at: str | None = None


class OrderLife(msgspec.Struct, frozen=True, gc=False):
    """One order now, as its records make it. `registered_at` is when its first record was made, `tacit` the digest of
    the calendar by which it was accepted without an answer."""

    order: Order
    status: str
    accepted_at: str | None
    deliveries: tuple[DeliveryLife, ...]
    assigned: int = 0
    amended: int = 0
    registered_at: str = ""
    tacit: str | None = None


def advance(life: OrderLife | None, kind: str, fact: Any, recorded_at: str = "") -> OrderLife:
    """The life after one more record. Raises RuleError, naming the rule, where the record may not follow."""
    if kind in ("order.published", "order.imported"):
        return replace(_begin(life, kind, fact), registered_at=life.registered_at if life else recorded_at)
    if life is None:
        raise RuleError(f"{kind}: the order is not registered", rule="first-record")
    if kind in _DELIVERY_STEPS:
        return _step_delivery(life, kind, fact)
    allowed, following = _ORDER_STEPS[kind]
    # another calendar moves the date of an acceptance by silence, and of no other
    moved = (
        kind == "order.accepted" and life.status == ACCEPTED and life.tacit is not None and fact.mode == TACIT
    )
    if life.status not in allowed and not moved:
        raise RuleError(
            f"{kind} may not follow: the order is {life.status}",
            rule=f"{kind}-from-{'-or-'.join(sorted(allowed))}",
        )
    if kind == "order.amended":
        return _amend(life, fact)
    if kind == "rights.assigned":
        return replace(life, assigned=life.assigned + 1)
    return _decide(life, following or life.status, fact)


def _begin(life: OrderLife | None, kind: str, order: Order) -> OrderLife:
    if kind == "order.published" and life is not None:
        raise RuleError("the order is registered already", rule="first-record")
    if kind == "order.imported" and life is not None and life.order.origin is None:
        raise RuleError("an order published here is not imported again", rule="imported-after-imported")
    status = PUBLISHED if order.origin is None else import_status(order)
    places = {destination.number: destination for destination in order.destinations}
    deliveries = tuple(
        DeliveryLife(
            d.number, _delivery_status(d.state, status), places.get(d.destination), d.start, d.max_days
        )
        for d in order.deliveries
    )
    return OrderLife(order, status, order.accepted_at, deliveries)


def import_status(order: Order) -> str:
    """The status of an imported order, from the platform's word for the order or for its least advanced delivery."""
    if order.origin is None:
        return PUBLISHED
    word = fold(order.origin.state)
    if word in ORDER_STATES:
        return ORDER_STATES[word]
    return PAID if DELIVERY_STATES.get(word) == PAID else ACCEPTED


def import_rank(order: Order) -> int:
    """How far an imported order has come; with the state's time it tells a newer statement from an older one."""
    word = fold(order.origin.state) if order.origin is not None else ""
    return RANK.get(DELIVERY_STATES.get(word) or ORDER_STATES.get(word, ACCEPTED), 1)


def _delivery_status(state: str | None, order_status: str) -> str:
    if state is not None:
        return DELIVERY_STATES.get(fold(state), PENDING)
    return order_status if order_status in (PAID, TERMINATED) else PENDING


def _find(life: OrderLife, number: int) -> DeliveryLife:
    if not 1 <= number <= len(life.deliveries):
        raise RuleError(f"the order has no delivery {number}", rule="delivery-exists")
    return life.deliveries[number - 1]


def _step_delivery(life: OrderLife, kind: str, fact: DeliveryFact) -> OrderLife:
    delivery = _find(life, fact.delivery)
    allowed, following = _DELIVERY_STEPS[kind]
    if life.status != ACCEPTED:
        raise RuleError(
            f"{kind} may not follow: the order is {life.status}", rule="delivery-of-accepted-order"
        )
    if delivery.status not in allowed:
        raise RuleError(
            f"{kind} may not follow: delivery {fact.delivery} is {delivery.status}",
            rule=f"{kind}-from-{'-or-'.join(sorted(allowed))}",
        )
    changed = _dated(delivery, kind, fact, following)
    deliveries = tuple(changed if d is delivery else d for d in life.deliveries)
    statuses = {d.status for d in deliveries}
    status = life.status
    if statuses == {TERMINATED}:
        status = TERMINATED
    elif statuses <= {PAID, TERMINATED}:
        status = PAID
    return replace(life, deliveries=deliveries, status=status)


def _dated(delivery: DeliveryLife, kind: str, fact: DeliveryFact, status: str) -> DeliveryLife:
    """The delivery after a fact, with its date. A delivery conforms after it was made and is paid after that."""
    before = delivery.conformed_at or delivery.made_at
    if before is not None and fact.effective_at < before:
        raise RuleError(f"{kind} at {fact.effective_at} is before {before}", rule="delivery-dates-ascend")
    if kind == "delivery.made":
        return replace(delivery, status=status, made_at=fact.effective_at)
    if kind == "delivery.conformed":
        return replace(delivery, status=status, conformed_at=fact.effective_at)
    paid_at = fact.effective_at if kind == "delivery.paid" else delivery.paid_at
    return replace(delivery, status=status, paid=fact.amount, penalty=fact.penalty, paid_at=paid_at)


def _amend(life: OrderLife, amendment: Amendment) -> OrderLife:
    delivery = _find(life, amendment.delivery)
    if delivery.status != PENDING:
        raise RuleError(f"delivery {amendment.delivery} is {delivery.status}", rule="amend-pending-delivery")
    destination = amendment.destination
    if destination is not None and delivery.destination is not None:
        destination = replace(destination, number=delivery.destination.number)
    changed = replace(
        delivery,
        destination=destination or delivery.destination,
        start=amendment.start or delivery.start,
        max_days=delivery.max_days if amendment.max_days is None else amendment.max_days,
    )
    deliveries = tuple(changed if d is delivery else d for d in life.deliveries)
    return replace(life, deliveries=deliveries, amended=life.amended + 1)


def _decide(life: OrderLife, status: str, decision: Decision) -> OrderLife:
    accepted_at = decision.effective_at if status == ACCEPTED else life.accepted_at
    deliveries = life.deliveries
    if status == TERMINATED:
        deliveries = tuple(d if d.status == PAID else replace(d, status=TERMINATED) for d in deliveries)
    tacit = decision.calendar if status == ACCEPTED else life.tacit
    return replace(life, status=status, accepted_at=accepted_at, deliveries=deliveries, tacit=tacit)
