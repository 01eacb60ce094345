"""Who wins and why the others do not: totals, ties, every exclusion, and the same bytes for everybody."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huella.errors import InputError, RuleError
from huella.records import award, canonical
from huella.records.award import Award, Bid, Demand, Freight, Need, Place, Quote, Rate

D = Decimal
MICE, SCREENS = 1, 2
PACKAGE = Demand(
    contracting_type="package",
    needs=(Need(product=MICE, quantity=D(4), needs_freight=True), Need(product=SCREENS, quantity=D(2))),
    destinations=(1, 2),
)
EACH = msgspec.structs.replace(PACKAGE, contracting_type="individual")
ONE = Demand(contracting_type="individual", needs=(Need(product=MICE, quantity=D(4)),), destinations=(1,))


def leaf(number: int) -> str:
    return f"{number:064x}"


def bid(number: int, price: str, **changed: Any) -> Bid:
    """An offer for MICE alone, at log index `number`, by a bidder of its own."""
    quotes = (Quote(product=MICE, quantity=D(4), unit_price=D(price)),)
    plain = Bid(offer=leaf(number), index=number, bidder=f"bidder {number}", opened=True, quotes=quotes)
    return msgspec.structs.replace(plain, **changed)


def full(number: int, mice: str, screens: str, freight: str = "1.00") -> Bid:
    """An offer for both products, with freight for the mice to both destinations."""
    quotes = (
        Quote(product=MICE, quantity=D(4), unit_price=D(mice)),
        Quote(product=SCREENS, quantity=D(2), unit_price=D(screens)),
    )
    freights = tuple(Freight(product=MICE, destination=place, cost=D(freight)) for place in (1, 2))
    return bid(number, "1", quotes=quotes, freights=freights)


def decide(*bids: Bid, demand: Demand = ONE) -> Award:
    rule = "lowest_total" if demand.contracting_type == "individual" else "lowest_total_package"
    return award.decide(rule, 1, demand, bids)


def places(decided: Award, lot: int = 0) -> dict[int, Place]:
    return {int(place.offer, 16): place for place in decided.ranking[lot].places}


def winners(decided: Award) -> list[int]:
    return [int(winner.offer, 16) for winner in decided.winners]


def excluded(decided: Award) -> dict[int, str | None]:
    return {number: place.excluded for number, place in places(decided).items() if place.excluded}


def test_the_lowest_total_wins_and_the_ranking_says_by_how_much() -> None:
    decided = decide(bid(1, "10.00"), bid(2, "9.50"), bid(3, "12"))
    assert winners(decided) == [2]
    assert decided.winners[0].total == D("38.00")
    assert [(p.rank, p.total, p.difference) for p in decided.ranking[0].places] == [
        (1, D("38.00"), D("0.00")),
        (2, D("40.00"), D("2.00")),
        (3, D("48.00"), D("10.00")),
    ]


def test_one_award_gives_each_product_to_its_own_supplier() -> None:
    decided = decide(full(1, "10", "100"), full(2, "12", "90"), demand=EACH)
    assert winners(decided) == [1, 2]
    assert [(w.products[0].product, w.total) for w in decided.winners] == [
        (MICE, D("42.00")),
        (SCREENS, D("180.00")),
    ]


def test_a_supplier_that_wins_two_products_appears_once_with_their_sum() -> None:
    decided = decide(full(1, "10", "90"), full(2, "12", "100"), demand=EACH)
    assert winners(decided) == [1]
    assert [each.product for each in decided.winners[0].products] == [MICE, SCREENS]
    assert decided.winners[0].total == D("222.00")


def test_a_package_goes_to_one_supplier_though_another_is_cheaper_in_one_product() -> None:
    decided = decide(full(1, "10", "100"), full(2, "12", "90"), demand=PACKAGE)
    assert winners(decided) == [2]
    assert decided.winners[0].total == D("230.00")
    assert decided.ranking[0].products == (MICE, SCREENS)


def test_freight_to_every_destination_decides_where_prices_are_equal() -> None:
    decided = decide(full(1, "10", "50", "3.00"), full(2, "10", "50", "2.99"), demand=PACKAGE)
    assert winners(decided) == [2]
    assert places(decided)[1].difference == D("0.02")


def test_freight_that_nobody_asked_for_still_counts() -> None:
    carried = (Freight(product=MICE, destination=1, cost=D("5.00")),)
    decided = decide(bid(1, "10"), bid(2, "9", freights=carried))
    assert winners(decided) == [1]
    assert places(decided)[2].total == D("41.00")


def test_another_currency_is_compared_by_its_rate_and_rounded_once_half_up() -> None:
    decided = decide(bid(1, "2.645", currency="USD", exchange_rate=D("3.7815")), bid(2, "10.01"))
    assert winners(decided) == [1]
    assert decided.winners[0].total == D("40.01")  # 10.58 × 3.7815 = 40.008270


def test_half_a_cent_is_rounded_up() -> None:
    assert decide(bid(1, "0.00125")).winners[0].total == D("0.01")


def test_the_rate_that_the_requirement_fixes_prevails_over_the_bidders() -> None:
    fixed = msgspec.structs.replace(ONE, rates=(Rate(currency="USD", rate=D("4")),))
    cheap = bid(1, "3", currency="USD", exchange_rate=D("0.000001"))
    decided = decide(cheap, bid(2, "11"), demand=fixed)
    assert winners(decided) == [2]
    assert places(decided)[1].total == D("48.00")


def test_equal_totals_go_to_the_offer_that_was_sealed_first() -> None:
    decided = decide(bid(7, "10"), bid(5, "10.00"), bid(6, "10.0"))
    assert [int(place.offer, 16) for place in decided.ranking[0].places] == [5, 6, 7]
    assert [place.rank for place in decided.ranking[0].places] == [1, 2, 3]


def test_the_place_in_the_log_comes_before_the_leaf_hash() -> None:
    assert winners(decide(bid(9, "10", index=1), bid(8, "10", index=2))) == [9]


def test_freight_does_not_make_a_price_of_zero_one() -> None:
    carried = (Freight(product=MICE, destination=1, cost=D("5.00")),)
    assert excluded(decide(bid(1, "0.00", freights=carried))) == {1: award.PRICE_NOT_POSITIVE}


def test_equal_totals_at_one_index_go_by_leaf_hash() -> None:
    decided = decide(bid(9, "10", index=1), bid(8, "10", index=1))
    assert winners(decided) == [8]


def test_a_tie_is_one_after_rounding_to_cents() -> None:
    assert winners(decide(bid(2, "10.000001"), bid(1, "10.000002"))) == [1]


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        (award.WITHDRAWN, {"withdrawn": True}),
        (award.NOT_OPENED, {"opened": False}),
        (award.RESTRICTED, {"restricted": True}),
        (award.BIDDER_UNKNOWN, {"bidder": None}),
        (award.MALFORMED, {"malformed": True}),
        (award.MALFORMED, {"currency": "soles"}),
        (award.MALFORMED, {"exchange_rate": D("NaN")}),
        (award.MALFORMED, {"minimum": D("Infinity")}),
        (award.MALFORMED, {"freights": (Freight(product=MICE, destination=1, cost=D("-1")),)}),
        (award.MALFORMED, {"freights": (Freight(product=MICE, destination=2, cost=D("1")),)}),
        (award.MALFORMED, {"freights": (Freight(product=MICE, destination=1, cost=D("1")),) * 2}),
        (award.NO_EXCHANGE_RATE, {"currency": "USD"}),
        (award.NO_EXCHANGE_RATE, {"currency": "USD", "exchange_rate": D("0")}),
        (award.NOT_QUOTED, {"quotes": ()}),
        (award.BELOW_MINIMUM, {"minimum": D("4.01")}),
    ],
)
def test_an_offer_that_does_not_count_says_why_and_never_wins(reason: str, change: dict[str, Any]) -> None:
    decided = decide(bid(1, "1", **change), bid(2, "99"))
    assert winners(decided) == [2]
    assert places(decided)[1] == Place(offer=leaf(1), excluded=reason)


@pytest.mark.parametrize(
    ("reason", "product", "quantity", "price"),
    [
        (award.MALFORMED, 9, "4", "1"),
        (award.MALFORMED, MICE, "4", "1.1234567"),
        (award.MALFORMED, MICE, "4", "1E+3"),
        (award.MALFORMED, MICE, "sNaN", "1"),
        (award.MALFORMED, MICE, "4", "1" * 40),
        (award.QUANTITY_DIFFERS, MICE, "3", "1"),
        (award.PRICE_NOT_POSITIVE, MICE, "4", "0.00"),
        (award.PRICE_NOT_POSITIVE, MICE, "4", "-0.01"),
        (award.PRICE_NOT_POSITIVE, MICE, "4", "0.000001"),
        (award.TOTAL_TOO_LARGE, MICE, "4", "9999999999999.99"),
    ],
)
def test_a_quote_out_of_form_excludes_without_stopping_the_award(
    reason: str, product: int, quantity: str, price: str
) -> None:
    quotes = (Quote(product=product, quantity=D(quantity), unit_price=D(price)),)
    decided = decide(bid(1, "1", quotes=quotes), bid(2, "99"))
    assert excluded(decided) == {1: reason}
    assert winners(decided) == [2]


def test_two_quotes_for_one_product_are_none() -> None:
    twice = bid(1, "1", quotes=bid(1, "1").quotes + bid(1, "2").quotes)
    assert excluded(decide(twice)) == {1: award.MALFORMED}


def test_a_missing_freight_excludes_from_the_product_that_needs_it_only() -> None:
    half = msgspec.structs.replace(full(1, "10", "90"), freights=full(1, "1", "1").freights[:1])
    decided = decide(half, full(2, "12", "100"), demand=EACH)
    assert places(decided, 0)[1].excluded == award.FREIGHT_NOT_QUOTED
    assert places(decided, 1)[1].rank == 1
    assert winners(decided) == [1, 2]


def test_a_package_offer_that_lacks_one_product_is_excluded_from_all() -> None:
    decided = decide(bid(1, "1"), full(2, "12", "100"), demand=PACKAGE)
    assert excluded(decided) == {1: award.FREIGHT_NOT_QUOTED}
    assert winners(decided) == [2]


def test_only_the_newest_offer_of_a_bidder_counts_even_when_it_is_dearer() -> None:
    decided = decide(bid(1, "1", bidder="same"), bid(2, "9", bidder="same"), bid(3, "10"))
    assert winners(decided) == [2]
    assert excluded(decided) == {1: award.SUPERSEDED}


def test_a_bidder_cannot_choose_after_the_opening_which_of_its_offers_counts() -> None:
    decided = decide(bid(1, "1", bidder="same"), bid(2, "9", bidder="same", opened=False), bid(3, "10"))
    assert winners(decided) == [3]
    assert excluded(decided) == {1: award.SUPERSEDED, 2: award.NOT_OPENED}


def test_a_withdrawn_offer_gives_way_to_the_one_before_it() -> None:
    decided = decide(bid(1, "9", bidder="same"), bid(2, "1", bidder="same", withdrawn=True))
    assert winners(decided) == [1]
    assert excluded(decided) == {2: award.WITHDRAWN}


def test_an_offer_in_an_unproven_name_supersedes_nobody() -> None:
    decided = decide(bid(1, "9", bidder="victim"), bid(2, "8", bidder=None))
    assert winners(decided) == [1]


def test_the_minimum_is_compared_with_the_whole_total_in_the_bids_currency() -> None:
    reached = bid(1, "10", currency="USD", exchange_rate=D("3.8"), minimum=D("40"))
    assert winners(decide(reached)) == [1]
    missed = msgspec.structs.replace(reached, minimum=D("40.01"))
    assert excluded(decide(missed)) == {1: award.BELOW_MINIMUM}


def test_no_winner_is_a_result() -> None:
    decided = decide(bid(1, "0"))
    assert decided.winners == ()
    assert decided.deserted == (MICE,)
    assert decide().deserted == (MICE,)


def test_one_product_may_be_deserted_and_the_other_won() -> None:
    decided = decide(bid(1, "1", quotes=full(1, "1", "90").quotes[1:]), demand=EACH)
    assert winners(decided) == [1]
    assert decided.deserted == (MICE,)


@pytest.mark.parametrize(("rule", "version"), [("lowest_total", 2), ("best_friend", 1)])
def test_an_unknown_rule_is_refused(rule: str, version: int) -> None:
    with pytest.raises(InputError, match="no evaluation rule"):
        award.decide(rule, version, ONE, [])


@pytest.mark.parametrize(("rule", "demand"), [("lowest_total", PACKAGE), ("lowest_total_package", ONE)])
def test_the_rule_must_fit_the_contracting_type(rule: str, demand: Demand) -> None:
    with pytest.raises(RuleError) as refused:
        award.decide(rule, 1, demand, [])
    assert refused.value.rule == "award-rule-fits-contracting-type"


@pytest.mark.parametrize(
    "change",
    [
        {"needs": ()},
        {"needs": ONE.needs * 2},
        {"needs": (Need(product=1, quantity=D(0)),)},
        {"destinations": ()},
        {"destinations": (1, 1)},
        {"currency": "sol"},
        {"rates": (Rate(currency="USD", rate=D("0")),)},
        {"rates": (Rate(currency="USD", rate=D("1")), Rate(currency="USD", rate=D("2")))},
    ],
)
def test_a_demand_that_says_nothing_clear_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        decide(demand=msgspec.structs.replace(ONE, **change))


@pytest.mark.parametrize("bids", [[bid(1, "1"), bid(1, "2")], [bid(1, "1", offer="AB")]])
def test_a_bid_has_one_place_in_the_log(bids: list[Bid]) -> None:
    with pytest.raises(InputError):
        decide(*bids)


def test_the_bytes_are_canonical_read_back_and_hold_no_empty_member() -> None:
    decided = decide(bid(1, "10"), bid(2, "0"))
    raw = award.encode(decided)
    assert canonical.encode(canonical.decode(raw)) == raw
    assert msgspec.json.decode(raw, type=Award) == decided
    assert canonical.decode(raw)["ranking"][0]["places"][1] == {
        "excluded": "price_not_positive",
        "offer": leaf(2),
    }


def test_the_bytes_of_version_1_never_change() -> None:
    raw = award.encode(decide(bid(2, "9.50"), bid(1, "10", withdrawn=True)))
    assert raw.decode() == (
        '{"currency":"PEN","inputs":["' + leaf(1) + '","' + leaf(2) + '"],"ranking":[{"places":['
        '{"difference":"0.00","offer":"' + leaf(2) + '","rank":1,"total":"38.00"},'
        '{"excluded":"withdrawn","offer":"' + leaf(1) + '"}],"products":[1]}],'
        '"rule":"lowest_total","version":1,'
        '"winners":[{"bidder":"bidder 2","offer":"'
        + leaf(2)
        + '","products":[{"product":1,"total":"38.00"}],'
        '"total":"38.00"}]}'
    )


def test_the_callers_decimal_context_changes_nothing() -> None:
    bids = [bid(1, "1234567890123.123456"), bid(2, "1234567890123.12")]
    expected = award.encode(decide(*bids))
    with decimal.localcontext(decimal.Context(prec=3, rounding=decimal.ROUND_DOWN)):
        assert award.encode(decide(*bids)) == expected


prices = st.decimals("-1", "50", places=6) | st.decimals("9.99", "10.01", places=2)
costs = st.decimals("0", "30", places=2)


@st.composite
def offers(draw: Callable[..., Any], demand: Demand) -> list[Bid]:
    """Up to nine offers of up to six bidders, many of them with something missing."""
    made = []
    for number in draw(st.lists(st.integers(0, 40), max_size=9, unique=True)):
        quoted = draw(st.sets(st.sampled_from([need.product for need in demand.needs])))
        some = st.sampled_from([False] * 9 + [True])
        made.append(
            Bid(
                offer=leaf(number * 7919 % 41),
                index=number,
                bidder=draw(st.sampled_from([None, "a", "b", "c", "d", "e", "f"])),
                currency=draw(st.sampled_from(["PEN", "PEN", "USD"])),
                exchange_rate=draw(st.sampled_from([None, D("3.7815")])),
                quotes=tuple(
                    Quote(product=need.product, quantity=need.quantity, unit_price=draw(prices))
                    for need in demand.needs
                    if need.product in quoted
                ),
                freights=tuple(
                    Freight(product=product, destination=place, cost=draw(costs))
                    for product in quoted
                    for place in demand.destinations
                    if not draw(some)
                ),
                minimum=draw(st.none() | costs),
                opened=not draw(some),
                restricted=draw(some),
                withdrawn=draw(some),
                malformed=draw(some),
            )
        )
    return made


demands = st.sampled_from([EACH, PACKAGE])
cases = demands.flatmap(lambda demand: st.tuples(st.just(demand), offers(demand)))
many = settings(max_examples=min(60, settings().max_examples))


@many
@given(cases, st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_changes_no_byte(case: tuple[Demand, list[Bid]], dice: Any) -> None:
    demand, bids = case
    expected = award.encode(decide(*bids, demand=demand))
    dice.shuffle(bids)
    turned = msgspec.structs.replace(demand, needs=demand.needs[::-1], destinations=demand.destinations[::-1])
    assert award.encode(decide(*bids, demand=turned)) == expected


@many
@given(cases)
def test_every_offer_stands_exactly_once_in_each_ranking(case: tuple[Demand, list[Bid]]) -> None:
    demand, bids = case
    decided = decide(*bids, demand=demand)
    assert list(decided.inputs) == [each.offer for each in sorted(bids, key=lambda each: each.index)]
    for ranking in decided.ranking:
        assert sorted(place.offer for place in ranking.places) == sorted(each.offer for each in bids)
        ranks = [place.rank for place in ranking.places if place.rank is not None]
        assert ranks == list(range(1, len(ranks) + 1))
        assert all((place.rank is None) == (place.excluded in award.REASONS) for place in ranking.places)
        assert all((place.total is None) == (place.rank is None) for place in ranking.places)


@many
@given(cases)
def test_the_winner_has_the_lowest_total_and_no_excluded_offer_wins(case: tuple[Demand, list[Bid]]) -> None:
    demand, bids = case
    decided = decide(*bids, demand=demand)
    won = {each.product: winner.offer for winner in decided.winners for each in winner.products}
    for ranking in decided.ranking:
        ranked = [place for place in ranking.places if place.total is not None]
        if not ranked:
            assert set(ranking.products) <= set(decided.deserted)
            continue
        assert {won[product] for product in ranking.products} == {ranked[0].offer}
        assert ranked[0].total == min(place.total for place in ranked if place.total is not None)
        assert all(place.total == (ranked[0].total or 0) + (place.difference or 0) for place in ranked)
    assert set(won) | set(decided.deserted) == {need.product for need in demand.needs}


@many
@given(cases)
def test_totals_are_the_exact_sums_of_price_and_freight(case: tuple[Demand, list[Bid]]) -> None:
    demand, bids = case
    by_offer = {each.offer: each for each in bids}
    for winner in decide(*bids, demand=demand).winners:
        made = by_offer[winner.offer]
        rate = D(1) if made.currency == "PEN" else D("3.7815")
        for each in winner.products:
            quote = next(q for q in made.quotes if q.product == each.product)
            freight = sum(f.cost for f in made.freights if f.product == each.product)
            exact = (quote.unit_price * quote.quantity + freight) * rate
            assert each.total == exact.quantize(D("0.01"), ROUND_HALF_UP)
        assert winner.total == sum(each.total for each in winner.products)


@many
@given(cases)
def test_a_ranked_loser_that_asks_the_least_possible_comes_to_the_top(case: tuple[Demand, list[Bid]]) -> None:
    demand, bids = case
    before = decide(*bids, demand=demand)
    losers = {p.offer for p in before.ranking[0].places if p.rank not in (None, 1)}
    for loser in losers:
        cheaper = [
            msgspec.structs.replace(
                each,
                currency="PEN",
                minimum=None,
                quotes=tuple(msgspec.structs.replace(q, unit_price=D("0.0025")) for q in each.quotes),
                freights=tuple(msgspec.structs.replace(f, cost=D("0.00")) for f in each.freights),
            )
            if each.offer == loser
            else each
            for each in bids
        ]
        after = decide(*cheaper, demand=demand)
        now = places(after)[int(loser, 16)]
        assert now.difference == D("0.00")  # first, or as cheap as one that was sealed earlier


def test_fifty_offers_for_sixty_products_are_ranked_in_one_go() -> None:
    needs = tuple(Need(product=n, quantity=D(n), needs_freight=True) for n in range(1, 61))
    wide = Demand(contracting_type="package", needs=needs, destinations=(1, 2, 3))
    freights = tuple(
        Freight(product=n, destination=p, cost=D("1.00")) for n in range(1, 61) for p in (1, 2, 3)
    )
    bids = [
        bid(b, "1", freights=freights, quotes=tuple(
            Quote(product=n, quantity=D(n), unit_price=D(100 - b)) for n in range(1, 61)
        ))
        for b in range(50)
    ]  # fmt: skip
    decided = decide(*bids, demand=wide)
    assert winners(decided) == [49]
    assert decided.winners[0].total == D(51 * 1830 + 180)


@many
@given(st.lists(st.decimals("1", "50", places=2), min_size=2, max_size=8), st.data())
def test_a_loser_that_undercuts_the_winner_by_a_cent_wins(asked: list[Decimal], data: Any) -> None:
    bids = [bid(number, str(price)) for number, price in enumerate(asked)]
    first = decide(*bids).ranking[0].places[0]
    loser = data.draw(st.sampled_from([n for n in range(len(bids)) if leaf(n) != first.offer]))
    lowest = min(asked) - D("0.0025")  # a cent for the four
    bids[loser] = bid(loser, str(lowest))
    assert winners(decide(*bids)) == [loser]


def test_the_specification_names_every_reason_and_rule() -> None:
    text = (Path(__file__).parents[2] / "docs" / "spec" / "award.md").read_text(encoding="utf-8")
    assert [reason for reason in award.REASONS if f"| `{reason}` |" not in text] == []
    assert [name for name, version in award.RULES if f"**`{name}`, version {version}**" not in text] == []
