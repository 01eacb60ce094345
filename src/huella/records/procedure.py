"""A procedure's facts as frozen values: what is wanted, until when, which offers were claimed and opened, who won.

Conventions are those of the model; docs/spec/procedure.md tells the fields. The subject of all of them is the
requirement's number, `REQ-2026-1335-42`.
"""

from __future__ import annotations

from decimal import Decimal

from huella.records.award import Rate
from huella.records.model import Agreement, Destination, Line, Party, Value
from huella.records.record import FileRef

SUPPLIER, SERVER = "supplier", "server"
"""Where offers are sealed: by the supplier's own program (the rule) or by the registry (which then knows them)."""


class Product(Value, frozen=True, kw_only=True):
    """One product wanted. `sheets` are the catalogue's product sheets that may be quoted; none listed: any."""

    number: int
    description: str
    category: str | None = None
    unit: str | None = None
    quantity: Decimal
    sheets: tuple[str, ...] = ()


class Term(Value, frozen=True, kw_only=True):
    """One delivery wanted: `start` a Lima date, `max_days` calendar days; a line's `item` is a product's number."""

    number: int
    destination: int
    start: str | None = None
    max_days: int
    lines: tuple[Line, ...]


class Rule(Value, frozen=True):
    """The rule that decides the award, by name and version, announced before the first offer."""

    name: str
    version: int


class Requirement(Value, frozen=True, kw_only=True):
    """What an entity wants to buy. `closes_at` is a UTC moment; keys are age X25519 recipients.

    `opening_key` opens offers, `auditor_key` what is confidential in them; without the latter an offer cannot hold
    confidential parts. `sealing` is `supplier` or `server`. `rates` are exchange rates fixed for all offers.
    """

    entity: Party
    agreement: Agreement | None = None
    procedure: str
    contracting_type: str
    currency: str
    products: tuple[Product, ...]
    destinations: tuple[Destination, ...]
    deliveries: tuple[Term, ...]
    needs_freight: bool
    rates: tuple[Rate, ...] = ()
    published_at: str
    closes_at: str
    opening_key: str
    auditor_key: str | None = None
    sealing: str
    rule: Rule
    documents: tuple[FileRef | None, ...] = ()


class RequirementAmendment(Value, frozen=True):
    """What changes while offers may still come: a later closing time, places, dates. Never products or quantities."""

    effective_at: str
    closes_at: str | None = None
    destinations: tuple[Destination, ...] = ()
    deliveries: tuple[Term, ...] = ()
    reason: str | None = None
    documents: tuple[FileRef | None, ...] = ()


class Claim(Value, frozen=True):
    """One offer that counts here: its code, leaf hash (hex) and index of its last record, whether withdrawn."""

    offer: str
    leaf: str
    index: int
    withdrawn: bool


class OffersClosed(Value, frozen=True):
    """The set of offers, closed. `claims` in index order; `ties` the disclosures of `/requirement` of the claimed
    records in the same order; `root` (hex) the RFC 6962 root with the claims' leaves as leaf hashes.
    """

    deadline: str
    claims: tuple[Claim, ...]
    count: int
    root: str
    ties: tuple[str, ...]


class OfferOpened(Value, frozen=True):
    """One claimed offer opened: the disclosures of what the law makes public. `leaf` is the claimed one.
    `unproven`: the bidder has keys on record and the offer's act is by none of them, so it counts as nobody's."""

    offer: str
    leaf: str
    disclosures: tuple[str, ...]
    unproven: bool = False


class Cancelled(Value, frozen=True):
    """The procedure ends without award. Cancelled before the close, it claims its offers itself, as a close does."""

    effective_at: str
    reason: str | None = None
    documents: tuple[FileRef | None, ...] = ()
    claims: tuple[Claim, ...] = ()
    count: int | None = None
    root: str | None = None
    ties: tuple[str, ...] = ()
