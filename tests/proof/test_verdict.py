"""The verdict's words, its bounds, and what no hostile file may do to it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huella.errors import ProofError
from huella.proof import checkpoint, evidence, headers, trust
from huella.proof.texts import NAMES, REASONS
from huella.proof.verify import verify, verify_fork

FILE = json.loads((Path(__file__).parents[1] / "vectors" / "evidence.json").read_text())
TRUST = trust.parse(json.dumps(FILE["trust"]).encode())
GOOD = next(case["evidence"] for case in FILE["cases"] if case["name"] == "good")
NONE = trust.parse(json.dumps(FILE["trust"] | {"consensus": "none", "validators": []}).encode())


def changed(**members: Any) -> bytes:
    return json.dumps(json.loads(GOOD) | members).encode()


def test_an_offline_sentence_ends_with_the_state_not_checked() -> None:
    verdict = verify(GOOD.encode(), TRUST)
    assert verdict.sentence() == "Auténtico: coincide con lo registrado; estado no consultado"
    assert verdict.sentence("en") == "Authentic: it matches what was recorded; state not checked"


def test_without_consensus_the_sentence_says_that_nobody_else_attests_it() -> None:
    verdict = verify(GOOD.encode(), NONE)
    assert (verdict.overall, verdict.check(9).status) == ("authentic", "not asked")
    assert "; no atestado de forma independiente;" in verdict.sentence()
    assert "; not independently attested;" in verdict.sentence("en")


def test_an_altered_verdict_names_the_first_check_that_failed() -> None:
    verdict = verify(changed(record=json.loads(GOOD)["record"].replace("2690", "2691")), TRUST)
    assert verdict.exit_code == 1
    assert verdict.sentence("en").startswith("Altered: the proof does not lead from the record to the head")


def test_a_receipt_says_that_there_is_no_anchor_yet() -> None:
    value = json.loads(GOOD)
    del value["anchor"]
    verdict = verify(json.dumps(value).encode(), TRUST)
    assert (verdict.overall, verdict.exit_code) == ("unknown", 3)
    assert verdict.sentence("en").startswith("Could not be checked: it is not anchored on the chain yet")


def test_the_dictionary_for_json_has_every_check_in_both_languages() -> None:
    found = json.loads(json.dumps(verify(GOOD.encode(), None).to_dict()))
    assert [check["number"] for check in found["checks"]] == list(range(1, 11))
    assert [check["group"] for check in found["checks"]] == ["integrity"] * 5 + ["issuer"] * 4 + ["state"]
    assert found["checks"][5]["reason"] == {"es": REASONS["no-trust"][0], "en": REASONS["no-trust"][1]}
    assert set(NAMES) == set(range(1, 17))  # 11 to 16: only of a signed PDF


def test_every_reason_takes_as_many_details_in_spanish_as_in_english() -> None:
    for code, (spanish, english) in REASONS.items():
        assert spanish.count("{}") == english.count("{}"), code


def test_an_evidence_file_is_written_as_it_was_read() -> None:
    read = evidence.parse(GOOD.encode())
    assert evidence.parse(read.encode()) == read
    assert json.loads(read.encode()) == json.loads(GOOD)


def test_verifying_offline_stays_within_its_time() -> None:
    raw = GOOD.encode()
    verify(raw, TRUST)
    start = time.process_time()
    for _ in range(20):
        verify(raw, TRUST)
    assert (time.process_time() - start) / 20 < 0.02


@given(st.integers(0, len(GOOD.encode()) - 1), st.integers(0, 255))
def test_a_changed_byte_never_makes_another_record_authentic(place: int, value: int) -> None:
    raw = bytearray(GOOD.encode())
    raw[place] = value
    verdict = verify(bytes(raw), TRUST)
    if verdict.overall == "authentic":
        assert evidence.parse(bytes(raw)).record == evidence.parse(GOOD.encode()).record


@given(st.data())
def test_a_member_of_any_other_value_is_refused_or_judged(data: st.DataObject) -> None:
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )
    name = data.draw(st.sampled_from(sorted(json.loads(GOOD))))
    verdict = verify(changed(**{name: data.draw(json_values)}), TRUST)
    assert verdict.overall != "authentic" or name in ("annexes", "disclosures", "files")
    assert verify_fork(changed(**{name: 1}), TRUST).overall == "unknown"


@pytest.mark.parametrize("parse", [evidence.parse, evidence.parse_fork, trust.parse, headers.parse_header])
@given(raw=st.binary(max_size=200))
def test_bytes_of_any_kind_raise_nothing_but_a_proof_error(parse: Any, raw: bytes) -> None:
    with pytest.raises(ProofError):
        parse(raw)


@given(st.text(max_size=80), st.integers(0, 300))
def test_text_of_any_kind_raises_nothing_but_a_proof_error(inserted: str, place: int) -> None:
    good = json.loads(GOOD)["proof"]
    text = good[:place] + inserted + good[place:]
    try:
        again = checkpoint.parse_proof(text).encode()
    except ProofError:
        return
    assert again == text
