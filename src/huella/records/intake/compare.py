"""Two statements of one imported order: which is newer, and when they contradict each other."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from huella.records import life
from huella.records.model import Order

SAME, NEWER, OLDER, CONTRADICTION = "same", "newer", "older", "contradiction"


def newer(known: Order, given: Order) -> str:
    """What the given statement is to the known one: `same`, `newer`, `older` or `contradiction`.

    Both are complete and imported. The first of these that tells them apart decides: the content but for the time of
    extraction; the time since when the state holds, where both tell it; how far the state has come; the time of
    extraction, where both tell it; within one source, whether one only tells more; between sources that agree on
    parties and sums, how much is told. Two different statements that nothing orders contradict each other, and the
    second one is refused.
    """
    if _content(known) == _content(given):
        return SAME
    left, right = known.origin, given.origin
    if left is None or right is None:
        return CONTRADICTION
    for before, after in (
        (left.state_at, right.state_at),
        (_rank(known), _rank(given)),
        (left.extracted_at, right.extracted_at),
    ):
        if before and after and before != after:
            return NEWER if before < after else OLDER
    if left.source == right.source:
        return _same_source(msgspec.to_builtins(known), msgspec.to_builtins(given))
    if _shared(known) != _shared(given):
        return CONTRADICTION
    return NEWER if _detail(known) < _detail(given) else OLDER


def _same_source(known: dict[str, Any], given: dict[str, Any]) -> str:
    """Two tellings of one source at one time: less than is known is the same, more is newer, other contradicts."""
    if _tells_all_of(known, given):
        return SAME
    return NEWER if _tells_all_of(given, known) else CONTRADICTION


def _tells_all_of(more: Any, less: Any) -> bool:
    """Whether every member that `less` tells stands in `more` with the same value."""
    if isinstance(more, dict) and isinstance(less, dict):
        return all(name in more and _tells_all_of(more[name], value) for name, value in less.items())
    return bool(more == less)


def _content(order: Order) -> Order:
    return order if order.origin is None else replace(order, origin=replace(order.origin, extracted_at=None))


def _rank(order: Order) -> str:
    return f"{life.import_rank(order):04d}"


def _shared(order: Order) -> tuple[object, ...]:
    parties = (order.entity.ruc, order.supplier.ruc)
    return (*parties, order.currency, order.sub_total, order.vat, order.total)


def _detail(order: Order) -> tuple[int, int, str]:
    """How much a source tells. Its name comes last, so that two sources never take turns."""
    return len(order.deliveries), len(order.items), order.origin.source if order.origin is not None else ""
