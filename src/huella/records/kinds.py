"""The kinds of record: one table. A new kind is one row here, its shape in model, its sealed fields in policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from huella.errors import InputError
from huella.records import act, canonical, offer_form, procedure_rules, record, rows, rules
from huella.records.award import Award
from huella.records.calendar import Calendar
from huella.records.identifiers import check_moment
from huella.records.model import (
    Amendment,
    Assignment,
    Decision,
    DeliveryFact,
    Erasure,
    Issued,
    KeyNotice,
    Operation,
    Order,
    Recovered,
    Value,
)
from huella.records.offer_form import OfferFact, OfferRefused
from huella.records.procedure import (
    Cancelled,
    OfferOpened,
    OffersClosed,
    Requirement,
    RequirementAmendment,
)
from huella.records.record import Frame
from huella.records.recovery import check_recovered
from huella.records.rows import RowVersion
from huella.records.rules import Warn

ORDER, REGISTRY, PROCEDURE, OFFER, ROW = "order", "registry", "procedure", "offer", "row"


class Kind(NamedTuple):
    """A kind's shape, the family of its subject, and the check of one fact (complete data, subject)."""

    shape: type[Value]
    family: str
    check: Callable[[Any, str], list[Warn]]


def _check_issued(issued: Issued, subject: str) -> list[Warn]:
    rules.check_documents(issued.documents)
    return _check_registry(issued, subject)


def _check_key(notice: KeyNotice, subject: str) -> list[Warn]:
    check_moment(notice.effective_at, "/effective_at")
    rules.check_party(notice.party, "/party")
    act.check_key(notice.alg, notice.key)
    if not notice.party.ruc and not notice.party.identifier:
        raise InputError("a key's party has a RUC or an identifier", field="/party")
    return _check_registry(notice, subject)


def _check_registry(_fact: Value, subject: str) -> list[Warn]:
    if subject != REGISTRY:
        raise InputError("the subject of this kind is `registry`", field="/subject")
    return []


KINDS: dict[str, Kind] = {
    "order.published": Kind(Order, ORDER, rules.check_published),
    "order.imported": Kind(Order, ORDER, rules.check_imported),
    "order.accepted": Kind(Decision, ORDER, rules.check_acceptance),
    "order.rejected": Kind(Decision, ORDER, rules.check_decision),
    "order.amended": Kind(Amendment, ORDER, rules.check_amendment),
    "order.annulled": Kind(Decision, ORDER, rules.check_decision),
    "order.terminated": Kind(Decision, ORDER, rules.check_decision),
    "rights.assigned": Kind(Assignment, ORDER, rules.check_assignment),
    "delivery.made": Kind(DeliveryFact, ORDER, rules.check_delivery_fact),
    "delivery.conformed": Kind(DeliveryFact, ORDER, rules.check_delivery_fact),
    "delivery.paid": Kind(DeliveryFact, ORDER, rules.check_delivery_fact),
    "delivery.terminated": Kind(DeliveryFact, ORDER, rules.check_delivery_fact),
    "document.issued": Kind(Issued, REGISTRY, _check_issued),
    "key.authorised": Kind(KeyNotice, REGISTRY, _check_key),
    "key.revoked": Kind(KeyNotice, REGISTRY, _check_key),
    "calendar.published": Kind(Calendar, REGISTRY, _check_registry),
    "operator.acted": Kind(Operation, REGISTRY, _check_registry),
    "disclosure.erased": Kind(Erasure, REGISTRY, _check_registry),
    "log.recovered": Kind(Recovered, REGISTRY, check_recovered),
    "row.sealed": Kind(RowVersion, ROW, rows.check_row),
    "requirement.published": Kind(Requirement, PROCEDURE, procedure_rules.check_requirement),
    "requirement.amended": Kind(RequirementAmendment, PROCEDURE, procedure_rules.check_requirement_amendment),
    "offers.closed": Kind(OffersClosed, PROCEDURE, procedure_rules.check_closed),
    "offers.opened": Kind(OfferOpened, PROCEDURE, procedure_rules.check_offer_opened),
    "award.decided": Kind(Award, PROCEDURE, procedure_rules.check_award),
    "procedure.cancelled": Kind(Cancelled, PROCEDURE, procedure_rules.check_cancelled),
    "offer.received": Kind(OfferFact, OFFER, offer_form.check_offer),
    "offer.replaced": Kind(OfferFact, OFFER, offer_form.check_offer),
    "offer.withdrawn": Kind(OfferFact, OFFER, offer_form.check_offer),
    "offer.declined": Kind(OfferFact, OFFER, offer_form.check_offer),
    "offer.refused": Kind(OfferRefused, OFFER, offer_form.check_refused),
}

