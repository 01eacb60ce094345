"""tests/vectors/offer.json, as another implementation reads it: from the identities and the salts to the record."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import offer_cases as cast
from huella.records import disclosure, offer, offer_file, opening
from huella.records.offer import Supplier
from huella.records.procedure import OfferOpened
from huella.records.quotation import Quotation
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


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_same_input_and_salts_make_the_same_copy(case: dict[str, Any]) -> None:
    salts = iter([disclosure.unb64(text) for text in case["salts"]])
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["key"]))
    by = Supplier(case["party"], key, lambda: next(salts))
    now = cast.request(case["requirement"].encode())
    given, first = case["quotation"], offer_file.read_copy(CASES[0]["copy"].encode())
    if case["name"] == "declined":
        made = offer.decline(now, by, given)
    elif case["name"] == "withdrawn":
        made = offer.withdraw(now, by, first, CASES[0]["leaf"])
    elif case["name"] == "replaced":
        made = offer.replace(now, by, cast.quotation(**{"minimum": None, **given}), first, CASES[0]["leaf"])
    else:
        made = offer.compose(now, by, msgspec.convert(given, Quotation))
    assert offer_file.write(made).decode() == case["copy"]
    assert next(salts, None) is None
