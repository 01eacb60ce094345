"""A procedure in one file: anybody checks every record and runs the award again, and every tampering shows."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import offer_cases as people
import tenders
from huella.errors import ProofError
from huella.flow import procedure
from huella.flow.receipt import bundle_of, receipt
from huella.proof import bundle as bundles
from huella.proof.evidence import Evidence
from huella.proof.trust import Trust
from huella.records import offer, tender
from huella.records.tender import Placed

Value = dict[str, Any]


class Decided:
    """A decided procedure as a stranger has it: the bundle's object, the trust file, a receipt, and another's."""

    def __init__(self, folder: Path) -> None:
        with tenders.fair(folder) as fair:
            dear = tenders.quote(fair.request, people.andina())
            gone = tenders.quote(fair.request, people.andina("second"), "1.5")
            (first, second) = fair.send(dear, gone)
            (third,) = fair.send(offer.withdraw(fair.request, people.andina("w"), gone, second.leaf.hex()))
            (cheap,) = fair.send(tenders.quote(fair.request, people.rosa(), "2000"))
            self.open = bundle_of(fair.house, tenders.NUMBER).encode()
            fair.decide()
            self.raw = bundle_of(fair.house, tenders.NUMBER).encode()
            self.trust: Trust = fair.house.trust
            self.receipts: list[Evidence] = [
                receipt(fair.house, sealed.index) for sealed in (first, second, third, cheap)
            ]
            self.award = procedure.verify_award(fair.house, tenders.NUMBER).computed

    @property
    def value(self) -> Value:
        """The bundle's JSON, to be changed."""
        found: Value = json.loads(self.raw)
        return found


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Decided:
    return Decided(tmp_path_factory.mktemp("decided"))


def check(value: Value, trust: Trust | None) -> bundles.Checked:
    return bundles.check(bundles.parse(json.dumps(value).encode()), trust)


def test_a_stranger_comes_to_the_same_award(decided: Decided) -> None:
    checked = bundles.check(bundles.parse(decided.raw), decided.trust)
    assert (checked.overall, checked.award, checked.faults) == ("authentic", "same", ())
    assert checked.recomputed is not None
    assert checked.recomputed.computed == decided.award
    assert [held.place for held in checked.held if held.place.startswith("o")] == [
        "offers/0/0", "offers/1/0", "offers/1/1", "offers/2/0",
    ]  # fmt: skip


def test_a_bundle_reads_and_writes_the_same_bytes(decided: Decided) -> None:
    assert bundles.parse(decided.raw).encode() == decided.raw


def test_without_a_trust_file_the_award_is_the_same_but_nobody_vouches(decided: Decided) -> None:
    checked = check(decided.value, None)
    assert (checked.overall, checked.award) == ("unknown", "same")


def test_before_the_close_a_bundle_names_no_offer(decided: Decided) -> None:
    bundle = bundles.parse(decided.open)
    checked = bundles.check(bundle, decided.trust)
    assert (len(bundle.procedure), bundle.offers, checked.award) == (1, (), "not decided")
    assert "OFE-" not in decided.open.decode()


def record_of(value: Value, position: int) -> Value:
    found: Value = json.loads(value["procedure"][position]["record"])
    return found


