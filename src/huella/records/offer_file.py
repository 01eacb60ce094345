"""Two files of an offer: what the registry is given (`huella/offer/1`), and the supplier's own copy of everything
(`huella/offer-copy/1`). Both are canonical JSON, read strictly (docs/spec/procedure.md, Files).

An offer's code is made of a key of its own, which names nobody: whoever holds its seed shows that further records of
this offer come from where the first one came from, without any bidder being known.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huella.errors import InputError
from huella.records import act, canonical, disclosure, envelope
from huella.records import identifiers as ids
from huella.records.disclosure import unb64
from huella.records.draft import Draft
from huella.records.model import Value
from huella.records.offer_form import SEALED_KINDS, Bidder, Content, Tie, read_as
from huella.records.record import Act

FILE_FORMAT = "huella/offer/1"
COPY_FORMAT = "huella/offer-copy/1"
MAX_FILE = 1_000_000
"""Bytes that an offer's file may have."""


class SealedOffer(Value, frozen=True, kw_only=True):
    """The members of the offer's record that the supplier decides and signs."""

    data: dict[str, Any]
    kind: str
    prev: str | None
    sealed: dict[str, str]
    subject: str


class Control(Value, frozen=True):
    """The offer's own Ed25519 key, from which its code is made, and its signature over all members (base64url)."""

    key: str
    sig: str


class Envelopes(Value, frozen=True):
    """age files in base64url: for the opening key, and for the auditor's where the requirement has one."""

    opening: str
    auditor: str | None = None


class OfferFile(Value, frozen=True, kw_only=True):
    """What the registry is given. `tie` is the only disclosure it may read before the close."""

    control: Control
    envelopes: Envelopes
    format: str
    offer: SealedOffer
    tie: str


class OfferCopy(Value, frozen=True, kw_only=True):
    """The supplier's copy: every disclosure, by who may see it. Whoever has it can open the offer: keep it secret."""

    confidential: tuple[str, ...]
    control_seed: str
    format: str
    offer: SealedOffer
    personal: tuple[str, ...]
    public: tuple[str, ...]
    tie: str

    def key(self) -> str:
        """The public key (base64url) of the act that signs the offer."""
        return read_as(self._value("/bidder"), Bidder, "/bidder").act.key

    def requirement(self) -> tuple[str, str]:
        """The procedure that the offer belongs to: its number and leaf hash (hex)."""
        tie = read_as(disclosure.parse(self.tie).value, Tie, "/requirement")
        return tie.subject, tie.leaf

    def _value(self, pointer: str) -> Any:
        wanted = self.offer.sealed.get(pointer)
        for text in self.public:
            if disclosure.digest(text) == wanted:
                return disclosure.parse(text).value
        raise InputError("the copy does not open this field", field=pointer)


# Learnt here, by the one thread that imports: two threads that use a type first at the same moment crash msgspec.
for _shape in (OfferFile, OfferCopy, Tie, Bidder, Content):
    msgspec.json.Decoder(_shape)


def write(file: OfferFile | OfferCopy) -> bytes:
    """The file's bytes."""
    return canonical.encode(file)


def read_file(raw: bytes) -> OfferFile:
    """Read what a supplier sends. InputError where it is malformed, or does not come from the offer's own key."""
    file: OfferFile = _read(raw, OfferFile)
    if file.format != FILE_FORMAT:
        raise InputError(f"this is no {FILE_FORMAT}", field="/format")
    _check_members(file.offer)
    _check_tie(file.offer, file.tie)
    check_control(file)
    return file


def read_copy(raw: bytes) -> OfferCopy:
    """Read a supplier's own copy. InputError where it is malformed or does not open its offer."""
    copy: OfferCopy = _read(raw, OfferCopy)
    if copy.format != COPY_FORMAT:
        raise InputError(f"this is no {COPY_FORMAT}", field="/format")
    _check_members(copy.offer)
    _check_tie(copy.offer, copy.tie)
    opened = open_own(copy)
    read_as(opened.get("bidder"), Bidder, "/bidder")
    read_as(opened.get("content"), Content, "/content")
    seed = _unb64(copy.control_seed, 32, "/control_seed")
    if control_code(control_key(seed)) != copy.offer.subject:
        raise InputError("the seed is not that of the offer's code", field="/control_seed")
    return copy


