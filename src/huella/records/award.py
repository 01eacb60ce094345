"""Award: named, versioned rules that choose the winners from the offers, as pure functions (docs/spec/award.md).

demand + bids in any order ─► exclusions with reasons ─► totals ─► ranking ─► winners ─► the same bytes for everybody

A rule that was ever used is never changed; what must differ gets a new version beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, localcontext

from huella.errors import InputError, RuleError
from huella.records import canonical
from huella.records import identifiers as ids
from huella.records.model import Value

WITHDRAWN = "withdrawn"
SUPERSEDED = "superseded"
NOT_OPENED = "not_opened"
RESTRICTED = "restricted"
BIDDER_UNKNOWN = "bidder_unknown"
MALFORMED = "malformed"
NO_EXCHANGE_RATE = "no_exchange_rate"
NOT_QUOTED = "not_quoted"
QUANTITY_DIFFERS = "quantity_differs"
FREIGHT_NOT_QUOTED = "freight_not_quoted"
PRICE_NOT_POSITIVE = "price_not_positive"
TOTAL_TOO_LARGE = "total_too_large"
BELOW_MINIMUM = "below_minimum"
REASONS = (
    WITHDRAWN, SUPERSEDED, NOT_OPENED, RESTRICTED, BIDDER_UNKNOWN, MALFORMED, NO_EXCHANGE_RATE,
    NOT_QUOTED, QUANTITY_DIFFERS, FREIGHT_NOT_QUOTED, PRICE_NOT_POSITIVE, TOTAL_TOO_LARGE, BELOW_MINIMUM,
)  # fmt: skip
"""Why an offer is not ranked, in the order in which they are looked for: the first that fits is given."""

ZERO, ONE = Decimal("0.00"), Decimal(1)
_EXACT = Context(
    prec=200
)  # far more digits than any product of three plain numbers: nothing is rounded but by us
_HEX = re.compile(r"[0-9a-f]{64}\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")


class Need(Value, frozen=True, kw_only=True):
    """One product that is asked for: how much, and whether its freight must be quoted for every destination."""

    product: int
    quantity: Decimal
    needs_freight: bool = False


class Rate(Value, frozen=True, kw_only=True):
    """What one unit of `currency` is worth in the demand's currency, with up to six decimals."""

    currency: str
    rate: Decimal


class Demand(Value, frozen=True, kw_only=True):
    """What is asked for. `contracting_type` is individual or package; totals are compared in `currency`. `rates` are
    the exchange rates that the requirement fixes: they prevail over those that the offers state."""

    contracting_type: str
    needs: tuple[Need, ...]
    destinations: tuple[int, ...]
    currency: str = "PEN"
    rates: tuple[Rate, ...] = ()


class Quote(Value, frozen=True, kw_only=True):
    """One product as quoted: the sheet chosen, quantity, price of one unit (up to six decimals, bid's currency)."""

    product: int
    quantity: Decimal
    unit_price: Decimal
    sheet: str | None = None


class Freight(Value, frozen=True, kw_only=True):
    """What it costs to bring a product's whole quantity for a destination there, in the bid's currency."""

    product: int
    destination: int
    cost: Decimal


class Bid(Value, frozen=True, kw_only=True):
    """One offer of the closed set, as the log has it.

    `offer` and `index` are leaf hash (hex) and log index of its last record. `bidder` is a RUC, or its digest for a
    person; None where it is unknown **or not proven** by the act that the party's key requires, so that nobody can
    supersede an offer in another's name. `exchange_rate` is the demand's currency for one unit of the bid's.
    `minimum` is the supplier's minimum amount of attention, in the bid's currency. `malformed`: opened, but not
    readable as an offer.
    """

    offer: str
    index: int
    bidder: str | None = None
    currency: str = "PEN"
    exchange_rate: Decimal | None = None
    quotes: tuple[Quote, ...] = ()
    freights: tuple[Freight, ...] = ()
    restricted: bool = False
    minimum: Decimal | None = None
    opened: bool = False
    withdrawn: bool = False
    malformed: bool = False


