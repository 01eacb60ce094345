"""A quotation: what a supplier offers for a requirement, before anything of it is sealed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from huella.errors import InputError
from huella.records import rules
from huella.records.award import Freight, Quote
from huella.records.model import Value
from huella.records.offer_form import Content, check_content
from huella.records.procedure import Requirement
from huella.records.record import FileRef


class Quotation(Value, frozen=True, kw_only=True):
    """One price a product and, where the requirement needs freight, one amount a product and destination.

    Prices without IGV in `currency`; `exchange_rate` is the requirement's currency for one unit of it, `minimum` the
    supplier's minimum amount in `currency`. `documents` go to the entity, each member of `confidential` by itself to
    an auditor.
    """

    currency: str
    products: tuple[Quote, ...]
    shipping: tuple[Freight, ...] = ()
    exchange_rate: Decimal | None = None
    minimum: Decimal | None = None
    documents: tuple[FileRef, ...] = ()
    confidential: dict[str, Any] | None = None


def check_quotation(given: Quotation, wanted: Requirement) -> None:
    """InputError where a quotation does not fit the requirement. Not all products need be quoted."""
    rules.check_currency(given.currency, "/currency")
    if (given.exchange_rate is None) != (given.currency == wanted.currency):
        raise InputError(
            f"an exchange rate is given for another currency than {wanted.currency}, and only then",
            field="/exchange_rate",
        )
    if given.exchange_rate is not None and not given.exchange_rate:
        raise InputError("an exchange rate is above zero", field="/exchange_rate")
    if given.confidential is not None and (wanted.auditor_key is None or not given.confidential):
        raise InputError("confidential parts need an auditor's key, and a member", field="/confidential")
    rules.check_documents(given.documents)
    check_content(
        Content(
            requirement="0" * 64, exchange_rate=given.exchange_rate, minimum=given.minimum,
            products=given.products, shipping=given.shipping,
        )
    )  # fmt: skip
    check_fit(given.products, given.shipping, wanted)


def check_fit(products: tuple[Quote, ...], shipping: tuple[Freight, ...], wanted: Requirement) -> None:
    """InputError where prices and freight are not for products and destinations of the requirement, each once."""
    asked = {product.number: product for product in wanted.products}
    quoted = [quote.product for quote in products]
    if not quoted or quoted != sorted(set(quoted)) or not asked.keys() >= set(quoted):
        raise InputError(
            "products of the requirement are quoted in their order, each once", field="/products"
        )
    for position, quote in enumerate(products):
        product = asked[quote.product]
        if quote.quantity != product.quantity:
            raise InputError(
                f"the requirement asks for {product.quantity}", field=f"/products/{position}/quantity"
            )
        if product.sheets and quote.sheet not in product.sheets:
            raise InputError("the sheet is none of those asked for", field=f"/products/{position}/sheet")
    places = [destination.number for destination in wanted.destinations] if wanted.needs_freight else []
    needed = [(product, place) for product in quoted for place in places]
    if [(freight.product, freight.destination) for freight in shipping] != needed:
        raise InputError(
            "freight is given for each quoted product and each destination, in order, where it is asked for",
            field="/shipping",
        )
