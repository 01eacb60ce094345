"""From lives to figures: what one order adds to the statistics. The one function behind the tables of store/figures.

An order's life before and after a transaction gives a difference, so that figures are kept without reading orders. Like
derived rows they see public data only; the audit makes them again out of all records and compares.

    figures    orders and amount of a month, by one dimension or by two of them
    delays     how long the stages of deliveries took, by the month in which they ended
    turnover   orders and amount of each entity and supplier
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations
from operator import add
from typing import NamedTuple, TypeVar

from huella.records import places, shapes
from huella.records.life import DeliveryLife, OrderLife
from huella.records.names import fold
from huella.store.derive import OrderRows
from huella.store.tables import to_cents

CATALOGUE, DEPARTMENT, PROCEDURE, SHAPE, STATE = "catalogue", "department", "procedure", "shape", "state"
DIMENSIONS = (CATALOGUE, DEPARTMENT, PROCEDURE, SHAPE, STATE)
"""In the alphabet's order, in which two of them are joined."""
OFFERS, PROCEDURES = "offers", "procedures"
"""What else is counted by month: subjects of these families, by their first record."""
ACCEPTANCE, DELIVERY, CONFORMITY, PAYMENT = "acceptance", "delivery", "conformity", "payment"
STAGES = (ACCEPTANCE, DELIVERY, CONFORMITY, PAYMENT)
ENTITY, SUPPLIER = "entity", "supplier"
LIMITS = {CONFORMITY: 7, PAYMENT: 14}
"""Calendar days behind which a stage counts as late: conformity by Reg. 144.3; for payment, ten business days take two
weeks at least (Ley 67.3), holidays left aside. A delivery is late by its own term."""

_WHOLE = (CATALOGUE, PROCEDURE, SHAPE, STATE)
"""Dimensions of an order as a whole; it may deliver in several departments."""
_PAIRS = tuple(map("+".join, combinations(_WHOLE, 2)))
_BY_CATALOGUE = f"{CATALOGUE}+{DEPARTMENT}"
_BY_DEPARTMENT = tuple(f"{DEPARTMENT}+{dimension}" for dimension in _WHOLE[1:])

Key = tuple[str, ...]
_K = TypeVar("_K")
_Alike = tuple[str, str, tuple[str, str, str, str]]
"""Month, currency, and the values of `_WHOLE`."""


class Stage(NamedTuple):
    """One stage that a delivery (or, for acceptance, an order) has behind it."""

    stage: str
    month: str
    days: int
    late: bool


class Profile(NamedTuple):
    """All that the figures know of one order. `parts` are the departments that it delivers in, by INEI's two digits
    (empty where unknown), with the amount (hundredths) delivered there."""

    month: str
    currency: str
    values: tuple[str, str, str, str]
    """Catalogue, procedure, shape, state: every dimension but the department."""
    parts: tuple[tuple[str, int], ...]
    total: int
    entity: str
    supplier: str
    stages: tuple[Stage, ...]


class Tally:
    """Differences by key: what a transaction adds to each table's rows."""

    def __init__(self) -> None:
        self._figures: defaultdict[Key, list[int]] = defaultdict(_two)
        # orders alike in all dimensions are counted together first: one order makes some twenty rows
        self._alike: defaultdict[_Alike, list[int]] = defaultdict(_two)
        self._parts: defaultdict[tuple[_Alike, str], list[int]] = defaultdict(_two)
        self.delays: defaultdict[Key, list[int]] = defaultdict(_three)
        self.turnover: defaultdict[Key, list[int]] = defaultdict(_two)

    @property
    def figures(self) -> Mapping[Key, list[int]]:
        """Orders and amount (hundredths) by dimension, values, month and currency."""
        for alike, added in self._alike.items():
            self._spread(alike, added)
        for (alike, department), added in self._parts.items():
            self._spread_part(alike, department, added)
        self._alike.clear()
        self._parts.clear()
        return self._figures

    def take(self, life: OrderLife, rows: OrderRows) -> None:
        """An order that was none before, with its derived rows."""
        self._add(profile(life, rows), 1)

    def change(self, before: OrderLife | None, after: OrderLife | None) -> None:
        """An order was one thing and is another now; None where it was, or is, none."""
        self.replace(None if before is None else profile(before), None if after is None else profile(after))

    def replace(self, old: Profile | None, new: Profile | None) -> None:
        """The same by profiles."""
        if old == new:
            return
        if old is not None and new is not None and old._replace(stages=()) == new._replace(stages=()):
            self._add_stages(old, -1)
            self._add_stages(new, 1)
            return
        if old is not None:
            self._add(old, -1)
        if new is not None:
            self._add(new, 1)

    def join(self, other: Tally) -> None:
        """Take the differences of another one too."""
        _join(self._figures, other._figures)
        _join(self._alike, other._alike)
        _join(self._parts, other._parts)
        _join(self.delays, other.delays)
        _join(self.turnover, other.turnover)

    def begun(self, family: str, recorded_at: str) -> None:
        """The first record of a procedure or an offer was made (UTC, RFC 3339)."""
        self._figures[(family, "", "", lima(recorded_at)[:7], "")][0] += 1

    def _add(self, given: Profile, sign: int) -> None:
        month, currency, values, parts, total, entity, supplier, stages = given
        alike = (month, currency, values)
        turnover = self.turnover
        for row in (
            self._alike[alike],
            turnover[ENTITY, entity, currency],
            turnover[SUPPLIER, supplier, currency],
        ):
            row[0] += sign
            row[1] += sign * total
        for department, amount in parts:
            row = self._parts[alike, department]
            row[0] += sign
            row[1] += sign * amount
        if stages:
            self._add_stages(given, sign)

    def _spread(self, alike: _Alike, added: list[int]) -> None:
        month, currency, values = alike
        _count(self._figures["", "", "", month, currency], added)
        for dimension, value in zip(_WHOLE, values, strict=True):
            _count(self._figures[dimension, value, "", month, currency], added)
        for both, (a, b) in zip(_PAIRS, combinations(values, 2), strict=True):
            _count(self._figures[both, a, b, month, currency], added)

    def _spread_part(self, alike: _Alike, department: str, added: list[int]) -> None:
        month, currency, (catalogue, *others) = alike
        _count(self._figures[DEPARTMENT, department, "", month, currency], added)
        _count(self._figures[_BY_CATALOGUE, catalogue, department, month, currency], added)
        for both, value in zip(_BY_DEPARTMENT, others, strict=True):
            _count(self._figures[both, department, value, month, currency], added)

    def _add_stages(self, given: Profile, sign: int) -> None:
        for stage, month, days, late in given.stages:
            row = self.delays[(stage, given.values[0], month)]
            row[0] += sign
            row[1] += sign * days
            row[2] += sign * late