class Place(Value, frozen=True, kw_only=True):
    """An offer's place in one ranking: rank from 1, total and difference to the winner (demand's currency, cents);
    or only the reason (one of REASONS) why it has none."""

    offer: str
    rank: int | None = None
    total: Decimal | None = None
    difference: Decimal | None = None
    excluded: str | None = None


class Ranking(Value, frozen=True, kw_only=True):
    """The products that are awarded together and every offer once: by rank, then the excluded by log index."""

    products: tuple[int, ...]
    places: tuple[Place, ...] = ()


class ProductTotal(Value, frozen=True, kw_only=True):
    """A product's total with freight, in the demand's currency, rounded half up to cents."""

    product: int
    total: Decimal


class Winner(Value, frozen=True, kw_only=True):
    """An offer that won something: one order for it. `total` is the sum of `products`."""

    offer: str
    bidder: str
    products: tuple[ProductTotal, ...]
    total: Decimal


class Award(Value, frozen=True, kw_only=True):
    """The outcome. `inputs` are all bids' leaf hashes and `winners` the winning ones, by log index; `deserted` are
    the products that nobody won."""

    rule: str
    version: int
    currency: str
    inputs: tuple[str, ...] = ()
    ranking: tuple[Ranking, ...] = ()
    winners: tuple[Winner, ...] = ()
    deserted: tuple[int, ...] = ()


class _Priced(Value, frozen=True, kw_only=True):
    """A bid for one ranking: its totals by product, or why it has none."""

    bid: Bid
    products: tuple[ProductTotal, ...] = ()
    total: Decimal = ZERO
    excluded: str | None = None


def decide(rule: str, version: int, demand: Demand, bids: Sequence[Bid]) -> Award:
    """The award that the named rule gives; the order of bids, needs and destinations does not matter.

    Raises InputError where rule, demand or the bids' places in the log are wrong, RuleError where the rule does not
    fit the demand. What a bidder wrote never raises: a faulty offer is excluded with its reason.
    """
    function = RULES.get((rule, version))
    if function is None:
        raise InputError(f"no evaluation rule {rule!r} of version {version}", field="/rule")
    return function(demand, bids)


def encode(award: Award) -> bytes:
    """The award's canonical bytes (RFC 8785): the same for everybody who has the same demand and bids."""
    return canonical.encode(award)


def lowest_total(demand: Demand, bids: Sequence[Bid]) -> Award:
    """Version 1: each product by itself goes to the lowest total. One award may give several orders."""
    _check_type(demand, "individual", "lowest_total")
    lots = [(need,) for need in sorted(demand.needs, key=_product)]
    return _award("lowest_total", demand, bids, lots)


def lowest_total_package(demand: Demand, bids: Sequence[Bid]) -> Award:
    """Version 1: all products together go to the lowest total; who does not quote all of them is excluded."""
    _check_type(demand, "package", "lowest_total_package")
    return _award("lowest_total_package", demand, bids, [tuple(sorted(demand.needs, key=_product))])


RULES: dict[tuple[str, int], Callable[[Demand, Sequence[Bid]], Award]] = {
    ("lowest_total", 1): lowest_total,
    ("lowest_total_package", 1): lowest_total_package,
}
"""Every rule that was ever used, by name and version."""


def _product(need: Need) -> int:
    return need.product


def _sealed_first(bid: Bid) -> tuple[int, str]:
    return bid.index, bid.offer


