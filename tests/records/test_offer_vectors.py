"""tests/vectors/offer.json, as another implementation reads it: from the identities and the salts to the record."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

import offer_cases as cast
from huella.records import disclosure, offer_file, opening
from huella.records.procedure import OfferOpened
from huella.records.record import leaf_hash, parse, sealed

CASES: list[dict[str, Any]] = json.loads(cast.VECTORS.read_text("utf-8"))
NAMES = [case["name"] for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_file_becomes_the_record(case: dict[str, Any]) -> None:
    file = offer_file.read_file(case["file"].encode())
    seq = 0 if file.offer.prev is None else 1
    assert cast.sealed(file, seq).decode() == case["record"]
    assert leaf_hash(case["record"].encode()).hex() == case["leaf"]
    assert offer_file.digest(file.offer) == case["refused_as"]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_envelopes_open_to_what_the_copy_holds(case: dict[str, Any]) -> None:
    file = offer_file.read_file(case["file"].encode())
    copy = offer_file.read_copy(case["copy"].encode())
    assert offer_file.open_with(case["identities"]["opening"], file) == (*copy.public, *copy.personal)
    assert offer_file.open_with(case["identities"]["auditor"], file) == copy.confidential


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_what_is_opened_matches_the_record(case: dict[str, Any]) -> None:
    copy = offer_file.read_copy(case["copy"].encode())
    fact = msgspec.convert(case["opened"], OfferOpened)
    first = CASES[0]["record"].encode()
    records = [case["record"].encode()] if copy.offer.prev is None else [first, case["record"].encode()]
    earlier = () if copy.offer.prev is None else (CASES[0]["opened"]["disclosures"][0],)
    given = msgspec.structs.replace(fact, disclosures=(*earlier, *fact.disclosures))
    assert opening.check_opened(records, given, copy.tie).tie.leaf == cast.leaf(case["requirement"].encode())


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_digest_is_that_of_its_disclosure(case: dict[str, Any]) -> None:
    found = parse(case["record"].encode())
    copy = offer_file.read_copy(case["copy"].encode())
    named = {disclosure.parse(text).pointer: disclosure.digest(text) for text in (copy.tie, *copy.public[:2])}
    assert named == sealed(found)
    assert found.data == {"closes_on": case["closes_on"]}
