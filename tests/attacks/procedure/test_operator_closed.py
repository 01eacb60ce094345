"""Frauds on a procedure by the operator, who has every key and may change the program: after the close, at the
opening and the award.
"""

from __future__ import annotations

from typing import Any

import msgspec

import offer_cases as people
from attacks.procedure_stage import (
    ANDINA,
    CUSCO,
    CUSCO_OFFER,
    FIRST,
    ROSA,
    Operator,
    at,
    closing,
    code,
    named,
    noted,
    quote,
    request,
    supplier,
)
from cast import anchored
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.procedure import case, decide_award, open_offers, verify_award
from huella.flow.seal import Sealed, seal
from huella.records import canonical, offer
from huella.records.draft import Draft
from huella.store.tables import submissions


@at("closed")
def test_an_offer_added_behind_the_close(house: House, operator: Operator) -> None:
    late = quote(house, "cusco", "1", label="late")
    index = operator.put_offer(late)
    one = named(house, "offers", late.offer.subject, "behind the close")
    assert (one.entry, one.sealed_so) == (index, True)


@at("closed")
def test_a_claimed_offer_lowered_behind_the_close(house: House, operator: Operator) -> None:
    lower = offer.replace(
        request(house), supplier("cusco", "low"), people.quotation(confidential=None), quote(house, "cusco"),
        house.journal.entries(CUSCO_OFFER, CUSCO_OFFER + 1)[0].leaf.hex(),
    )  # fmt: skip
    index = operator.put_offer(lower)
    assert "was changed behind the close" in named(house, "entries", index, "behind the close").message


@at("closed")
def test_a_second_close(house: House, operator: Operator) -> None:
    index = operator.put_record("offers.closed", FIRST, closing(house, ANDINA))
    assert named(house, "entries", index, "rule offers.closed-from-open").sealed_so


@at("closed")
def test_an_offer_opened_that_nobody_claimed(house: House, operator: Operator) -> None:
    late = quote(house, "cusco", "1", label="late")
    data = {"offer": late.offer.subject, "leaf": "ab" * 32, "disclosures": list(late.public)}
    index = operator.put_record("offers.opened", FIRST, data)
    assert named(house, "entries", index, "rule opened-is-claimed").sealed_so


@at("closed")
def test_ones_own_price_lowered_at_the_opening(house: House, operator: Operator) -> None:
    lower = quote(house, "cusco", "1500")
    index = opened(house, operator, CUSCO_OFFER, list(lower.public))
    one = named(house, "claims", f"{FIRST}/{code(house, CUSCO_OFFER)}", "opened")
    assert (one.entry, one.sealed_so) == (index, True)


@at("closed")
def test_a_rivals_price_raised_at_the_opening(house: House, operator: Operator) -> None:
    mine, dearer = quote(house, "andina"), quote(house, "andina", "9999")
    index = opened(house, operator, ANDINA, [*mine.public[:-2], *dearer.public[-2:]])
    assert named(house, "claims", f"{FIRST}/{code(house, ANDINA)}", "opened").entry == index


@at("closed")
def test_two_suppliers_swapped_at_the_opening(house: House, operator: Operator) -> None:
    first, second = quote(house, "andina"), quote(house, "cusco")
    opened(house, operator, ANDINA, [second.public[0], *first.public[1:]])
    assert "not what it sealed" in named(house, "claims", f"{FIRST}/{code(house, ANDINA)}").message


def opened(house: House, operator: Operator, index: int, texts: list[str]) -> int:
    """An offer opened with these disclosures."""
    entry = house.journal.entries(index, index + 1)[0]
    data = {"offer": entry.subject, "leaf": entry.leaf.hex(), "disclosures": texts}
    made = operator.put_record("offers.opened", FIRST, data)
    anchored(house)
    return made


@at("closed")
def test_an_unwelcome_offer_left_unopened(house: House) -> None:
    for each in open_data(house)[1:]:
        assert isinstance(seal(house, [each])[0], Sealed)
    decide_award(house, FIRST)
    anchored(house)
    one = noted(house, "claims", "nobody opened it")  # the audit is clean: it may be a broken envelope
    assert one.row == f"{FIRST}/{code(house, ANDINA)}"
    award = verify_award(house, FIRST).computed
    assert [p.excluded for p in award.ranking[0].places if p.excluded] == ["not_opened"]


