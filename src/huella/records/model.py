"""The words of the field as frozen values: party, place, item, delivery, order (docs/spec/kinds.md).

Money is Decimal with two places in PEN or the named currency, quantities have up to six places, moments are UTC text
with milliseconds, calendar dates are Lima dates. Members that a source does not tell are left out. A member that the
policy seals is absent from a public copy, so the same shapes read public and complete data.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from huella.records.canonical import Integer
from huella.records.record import FileRef


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """The common form: frozen, unknown members refused, absent members left out of the bytes."""


class Contact(Value, frozen=True):
    """A person to speak with. Always personal: sealed member by member."""

    name: str | None = None
    email: str | None = None
    telephone: str | None = None


class Party(Value, frozen=True):
    """Entity (buyer), supplier or assignee.

    `code` is the entity's number inside order numbers; `identifier` is scheme and number where there is no RUC
    (OCDS, such as GB-COH-1234844).
    """

    ruc: str | None = None
    identifier: str | None = None
    name: str | None = None
    code: Integer | None = None
    address: str | None = None
    contact: Contact | None = None


class Agreement(Value, frozen=True):
    """Framework agreement: `code` such as EXT-CE-2022-5, `name` of its catalogue as received."""

    code: str | None = None
    name: str | None = None


class Destination(Value, frozen=True):
    """A delivery place. `ubigeo` is INEI's district code where the names resolve, names are as received."""

    number: Integer
    ubigeo: str | None = None
    department: str | None = None
    province: str | None = None
    district: str | None = None
    address: str | None = None
    contact: Contact | None = None


class Item(Value, frozen=True):
    """One product of the order. `product` is its sheet's code; amount = quantity × unit price, rounded half up."""

    number: Integer
    description: str
    product: str | None = None
    brand: str | None = None
    part_number: str | None = None
    category: str | None = None
    unit: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None


class Line(Value, frozen=True):
    """How much of an item one delivery carries."""

    item: Integer
    quantity: Decimal


class Delivery(Value, frozen=True, kw_only=True):
    """One delivery: `number` 1…n, `destination` by number, `start` a Lima date, `max_days` calendar days from it.

    sub_total includes `shipping`; sub_total + vat = total. `state` only in imported orders (the portal's words).
    """

    number: Integer
    destination: Integer
    start: str | None = None
    max_days: Integer | None = None
    lines: tuple[Line, ...] = ()
    shipping: Decimal | None = None
    sub_total: Decimal
    vat: Decimal
    total: Decimal
    state: str | None = None


class Origin(Value, frozen=True):
    """Where an imported order was read: source, the state it gives, since when, and when it was extracted."""

    source: str
    state: str
    state_at: str | None = None
    extracted_at: str | None = None
    reference: str | None = None
    pdf_url: str | None = None
    physical_pdf_url: str | None = None
    assignment: str | None = None
    state_document: str | None = None
    state_text: str | None = None


class Hashlink(Value, frozen=True):
    """What an order comes from: the procedure, the leaf hash (hex) of its `award.decided`, and the winner's place
    there, from 0. From it one walks back to every offer considered."""

    requirement: str
    leaf: str
    winner: Integer


class Order(Value, frozen=True, kw_only=True):
    """A purchase order. For `order.imported` items and deliveries may be missing; totals never are."""

    entity: Party
    supplier: Party
    agreement: Agreement | None = None
    procedure: str | None = None
    contracting_type: str | None = None
    delivery_type: str | None = None
    currency: str
    published_at: str | None = None
    accepted_at: str | None = None
    items: tuple[Item, ...] = ()
    destinations: tuple[Destination, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    sub_total: Decimal
    vat: Decimal
    total: Decimal
    verification_code: str | None = None
    documents: tuple[FileRef | None, ...] = ()
    origin: Origin | None = None
    hashlink: Hashlink | None = None


class Decision(Value, frozen=True):
    """An act on a whole order: accepted, rejected, annulled, terminated. `effective_at`: when it took effect (UTC)."""

    effective_at: str
    mode: str | None = None
    calendar: str | None = None
    reason: str | None = None
    documents: tuple[FileRef | None, ...] = ()


class Amendment(Value, frozen=True):
    """Place, date or contact of one delivery, superseded."""

    effective_at: str
    delivery: Integer
    destination: Destination | None = None
    start: str | None = None
    max_days: Integer | None = None
    reason: str | None = None
    documents: tuple[FileRef | None, ...] = ()


class Assignment(Value, frozen=True):
    """Assignment of collection rights to another party. `account` (0x and 40 hex digits) is where the assignee holds
    the order's token; without one only the record exists."""

    effective_at: str
    assignee: Party
    account: str | None = None
    reason: str | None = None
    documents: tuple[FileRef | None, ...] = ()


class DeliveryFact(Value, frozen=True):
    """What happened to one delivery: made, conformed, paid or terminated. Amounts in the order's currency."""

    effective_at: str
    delivery: Integer
    amount: Decimal | None = None
    penalty: Decimal | None = None
    observations: str | None = None
    reason: str | None = None
    documents: tuple[FileRef | None, ...] = ()


class Issued(Value, frozen=True):
    """A document issued later than the fact it shows: `document` its kind, `of` the leaf hash (hex) shown.

    A book of hashes shows the entries `first` … `size`-1; `of` is the last one's leaf hash, `subject` the book's name.
    """

    document: str
    subject: str
    of: str
    verification_code: str | None = None
    documents: tuple[FileRef | None, ...] = ()
    first: Integer | None = None
    size: Integer | None = None


class KeyNotice(Value, frozen=True):
    """A key tied to a party, or withdrawn from it. `key` is base64url as in acts."""

    alg: str
    key: str
    party: Party
    effective_at: str
    reason: str | None = None


class Operation(Value, frozen=True):
    """A privileged act of an operator, named by role and never by person."""

    action: str
    subject: str | None = None
    role: str | None = None
    reason: str | None = None


class Erasure(Value, frozen=True):
    """A disclosure that was destroyed: its entry, pointer and digest stay, its value cannot come back. `request` is
    the entry in which another operator asked for it."""

    index: Integer
    pointer: str
    digest: str
    request: Integer | None = None
    reason: str | None = None


class Lost(Value, frozen=True):
    """The entries of an ended epoch that are lost: `first` … `size`-1, `size` being that of its last known head."""

    first: Integer
    size: Integer


class Saved(Value, frozen=True):
    """A record of the lost range whose bytes somebody still had: the entry that it was, and its exact text."""

    entry: Integer
    record: str


class Recovered(Value, frozen=True):
    """The end of a log's epoch. `kept` entries with `root` (hex) go on; `lost` are gone.

    `head` is the last known head, `handover` the epoch's last checkpoint, both signed notes of the ended epoch's key;
    `successor` the verifier key of the next epoch, its name the new origin. `date` is the day in Lima.
    """

    date: str
    origin: str
    kept: Integer
    root: str
    head: str
    lost: Lost
    handover: str
    successor: str
    saved: tuple[Saved, ...] = ()
    reason: str | None = None
