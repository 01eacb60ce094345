"""The supplier's side of an offer: everything is sealed and signed before the registry sees anything.

requirement's records ─► quotation_request ─► compose | decline | replace | withdraw ─► OfferCopy (stays with the
supplier) ─► offer_file: disclosures encrypted to the holders of the keys ─► OfferFile (goes to the registry) ─► draft

Pure but for the encryption (envelope.py): salts and keys come in. The browser's client mirrors this file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from huella.errors import InputError
from huella.records import act, disclosure, envelope, kinds, policy, record
from huella.records import identifiers as ids
from huella.records.act import PrivateKey
from huella.records.disclosure import b64, unb64
from huella.records.offer_file import (
    COPY_FORMAT,
    FILE_FORMAT,
    Envelopes,
    OfferCopy,
    OfferFile,
    SealedOffer,
    control_code,
    control_key,
    members,
    sign_control,
)
from huella.records.offer_form import (
    CONFIDENTIAL,
    DECLINED,
    OPENED,
    PARTS,
    RECEIVED,
    REPLACED,
    WITHDRAWN,
    Bidder,
    Content,
    check_content,
    read_as,
)
from huella.records.procedure import Requirement
from huella.records.procedure_life import ProcedureLife, advance
from huella.records.quotation import Quotation, check_quotation
from huella.records.record import Act

Salt = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class QuotationRequest:
    """What an offer answers: the procedure's number, the leaf hash (hex) of its `requirement.published`, the Lima
    date on which it closes now, and the requirement in force."""

    subject: str
    leaf: str
    closes_on: str
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who offers: `party` has ruc and name, may have address and contact; `key` signs; `salt` gives 16 fresh bytes."""

    party: dict[str, Any]
    key: PrivateKey
    salt: Salt


@dataclass(frozen=True, slots=True)
class _Parts:
    """A content with its parts sealed in it, and the parts' disclosures by who may see them."""

    content: dict[str, Any]
    public: list[str] = field(default_factory=list)
    personal: list[str] = field(default_factory=list)
    confidential: list[str] = field(default_factory=list)


def quotation_request(records: Sequence[tuple[bytes, Sequence[bytes]]]) -> QuotationRequest:
    """Read a requirement's records from the first on, each with its annexes' bytes, as anybody gets them.

    Raises InputError where they are no chain of one requirement, RuleError where it takes no offers any more.
    """
    life: ProcedureLife | None = None
    prev: str | None = None
    subject = ""
    for raw, bodies in records:
        found = record.parse(raw)
        if found.prev != prev or found.subject != (subject or found.subject):
            raise InputError("the records are no chain of one requirement", field="/prev")
        subject, prev = found.subject, record.leaf_hash(raw).hex()
        fact = kinds.read(found.kind, record.effective_data(found, bodies))
        life = advance(life, found.kind, fact, (found.recorded_at, prev))
    if life is None:
        raise InputError("a requirement has at least its first record")
    life.check_open()
    closes_on = ids.lima_date(life.requirement.closes_at, "/closes_at")
    return QuotationRequest(subject, life.leaf, closes_on, life.requirement)


def compose(request: QuotationRequest, supplier: Supplier, quotation: Quotation) -> OfferCopy:
    """Seal and sign a new offer. Raises InputError where the quotation does not fit the requirement."""
    return _seal(request, supplier, RECEIVED, _parts(request, supplier, quotation), None)


def decline(request: QuotationRequest, supplier: Supplier, reason: str) -> OfferCopy:
    """Answer that nothing is quoted: `restricted` or `not_quoted`."""
    content = {"declined": reason, "requirement": request.leaf}
    check_content(read_as(content, Content, "/content"))
    return _seal(request, supplier, DECLINED, _Parts(content), None)


def replace(
    request: QuotationRequest, supplier: Supplier, quotation: Quotation, previous: OfferCopy, leaf: str
) -> OfferCopy:
    """Seal another content for an offer. `previous` is the copy of its last record, `leaf` that record's leaf hash
    (hex, as the receipt tells it)."""
    parts = _parts(request, supplier, quotation)
    return _seal(request, supplier, REPLACED, parts, (previous, leaf))


def withdraw(request: QuotationRequest, supplier: Supplier, previous: OfferCopy, leaf: str) -> OfferCopy:
    """Take an offer back; arguments as for `replace`."""
    return _seal(request, supplier, WITHDRAWN, _Parts({"requirement": request.leaf}), (previous, leaf))


