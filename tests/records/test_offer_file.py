"""An offer on its way: the registry reads the tie and nothing else before the opening."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pyrage  # type: ignore[import-untyped]
import pytest

import offer_cases as cast
from huella.errors import InputError
from huella.records import canonical, disclosure, draft, envelope, offer, offer_file
from huella.records.draft import Draft
from huella.records.offer_file import OfferFile
from huella.records.record import Act

NOW = cast.request()
COPY = offer.compose(NOW, cast.andina(), cast.quotation())
FILE = offer.offer_file(COPY, NOW)


def changed(of: Any, **members: Any) -> bytes:
    return offer_file.write(msgspec.structs.replace(of, **members))


def test_a_file_comes_back_as_it_was_written() -> None:
    assert offer_file.read_file(offer_file.write(FILE)) == FILE
    assert offer_file.read_copy(offer_file.write(COPY)) == COPY


def test_the_draft_of_a_file_has_the_tie_as_its_only_disclosure() -> None:
    made = draft.prepare(offer_file.draft(FILE), cast.salts("none"))
    assert made.disclosures == (COPY.tie,)
    assert made.complete.requirement.subject == cast.SUBJECT
    assert made.public.requirement is None


def test_the_opening_key_opens_what_is_public_and_personal_and_the_auditors_the_rest() -> None:
    assert offer_file.open_with(cast.OPENING[0], FILE) == (*COPY.public, *COPY.personal)
    assert offer_file.open_with(cast.AUDITOR[0], FILE) == COPY.confidential


def test_nobody_elses_key_opens_anything() -> None:
    with pytest.raises(InputError, match="opens none"):
        offer_file.open_with(envelope.new_identity()[0], FILE)
    with pytest.raises(InputError, match="AGE-SECRET-KEY-1"):
        offer_file.open_with("a password", FILE)


def test_an_envelopes_length_tells_nothing_about_a_small_offer() -> None:
    small = offer.offer_file(offer.decline(NOW, cast.rosa(), "not_quoted"), NOW)
    sizes = {size(file.envelopes.opening, cast.OPENING[0]) for file in (FILE, small)}
    sizes |= {size(file.envelopes.auditor or "", cast.AUDITOR[0]) for file in (FILE, small)}
    assert sizes == {envelope.BLOCK}


def size(sealed: str, identity: str) -> int:
    return len(pyrage.decrypt(disclosure.unb64(sealed), [pyrage.x25519.Identity.from_str(identity)]))


def test_the_file_holds_nothing_of_the_offer_in_clear() -> None:
    text = offer_file.write(FILE).decode()
    assert all(secret not in text for secret in (*COPY.public, *COPY.personal, *COPY.confidential))
    assert str(cast.ORGANISATION["ruc"]) not in text
    assert COPY.control_seed not in text


def test_only_who_made_an_offer_sends_another_record_of_it() -> None:
    gone = offer.withdraw(NOW, cast.andina("x"), COPY, "0" * 64)
    forged = offer.compose(NOW, cast.rosa(), cast.quotation())
    other = msgspec.structs.replace(
        forged, offer=msgspec.structs.replace(gone.offer, sealed=gone.offer.sealed)
    )
    stolen = offer.offer_file(msgspec.structs.replace(other, tie=gone.tie), NOW)
    with pytest.raises(InputError) as caught:
        offer_file.read_file(offer_file.write(stolen))
    assert caught.value.field == "/control/key"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "huella/offer/2"}, "/format"),
        ({"tie": COPY.public[0]}, "/tie"),
        ({"tie": "ñ"}, "/tie"),
        ({"offer": msgspec.structs.replace(FILE.offer, kind="order.published")}, "/offer/kind"),
        ({"offer": msgspec.structs.replace(FILE.offer, subject="OFE-1")}, "/offer/subject"),
        ({"offer": msgspec.structs.replace(FILE.offer, data={"closes_on": "2026-11-26"})}, "/control/sig"),
        ({"control": offer_file.Control("", "")}, "/control/key"),
        ({"control": msgspec.structs.replace(FILE.control, sig="AAAA")}, "/act"),
    ],
)
def test_a_file_that_was_changed_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        offer_file.read_file(changed(FILE, **change))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "huella/offer/1"}, "/format"),
        ({"public": COPY.public[:1], "personal": COPY.personal[:1], "confidential": ()}, "/content"),
        ({"public": ()}, ""),
        ({"control_seed": disclosure.b64(bytes(32))}, "/control_seed"),
        ({"control_seed": "AAAA"}, "/control_seed"),
    ],
)
def test_a_copy_that_does_not_open_its_offer_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        offer_file.read_copy(changed(COPY, **change))
    assert caught.value.field.startswith(field)


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b'{"format":"huella/offer/1"} ', b"\xef\xbb\xbf{}", b"x" * 1_000_001]
)
def test_what_is_no_offers_file_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError):
        offer_file.read_file(raw)


def test_a_file_with_a_member_more_is_refused() -> None:
    members = {**json.loads(offer_file.write(FILE)), "price": 1}
    with pytest.raises(InputError):
        offer_file.read_file(canonical.encode(members))


def test_the_digest_of_a_refused_offer_is_the_one_its_supplier_computes() -> None:
    file: OfferFile = offer_file.read_file(offer_file.write(FILE))
    assert offer_file.digest(file.offer) == offer_file.digest(COPY.offer)


def ready(**members: Any) -> Draft:
    return msgspec.structs.replace(offer_file.draft(FILE), **members)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"data": {"closes_on": "2026-11-25", "price": 1}}, "nothing else in clear"),
        ({"data": {}}, "nothing else in clear"),
        ({"data": {"closes_on": "tomorrow"}}, "calendar date"),
        ({"sealed": {**FILE.offer.sealed, "/price": "A" * 43}}, "nothing else"),
        ({"sealed": {p: d for p, d in FILE.offer.sealed.items() if p != "/bidder"}}, "seals /requirement"),
        ({"sealed": {}, "disclosures": ()}, "seals /requirement"),
        (
            {"sealed": dict.fromkeys(FILE.offer.sealed, FILE.offer.sealed["/requirement"])},
            "belongs to",
        ),
        ({"disclosures": ()}, "disclosure of its /requirement"),
        ({"disclosures": (COPY.public[0],)}, "disclosure of its /requirement"),
        ({"disclosures": (COPY.tie, COPY.confidential[0])}, "matches no sealed field"),
        ({"prev": "0" * 64}, "no record before it"),
        ({"kind": "offer.withdrawn"}, "no record before it"),
        ({"subject": "OCAM-2026-1335-17-0"}, "no offer code"),
        ({"annexes": ("{}",)}, "annex holds"),
    ],
)
def test_an_offer_of_another_form_is_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=why):
        draft.prepare(ready(**change), cast.salts("none"))


def test_an_offer_that_gives_an_act_in_clear_is_refused() -> None:
    given = ready(act=msgspec.convert(disclosure.parse(COPY.public[0]).value["act"], Act))
    with pytest.raises(InputError, match="in clear"):
        draft.prepare(given, cast.salts("none"))


def test_a_registry_that_seals_offers_itself_gives_all_disclosures() -> None:
    texts = (COPY.tie, *COPY.public, *COPY.personal, *COPY.confidential)
    made = draft.prepare(ready(disclosures=texts), cast.salts("none"))
    assert sorted(made.disclosures) == sorted(texts)
    assert made.complete.content.products[0].unit_price == cast.quotation().products[0].unit_price


def test_an_offer_in_the_open_form_is_refused() -> None:
    with pytest.raises(InputError, match="seals /requirement"):
        draft.prepare(
            Draft(kind="offer.received", subject=COPY.offer.subject, data={"closes_on": "2026-11-25"}),
            cast.salts("none"),
        )
