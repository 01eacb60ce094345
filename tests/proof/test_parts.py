"""The three answers of a verdict: whole, issued by somebody who counts, still so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from huella.proof import trust
from huella.proof.texts import PARTS
from huella.proof.trust import Trust
from huella.proof.verdict import Check, Verdict, with_paper
from huella.proof.verify import Answer, verify

FILE = json.loads((Path(__file__).parents[1] / "vectors" / "evidence.json").read_text())
TRUST = trust.parse(json.dumps(FILE["trust"]).encode())
CASES = [case for case in FILE["cases"] if "evidence" in case and "fork" not in case["name"]]
GOOD = next(case["evidence"] for case in CASES if case["name"] == "good")
PASSED = tuple(Check(number, "passed") for number in range(11, 17))


def trusted(case: dict[str, Any]) -> Trust | None:
    change = case.get("trust", {})
    if change is False:
        return None
    value = {name: found for name, found in (FILE["trust"] | change).items() if found is not None}
    return trust.parse(json.dumps(value).encode())


def words(verdict: Verdict) -> tuple[str, str, str]:
    one, two, three = verdict.parts()
    return one.word, two.word, three.word


def signed(*changed: Check) -> Verdict:
    """A page whose evidence holds and whose signature is looked at with these outcomes."""
    by_number = {each.number: each for each in changed}
    return with_paper(
        verify(GOOD.encode(), TRUST), tuple(by_number.get(each.number, each) for each in PASSED)
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_authentic_is_whole_and_issued_by_somebody_who_counts(case: dict[str, Any]) -> None:
    verdict = verify(case["evidence"].encode(), trusted(case))
    integrity, issuer, _ = words(verdict)
    assert (verdict.overall == "authentic") == (
        integrity == "intact" and issuer in ("confirmed", "unattested")
    )
    assert verdict.overall != "altered" or integrity == "altered" or issuer == "refused"


def test_a_whole_file_of_a_stranger_is_intact_and_nobody_s() -> None:
    assert words(verify(GOOD.encode(), None)) == ("intact", "unknown", "unknown")


def test_changed_bytes_under_a_good_head_are_altered_although_the_issuer_is_confirmed() -> None:
    changed = json.dumps(json.loads(GOOD) | {"record": json.loads(GOOD)["record"].replace("2690", "2691")})
    verdict = verify(changed.encode(), TRUST)
    assert words(verdict) == ("altered", "confirmed", "unknown")
    assert "the proof does not lead" in verdict.parts()[0].sentence("en")


def test_a_network_without_validators_attests_nothing() -> None:
    alone = trust.parse(json.dumps(FILE["trust"] | {"consensus": "none", "validators": []}).encode())
    verdict = verify(GOOD.encode(), alone)
    assert words(verdict)[1] == "unattested"
    assert "no atestado" in verdict.parts()[1].sentence()


def test_what_no_reader_can_parse_is_neither_whole_nor_altered() -> None:
    assert words(verify(b"{", TRUST)) == ("unknown", "unknown", "unknown")


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (Check(12, "failed", "paper-changed", ("p. 1",)), ("altered", "confirmed")),
        (Check(11, "unknown", "paper-signature-unsure"), ("unknown", "confirmed")),
        (Check(13, "unknown", "signer-unknown"), ("intact", "unknown")),
        (Check(14, "failed", "certificate-revoked"), ("intact", "refused")),
        (Check(15, "unknown", "no-time-stamp"), ("intact", "unknown")),
    ],
)
def test_a_signed_page_is_answered_apart_from_who_signed_it(check: Check, expected: tuple[str, str]) -> None:
    assert words(signed(check))[:2] == expected


def test_the_state_is_said_apart_and_changes_neither_of_the_others() -> None:
    told = Answer("registry", False, "paid", 9, "2026-11-23T14:00:00.000Z")
    verdict = verify(GOOD.encode(), TRUST, states=[told])
    assert words(verdict) == ("intact", "confirmed", "told")
    assert verdict.parts()[2].sentence("en").startswith("State: paid")


def test_the_answers_are_in_the_json_in_both_languages() -> None:
    found = verify(GOOD.encode(), TRUST).to_dict()["parts"]
    assert {group: part["word"] for group, part in found.items()} == {
        "integrity": "intact",
        "issuer": "confirmed",
        "state": "unknown",
    }
    assert found["state"]["sentence"] == {"es": "Estado no consultado", "en": "State not checked"}


def test_every_word_has_both_languages() -> None:
    for group in PARTS.values():
        assert all(all(texts) and len(texts) == 2 for texts in group.values())
