"""Before the opening nobody guesses bidder or price: all guesses are tried, and none of them fits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from stdnum.pe import ruc as stdnum_ruc

import offer_cases as cast
from huella.records import canonical, disclosure, offer
from huella.records.disclosure import b64
from huella.records.offer_file import OfferCopy
from huella.records.record import parse, sealed

NOW = cast.request()
PRICES = [f"{sol}.{cents:02d}" for sol in range(30, 40) for cents in (0, 50)]
RUCS = [number + stdnum_ruc.calc_check_digit(number) for number in (f"20100186{n:02d}" for n in range(20))]


def small(label: str, price: str = "35", ruc: str = "20100186170") -> OfferCopy:
    """A one-product offer out of a very small space of prices and bidders."""
    products = [{"product": 2, "quantity": "10", "unit_price": price}]
    shipping = [{"cost": "0.00", "destination": place, "product": 2} for place in (1, 2)]
    supplier = offer.Supplier({"name": "ANDINA S.A.C.", "ruc": ruc}, cast.key(1), cast.salts(label))
    quoted = cast.quotation(
        products=products, shipping=shipping, minimum=None, documents=None, confidential=None
    )
    return offer.compose(NOW, supplier, quoted)


def public_of(one: OfferCopy) -> bytes:
    """All that the log shows of an offer before its opening, with that of its requirement."""
    return cast.record_of(one) + cast.requirement()


def guesses() -> Iterator[tuple[str, Any]]:
    """What a stranger can write down: every price and every bidder, in the exact values that would be sealed."""
    for price in PRICES:
        yield "/products", [{"product": 2, "quantity": "10", "unit_price": price}]
    for number in RUCS:
        yield "/bidder", {"name": "ANDINA S.A.C.", "ruc": number}
        yield "/ruc", number
    yield "/requirement", {"leaf": NOW.leaf, "subject": cast.SUBJECT}


def hashed(pointer: str, value: Any) -> Iterator[str]:
    """The digests of a guess without its salt: with none, with nothing as salt, and with salts that are public."""
    yield disclosure.digest(b64(canonical.encode([pointer, value])))
    yield disclosure.digest(b64(canonical.encode(["", pointer, value])))
    yield disclosure.digest(b64(canonical.encode(value)))
    for salt in (bytes(16), bytes.fromhex(NOW.leaf)[:16], cast.SUBJECT.encode().ljust(16, b"\0")[:16]):
        yield disclosure.digest(disclosure.make(salt, pointer, value))


def test_no_guess_of_price_bidder_or_requirement_fits_the_public_record() -> None:
    shown = set(sealed(parse(cast.record_of(small("secret")))).values())
    tried = {found for pointer, value in guesses() for found in hashed(pointer, value)}
    assert len(tried) > 300
    assert not tried & shown


def test_the_same_guesses_with_the_salt_do_fit() -> None:
    one = small("secret")
    salt = disclosure.unb64(disclosure.parse(one.tie).salt)
    tried = {disclosure.digest(disclosure.make(salt, pointer, value)) for pointer, value in guesses()}
    assert tried & set(one.offer.sealed.values()) == {one.offer.sealed["/requirement"]}


def test_equal_values_have_different_digests_in_every_offer() -> None:
    digests = [set(small(f"try {n}").offer.sealed.values()) for n in range(20)]
    assert not any(left & right for left, right in itertools.combinations(digests, 2))


def test_records_of_all_prices_and_bidders_look_alike() -> None:
    records = [public_of(small(f"{ruc} {price}", price, ruc)) for ruc in RUCS[:4] for price in PRICES[:5]]
    assert len({len(raw) for raw in records}) == 1
    assert not any(
        word.encode() in raw for raw in records for word in ("unit_price", 'ruc":"20100', "ANDINA")
    )


def test_the_codes_of_one_bidders_offers_have_nothing_in_common() -> None:
    codes = [small(f"code {n}").offer.subject for n in range(50)]
    assert len(set(codes)) == len(codes)
    assert len({code[4:9] for code in codes}) > 45
