"""Acts: a party's own signature over what a record says (docs/spec/record.md, Acts).

Signed are the canonical bytes of {annexes, data, files, kind, prev, sealed, subject}, members without content left
out; place and time in the log are the registry's word and not signed.
"""

from __future__ import annotations

from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256

from huella.errors import InputError
from huella.records import canonical
from huella.records.disclosure import b64, unb64
from huella.records.record import Act, Record

SIGNED = ("annexes", "data", "files", "kind", "prev", "sealed", "subject")
OFFER_SEALED = ("/bidder", "/requirement")
"""Where the act stands inside the sealed bidder, these two digests are not signed: one holds the act itself."""

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def signed_bytes(members: dict[str, Any], without: tuple[str, ...] = ()) -> bytes:
    """The bytes that an act signs, of a record's members; `without` names sealed pointers that are left out."""
    chosen = {name: members[name] for name in SIGNED if name == "prev" or members.get(name)}
    if without and "sealed" in chosen:
        chosen["sealed"] = {p: d for p, d in chosen["sealed"].items() if p not in without}
        if not chosen["sealed"]:
            del chosen["sealed"]
    return canonical.encode(chosen)


def sign(key: PrivateKey, members: dict[str, Any], without: tuple[str, ...] = ()) -> Act:
    """Sign a record's members with an Ed25519 or a P-256 key."""
    message = signed_bytes(members, without)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return Act("ed25519", public(key), b64(key.sign(message)))
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return Act("es256", public(key), b64(r.to_bytes(32, "big") + s.to_bytes(32, "big")))


def public(key: PrivateKey) -> str:
    """The public key of a private one, as acts write it (base64url)."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return b64(key.public_key().public_bytes_raw())
    return b64(_point(key.public_key()))


def check(record: Record) -> bool:
    """Whether the record's own act verifies. Raises InputError where there is none or it cannot be read."""
    if not isinstance(record.act, Act):
        raise InputError("the record has no act", field="/act")
    return verify(record.act, signed_bytes(_members(record)))


def check_bidder(record: Record, bidder: dict[str, Any]) -> bool:
    """Whether the act inside a disclosed `/bidder` value verifies over the record without the digests that tie it."""
    try:
        act = msgspec.convert(bidder.get("act"), Act)
    except msgspec.ValidationError:
        raise InputError("the bidder's act has alg, key and sig", field="/bidder/act") from None
    return verify(act, signed_bytes(_members(record), OFFER_SEALED))


def verify(act: Act, message: bytes) -> bool:
    """Whether the signature is this key's over these bytes. Raises InputError where they have no such form."""
    try:
        key, signature = unb64(act.key), unb64(act.sig)
    except ValueError:
        raise InputError("an act's key and signature are base64url", field="/act") from None
    try:
        if act.alg == "ed25519" and len(key) == 32 and len(signature) == 64:
            ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
            return True
        if act.alg == "es256" and len(key) == 65 and len(signature) == 64:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            point.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
            return True
    except InvalidSignature:
        return False
    except ValueError:
        raise InputError("an act's key is not a point of its curve", field="/act/key") from None
    raise InputError(
        "an act is ed25519 (32-byte key) or es256 (65-byte point), its signature 64 bytes", field="/act"
    )


def check_key(alg: str, key: str) -> None:
    """InputError unless `key` (base64url) is a public key of this algorithm, as acts name them."""
    try:
        raw = unb64(key)
        if alg == "ed25519" and len(raw) == 32:
            ed25519.Ed25519PublicKey.from_public_bytes(raw)
            return
        if alg == "es256" and len(raw) == 65:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
            return
    except ValueError:
        raise InputError("a key is base64url of a point of its curve", field="/key") from None
    raise InputError("a key is ed25519 (32 bytes) or es256 (65-byte point)", field="/alg")


def _members(record: Record) -> dict[str, Any]:
    present: dict[str, Any] = msgspec.to_builtins(record)
    return present


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    numbers = key.public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
