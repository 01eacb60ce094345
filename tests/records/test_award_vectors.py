"""tests/vectors/award.json, as another implementation runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import award_cases

CASES: list[dict[str, Any]] = json.loads(
    (Path(award_cases.__file__).parent / "award.json").read_text("utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_same_demand_and_bids_give_the_same_bytes(case: dict[str, Any]) -> None:
    found = award_cases.decided(case["rule"], case["version"], case["demand"], case["bids"])
    assert found == case["award"]
    turned = award_cases.decided(case["rule"], case["version"], case["demand"], case["bids"][::-1])
    assert turned == case["award"]


def test_the_vectors_show_winners_and_most_reasons() -> None:
    text = json.dumps(CASES)
    reasons = {
        "withdrawn",
        "superseded",
        "not_opened",
        "restricted",
        "bidder_unknown",
        "malformed",
        "not_quoted",
    }
    assert {reason for reason in reasons if f'excluded\\":\\"{reason}' in text} == reasons
    assert sum('"winners"' in (case["award"] or "") for case in CASES) > 10