def offer_file(copy: OfferCopy, request: QuotationRequest) -> OfferFile:
    """What goes to the registry: the record's members, the tie, and the rest encrypted to the requirement's keys."""
    wanted = request.requirement
    if copy.confidential and wanted.auditor_key is None:
        raise InputError("this requirement takes no confidential parts", field="/confidential")
    auditor = None
    if wanted.auditor_key is not None:  # also when empty: that there is something confidential is not told
        auditor = envelope.close(copy.offer.subject, copy.confidential, wanted.auditor_key)
    opening = envelope.close(copy.offer.subject, (*copy.public, *copy.personal), wanted.opening_key)
    control = sign_control(unb64(copy.control_seed), copy.offer)
    sealed = Envelopes(opening, auditor)
    return OfferFile(control=control, envelopes=sealed, format=FILE_FORMAT, offer=copy.offer, tie=copy.tie)


def _seal(
    request: QuotationRequest,
    supplier: Supplier,
    kind: str,
    parts: _Parts,
    previous: tuple[OfferCopy, str] | None,
) -> OfferCopy:
    """The record's members: content first, since the act signs its digest; then the bidder, who holds the act."""
    seed, subject = _identity(request, supplier, previous)
    about = disclosure.make(supplier.salt(), "/content", parts.content)
    signed = SealedOffer(
        data={"closes_on": request.closes_on}, kind=kind, prev=previous[1] if previous else None,
        sealed={"/content": disclosure.digest(about)}, subject=subject,
    )  # fmt: skip
    bidder, personal = _bidder(supplier, act.sign(supplier.key, members(signed), act.OFFER_SEALED))
    who = disclosure.make(supplier.salt(), "/bidder", bidder)
    named = {"leaf": request.leaf, "subject": request.subject}
    tie = disclosure.make(supplier.salt(), "/requirement", named)
    sealed = {**signed.sealed, "/bidder": disclosure.digest(who), "/requirement": disclosure.digest(tie)}
    return OfferCopy(
        confidential=tuple(parts.confidential), control_seed=b64(seed), format=COPY_FORMAT,
        offer=msgspec.structs.replace(signed, sealed=sealed), personal=(*personal, *parts.personal),
        public=(who, about, *parts.public), tie=tie,
    )  # fmt: skip


def _parts(request: QuotationRequest, supplier: Supplier, quotation: Quotation) -> _Parts:
    """A quotation's content with its parts sealed in it; what is confidential seals each of its members again."""
    check_quotation(quotation, request.requirement)
    content: dict[str, Any] = msgspec.to_builtins(quotation)
    hidden: list[str] = []
    if quotation.confidential is not None:
        names = ["/" + name.replace("~", "~0").replace("/", "~1") for name in sorted(quotation.confidential)]
        _, sealed, hidden = disclosure.seal(content["confidential"], names, supplier.salt)
        content["confidential"] = {"sealed": sealed}
    content["requirement"] = request.leaf
    pointers = [pointer for pointer in PARTS if pointer[1:] in content]
    public, sealed, texts = disclosure.seal(content, pointers, supplier.salt)
    made = dict(zip(pointers, texts, strict=True))
    if CONFIDENTIAL in made:
        hidden.insert(0, made.pop(CONFIDENTIAL))
    shown = [text for pointer, text in made.items() if pointer in OPENED]
    kept = [text for pointer, text in made.items() if pointer not in OPENED]
    return _Parts({**public, "sealed": sealed}, shown, kept, hidden)


def _bidder(supplier: Supplier, signed: Act) -> tuple[dict[str, Any], list[str]]:
    """The bidder with the act, and the disclosures of what is personal in it."""
    pointers = policy.party_pointers(supplier.party)
    public, sealed, texts = disclosure.seal(supplier.party, pointers, supplier.salt)
    bidder = {**public, "act": msgspec.to_builtins(signed)}
    if sealed:
        bidder["sealed"] = sealed
    if not supplier.party.get("ruc") or not supplier.party.get("name"):
        raise InputError("a bidder has RUC and name", field="/bidder")
    ids.check_ruc(supplier.party["ruc"], "/bidder/ruc")
    read_as(bidder, Bidder, "/bidder")
    return bidder, texts


def _identity(
    request: QuotationRequest, supplier: Supplier, previous: tuple[OfferCopy, str] | None
) -> tuple[bytes, str]:
    """The offer's own seed and code; for a further record those of the first, by the same bidder."""
    if previous is None:
        seed = supplier.salt() + supplier.salt()
        return seed, control_code(control_key(seed))
    copy, leaf = previous
    ids.check_hex(leaf, "/prev")
    if copy.requirement() != (request.subject, request.leaf):
        raise InputError("the offer belongs to another requirement", field="/requirement")
    if copy.key() != act.public(supplier.key):
        raise InputError("an offer is changed with the key that made it", field="/bidder/act/key")
    if copy.offer.kind in (WITHDRAWN, DECLINED):
        raise InputError("nothing follows a withdrawn or declined offer", field="/kind")
    return unb64(copy.control_seed), copy.offer.subject
