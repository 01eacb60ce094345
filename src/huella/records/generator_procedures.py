"""Demonstration procedures: requirements in all five shapes, and what suppliers answer to each.

Goods, places and amounts are those of the made-up orders (generator.py). The same seed gives the same procedures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from huella.records import generator, shapes
from huella.records import identifiers as ids
from huella.records.award import Freight, Quote
from huella.records.draft import Draft
from huella.records.generator import Dice
from huella.records.procedure import SUPPLIER
from huella.records.quotation import Quotation

OPEN_DAYS = 3
_LINKED = 9_000
"""Added to a requirement's sequence: the number of its order, which no made-up order of an entity reaches."""
REASONS = ("not_quoted", "restricted")
_RULES = {"individual": "lowest_total", "package": "lowest_total_package"}


@dataclass(frozen=True, slots=True)
class Recipients:
    """The age X25519 recipients of a requirement: who opens offers, and who sees what is confidential in them."""

    opening: str
    auditor: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One supplier's answer: `party` has ruc and name, may have address and contact; `given` is its quotation, or the
    reason why it declines."""

    party: dict[str, Any]
    given: Quotation | str


@dataclass(frozen=True, slots=True)
class Invitation:
    """A requirement as the draft of `requirement.published`, and its answers: two to nine quotations, some declined."""

    requirement: Draft
    answers: tuple[Answer, ...]


def procedures(count: int, seed: int, recipients: Recipients, start: datetime) -> Iterator[Invitation]:
    """`count` procedures, the first published at `start` (aware UTC), one a minute, each open for OPEN_DAYS days.

    Shapes come in turn, so that any five procedures have all five; numbers are unique for a seed and year.
    """
    dice = Dice(seed * 1_000_003 + start.year + 77)
    sequences: dict[int, int] = {}
    for position in range(count):
        entity = 100 + dice.below(400)
        sequences[entity] = sequences.get(entity, 0) + 1
        published = start + timedelta(minutes=position)
        shape = shapes.SHAPES[position % len(shapes.SHAPES)]
        like = generator.order(dice, (entity, sequences[entity]), published, shape)
        number = f"REQ-{published.year}-{entity}-{sequences[entity]}"
        data = _requirement(dice, like.data, recipients, published)
        requirement = Draft(kind="requirement.published", subject=number, data=data)
        yield Invitation(requirement, tuple(_answers(dice, data, like.data["items"])))


def order(invitation: Invitation, answer: Answer, link: dict[str, Any], published: datetime) -> Draft:
    """The order that the winner of a package gets: the requirement's deliveries at the prices of its quotation.

    `link` is the order's hashlink. A destination's freight goes with the first delivery there. IGV 18 %.
    """
    wanted, given = invitation.requirement.data, answer.given
    if not isinstance(given, Quotation):
        raise ValueError("who declined wins nothing")
    quoted = {quote.product: quote for quote in given.products}
    items = [_item(product, quoted[product["number"]]) for product in wanted["products"]]
    freight = {place["number"]: Decimal(0) for place in wanted["destinations"]}
    for cost in given.shipping:
        freight[cost.destination] += cost.cost
    deliveries = []
    for term in wanted["deliveries"]:
        goods = sum(Decimal(line["quantity"]) * quoted[line["item"]].unit_price for line in term["lines"])
        shipping = freight.pop(term["destination"], Decimal(0))
        deliveries.append({**term, **_money(goods + shipping), "shipping": f"{shipping:.2f}"})
    sums = {
        name: f"{sum(Decimal(each[name]) for each in deliveries):.2f}"
        for name in ("sub_total", "vat", "total")
    }
    same = {
        name: wanted[name]
        for name in ("agreement", "contracting_type", "currency", "destinations", "entity", "procedure")
    }
    data = {
        **same, **sums, "deliveries": deliveries, "hashlink": link, "items": items,
        "published_at": ids.moment(published), "supplier": answer.party,
    }  # fmt: skip
    year, entity, sequence = invitation.requirement.subject.split("-")[1:]
    number = f"OCAM-{year}-{entity}-{_LINKED + int(sequence)}-0"
    return Draft(kind="order.published", subject=number, data=data)


def _item(product: dict[str, Any], quote: Quote) -> dict[str, Any]:
    same = {name: product[name] for name in ("category", "description", "number", "quantity", "unit")}
    amount = ids.product(quote.quantity, quote.unit_price)
    return {**same, "amount": f"{amount:.2f}", "unit_price": f"{quote.unit_price:.2f}"}


def _money(sub_total: Decimal) -> dict[str, str]:
    vat = (sub_total * 18 / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {"sub_total": f"{sub_total:.2f}", "vat": f"{vat:.2f}", "total": f"{sub_total + vat:.2f}"}


def _requirement(
    dice: Dice, like: dict[str, Any], recipients: Recipients, published: datetime
) -> dict[str, Any]:
    """What an order buys, as it was wanted before anybody had won it."""
    closes = published + timedelta(days=OPEN_DAYS)
    wanted = {
        name: like[name] for name in ("agreement", "contracting_type", "currency", "entity", "procedure")
    }
    data = {
        **wanted,
        "closes_at": ids.moment(closes),
        "deliveries": [_term(term) for term in like["deliveries"]],
        "destinations": like["destinations"],
        "needs_freight": len(like["destinations"]) > 1 or dice.below(4) == 0,
        "opening_key": recipients.opening,
        "products": [_product(item) for item in like["items"]],
        "published_at": ids.moment(published),
        "rule": {"name": _RULES[like["contracting_type"]], "version": 1},
        "sealing": SUPPLIER,
    }
    if recipients.auditor is not None:
        data["auditor_key"] = recipients.auditor
    return data


def _product(item: dict[str, Any]) -> dict[str, Any]:
    same = {name: item[name] for name in ("category", "description", "number", "quantity", "unit")}
    return {**same, "sheets": [item["product"], f"{item['product']}-B"]}


def _term(delivery: dict[str, Any]) -> dict[str, Any]:
    """The delivery without money, begun after the procedure has closed and an order could be made."""
    same = {name: delivery[name] for name in ("destination", "lines", "max_days", "number")}
    start = date.fromisoformat(delivery["start"]) + timedelta(weeks=1)  # whole weeks: still a business day
    return {**same, "start": start.isoformat()}


def _answers(dice: Dice, wanted: dict[str, Any], items: list[dict[str, Any]]) -> Iterator[Answer]:
    """Two to nine quotations by different suppliers, and up to two who decline."""
    quoting, declining = 2 + dice.below(8), max(0, dice.below(5) - 2)
    first = dice.below(250)
    for place in range(quoting + declining):
        party = generator.supplier((first + 29 * place) % 250)  # 29 and 250 share no divisor: nobody twice
        given = _quotation(dice, wanted, items) if place < quoting else dice.pick(REASONS)
        yield Answer(party, given)


def _quotation(dice: Dice, wanted: dict[str, Any], items: list[dict[str, Any]]) -> Quotation:
    """Prices from 15 % below to 10 % above the reference, in cents; freight up to S/ 60 a product and destination."""
    level = 850 + dice.below(220)
    products = tuple(
        Quote(
            product=product["number"],
            quantity=Decimal(product["quantity"]),
            unit_price=_price(item["unit_price"], level + dice.below(31)),
            sheet=dice.pick(product["sheets"]),
        )
        for product, item in zip(wanted["products"], items, strict=True)
    )
    places = wanted["destinations"] if wanted["needs_freight"] else []
    shipping = tuple(
        Freight(
            product=quote.product, destination=to["number"], cost=Decimal(dice.below(120) * 50).scaleb(-2)
        )
        for quote in products
        for to in places
    )
    return Quotation(currency=wanted["currency"], products=products, shipping=shipping)


def _price(reference: str, thousandths: int) -> Decimal:
    """A reference price times so many thousandths, in whole cents, at least one."""
    return Decimal(max(1, int(Decimal(reference) * thousandths / 10))).scaleb(-2)