def _award(rule: str, demand: Demand, bids: Sequence[Bid], lots: Sequence[tuple[Need, ...]]) -> Award:
    _check_demand(demand)
    ordered = sorted(bids, key=_sealed_first)
    _check_bids(ordered)
    with localcontext(_EXACT):
        newest = _newest(ordered)
        unfit = {bid.offer: _unfit(bid, demand, newest) for bid in ordered}
        priced = [[_price(bid, lot, demand, unfit[bid.offer]) for bid in ordered] for lot in lots]
        ranked = [_ranked(of_lot) for of_lot in priced]
        winners = _winners([best_first[0] for best_first in ranked if best_first])
        ranking = tuple(
            Ranking(products=tuple(map(_product, lot)), places=_places(of_lot, best_first))
            for lot, of_lot, best_first in zip(lots, priced, ranked, strict=True)
        )
    won = {each.product for winner in winners for each in winner.products}
    return Award(
        rule=rule,
        version=1,
        currency=demand.currency,
        inputs=tuple(bid.offer for bid in ordered),
        ranking=ranking,
        winners=winners,
        deserted=tuple(need.product for lot in lots for need in lot if need.product not in won),
    )


def _newest(ordered: Sequence[Bid]) -> dict[str, str]:
    """Each bidder's newest offer that was not withdrawn, whether or not it was opened or fits."""
    return {bid.bidder: bid.offer for bid in ordered if bid.bidder is not None and not bid.withdrawn}


def _unfit(bid: Bid, demand: Demand, newest: dict[str, str]) -> str | None:
    """Why the whole offer does not count, or None."""
    if bid.withdrawn:
        return WITHDRAWN
    if bid.bidder is not None and newest[bid.bidder] != bid.offer:
        return SUPERSEDED
    if not bid.opened:
        return NOT_OPENED
    if bid.restricted:
        return RESTRICTED
    if bid.bidder is None:
        return BIDDER_UNKNOWN
    return MALFORMED if bid.malformed or not _in_form(bid, demand) else None


def _in_form(bid: Bid, demand: Demand) -> bool:
    """Plain numbers, only what was asked for, nothing said twice."""
    quoted = [quote.product for quote in bid.quotes]
    carried = [(freight.product, freight.destination) for freight in bid.freights]
    asked = {need.product for need in demand.needs}
    numbers = [number for quote in bid.quotes for number in (quote.quantity, quote.unit_price)]
    numbers += [freight.cost for freight in bid.freights]
    numbers += [number for number in (bid.exchange_rate, bid.minimum) if number is not None]
    return (
        _CURRENCY.match(bid.currency) is not None
        and all(map(_is_plain, numbers))
        and all(freight.cost >= 0 for freight in bid.freights)
        and len(set(quoted)) == len(quoted)
        and len(set(carried)) == len(carried)
        and asked.issuperset(quoted)
        and {(product, place) for product in asked for place in demand.destinations}.issuperset(carried)
    )