FIRST_OF_ORDER = frozenset({"order.published", "order.imported"})
"""A record of these kinds with seq 0 becomes a token."""


# Made here, by the one thread that imports: msgspec learns a type at its first use, and when two threads use it first
# at the same moment, one of them meets a half-learnt one and the process crashes.
_DECODERS: dict[type[Value], msgspec.json.Decoder[Value]] = {
    row.shape: msgspec.json.Decoder(row.shape) for row in KINDS.values()
}


def find(kind: str) -> Kind:
    """The row of a kind. Raises InputError for a name that is not in the table."""
    row = KINDS.get(kind)
    if row is None:
        raise InputError(
            f"unknown kind {kind[:60]!r}", field="/kind", advice=f"Known kinds: {', '.join(KINDS)}."
        )
    return row


def read(kind: str, data: dict[str, Any]) -> Any:
    """The typed fact in a record's (effective) data. Raises InputError with the place of what does not fit."""
    return read_bytes(kind, canonical.encode(data))


def read_bytes(kind: str, raw: bytes) -> Any:
    """The same out of the data's JSON bytes, which is three times as fast as out of objects."""
    try:
        return _DECODERS[find(kind).shape].decode(raw)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        pointer = path.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/")
        raise InputError(message, field=pointer or "/data") from None


def read_record(raw: bytes) -> tuple[Frame, Any]:
    """A record out of its bytes with its typed fact, both strictly; what `record.parse` and `read` do one after the
    other, in a third of the time where the type leaves nothing open.

    The fact is None where a part of the data is in annexes, or where it is no fact of its kind: then the frame is a
    whole Record, for the caller to read. Raises InputError where the bytes are no canonical record.
    """
    begin = raw.find(_BEFORE_KIND) + len(_BEFORE_KIND)
    kind = raw[begin : raw.find(b'"', begin)]
    decoder = _WHOLE.get(kind)  # a guess, until the bytes are read
    if decoder is not None and len(raw) <= record.MAX_RECORD:
        try:
            whole = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # said by who reads it again
            return record.parse(raw), None
        if whole.kind.encode() == kind and not record.annexes(whole) and canonical.encode(whole) == raw:
            record.check(whole)
            return whole, whole.data
    return record.parse(raw), None


def _is_closed(shape: inspect.Type) -> bool:
    """Whether bytes that a type reads and writes again the same hold only what a record may hold: no member of any
    name, no number without bounds."""
    if isinstance(shape, inspect.IntType):
        return (shape.ge, shape.le) == (-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
    if isinstance(shape, inspect.UnionType):
        return all(map(_is_closed, shape.types))
    if isinstance(shape, inspect.VarTupleType):
        return _is_closed(shape.item_type)
    if isinstance(shape, inspect.StructType):
        return shape.forbid_unknown_fields and all(_is_closed(field.type) for field in shape.fields)
    return isinstance(shape, inspect.StrType | inspect.BoolType | inspect.NoneType | inspect.DecimalType)


READ_AT_ONCE = frozenset(kind for kind, row in KINDS.items() if _is_closed(inspect.type_info(row.shape)))
"""Kinds whose types say all of what their data may hold."""

_WHOLE: dict[bytes, msgspec.json.Decoder[Any]] = {
    kind.encode(): msgspec.json.Decoder(record.with_data(KINDS[kind].shape)) for kind in sorted(READ_AT_ONCE)
}
"""Decoders of whole records with their facts, by kind: bytes are read once, and written once to compare."""
_BEFORE_KIND = b'"format":"%s","kind":"' % record.FORMAT.encode()
"""What stands before the kind in every canonical record, and in no text: there quotes are escaped."""
