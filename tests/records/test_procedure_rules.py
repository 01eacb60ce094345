"""What must hold inside one fact of a procedure."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import offer_cases as cast
from huella.errors import InputError
from huella.proof import merkle
from huella.records import canonical, disclosure, draft, envelope, offer
from huella.records.award import Award, Place, ProductTotal, Ranking, Winner
from huella.records.draft import Draft, Prepared
from huella.records.procedure_rules import closed_root

NOW = cast.request()
COPIES = [
    offer.compose(NOW, cast.andina(), cast.quotation()),
    offer.compose(NOW, cast.rosa(), cast.quotation()),
]
RECORDS = [cast.record_of(one) for one in COPIES]


def prepare(kind: str, data: dict[str, Any], subject: str = cast.SUBJECT) -> Prepared:
    return draft.prepare(Draft(kind=kind, subject=subject, data=data), cast.salts("t"))


def plain(fact: Any) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.json.decode(canonical.encode(fact))
    return data


def closed(**changes: Any) -> dict[str, Any]:
    return {**plain(cast.close(COPIES, RECORDS)), **changes}


def test_a_requirement_seals_addresses_and_contacts() -> None:
    made = prepare("requirement.published", copy.deepcopy(cast.REQUIREMENT))
    assert set(made.sealed) == {
        "/destinations/0/address", "/destinations/0/contact/name", "/destinations/1/address"
    }  # fmt: skip
    assert made.warnings == ()


@pytest.mark.parametrize(
    ("pointer", "value", "field"),
    [
        ("/products/0/quantity", "11", "/products/0/quantity"),
        ("/products/1/number", 3, "/products/1/number"),
        ("/products/0/sheets", ["F-1", "F-1"], "/products/0/sheets"),
        ("/destinations/0/ubigeo", "999999", "/destinations/0/ubigeo"),
        ("/deliveries/0/destination", 3, "/deliveries/0/destination"),
        ("/deliveries/0/max_days", 4000, "/deliveries/0/max_days"),
        ("/deliveries/0/lines", [], "/deliveries/0/lines"),
        ("/deliveries/0/lines/0/item", 9, "/deliveries/0/lines/0"),
        ("/deliveries/1/start", "9/12/2026", "/deliveries/1/start"),
        ("/closes_at", cast.PUBLISHED_AT, "/closes_at"),
        ("/closes_at", "2026-11-25", "/closes_at"),
        ("/opening_key", "age1x", "/opening_key"),
        ("/opening_key", cast.OPENING[1][:-1] + "q", "/opening_key"),
        ("/opening_key", cast.OPENING[0], "/opening_key"),
        ("/auditor_key", cast.OPENING[1], "/auditor_key"),
        ("/sealing", "nobody", "/sealing"),
        ("/rule", {"name": "Cheapest!", "version": 1}, "/rule"),
        ("/rule", {"name": "lowest_total", "version": 0}, "/rule"),
        ("/rates", [{"currency": "PEN", "rate": "1"}], "/rates"),
        ("/rates", [{"currency": "USD", "rate": "0"}], "/rates/0/rate"),
        ("/entity", {"code": 1336, "name": "U", "ruc": "20131257750"}, "/entity/code"),
        ("/entity", {"code": 1335, "ruc": "20131257750"}, "/entity"),
        ("/procedure", "private", "/procedure"),
        ("/products", [], "/products"),
        ("/deliveries", [], "/deliveries"),
        ("/destinations", [], "/destinations"),
    ],
)
def test_a_requirement_at_fault_is_refused_with_its_field(pointer: str, value: Any, field: str) -> None:
    data = copy.deepcopy(cast.REQUIREMENT)
    here: Any = data
    *steps, last = pointer[1:].split("/")
    for step in steps:
        here = here[int(step)] if isinstance(here, list) else here[step]
    here[last] = value
    with pytest.raises(InputError) as caught:
        prepare("requirement.published", data)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "subject", ["REQ-2026-1335", "OCAM-2026-1335-17-0", "REQ-1999-1335-1", "req-2026-1335-4"]
)
def test_a_procedures_subject_is_a_requirements_number(subject: str) -> None:
    with pytest.raises(InputError) as caught:
        prepare("requirement.published", copy.deepcopy(cast.REQUIREMENT), subject)
    assert caught.value.field == "/subject"


def test_an_individual_purchase_of_several_products_is_odd_but_taken() -> None:
    made = prepare(
        "requirement.published", {**copy.deepcopy(cast.REQUIREMENT), "contracting_type": "individual"}
    )
    assert [warning.field for warning in made.warnings] == ["/contracting_type"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "/closes_at"),
        ({"closes_at": "soon"}, "/closes_at"),
        ({"destinations": [{"number": 2}]}, "/destinations/0/number"),
        (
            {"deliveries": [{"destination": 1, "lines": [], "max_days": 1, "number": 1}]},
            "/deliveries/0/lines",
        ),
    ],
)
def test_an_amendment_at_fault_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        prepare("requirement.amended", {"effective_at": cast.PUBLISHED_AT, **change})
    assert caught.value.field == field


def test_the_reason_of_an_amendment_is_sealed() -> None:
    made = prepare(
        "requirement.amended", {"closes_at": cast.CLOSES_AT, "effective_at": cast.PUBLISHED_AT, "reason": "x"}
    )
    assert set(made.sealed) == {"/reason"}


def test_a_closed_set_agrees_with_itself() -> None:
    assert prepare("offers.closed", closed()).warnings == ()
    assert (
        closed()["root"]
        == hashlib.sha256(b"\x01" + b"".join(bytes.fromhex(cast.leaf(raw)) for raw in RECORDS)).hexdigest()
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"claims": closed()["claims"][::-1]}, "/claims/1/index"),
        ({"claims": closed()["claims"][:1]}, "/root"),
        ({"count": 3}, "/root"),
        ({"root": "0" * 64}, "/root"),
        ({"ties": closed()["ties"][:1]}, "/ties"),
        ({"ties": [COPIES[0].public[0], closed()["ties"][1]]}, "/ties/0"),
        ({"claims": [closed()["claims"][0], {**closed()["claims"][0], "index": 99}]}, "/claims"),
        ({"deadline": "noon"}, "/deadline"),
    ],
)
def test_a_closed_set_at_fault_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        prepare("offers.closed", closed(**change))
    assert caught.value.field == field


@pytest.mark.parametrize("named", [{"subject": "REQ-2026-1335-43"}, {"leaf": "0" * 64}])
def test_an_offer_tied_to_another_requirement_is_not_claimed(named: dict[str, str]) -> None:
    value = {"leaf": NOW.leaf, "subject": cast.SUBJECT, **named}
    other = disclosure.make(bytes(16), "/requirement", value)
    with pytest.raises(InputError):
        prepare("offers.closed", closed(ties=[closed()["ties"][0], other]))


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=40))
def test_the_closed_sets_root_is_that_of_rfc_6962(leaves: list[bytes]) -> None:
    assert closed_root(leaves) == merkle.root(leaves)


def opened(*texts: str) -> dict[str, Any]:
    return {"disclosures": list(texts), "leaf": cast.leaf(RECORDS[0]), "offer": COPIES[0].offer.subject}


def test_what_the_law_makes_public_may_be_opened() -> None:
    assert prepare("offers.opened", opened(*COPIES[0].public)).sealed == {}
    assert prepare("offers.opened", opened(*COPIES[1].public)).sealed == {}


@pytest.mark.parametrize("text", [*COPIES[0].personal, *COPIES[0].confidential, COPIES[0].tie, "AAAA", "ñ"])
def test_nothing_else_enters_the_log(text: str) -> None:
    with pytest.raises(InputError) as caught:
        prepare("offers.opened", opened(*COPIES[0].public, text))
    assert caught.value.field.startswith("/disclosures/4") or "base64url" in str(caught.value)


def test_a_bidder_or_content_that_shows_what_should_be_sealed_is_not_opened() -> None:
    bidder = {**disclosure.parse(COPIES[1].public[0]).value, "ruc": cast.PERSON["ruc"]}
    content = {**disclosure.parse(COPIES[0].public[1]).value, "documents": cast.QUOTATION["documents"]}
    for pointer, value in (("/bidder", bidder), ("/content", content)):
        with pytest.raises(InputError, match="sealed inside"):
            prepare("offers.opened", opened(disclosure.make(bytes(16), pointer, value)))


def test_cancelled_claims_come_all_or_not_at_all() -> None:
    bare = {"effective_at": cast.PUBLISHED_AT, "reason": "Sin presupuesto"}
    assert set(prepare("procedure.cancelled", dict(bare)).sealed) == {"/reason"}
    whole = {name: value for name, value in closed().items() if name != "deadline"}
    assert prepare("procedure.cancelled", {**bare, **whole}).warnings == ()
    with pytest.raises(InputError, match="come together"):
        prepare("procedure.cancelled", {**bare, "claims": whole["claims"]})


def award(bidder: str, offers: tuple[str, ...] = ("a" * 64,)) -> dict[str, Any]:
    total = ProductTotal(product=1, total=cast.quotation().shipping[0].cost)
    found = Award(
        rule="lowest_total", version=1, currency="PEN", inputs=("a" * 64,),
        ranking=(Ranking(products=(1,), places=tuple(Place(offer=one, rank=1) for one in offers)),),
        winners=(Winner(offer=offers[0], bidder=bidder, products=(total,), total=total.total),),
    )  # fmt: skip
    return plain(found)


def test_an_award_names_its_offers_and_no_person() -> None:
    assert prepare("award.decided", award("20100186170")).warnings == ()
    with pytest.raises(InputError, match="by a digest"):
        prepare("award.decided", award("10417844398"))
    with pytest.raises(InputError, match="every offer once"):
        prepare("award.decided", award("20100186170", ("b" * 64,)))


def test_an_order_may_link_its_award_and_an_imported_one_not(order: dict[str, Any]) -> None:
    link = {"leaf": "a" * 64, "requirement": cast.SUBJECT, "winner": 0}
    assert prepare("order.published", {**order, "hashlink": link}, "OCAM-2026-1335-17-0").warnings == ()
    for bad in ({"leaf": "A"}, {"requirement": "x"}, {"winner": -1}):
        with pytest.raises(InputError):
            prepare("order.published", {**order, "hashlink": {**link, **bad}}, "OCAM-2026-1335-17-0")
    origin = {"source": "x", "state": "ACEPTADA"}
    with pytest.raises(InputError, match="no procedure"):
        prepare("order.imported", {**order, "hashlink": link, "origin": origin}, "OCAM-2026-1335-17-0")


def test_a_refusal_names_what_was_refused() -> None:
    data = {"digest": "a" * 64, "reason": "late", "requirement": cast.SUBJECT}
    assert prepare("offer.refused", data, COPIES[0].offer.subject).sealed == {}
    for bad in ({"digest": "x"}, {"reason": "early"}, {"requirement": "x"}):
        with pytest.raises(InputError):
            prepare("offer.refused", {**data, **bad}, COPIES[0].offer.subject)


def test_a_fresh_key_pair_is_a_recipient() -> None:
    identity, recipient = envelope.new_identity()
    assert envelope.check_recipient(recipient, "/opening_key") == recipient
    sealed = envelope.close(COPIES[0].offer.subject, ["a"], recipient)
    assert envelope.open_envelope(identity, sealed) == (COPIES[0].offer.subject, ("a",))
