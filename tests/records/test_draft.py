"""Drafts in both forms: the registry seals, or the party has sealed already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huella.errors import InputError
from huella.records import act, disclosure, draft, policy
from huella.records.draft import Draft, Prepared
from huella.records.record import FileRef, effective_data, parse, sealed

Prepare = Callable[..., Prepared]
Salt = Callable[[], bytes]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PLACE: dict[str, Any] = {
    "seq": 0,
    "prev": None,
    "recorded_at": "2026-11-23T14:05:09.123Z",
    "recorded_by": "perucompras",
}
FACT = {"effective_at": "2026-08-31T05:00:00.000Z", "mode": "explicit", "reason": "Conforme"}


def ready(kind: str, data: dict[str, Any], subject: str, salt: Salt) -> Draft:
    """A draft as a party's own client makes it: sealed and signed."""
    public, digests, texts = disclosure.seal(data, policy.pointers(kind, data), salt)
    members = {"data": public, "kind": kind, "prev": None, "sealed": digests, "subject": subject}
    return Draft(
        kind=kind,
        subject=subject,
        data=public,
        sealed=digests,
        disclosures=tuple(texts),
        act=act.sign(KEY, members),
    )


def test_an_open_draft_is_sealed_and_comes_back_whole(order: dict[str, Any], prepare: Prepare) -> None:
    made = prepare("order.published", order)
    record = parse(draft.finish(made, **PLACE))
    assert sealed(record) == made.sealed
    assert disclosure.apply(effective_data(record, made.annexes), made.sealed, made.disclosures) == order


def test_what_is_typed_as_public_lacks_what_is_sealed(order: dict[str, Any], prepare: Prepare) -> None:
    made = prepare("order.published", order)
    assert made.public.supplier.contact.email is None
    assert made.complete.supplier.contact.email == "ventas@demo.example"


def test_a_party_that_sealed_and_signed_is_taken_as_it_is(salt: Salt) -> None:
    given = ready("order.accepted", FACT, "OCAM-2026-1335-17-0", salt)
    made = draft.prepare(given, salt)
    record = parse(draft.finish(made, **PLACE))
    assert act.check(record)
    assert (made.data, made.sealed, made.act) == (given.data, given.sealed, given.act)


def test_a_ready_draft_survives_its_trip_as_a_json_line(salt: Salt) -> None:
    given = ready("order.accepted", FACT, "OCAM-2026-1335-17-0", salt)
    assert msgspec.json.decode(msgspec.json.encode(given), type=Draft) == given


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"disclosures": ()}, "every sealed field"),
        ({"data": {**FACT}}, "taken"),
        ({"sealed": {}, "disclosures": ()}, ""),
    ],
)
def test_a_ready_draft_that_does_not_fit_itself_is_refused(
    change: dict[str, Any], why: str, salt: Salt
) -> None:
    given = ready("order.accepted", FACT, "OCAM-2026-1335-17-0", salt)
    if why:
        with pytest.raises(InputError, match=why):
            draft.prepare(msgspec.structs.replace(given, **change), salt)
    else:
        made = draft.prepare(msgspec.structs.replace(given, **change), salt)
        assert not act.check(parse(draft.finish(made, **PLACE)))


def test_a_ready_draft_may_not_show_what_must_be_sealed(salt: Salt) -> None:
    given = ready("order.accepted", FACT, "OCAM-2026-1335-17-0", salt)
    with pytest.raises(InputError, match="must be sealed") as caught:
        draft.prepare(msgspec.structs.replace(given, data=FACT, sealed={}, disclosures=()), salt)
    assert caught.value.field == "/reason"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": None}, "/reason"),
        ({"documents": []}, "/documents"),
        ({"unknown": 1}, "/"),
        ({"effective_at": 5}, "/effective_at"),
    ],
)
def test_data_that_is_not_in_its_one_form_is_refused(
    change: dict[str, Any], field: str, prepare: Prepare
) -> None:
    with pytest.raises(InputError) as caught:
        prepare("order.accepted", {**FACT, **change})
    assert caught.value.field.startswith(field)


@pytest.mark.parametrize("subject", ["", "x" * 81, "ñ", "registry"])
def test_a_subject_that_is_no_orders_is_refused(subject: str, prepare: Prepare) -> None:
    with pytest.raises(InputError) as caught:
        prepare("order.accepted", FACT, subject)
    assert caught.value.field == "/subject"


def test_an_unknown_kind_is_refused_with_the_known_ones(prepare: Prepare) -> None:
    with pytest.raises(InputError) as caught:
        prepare("order.lost", FACT)
    assert "order.published" in caught.value.advice


def test_the_registry_is_the_subject_of_its_own_facts(prepare: Prepare) -> None:
    data = {"action": "backup", "role": "operator"}
    assert prepare("operator.acted", data, "registry").data == data
    with pytest.raises(InputError, match="registry"):
        prepare("operator.acted", data)


def test_the_same_disclosure_twice_is_not_two(salt: Salt) -> None:
    fact = {
        **FACT,
        "documents": [{"media_type": "application/pdf", "name": "x.pdf", "sha256": "0" * 64, "size": 1}],
    }
    given = ready("order.accepted", fact, "OCAM-2026-1335-17-0", salt)
    assert len(given.disclosures) == 2
    twice = msgspec.structs.replace(given, disclosures=(given.disclosures[0],) * 2)
    with pytest.raises(InputError, match=r"every sealed field|comes once"):
        draft.prepare(twice, salt)


@pytest.mark.parametrize("text", ["ñ", "", "=", "WzFd"])
def test_a_disclosure_that_is_none_is_refused(text: str, salt: Salt) -> None:
    given = ready("order.accepted", FACT, "OCAM-2026-1335-17-0", salt)
    with pytest.raises(InputError):
        draft.prepare(msgspec.structs.replace(given, disclosures=(text,)), salt)


@pytest.mark.parametrize("text", ["\x00", "a\x00b"])
def test_text_with_the_character_nul_is_refused(text: str, prepare: Prepare) -> None:
    with pytest.raises(InputError, match="NUL"):
        prepare("order.accepted", {**FACT, "reason": text})
    assert prepare("order.accepted", {**FACT, "reason": "\\u0000"}).sealed


@pytest.mark.parametrize(
    ("name", "digest", "fits"),
    [
        ("orden.pdf", "0" * 64, True),
        ("orden-fisica.pdf", "0" * 64, True),
        ("Orden de Rosa.pdf", "0" * 64, False),
        ("../orden.pdf", "0" * 64, False),
        ("orden.pdf", "0" * 63, False),
    ],
)
def test_a_file_in_clear_has_a_role_and_a_digest(name: str, digest: str, fits: bool, salt: Salt) -> None:
    file = FileRef("application/pdf", name, digest, 1)
    given = Draft(kind="order.accepted", subject="OCAM-2026-1335-17-0", data=FACT, files=(file,))
    if fits:
        assert parse(draft.finish(draft.prepare(given, salt), **PLACE)).files == (file,)
    else:
        with pytest.raises(InputError) as caught:
            draft.prepare(given, salt)
        assert caught.value.field.startswith("/files/0")
