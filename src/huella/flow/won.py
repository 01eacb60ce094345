"""The order that an award gives: what was wanted, at the prices of the winner's offer, linked to the award.

award ─► winner ─► its opened offer ─► items, freight and deliveries ─► order.published with its hashlink
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from huella.errors import InputError, RuleError
from huella.flow import tender_card
from huella.flow.house import House
from huella.flow.paper import complete_data
from huella.flow.procedure import case
from huella.records import identifiers as ids
from huella.records.award import Award, Winner
from huella.records.draft import Draft
from huella.records.offer_form import Content
from huella.records.tender import Case

VAT = Decimal("0.18")
ZERO = Decimal("0.00")


def order_of(
    house: House, number: str, place: int, subject: str, supplier: dict[str, str], exempt: bool = False
) -> Draft:
    """The draft of the order for an award's winner at `place` (from 0), numbered `subject`. `supplier` are RUC and
    name, which of a person only the entity knows. A destination's freight goes with the first delivery there; IGV is
    18 %, or none where the sale is `exempt`. RuleError before the award, InputError for a winner that is not there."""
    found = case(house, number)
    winner, content = _winner(house, found, place)
    wanted = _wanted(house, number)
    won = sorted(each.product for each in winner.products)
    renumbered = {product: n for n, product in enumerate(won, 1)}
    quotes = {quote.product: quote for quote in content.products}
    products = {each["number"]: each for each in wanted["products"]}
    items = [_item(products[product], quotes[product].unit_price, renumbered[product]) for product in won]
    deliveries = _deliveries(wanted, content, renumbered, ZERO if exempt else VAT)
    same: dict[str, Any] = {
        name: wanted[name]
        for name in ("agreement", "contracting_type", "currency", "destinations", "entity", "procedure")
        if name in wanted
    }
    data = {
        **same, **_sums(deliveries), "deliveries": deliveries, "items": items, "supplier": supplier,
        "hashlink": {"leaf": found.life.head, "requirement": number, "winner": place},
        "published_at": ids.moment(house.now()),
    }  # fmt: skip
    return Draft(kind="order.published", subject=subject, data=data)


def winners(house: House, found: Case) -> list[dict[str, Any]]:
    """An award's winners as a form shows them: place, offer, bidder where it is public, products, total."""
    award: Award | None = found.award
    told = []
    for place, winner in enumerate(award.winners if award else ()):
        code = _code(found, winner)
        opened = tender_card.opened(house, found, code)
        told.append({
            "place": place, "offer": code, "total": winner.total,
            "ruc": opened.bidder.ruc if opened else None, "name": opened.bidder.name if opened else None,
            "products": [each.product for each in winner.products],
        })  # fmt: skip
    return told


def _code(found: Case, winner: Winner) -> str:
    return next(claim.offer for claim in found.life.claims if claim.leaf == winner.offer)


def _winner(house: House, found: Case, place: int) -> tuple[Winner, Content]:
    if found.award is None:
        raise RuleError("an order follows from an award", rule="link-names-award")
    if not 0 <= place < len(found.award.winners):
        raise InputError("the award has no such winner", field="winner")
    winner = found.award.winners[place]
    opened = tender_card.opened(house, found, _code(found, winner))
    if opened is None:
        raise RuleError("the winning offer is not open", rule="link-names-winner")
    if opened.content.currency != found.award.currency:
        raise InputError(
            "an offer in another currency is ordered by the API, with its exchange rate", field="winner"
        )
    return winner, opened.content


def _wanted(house: House, number: str) -> dict[str, Any]:
    """The requirement in force with what is sealed in it, as its entity knows it."""
    wanted: dict[str, Any] = {}
    for entry in house.journal.of_subject(number):
        if entry.kind == "requirement.published":
            wanted = complete_data(house, entry)
        elif entry.kind == "requirement.amended":
            changed = complete_data(house, entry)
            wanted |= {name: changed[name] for name in ("destinations", "deliveries") if changed.get(name)}
    return wanted


def _item(product: dict[str, Any], price: Decimal, number: int) -> dict[str, Any]:
    same: dict[str, Any] = {
        name: product[name] for name in ("category", "description", "quantity", "unit") if name in product
    }
    amount = ids.product(Decimal(product["quantity"]), price)
    return {**same, "number": number, "unit_price": f"{price:f}", "amount": f"{amount:.2f}"}


def _deliveries(
    wanted: dict[str, Any], content: Content, renumbered: dict[int, int], rate: Decimal
) -> list[dict[str, Any]]:
    freight: dict[int, Decimal] = {}
    for cost in content.shipping:
        if cost.product in renumbered:
            freight[cost.destination] = freight.get(cost.destination, ZERO) + cost.cost
    left = {
        quote.product: ids.product(quote.quantity, quote.unit_price)
        for quote in content.products
        if quote.product in renumbered
    }
    prices = {quote.product: quote.unit_price for quote in content.products}
    waiting = {product: quantity for product, quantity in _quantities(wanted).items() if product in left}
    made: list[dict[str, Any]] = []
    for term in wanted["deliveries"]:
        lines = [line for line in term["lines"] if line["item"] in renumbered]
        if not lines:
            continue
        goods = ZERO
        for line in lines:
            product, quantity = line["item"], Decimal(line["quantity"])
            waiting[product] -= quantity
            # the last delivery of a product carries what rounding left of its amount
            part = ids.product(quantity, prices[product]) if waiting[product] else left[product]
            left[product] -= part
            goods += part
        shipping = freight.pop(term["destination"], ZERO)
        vat = ids.cents((goods + shipping) * rate)
        told = {name: term[name] for name in ("destination", "start", "max_days") if name in term}
        made.append({
            **told, "number": len(made) + 1, "shipping": f"{shipping:.2f}",
            "lines": [{**line, "item": renumbered[line["item"]]} for line in lines],
            "sub_total": f"{goods + shipping:.2f}", "vat": f"{vat:.2f}", "total": f"{goods + shipping + vat:.2f}",
        })  # fmt: skip
    return made


def _quantities(wanted: dict[str, Any]) -> dict[int, Decimal]:
    return {each["number"]: Decimal(each["quantity"]) for each in wanted["products"]}


def _sums(deliveries: list[dict[str, Any]]) -> dict[str, str]:
    return {
        name: f"{sum(Decimal(each[name]) for each in deliveries):.2f}"
        for name in ("sub_total", "vat", "total")
    }