def draft(file: OfferFile) -> Draft:
    """The draft that the registry seals: all digests, and the tie as its only disclosure."""
    of = file.offer
    return Draft(
        kind=of.kind,
        subject=of.subject,
        data=of.data,
        sealed=of.sealed,
        disclosures=(file.tie,),
        prev=of.prev,
    )


def digest(of: SealedOffer) -> str:
    """The SHA-256 (hex) that names an offer where it is refused: over the bytes that its own key signs."""
    return hashlib.sha256(act.signed_bytes(members(of))).hexdigest()


def members(of: SealedOffer) -> dict[str, Any]:
    """The record's members that an act signs, as `act` takes them."""
    return {"data": of.data, "kind": of.kind, "prev": of.prev, "sealed": of.sealed, "subject": of.subject}


def control_key(seed: bytes) -> Ed25519PrivateKey:
    """An offer's own key out of its seed of 32 random bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed)


def control_code(key: Ed25519PrivateKey | bytes) -> str:
    """The code of the offer that a key (or its 32 public bytes) controls: half of the SHA-256 of its public half."""
    public = key if isinstance(key, bytes) else key.public_key().public_bytes_raw()
    return ids.offer_code(hashlib.sha256(public).digest()[:16])


def sign_control(seed: bytes, of: SealedOffer) -> Control:
    """The offer's own key's word for these members."""
    signed = act.sign(control_key(seed), members(of))
    return Control(signed.key, signed.sig)


def check_control(file: OfferFile) -> None:
    """InputError unless the key is the one that the offer's code is made of, and signs these members."""
    key = _unb64(file.control.key, 32, "/control/key")
    if control_code(key) != file.offer.subject:
        raise InputError("the key is not that of the offer's code", field="/control/key")
    signed = Act("ed25519", file.control.key, file.control.sig)
    if not act.verify(signed, act.signed_bytes(members(file.offer))):
        raise InputError("the offer's own key did not sign these members", field="/control/sig")


def open_own(copy: OfferCopy) -> dict[str, Any]:
    """The offer as its supplier made it: date, requirement, bidder and content, with everything in its place."""
    texts = (copy.tie, *copy.public, *copy.personal, *copy.confidential)
    return disclosure.apply(copy.offer.data, copy.offer.sealed, texts)


def open_with(identity: str, file: OfferFile) -> tuple[str, ...]:
    """The disclosures that an identity of the opening or the auditor's key opens. InputError where it opens none."""
    for sealed in (file.envelopes.opening, file.envelopes.auditor):
        try:
            offer, texts = envelope.open_envelope(identity, sealed or "")
        except InputError as error:
            if error.field != "/envelopes":
                raise
            continue
        if offer != file.offer.subject:
            raise InputError("the envelope belongs to another offer", field="/envelopes")
        return texts
    raise InputError("this key opens none of the offer's envelopes", field="/envelopes")


def _read(raw: bytes, shape: type[Any]) -> Any:
    if len(raw) > MAX_FILE:
        raise InputError(f"an offer's file has at most {MAX_FILE} bytes")
    return read_as(canonical.decode(raw), shape, "/")


def _check_members(of: SealedOffer) -> None:
    if of.kind not in SEALED_KINDS:
        raise InputError("this is no kind of offer", field="/offer/kind")
    ids.check_offer_code(of.subject, "/offer/subject")


def _check_tie(of: SealedOffer, tie: str) -> None:
    if not tie.isascii() or disclosure.digest(tie) != of.sealed.get("/requirement"):
        raise InputError("the tie does not open the offer's /requirement", field="/tie")


def _unb64(text: str, size: int, where: str) -> bytes:
    try:
        raw = unb64(text)
    except ValueError:
        raw = b""
    if len(raw) != size:
        raise InputError(f"{size} bytes in base64url", field=where)
    return raw
