"""The supplier's side: an offer is whole, sealed and signed before anybody sees it."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import offer_cases as cast
from huella.errors import InputError, RuleError
from huella.records import act, disclosure, offer, offer_file
from huella.records.offer import Supplier
from huella.records.record import Act, parse, sealed

NOW = cast.request()
EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_an_offer_shows_the_date_of_its_close_and_nothing_else() -> None:
    found = parse(cast.record_of(offer.compose(NOW, cast.andina(), cast.quotation())))
    assert found.data == {"closes_on": "2026-11-25"}
    assert sorted(sealed(found)) == ["/bidder", "/content", "/requirement"]
    assert not isinstance(found.act, Act)


def test_the_supplier_opens_its_own_offer_from_its_own_copy() -> None:
    one = offer.compose(NOW, cast.andina(), cast.quotation())
    whole = offer_file.open_own(offer_file.read_copy(offer_file.write(one)))
    assert whole["requirement"] == {"leaf": NOW.leaf, "subject": cast.SUBJECT}
    assert whole["content"]["products"] == cast.QUOTATION["products"]
    assert whole["content"]["shipping"] == cast.QUOTATION["shipping"]
    assert whole["content"]["documents"] == cast.QUOTATION["documents"]
    assert {"cost", "supplier"} <= set(whole["content"]["confidential"])
    assert whole["bidder"]["contact"] == cast.ORGANISATION["contact"]


def test_equal_offers_have_nothing_in_common() -> None:
    one, other = (offer.compose(NOW, cast.andina(label), cast.quotation()) for label in ("a", "b"))
    assert one.offer.subject != other.offer.subject
    assert not set(one.offer.sealed.values()) & set(other.offer.sealed.values())
    inner = [
        set(disclosure.parse(text).value["sealed"].values()) for text in (one.public[1], other.public[1])
    ]
    assert not inner[0] & inner[1]


def test_a_persons_number_and_name_are_sealed_inside_the_bidder() -> None:
    one = offer.compose(NOW, cast.rosa(), cast.quotation(confidential=None))
    bidder = disclosure.parse(one.public[0]).value
    assert set(bidder) == {"act", "sealed"}
    assert set(bidder["sealed"]) == {"/ruc", "/name", "/address"}
    assert offer_file.open_own(one)["bidder"]["ruc"] == cast.PERSON["ruc"]


def test_who_may_see_what_is_told_by_three_lists() -> None:
    one = offer.compose(NOW, cast.andina(), cast.quotation())
    seen = [
        [disclosure.parse(text).pointer for text in texts]
        for texts in (one.public, one.personal, one.confidential)
    ]
    assert seen[0] == ["/bidder", "/content", "/products", "/shipping"]
    assert seen[1] == ["/contact/email", "/documents"]
    assert seen[2] == ["/confidential", "/cost", "/supplier"]


def test_the_act_inside_the_bidder_signs_the_content_and_so_the_requirement() -> None:
    one = offer.compose(NOW, cast.andina(), cast.quotation())
    bidder, content = (disclosure.parse(text).value for text in one.public[:2])
    assert act.check_bidder(parse(cast.record_of(one)), bidder)
    assert content["requirement"] == NOW.leaf


def test_a_browsers_key_signs_as_well() -> None:
    hand = Supplier(cast.ORGANISATION, ec.derive_private_key(7, ec.SECP256R1()), cast.salts("p256"))
    one = offer.compose(NOW, hand, cast.quotation())
    assert act.check_bidder(parse(cast.record_of(one)), disclosure.parse(one.public[0]).value)
    assert one.key() == act.public(hand.key)


@pytest.mark.parametrize("kind", ["offer.replaced", "offer.withdrawn"])
def test_a_further_record_has_the_same_code_and_names_the_one_before(kind: str) -> None:
    first = offer.compose(NOW, cast.andina(), cast.quotation())
    leaf = cast.leaf(cast.record_of(first))
    again = (
        offer.withdraw(NOW, cast.andina("x"), first, leaf)
        if kind == "offer.withdrawn"
        else offer.replace(NOW, cast.andina("x"), cast.quotation(), first, leaf)
    )
    assert (again.offer.kind, again.offer.subject, again.offer.prev) == (kind, first.offer.subject, leaf)
    assert again.key() == first.key()


def test_another_key_changes_no_offer() -> None:
    first = offer.compose(NOW, cast.andina(), cast.quotation())
    with pytest.raises(InputError, match="key that made it"):
        offer.withdraw(NOW, cast.rosa(), first, "0" * 64)


def test_a_withdrawn_offer_is_not_withdrawn_again() -> None:
    first = offer.compose(NOW, cast.andina(), cast.quotation())
    gone = offer.withdraw(NOW, cast.andina("x"), first, "0" * 64)
    with pytest.raises(InputError, match="nothing follows"):
        offer.withdraw(NOW, cast.andina("y"), gone, "1" * 64)


def test_an_offer_stays_with_its_requirement() -> None:
    first = offer.compose(NOW, cast.andina(), cast.quotation())
    other = cast.request(cast.requirement(needs_freight=True, procedure="large_purchase"))
    with pytest.raises(InputError, match="another requirement"):
        offer.replace(other, cast.andina("x"), cast.quotation(), first, "0" * 64)


def test_declining_says_why_only_inside() -> None:
    one = offer.decline(NOW, cast.rosa(), "restricted")
    assert "restricted" not in cast.record_of(one).decode()
    assert offer_file.open_own(one)["content"]["declined"] == "restricted"
    with pytest.raises(InputError, match="restricted or not_quoted"):
        offer.decline(NOW, cast.rosa(), "too far")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "USD"}, "/exchange_rate"),
        ({"exchange_rate": "3.75"}, "/exchange_rate"),
        ({"currency": "soles"}, "/currency"),
        ({"confidential": {}}, "/confidential"),
        ({"minimum": "5"}, "/content/minimum"),
        ({"products": []}, "/products"),
        ({"products": [{"product": 3, "quantity": "1", "unit_price": "1"}]}, "/products"),
        ({"products": [{"product": 1, "quantity": "9", "unit_price": "1"}]}, "/products/0/quantity"),
        (
            {"products": [{"product": 1, "quantity": "10", "sheet": "F-9", "unit_price": "1"}]},
            "/products/0/sheet",
        ),
        (
            {"products": [{"product": 1, "quantity": "10", "sheet": "F-1", "unit_price": "0"}]},
            "/content/products/0/unit_price",
        ),
        ({"shipping": []}, "/shipping"),
        ({"shipping": cast.QUOTATION["shipping"][::-1]}, "/shipping"),
    ],
)
def test_a_quotation_that_does_not_fit_the_requirement_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        offer.compose(NOW, cast.andina(), cast.quotation(**change))
    assert caught.value.field == field


def test_without_an_auditor_nothing_confidential_is_taken() -> None:
    now = cast.request(_without_auditor())
    with pytest.raises(InputError, match="auditor"):
        offer.compose(now, cast.andina(), cast.quotation())
    one = offer.compose(now, cast.andina(), cast.quotation(confidential=None))
    assert offer.offer_file(one, now).envelopes.auditor is None


def _without_auditor() -> bytes:
    data = {name: value for name, value in cast.REQUIREMENT.items() if name != "auditor_key"}
    return cast.seal("requirement.published", cast.SUBJECT, data)


def test_a_bidder_has_a_ruc_and_a_name() -> None:
    nameless = Supplier({"ruc": "20100186170"}, cast.key(1), cast.salts("n"))
    with pytest.raises(InputError, match="RUC and name"):
        offer.compose(NOW, nameless, cast.quotation())


def test_a_later_closing_time_changes_the_date_that_offers_show() -> None:
    first = cast.requirement()
    data = {"closes_at": "2026-11-27T22:00:00.000Z", "effective_at": cast.PUBLISHED_AT}
    amended = cast.seal("requirement.amended", cast.SUBJECT, data, cast.leaf(first))
    now = offer.quotation_request([(first, ()), (amended, ())])
    assert (now.closes_on, now.leaf) == ("2026-11-27", cast.leaf(first))


def test_a_procedure_that_ended_takes_no_offers() -> None:
    first = cast.requirement()
    data = {"count": 0, "effective_at": cast.PUBLISHED_AT, "root": EMPTY_ROOT, "reason": "x"}
    ended = cast.seal("procedure.cancelled", cast.SUBJECT, data, cast.leaf(first))
    with pytest.raises(RuleError) as caught:
        offer.quotation_request([(first, ()), (ended, ())])
    assert caught.value.rule == "late"


def test_records_of_two_requirements_are_no_chain() -> None:
    with pytest.raises(InputError, match="no chain"):
        offer.quotation_request([(cast.requirement(), ()), (cast.requirement(), ())])