def _is_plain(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and -6 <= exponent <= 0 and value.copy_abs() <= ids.MAX_MONEY


def _rate(bid: Bid, demand: Demand) -> Decimal | None:
    """Of the demand's currency for one unit of the bid's; None where nobody states a positive one."""
    if bid.currency == demand.currency:
        return ONE
    fixed = {each.currency: each.rate for each in demand.rates}
    rate = fixed.get(bid.currency, bid.exchange_rate)
    return rate if rate is not None and rate > 0 else None


def _price(bid: Bid, lot: tuple[Need, ...], demand: Demand, unfit: str | None) -> _Priced:
    """The offer's totals for the products of one ranking, or the reason why it has none there."""
    if unfit is not None:  # before anything is computed: its numbers may be none
        return _Priced(bid=bid, excluded=unfit)
    rate = _rate(bid, demand)
    if rate is None:
        return _Priced(bid=bid, excluded=NO_EXCHANGE_RATE)
    asked = Decimal(0)
    products = []
    for need in lot:
        amount = _amount(bid, need, demand)
        if isinstance(amount, str):
            return _Priced(bid=bid, excluded=amount)
        products.append(ProductTotal(product=need.product, total=ids.cents(amount * rate)))
        asked += amount
    total = sum((each.total for each in products), ZERO)
    excluded = _total_unfit(bid, asked, products, total)
    return _Priced(bid=bid, products=tuple(products), total=total, excluded=excluded)


def _amount(bid: Bid, need: Need, demand: Demand) -> Decimal | str:
    """What the bid asks for one product, all its freight included, exact and in its own currency; or a reason."""
    quote = next((each for each in bid.quotes if each.product == need.product), None)
    if quote is None:
        return NOT_QUOTED
    if quote.quantity != need.quantity:
        return QUANTITY_DIFFERS
    freights = [freight.cost for freight in bid.freights if freight.product == need.product]
    if need.needs_freight and len(freights) < len(demand.destinations):
        return FREIGHT_NOT_QUOTED
    if quote.unit_price <= 0:
        return PRICE_NOT_POSITIVE
    return sum(freights, quote.unit_price * quote.quantity)


def _total_unfit(bid: Bid, asked: Decimal, products: Sequence[ProductTotal], total: Decimal) -> str | None:
    if any(each.total <= 0 for each in products):
        return PRICE_NOT_POSITIVE
    if total > ids.MAX_MONEY:
        return TOTAL_TOO_LARGE
    return BELOW_MINIMUM if bid.minimum is not None and asked < bid.minimum else None


def _ranked(of_lot: Sequence[_Priced]) -> list[_Priced]:
    """Those that count, best first: lower total, then sealed earlier (log index), then leaf hash."""
    fit = [each for each in of_lot if each.excluded is None]
    return sorted(fit, key=lambda each: (each.total, each.bid.index, each.bid.offer))


def _places(of_lot: Sequence[_Priced], best_first: Sequence[_Priced]) -> tuple[Place, ...]:
    ranked = (
        Place(offer=each.bid.offer, rank=rank, total=each.total, difference=each.total - best_first[0].total)
        for rank, each in enumerate(best_first, start=1)
    )
    excluded = (Place(offer=each.bid.offer, excluded=each.excluded) for each in of_lot if each.excluded)
    return (*ranked, *excluded)


def _winners(first: Sequence[_Priced]) -> tuple[Winner, ...]:
    """The first of each ranking, gathered by offer."""
    won: dict[str, list[ProductTotal]] = {}
    for each in first:
        won.setdefault(each.bid.offer, []).extend(each.products)
    bids = {each.bid.offer: each.bid for each in first}
    return tuple(
        Winner(
            offer=bid.offer,
            bidder=bid.bidder or "",  # one without is excluded
            products=tuple(won[bid.offer]),
            total=sum((each.total for each in won[bid.offer]), ZERO),
        )
        for bid in sorted(bids.values(), key=_sealed_first)
    )


def _check_type(demand: Demand, contracting_type: str, rule: str) -> None:
    if demand.contracting_type != contracting_type:
        raise RuleError(
            f"{rule} is for {contracting_type} contracting, the requirement says {demand.contracting_type}",
            rule="award-rule-fits-contracting-type",
        )


def _check_demand(demand: Demand) -> None:
    for field, numbers in (
        ("/needs", [need.product for need in demand.needs]),
        ("/destinations", list(demand.destinations)),
    ):
        if not numbers or len(set(numbers)) != len(numbers):
            raise InputError("a demand has products and destinations, each once", field=field)
    for position, need in enumerate(demand.needs):
        if not _is_plain(need.quantity) or need.quantity <= 0:
            raise InputError("a quantity is a plain positive number", field=f"/needs/{position}/quantity")
    currencies = [each.currency for each in demand.rates]
    if not all(map(_CURRENCY.match, [demand.currency, *currencies])) or len(set(currencies)) != len(
        currencies
    ):
        raise InputError("a currency has three capital letters and one rate", field="/rates")
    if not all(_is_plain(each.rate) and each.rate > 0 for each in demand.rates):
        raise InputError("an exchange rate is a plain positive number", field="/rates")


def _check_bids(ordered: Sequence[Bid]) -> None:
    for bid in ordered:
        if not _HEX.match(bid.offer) or bid.index < 0:
            raise InputError("a bid is named by its record's leaf hash in hex and log index", field="/inputs")
    if len({bid.offer for bid in ordered}) != len(ordered):
        raise InputError("an offer stands in the closed set once", field="/inputs")