def open_data(house: House) -> list[Draft]:
    """What opens the stage's offers."""
    drafts = []
    for name, index in (("andina", ANDINA), ("cusco", CUSCO_OFFER), ("rosa", ROSA)):
        entry = house.journal.entries(index, index + 1)[0]
        data = {
            "offer": entry.subject,
            "leaf": entry.leaf.hex(),
            "disclosures": list(quote(house, name).public),
        }
        drafts.append(Draft(kind="offers.opened", subject=FIRST, data=data))
    return drafts


@at("closed")
def test_an_envelope_spoiled_by_who_has_the_keys_leaves_the_offer_to_its_suppliers_copy(
    house: House, operator: Operator
) -> None:
    body = canonical.decode(operator.read(submissions, submissions.c.entry == ANDINA)[0]["body"])
    body["envelopes"]["opening"] = body["envelopes"]["opening"][:-8] + "AAAAAAAA"
    spoiled = canonical.encode(body)
    word = house.signer.mac_of_submission(ANDINA, spoiled)
    operator.set(submissions, submissions.c.entry == ANDINA, body=spoiled, mac=word)
    assert audit(house).clean  # not covered before the opening
    outcome = dict(open_offers(house, FIRST, people.OPENING[0]))[code(house, ANDINA)]
    assert not isinstance(outcome, Sealed)  # named at the opening
    assert isinstance(
        seal(house, open_data(house)[:1])[0], Sealed
    )  # its supplier's copy opens it all the same


def award(house: House) -> dict[str, Any]:
    """The data of the right award of the closed stage, its offers opened."""
    assert all(isinstance(done, Sealed) for _, done in open_offers(house, FIRST, people.OPENING[0]))
    data: dict[str, Any] = msgspec.json.decode(canonical.encode(verify_award(house, FIRST).computed))
    return data


@at("closed")
def test_the_award_given_to_another_bidder(house: House, operator: Operator) -> None:
    data = award(house)
    data["winners"][0].update(offer=data["inputs"][1], bidder=CUSCO["ruc"])
    index = operator.put_record("award.decided", FIRST, data)
    one = named(house, "entries", index, "record/data/winners/0/bidder")
    assert (one.sealed, one.present) == (people.ORGANISATION["ruc"], CUSCO["ruc"])
    assert not verify_award(house, FIRST).same


@at("closed")
def test_the_ranking_told_otherwise(house: House, operator: Operator) -> None:
    data = award(house)
    data["ranking"][0]["places"][1]["total"] = "99999.00"
    index = operator.put_record("award.decided", FIRST, data)
    assert named(house, "entries", index, "ranking/0/places/1/total").present == "99999.00"


@at("closed")
def test_an_excluded_offer_without_its_true_reason(house: House, operator: Operator) -> None:
    data = award(house)
    data["ranking"][0]["places"][2] = {"excluded": "restricted", "offer": data["inputs"][2]}
    index = operator.put_record("award.decided", FIRST, data)
    assert named(house, "entries", index, "ranking/0/places/2/excluded").sealed is None


@at("closed")
def test_the_award_decided_by_another_rule(house: House, operator: Operator) -> None:
    index = operator.put_record("award.decided", FIRST, {**award(house), "rule": "lowest_total"})
    assert named(house, "entries", index, "rule award-by-announced-rule").sealed_so


@at("closed")
def test_an_offer_left_out_of_the_award(house: House, operator: Operator) -> None:
    data = award(house)
    gone = data["inputs"].pop(0)
    data["winners"] = [{**data["winners"][0], "offer": data["inputs"][0]}]
    data["ranking"][0]["places"] = [p for p in data["ranking"][0]["places"] if p["offer"] != gone]
    index = operator.put_record("award.decided", FIRST, data)
    assert named(house, "entries", index, "rule award-considers-all-claims").sealed_so


@at("closed")
def test_an_award_before_anything_is_opened(house: House, operator: Operator) -> None:
    inputs = [claim.leaf for claim in case(house, FIRST).life.claims]
    places = [
        {"offer": leaf, "rank": n, "total": "1.00", "difference": "0.00"} for n, leaf in enumerate(inputs, 1)
    ]
    data = {"rule": "lowest_total_package", "version": 1, "currency": "PEN", "inputs": inputs,
            "ranking": [{"products": [1, 2], "places": places}]}  # fmt: skip
    index = operator.put_record("award.decided", FIRST, data)
    assert named(house, "entries", index, "rule award-after-opening").sealed_so
