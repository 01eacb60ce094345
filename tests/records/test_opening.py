"""An opened offer holds against what was sealed, or the first thing that does not is named."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import offer_cases as cast
from huella.errors import HuellaError, InputError, RuleError
from huella.records import award, disclosure, offer, offer_file, opening
from huella.records.disclosure import unb64
from huella.records.offer_file import OfferCopy
from huella.records.opening import OpenedOffer
from huella.records.procedure import Claim, OfferOpened

NOW = cast.request()
FIRST = offer.compose(NOW, cast.andina(), cast.quotation())
AGAIN = offer.replace(
    NOW, cast.andina("x"), cast.quotation(minimum=None), FIRST, cast.leaf(cast.record_of(FIRST))
)
GONE = offer.withdraw(NOW, cast.andina("y"), FIRST, cast.leaf(cast.record_of(FIRST)))


def chain(copies: Sequence[OfferCopy]) -> list[bytes]:
    return [cast.record_of(one, place) for place, one in enumerate(copies)]


def fact(copies: Sequence[OfferCopy]) -> OfferOpened:
    earlier = [one.public[0] for one in copies[:-1]]
    last = copies[-1]
    return opening.opened_fact(last.offer.subject, cast.leaf(chain(copies)[-1]), (*earlier, *last.public))


def check(*copies: OfferCopy) -> OpenedOffer:
    return opening.check_opened(chain(copies), fact(copies), copies[-1].tie)


def test_an_opened_offer_tells_its_bidder_and_its_prices() -> None:
    found = check(FIRST)
    assert (found.bidder.ruc, found.bidder.name) == ("20100186170", "ANDINA S.A.C.")
    assert found.content.products == cast.quotation().products
    assert found.content.shipping == cast.quotation().shipping
    assert (found.key, found.tie.subject) == (FIRST.key(), cast.SUBJECT)


def test_what_is_confidential_or_personal_stays_a_digest() -> None:
    found = check(FIRST)
    assert found.content.confidential is None
    assert found.content.documents == ()
    assert {"/confidential", "/documents"} <= set(found.content.sealed)
    assert found.bidder.contact is not None
    assert found.bidder.contact.email is None


def test_an_auditor_sees_one_confidential_part_and_not_the_other() -> None:
    shown = [*FIRST.public, *FIRST.confidential[:2]]
    whole = disclosure.apply(FIRST.offer.data, FIRST.offer.sealed, shown)
    assert whole["content"]["confidential"]["cost"] == cast.QUOTATION["confidential"]["cost"]
    assert "supplier" not in whole["content"]["confidential"]


def test_a_replaced_offer_is_its_last_content_signed_by_the_same_key() -> None:
    found = check(FIRST, AGAIN)
    assert (found.kind, found.content.minimum) == ("offer.replaced", None)


def test_a_withdrawal_proves_itself_the_same_way() -> None:
    found = check(FIRST, GONE)
    assert (found.kind, found.content.products) == ("offer.withdrawn", ())


def test_a_person_is_opened_without_number_or_name() -> None:
    one = offer.compose(NOW, cast.rosa(), cast.quotation())
    found = check(one)
    assert (found.bidder.ruc, found.bidder.name, found.bidder.address) == (None, None, None)


def forge(kind: str, supplier: offer.Supplier) -> OfferCopy:
    """A further record of FIRST as whoever has the server, but not the bidder's key, would make it."""
    other = offer.compose(NOW, supplier, cast.quotation())
    mine = offer.withdraw if kind == "offer.withdrawn" else offer.replace
    hand = msgspec.structs.replace(
        other, control_seed=FIRST.control_seed,
        offer=msgspec.structs.replace(other.offer, subject=FIRST.offer.subject),
    )  # fmt: skip
    leaf = cast.leaf(cast.record_of(FIRST))
    if mine is offer.withdraw:
        return offer.withdraw(NOW, supplier, hand, leaf)
    return offer.replace(NOW, supplier, cast.quotation(), hand, leaf)


@pytest.mark.parametrize("kind", ["offer.withdrawn", "offer.replaced"])
def test_another_hand_neither_withdraws_nor_replaces(kind: str) -> None:
    with pytest.raises(RuleError) as caught:
        check(FIRST, forge(kind, cast.rosa("thief")))
    assert caught.value.rule == "offer-one-key"


