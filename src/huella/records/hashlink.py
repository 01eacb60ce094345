"""The hashlink: an order that comes from a procedure is the order that its award gave (docs/spec/kinds.md).

From the order's evidence one walks back: order ─► award ─► closed set ─► every offer considered.
"""

from __future__ import annotations

from decimal import Decimal

from huella.errors import RuleError
from huella.records.award import Award, Winner
from huella.records.model import Order
from huella.records.procedure import Requirement
from huella.records.procedure_life import AWARDED, ProcedureLife

_RUC = 11
"""Digits of a RUC; a person among the winners is named by the 64 of a digest."""


def check_link(order: Order, life: ProcedureLife | None, award: Award | None) -> None:
    """RuleError, with the rule, unless the order is one that this award gave: entity, supplier, products, quantities,
    currency and sub-total (without IGV, freight included) are those of the winner it names.

    A person who won is named by a digest of the key: then the order's supplier is a person too, no more is known.
    """
    link = order.hashlink
    if link is None:
        return
    if life is None or award is None or life.status != AWARDED or life.head != link.leaf:
        raise RuleError(f"{link.requirement} has no such award", rule="link-names-award")
    if link.winner >= len(award.winners):
        raise RuleError(f"the award has {len(award.winners)} winners", rule="link-names-winner")
    winner, wanted = award.winners[link.winner], life.requirement
    if order.entity.ruc != wanted.entity.ruc:
        raise RuleError("the order's entity is not the requirement's", rule="link-same-entity")
    if order.supplier.ruc != (winner.bidder if len(winner.bidder) == _RUC else None):
        raise RuleError("the order's supplier is not the award's winner", rule="link-same-supplier")
    if _quantities(order) != _won(winner, wanted):
        raise RuleError("products and quantities are not those that were won", rule="link-same-products")
    if (order.currency, order.sub_total) != (award.currency, winner.total):
        raise RuleError("the order's sub-total is not what the winner offered", rule="link-same-total")


def _quantities(order: Order) -> list[Decimal | None]:
    return [item.quantity for item in order.items]


def _won(winner: Winner, wanted: Requirement) -> list[Decimal]:
    """The quantities of the products that were won, in the order of their numbers."""
    quantities = {product.number: product.quantity for product in wanted.products}
    return [quantities[number] for number in sorted(each.product for each in winner.products)]
