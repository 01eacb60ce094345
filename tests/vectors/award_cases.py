"""Demands and bids, good and hostile, and the award that the rule gives: the same bytes for every implementation."""

from __future__ import annotations

import random
from typing import Any

import msgspec

from huella.errors import HuellaError
from huella.records import award
from huella.records.award import Bid, Demand

Value = dict[str, Any]

_PRICES = ("10", "9.99", "0.01", "2150.5", "0", "1E+2", "-1", "0.0000001", "9999999999999.99", "3.333333")
_RATES = ("3.7815", "1", "0", "0.000001", "-2")


def leaf(number: int) -> str:
    """A leaf hash."""
    return f"{number:064x}"


def demand(kind: str, products: int, places: int, draw: random.Random) -> Value:
    """What is asked for; a false list of members tells a default."""
    needs = []
    for number in range(1, products + 1):
        need: Value = {"product": number, "quantity": draw.choice(("4", "10", "2.5", "0.125"))}
        if draw.random() < 0.5:
            need["needs_freight"] = True
        needs.append(need)
    value: Value = {"contracting_type": kind, "needs": needs, "destinations": list(range(1, places + 1))}
    if draw.random() < 0.3:
        value["rates"] = [{"currency": "USD", "rate": draw.choice(("3.75", "3.7815"))}]
    return value


def bid(number: int, asked: Value, draw: random.Random) -> Value:
    """An offer that is mostly in order."""
    quotes: list[Value] = []
    freights: list[Value] = []
    for need in asked["needs"]:
        if draw.random() < 0.1:
            continue
        price = draw.choice(_PRICES) if draw.random() < 0.25 else f"{draw.randint(1, 40) / 4:.2f}"
        quantity = need["quantity"] if draw.random() < 0.93 else draw.choice(("5", "4.0", "04", "1E+1"))
        quotes.append({"product": need["product"], "quantity": quantity, "unit_price": price})
        for place in asked["destinations"]:
            if draw.random() < 0.9:
                cost = draw.choice(("0.00", "1.00", "2.99", "3.005", "-0.01"))
                freights.append({"product": need["product"], "destination": place, "cost": cost})
    if draw.random() < 0.08:
        quotes.append(draw.choice(quotes) if quotes else {"product": 99, "quantity": "1", "unit_price": "1"})
    value: Value = {
        "offer": leaf(draw.randint(1, 10**9) * 100 + number),
        "index": draw.choice((number, number // 2)),
    }
    value |= {"opened": True} if draw.random() < 0.92 else {}
    value |= {"bidder": f"bidder {draw.randint(1, 8)}"} if draw.random() < 0.93 else {}
    value |= {"quotes": quotes} if quotes else {}
    value |= {"freights": freights} if freights else {}
    for flag in ("withdrawn", "restricted", "malformed"):
        value |= {flag: True} if draw.random() < 0.06 else {}
    if draw.random() < 0.2:
        value |= {"currency": draw.choice(("USD", "EUR", "usd")), "exchange_rate": draw.choice(_RATES)}
    if draw.random() < 0.2:
        value["minimum"] = draw.choice(("5.00", "100.00", "0.00", "41.25"))
    return value


def award_cases() -> list[Any]:
    """The vectors: forty drawn ones, and demands that are refused."""
    draw = random.Random(62)
    found = []
    for number in range(40):
        kind = draw.choice(("individual", "package"))
        rule = "lowest_total" if kind == "individual" else "lowest_total_package"
        asked = demand(kind, draw.randint(1, 4), draw.randint(1, 3), draw)
        bids = [bid(place, asked, draw) for place in range(draw.randint(0, 9))]
        draw.shuffle(bids)
        found.append(_case(f"drawn {number}", rule, 1, asked, bids))
    asked = demand("package", 2, 1, draw)
    one = bid(1, asked, draw)
    found += [
        _case("an unknown rule", "cheapest", 1, asked, [one]),
        _case("an unknown version", "lowest_total_package", 2, asked, [one]),
        _case("a rule of another contracting type", "lowest_total", 1, asked, [one]),
        _case("the same offer twice", "lowest_total_package", 1, asked, [one, one]),
        _case("nothing is asked for", "lowest_total_package", 1, {**asked, "needs": []}, [one]),
        _case("a place twice", "lowest_total_package", 1, {**asked, "destinations": [1, 1]}, [one]),
        _case("a quantity of nothing", "lowest_total_package", 1, _quantity(asked, "0"), [one]),
        _case("a quantity in exponents", "lowest_total_package", 1, _quantity(asked, "1E+2"), [one]),
    ]
    return found


def _quantity(asked: Value, quantity: str) -> Value:
    return {**asked, "needs": [{**asked["needs"][0], "quantity": quantity}]}


def _case(name: str, rule: str, version: int, asked: Value, bids: list[Value]) -> Value:
    return {
        "name": name, "rule": rule, "version": version, "demand": asked, "bids": bids,
        "award": decided(rule, version, asked, bids),
    }  # fmt: skip


def decided(rule: str, version: int, asked: Value, bids: list[Value]) -> str | None:
    """The award's exact text, None where rule or demand are refused."""
    try:
        found = award.decide(
            rule, version, msgspec.convert(asked, Demand), [msgspec.convert(one, Bid) for one in bids]
        )
    except HuellaError:
        return None
    return award.encode(found).decode()