def test_an_act_taken_from_another_record_does_not_verify() -> None:
    value = {**disclosure.parse(AGAIN.public[0]).value, "act": disclosure.parse(FIRST.public[0]).value["act"]}
    who = disclosure.make(bytes(16), "/bidder", value)
    sealed = {**AGAIN.offer.sealed, "/bidder": disclosure.digest(who)}
    forged = msgspec.structs.replace(
        AGAIN, offer=msgspec.structs.replace(AGAIN.offer, sealed=sealed), public=(who, *AGAIN.public[1:])
    )
    with pytest.raises(RuleError) as caught:
        check(FIRST, forged)
    assert caught.value.rule == "offer-act"


def test_an_offer_moved_to_another_requirement_is_found() -> None:
    tie = disclosure.make(bytes(16), "/requirement", {"leaf": "0" * 64, "subject": "REQ-2026-1335-43"})
    sealed = {**FIRST.offer.sealed, "/requirement": disclosure.digest(tie)}
    moved = msgspec.structs.replace(FIRST, offer=msgspec.structs.replace(FIRST.offer, sealed=sealed), tie=tie)
    with pytest.raises(RuleError) as caught:
        check(moved)
    assert caught.value.rule == "offer-requirement"


def test_a_lower_price_than_the_sealed_one_matches_nothing() -> None:
    products = [{"product": 1, "quantity": "10", "sheet": "F-2", "unit_price": "1"}]
    lower = disclosure.make(bytes(16), "/products", products)
    given = fact([FIRST])
    changed = tuple(
        lower if disclosure.parse(text).pointer == "/products" else text for text in given.disclosures
    )
    with pytest.raises(InputError) as caught:
        opening.check_opened(chain([FIRST]), msgspec.structs.replace(given, disclosures=changed), FIRST.tie)
    assert caught.value.field in ("/products", "/disclosures")


@pytest.mark.parametrize("left_out", range(4))
def test_no_public_part_may_be_left_out(left_out: int) -> None:
    given = fact([FIRST])
    kept = tuple(text for place, text in enumerate(given.disclosures) if place != left_out)
    with pytest.raises(InputError):
        opening.check_opened(chain([FIRST]), msgspec.structs.replace(given, disclosures=kept), FIRST.tie)


def test_the_bidder_of_every_record_of_an_offer_is_opened() -> None:
    given = fact([FIRST, GONE])
    with pytest.raises(InputError, match="each record"):
        opening.check_opened(
            chain([FIRST, GONE]), msgspec.structs.replace(given, disclosures=given.disclosures[1:]), GONE.tie
        )


@pytest.mark.parametrize("order", [[0], [1], [1, 0], [0, 1, 1], []])
def test_other_records_than_the_claimed_offers_are_refused(order: list[int]) -> None:
    records = chain([FIRST, AGAIN])
    with pytest.raises(InputError):
        opening.check_opened([records[place] for place in order], fact([FIRST, AGAIN]), AGAIN.tie)


def test_a_tie_of_another_record_is_refused() -> None:
    with pytest.raises(InputError, match="tie"):
        opening.check_opened(chain([FIRST, AGAIN]), fact([FIRST, AGAIN]), FIRST.tie)


def test_an_envelope_gives_the_fact_that_is_put_on_record() -> None:
    file = offer.offer_file(FIRST, NOW)
    texts = offer_file.open_with(cast.OPENING[0], file)
    leaf = cast.leaf(cast.record_of(FIRST))
    made = opening.opened_fact(FIRST.offer.subject, leaf, texts)
    assert made == fact([FIRST])
    raw = cast.seal("offers.opened", cast.SUBJECT, msgspec.to_builtins(made), "0" * 64)
    assert cast.ORGANISATION["contact"]["email"].encode() not in raw  # type: ignore[index]


def bids() -> list[award.Bid]:
    rosas = offer.compose(NOW, cast.rosa(), cast.quotation(minimum=None, products=_cheaper()))
    claims = [
        Claim(one.offer.subject, cast.leaf(cast.record_of(one)), 10 + place, False)
        for place, one in enumerate((FIRST, rosas))
    ]
    return [opening.bid(claims[0], check(FIRST), True), opening.bid(claims[1], check(rosas), True)]