def _two() -> list[int]:
    return [0, 0]


def _three() -> list[int]:
    return [0, 0, 0]


def _join(mine: defaultdict[_K, list[int]], its: Mapping[_K, list[int]]) -> None:
    for key, added in its.items():
        row = mine.get(key)
        mine[key] = list(added) if row is None else list(map(add, row, added))


def _count(row: list[int], added: list[int]) -> None:
    row[0] += added[0]
    row[1] += added[1]


def profile(life: OrderLife, rows: OrderRows | None = None) -> Profile:
    """What the figures know of an order as it is now; `rows` are its derived rows, where they are made already."""
    order = life.order
    agreement = order.agreement
    if rows is None:
        shape, total = shapes.derive(order), to_cents(order.total)
        amounts = [to_cents(delivery.total) for delivery in order.deliveries]
    else:
        shape, total = rows.order[8], rows.order[13]
        amounts = [row[11] for row in rows.deliveries]
    told = order.published_at or life.accepted_at
    return Profile(
        lima(told)[:7] if told else "",
        order.currency,
        (
            (agreement.code or agreement.name or "") if agreement else "",
            order.procedure or "",
            shape or "",
            life.status,
        ),
        _parts(life, amounts) if amounts else (("", total),),
        total,
        order.entity.ruc or "",
        order.supplier.ruc or "",
        tuple(_stages(life)),
    )


def department_code(ubigeo: str | None, name: str | None) -> str:
    """INEI's two digits of a place's department, by its code or its name; empty where neither tells it."""
    if ubigeo:
        return ubigeo[:2]
    return _codes().get(fold(name), "") if name else ""


@functools.cache
def departments() -> dict[str, str]:
    """INEI's two digits to a department's name."""
    return {code[:2]: listed[0] for code, listed in places.default().places.items()}


def lima(moment: str) -> str:
    """The Lima date (UTC-5) of a moment in UTC text, or of what is a date already."""
    if len(moment) < 13 or moment[11:13] >= "05":
        return moment[:10]
    return str(date.fromisoformat(moment[:10]) - timedelta(days=1))


@functools.cache
def _codes() -> dict[str, str]:
    codes = {fold(name): code for code, name in departments().items()}
    return codes | {folded: codes["CALLAO"] for folded in places.PROVINCES if folded.endswith("CALLAO")}


def _parts(life: OrderLife, amounts: Sequence[int]) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for now, amount in zip(life.deliveries, amounts, strict=True):
        place = now.destination
        code = department_code(place.ubigeo, place.department) if place else ""
        found[code] = found.get(code, 0) + amount
    return tuple(found.items())


def _stages(life: OrderLife) -> Iterable[Stage]:
    published, accepted = life.order.published_at, life.accepted_at
    if published and accepted:
        yield _stage(ACCEPTANCE, published, accepted)
    for delivery in life.deliveries:
        if delivery.made_at and accepted:
            made = _stage(DELIVERY, accepted, delivery.made_at)
            yield made._replace(late=_made_late(delivery, delivery.made_at))
        if delivery.made_at and delivery.conformed_at:
            yield _stage(CONFORMITY, delivery.made_at, delivery.conformed_at)
        if delivery.conformed_at and delivery.paid_at:
            yield _stage(PAYMENT, delivery.conformed_at, delivery.paid_at)


def _stage(stage: str, begin: str, end: str) -> Stage:
    last = lima(end)
    days = max(0, (date.fromisoformat(last) - date.fromisoformat(lima(begin))).days)
    return Stage(stage, last[:7], days, stage in LIMITS and days > LIMITS[stage])


def _made_late(delivery: DeliveryLife, made_at: str) -> bool:
    if delivery.start is None or delivery.max_days is None:
        return False
    return date.fromisoformat(lima(made_at)) > date.fromisoformat(delivery.start) + timedelta(
        days=delivery.max_days
    )
