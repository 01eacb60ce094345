"""Acts: a party's signature over what the record says, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huella.errors import InputError
from huella.records import act, canonical
from huella.records.disclosure import b64
from huella.records.record import Act, Record, parse

First = Callable[..., Record]
ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
P256 = ec.derive_private_key(12345, ec.SECP256R1())
ACCEPTED = {"effective_at": "2026-08-31T05:00:00.000Z", "mode": "explicit", "reason": "Conforme"}


def signed(record: Record, key: act.PrivateKey) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.to_builtins(record)
    return {**members, "act": msgspec.to_builtins(act.sign(key, members))}


def reread(members: dict[str, Any]) -> Record:
    return parse(canonical.encode(members))


@pytest.mark.parametrize("key", [ED25519, P256], ids=["ed25519", "es256"])
def test_a_signed_record_verifies(key: act.PrivateKey, record: First) -> None:
    assert act.check(reread(signed(record("order.accepted", ACCEPTED), key)))


@pytest.mark.parametrize("key", [ED25519, P256], ids=["ed25519", "es256"])
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("data", {"effective_at": "2026-08-30T05:00:00.000Z", "mode": "explicit"}),
        ("kind", "order.rejected"),
        ("subject", "OCAM-2026-1335-18-0"),
        ("sealed", {"/reason": b64(bytes(32))}),
        ("files", [{"media_type": "application/pdf", "name": "orden.pdf", "sha256": "0" * 64, "size": 1}]),
        ("annexes", [{"sha256": "0" * 64, "size": 1}]),
    ],
)
def test_any_change_of_what_is_said_breaks_it(
    key: act.PrivateKey, member: str, value: Any, record: First
) -> None:
    members = signed(record("order.accepted", ACCEPTED), key)
    assert not act.check(reread({**members, member: value}))


def test_place_and_time_are_the_registrys_word_and_not_signed(record: First) -> None:
    members = signed(record("order.accepted", ACCEPTED), ED25519)
    assert act.check(reread({**members, "recorded_at": "2027-01-01T00:00:00.000Z", "recorded_by": "otro"}))


def test_the_previous_record_is_signed(record: First) -> None:
    members = signed(record("order.accepted", ACCEPTED), ED25519)
    assert not act.check(reread({**members, "seq": 1, "prev": "0" * 64}))


def test_another_key_does_not_verify(record: First) -> None:
    members = signed(record("order.accepted", ACCEPTED), ED25519)
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    assert not act.check(reread({**members, "act": {**members["act"], "key": b64(other)}}))


def test_the_act_of_a_sealed_bidder_signs_without_the_digests_that_tie_it(record: First) -> None:
    members: dict[str, Any] = msgspec.to_builtins(record("order.accepted", ACCEPTED))
    digest = next(iter(members["sealed"].values()))
    offer = {
        **members,
        "kind": "offer.received",
        "sealed": {"/bidder": digest, "/content": digest, "/requirement": digest},
    }
    bidder = {"act": msgspec.to_builtins(act.sign(ED25519, offer, act.OFFER_SEALED))}
    assert act.check_bidder(reread(offer), bidder)
    retied = {**offer, "sealed": {**offer["sealed"], "/requirement": b64(bytes(32))}}
    assert act.check_bidder(reread(retied), bidder)
    changed = {**offer, "sealed": {**offer["sealed"], "/content": b64(bytes(32))}}
    assert not act.check_bidder(reread(changed), bidder)


@pytest.mark.parametrize(
    "made",
    [
        Act("rsa", b64(bytes(32)), b64(bytes(64))),
        Act("ed25519", b64(bytes(31)), b64(bytes(64))),
        Act("ed25519", b64(bytes(32)), b64(bytes(63))),
        Act("es256", b64(b"\x04" + bytes(64)), b64(bytes(64))),
        Act("es256", b64(bytes(33)), b64(bytes(64))),
        Act("ed25519", "=", "="),
    ],
)
def test_an_act_of_no_known_form_is_refused(made: Act) -> None:
    with pytest.raises(InputError):
        act.verify(made, b"message")


def test_a_record_without_an_act_has_none_to_check(record: First) -> None:
    with pytest.raises(InputError, match="no act"):
        act.check(record("order.accepted", ACCEPTED))