def _cheaper() -> list[dict[str, object]]:
    return [
        {"product": 1, "quantity": "10", "sheet": "F-1", "unit_price": "2000"},
        {"product": 2, "quantity": "10", "unit_price": "35"},
    ]


def test_opened_offers_are_what_the_award_is_decided_on() -> None:
    found = award.decide("lowest_total_package", 1, opening.demand(NOW.requirement), bids())
    assert [place.total for place in found.ranking[0].places] == [Decimal("20424.50"), Decimal("21929.50")]
    assert found.winners[0].offer == bids()[1].offer
    assert not [place for place in found.ranking[0].places if place.excluded]


def test_a_person_is_named_by_a_digest_of_the_key_in_the_award() -> None:
    organisation, person = bids()
    assert organisation.bidder == "20100186170"
    assert (
        person.bidder
        == hashlib.sha256(unb64(offer.compose(NOW, cast.rosa(), cast.quotation()).key())).hexdigest()
    )


def test_what_stays_closed_or_does_not_fit_is_told_apart_in_the_award() -> None:
    claim = Claim(FIRST.offer.subject, "a" * 64, 10, False)
    closed, malformed = opening.bid(claim, None, True), opening.bid(claim, None, True, malformed=True)
    for one, why in ((closed, award.NOT_OPENED), (malformed, award.BIDDER_UNKNOWN)):
        found = award.decide("lowest_total_package", 1, opening.demand(NOW.requirement), [one])
        assert found.ranking[0].places[0].excluded == why


def test_a_declined_offer_is_restricted_or_not_quoted_in_the_award() -> None:
    for reason, why in (("restricted", award.RESTRICTED), ("not_quoted", award.NOT_QUOTED)):
        one = offer.decline(NOW, cast.rosa(reason), reason)
        claim = Claim(one.offer.subject, cast.leaf(cast.record_of(one)), 10, False)
        found = award.decide(
            "lowest_total_package", 1, opening.demand(NOW.requirement), [opening.bid(claim, check(one), True)]
        )
        assert found.ranking[0].places[0].excluded == why


def test_every_error_is_one_of_ours_whatever_is_disclosed() -> None:
    for text in ("", "ñ", "AAAA", FIRST.confidential[0], FIRST.tie):
        given = msgspec.structs.replace(fact([FIRST]), disclosures=(*fact([FIRST]).disclosures, text))
        with pytest.raises(HuellaError):
            opening.check_opened(chain([FIRST]), given, FIRST.tie)


def test_a_refusal_in_between_changes_nothing_but_is_never_what_is_claimed() -> None:
    first = cast.record_of(FIRST)
    data = {"digest": "a" * 64, "reason": "late", "requirement": cast.SUBJECT}
    late = cast.seal("offer.refused", FIRST.offer.subject, data, cast.leaf(first))
    after = offer.withdraw(NOW, cast.andina("z"), FIRST, cast.leaf(late))
    records = [first, late, cast.record_of(after, 2)]
    given = opening.opened_fact(FIRST.offer.subject, cast.leaf(records[2]), (FIRST.public[0], *after.public))
    assert opening.check_opened(records, given, after.tie).kind == "offer.withdrawn"
    with pytest.raises(InputError, match="last of these"):
        opening.check_opened(records[:2], fact([FIRST]), FIRST.tie)


@given(
    st.decimals("0.01", "999999.999999", places=6),
    st.decimals("0", "99999.99", places=2),
    st.none() | st.decimals("0", "99999.99", places=2),
)
@settings(max_examples=40, deadline=None)
def test_whatever_is_offered_is_what_is_opened(
    price: Decimal, cost: Decimal, minimum: Decimal | None
) -> None:
    shipping = [{"cost": f"{cost:f}", "destination": place, "product": 2} for place in (1, 2)]
    products = [{"product": 2, "quantity": "10", "unit_price": f"{price:f}"}]
    quoted = cast.quotation(
        products=products, shipping=shipping, minimum=None if minimum is None else f"{minimum:f}"
    )
    found = check(offer.compose(NOW, cast.andina(f"{price} {cost}"), quoted))
    assert (found.content.products, found.content.shipping) == (quoted.products, quoted.shipping)
    assert found.content.minimum == minimum