def lower_a_total(value: Value) -> None:
    award = record_of(value, -1)
    award["data"]["winners"][0]["total"] = "1.00"
    value["procedure"][-1]["record"] = json.dumps(
        award, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def drop_a_claimed_offer(value: Value) -> None:
    del value["offers"][0]


def swap_two_offers(value: Value) -> None:
    value["offers"].reverse()


def offer_twice(value: Value) -> None:
    value["offers"].append(copy.deepcopy(value["offers"][0]))


def drop_the_withdrawal(value: Value) -> None:
    del value["offers"][1][-1]


def drop_an_opening(value: Value) -> None:
    del value["procedure"][2]


def swap_two_openings(value: Value) -> None:
    value["procedure"][2:4] = reversed(value["procedure"][2:4])


def drop_the_requirement(value: Value) -> None:
    del value["procedure"][0]


def another_number(value: Value) -> None:
    value["requirement"] = "REQ-2026-1335-43"


TAMPERINGS = [
    lower_a_total, drop_a_claimed_offer, swap_two_offers, offer_twice, drop_the_withdrawal, drop_an_opening,
    swap_two_openings, drop_the_requirement, another_number,
]  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_a_tampered_bundle_is_altered(decided: Decided, tamper: Callable[[Value], None]) -> None:
    value = decided.value
    tamper(value)
    assert check(value, decided.trust).overall == "altered"


def test_a_bundle_that_ends_before_the_award_is_not_decided(decided: Decided) -> None:
    value = decided.value
    del value["procedure"][-1]
    checked = check(value, decided.trust)
    assert (checked.overall, checked.award) == ("authentic", "not decided")


def test_without_anchors_nothing_is_altered_but_unknown(decided: Decided) -> None:
    value = decided.value
    for evidence in (*value["procedure"], *(each for own in value["offers"] for each in own)):
        evidence.pop("anchor")
    assert check(value, decided.trust).overall == "unknown"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"format": "huella/bundle/2"}, "format"),
        ({"more": 1}, "/more"),
        ({"requirement": 5}, "/requirement"),
        ({"requirement": "x"}, "/requirement"),
        ({"procedure": []}, "/procedure"),
        ({"procedure": [{}]}, "/procedure/0"),
        ({"offers": [[]]}, "/offers/0"),
        ({"offers": {}}, "/offers"),
    ],
)
def test_what_is_no_bundle_is_refused_with_its_place(decided: Decided, change: Value, place: str) -> None:
    with pytest.raises(ProofError, match=place):
        bundles.parse(json.dumps({**decided.value, **change}).encode())


def standing(decided: Decided, position: int, *, tied: bool = True, **changes: Any) -> str:
    case = bundles.check(bundles.parse(decided.raw), decided.trust).case
    assert case is not None
    evidence = decided.receipts[position]
    placed = Placed(changes.get("index", evidence.proof.index), evidence.record)
    return tender.standing(case, placed, evidence.disclosures[0] if tied else None)


@pytest.mark.parametrize("tied", [True, False])
def test_a_receipt_tells_what_became_of_its_offer(decided: Decided, tied: bool) -> None:
    words = [standing(decided, position, tied=tied) for position in range(4)]
    assert words == ["claimed", "withdrawn", "withdrawn", "claimed"]


def test_an_older_record_in_the_set_than_the_receipts_is_an_omission(decided: Decided) -> None:
    case = bundles.check(bundles.parse(decided.raw), decided.trust).case
    assert case is not None
    claim = next(claim for claim in case.life.claims if claim.withdrawn)
    newer = Placed(claim.index, decided.receipts[2].record)
    older = [
        type(claim)(claim.offer, claim.leaf, claim.index - 1, claim.withdrawn) if each is claim else each
        for each in case.life.claims
    ]
    life = replace(case.life, claims=tuple(older))
    told = tender.Case(case.number, life, case.openings, case.ties, case.closed)
    assert tender.standing(told, newer, decided.receipts[2].disclosures[0]) == "omitted"


def test_an_offer_that_the_set_lacks_is_omitted_by_its_receipt(decided: Decided) -> None:
    case = bundles.check(bundles.parse(decided.raw), decided.trust).case
    assert case is not None
    first = decided.receipts[0]
    life = replace(case.life, claims=case.life.claims[1:])
    told = tender.Case(case.number, life, case.openings, case.ties, case.closed)
    placed = Placed(first.proof.index, first.record)
    assert tender.standing(told, placed, first.disclosures[0]) == "omitted"
    assert tender.standing(told, placed, None) == "untied"


def test_what_came_behind_the_close_is_late(decided: Decided) -> None:
    assert standing(decided, 0, index=1_000) == "late"
