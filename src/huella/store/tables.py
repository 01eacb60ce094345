"""The tables. Bytes are the truth: `entries.record` is never rewritten, everything under "derived" can be made anew.

Money is kept in hundredths as an integer, so that both databases add it exactly; `Cents` gives and takes Decimal.
Text compares by code point on both databases.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData()

Words = Text().with_variant(Text(collation="C"), "postgresql")
Big = BigInteger().with_variant(Integer, "sqlite")


class Cents(TypeDecorator[Decimal]):
    """An amount with two decimals, stored as an integer of hundredths."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Decimal to hundredths; the amount has exactly two decimals by the rules of records."""
        return None if value is None else to_cents(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Hundredths to Decimal; a sum may come as any integer type of the driver."""
        return None if value is None else from_cents(value)


def to_cents(value: Decimal) -> int:
    """Hundredths of an amount with two decimals."""
    return int(value * 100)


def from_cents(value: Any) -> Decimal:
    """The amount of hundredths."""
    return Decimal(int(value)).scaleb(-2)


# The head of the log: one row. Whoever updates it holds the log until the transaction ends.
log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("size", Big, nullable=False),
    Column("recorded_at", Words, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("checkpoint", Words),
)

entries = Table(
    "entries",
    metadata,
    Column("index", Big, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("kind", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("seq", Big, nullable=False),
    Column("recorded_at", Words, nullable=False),
    # the sealing process's word for index and leaf, under a key outside the database: a row that somebody else
    # inserted has none, and the signer does not sign for it
    Column("mac", LargeBinary, nullable=False),
    UniqueConstraint("subject", "seq", name="one_seq_a_subject"),
)

annexes = Table(
    "annexes",
    metadata,
    Column("sha256", Words, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# Complete tiles of 256 hashes (C2SP tlog-tiles, height 8): level 0 over leaves, level 1 over the roots of level 0, …
tiles = Table(
    "tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
)

# One row a record with sealed fields: its disclosures in the order of sorted pointers, each with its own key.
disclosures = Table(
    "disclosures",
    metadata,
    Column("index", Big, primary_key=True, autoincrement=False),
    Column("key", Big, nullable=False),
    Column("boxes", LargeBinary, nullable=False),
)

# The outbox of anchoring: a row is a batch, its state due → sent → final, a lost one is due again.
batches = Table(
    "batches",
    metadata,
    Column("first", Big, primary_key=True, autoincrement=False),
    Column("size", Big, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("checkpoint", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("transaction", Words),
    Column("block_number", Big),
    Column("block_hash", Words),
    Column("block_time", Big),
    Column("proof", LargeBinary),
)

# Heads that witnesses cosigned: the note with its cosignatures, and how many trusted witnesses they are of.
cosigned = Table(
    "cosigned",
    metadata,
    Column("size", Big, primary_key=True, autoincrement=False),
    Column("note", Words, nullable=False),
    Column("witnesses", Integer, nullable=False),
)

# The size of the last head that each witness is known to have cosigned; it says itself where this is wrong.
witnesses = Table(
    "witnesses",
    metadata,
    Column("url", Words, primary_key=True),
    Column("size", Big, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("sha256", Words, primary_key=True),
    Column("media_type", Words, nullable=False),
    Column("subject", Words, nullable=False),
    # the entry whose record names these bytes
    Column("entry", Big, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("documents_by_subject", "subject"),
)

# Derived from records by store/derive, never holding a sealed value. On SQLite the tables that are only read by their
# primary key are that key's tree, without a second one of row numbers.
orders = Table(
    "orders",
    metadata,
    Column("number", Words, primary_key=True),
    Column("status", Words, nullable=False),
    Column("entity_ruc", Words),
    Column("supplier_ruc", Words),
    Column("agreement", Words),
    Column("catalogue", Words),
    Column("procedure", Words),
    Column("contracting_type", Words),
    Column("shape", Words),
    Column("source", Words),
    Column("currency", Words, nullable=False),
    Column("sub_total", Cents, nullable=False),
    Column("vat", Cents, nullable=False),
    Column("total", Cents, nullable=False),
    Column("published_at", Words),
    Column("accepted_at", Words),
    Column("first_index", Big, nullable=False),
    Column("last_index", Big, nullable=False),
    # the procedure that it comes from, where it was held here
    Column("requirement", Words),
    Index("orders_by_requirement", "requirement"),
    Index("orders_by_entity", "entity_ruc"),
    Index("orders_by_supplier", "supplier_ruc"),
    Index("orders_by_place", "first_index"),
)

items = Table(
    "items",
    metadata,
    Column("order", Words, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("description", Words, nullable=False),
    Column("product", Words),
    Column("brand", Words),
    Column("part_number", Words),
    Column("category", Words),
    Column("unit", Words),
    Column("quantity", Words),
    Column("unit_price", Words),
    Column("amount", Cents),
    sqlite_with_rowid=False,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("order", Words, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("status", Words, nullable=False),
    Column("ubigeo", Words),
    Column("department", Words),
    Column("province", Words),
    Column("district", Words),
    Column("start", Words),
    Column("max_days", Integer),
    Column("sub_total", Cents, nullable=False),
    Column("vat", Cents, nullable=False),
    Column("total", Cents, nullable=False),
    sqlite_with_rowid=False,
)

parties = Table(
    "parties",
    metadata,
    Column("ruc", Words, primary_key=True),
    Column("name", Words),
    Column("entity", Boolean, nullable=False),
    Column("supplier", Boolean, nullable=False),
    Column("last_index", Big, nullable=False),
    sqlite_with_rowid=False,
)

procedures = Table(
    "procedures",
    metadata,
    Column("number", Words, primary_key=True),
    Column("status", Words, nullable=False),
    Column("entity_ruc", Words),
    Column("agreement", Words),
    Column("procedure", Words, nullable=False),
    Column("contracting_type", Words, nullable=False),
    Column("rule", Words, nullable=False),
    Column("closes_at", Words, nullable=False),
    # how many offers were claimed; unknown to everybody before the close
    Column("offers", Integer),
    Column("first_index", Big, nullable=False),
    Column("last_index", Big, nullable=False),
)

# Every Lima date that a procedure ever announced for its close: offers show one of them.
closings = Table(
    "closings",
    metadata,
    Column("requirement", Words, primary_key=True),
    Column("date", Words, primary_key=True),
    Index("closings_by_date", "date"),
)

# What the log tells of an offer on its own: neither for which requirement nor from whom.
offers = Table(
    "offers",
    metadata,
    Column("code", Words, primary_key=True),
    Column("status", Words, nullable=False),
    Column("closes_on", Words, nullable=False),
    Column("first_index", Big, nullable=False),
    Column("last_index", Big, nullable=False),
    Index("offers_by_date", "closes_on"),
)

claims = Table(
    "claims",
    metadata,
    Column("requirement", Words, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("offer", Words, nullable=False),
    Column("leaf", Words, nullable=False),
    Column("entry", Big, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("opened", Boolean, nullable=False),
    Index("claims_by_offer", "offer"),
)

# Keys on record, by the entries that authorise and revoke them. A natural person's has no holder here.
keys = Table(
    "keys",
    metadata,
    Column("key", Words, primary_key=True),
    Column("alg", Words, nullable=False),
    Column("holder", Words),
    Column("entry", Big, nullable=False),
    Column("revoked", Big),
    Index("keys_by_holder", "holder"),
)

# The entries that publish calendars of business days.
calendars = Table(
    "calendars",
    metadata,
    Column("entry", Big, primary_key=True, autoincrement=False),
    Column("sha256", Words, nullable=False),
)

# The outbox of assignments: a row is a token to move, its state due → sent → final. `holder` is null for the custodian.
assignments = Table(
    "assignments",
    metadata,
    Column("entry", Big, primary_key=True, autoincrement=False),
    Column("token", Big, nullable=False),
    Column("holder", Words),
    Column("account", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("transaction", Words),
    Index("assignments_by_token", "token"),
)

# The outbox of signing: papers that the registry issues, state due → signed. Due ones wait for their anchor first.
papers = Table(
    "papers",
    metadata,
    Column("name", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("entry", Big, nullable=False),
    Column("state", Words, nullable=False),
    # the signed bytes; the time until when they hold without renewal (UTC, RFC 3339)
    Column("body", LargeBinary),
    Column("until", Words),
    Index("papers_by_state", "state", "until"),
)

DERIVED = (orders, items, deliveries, parties, procedures, closings, offers, claims)

# What suppliers handed in, by the entry that sealed it: envelopes that nobody here can open before the close.
submissions = Table(
    "submissions",
    metadata,
    Column("entry", Big, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    # the sealing process's word for entry and body: the record holds no digest of what is encrypted
    Column("mac", LargeBinary, nullable=False),
)

# Outside the database, in a file or database of its own: what decrypts one disclosure each.
key_metadata = MetaData()

disclosure_keys = Table(
    "disclosure_keys",
    key_metadata,
    Column("key", Big, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
)

key_head = Table(
    "key_head",
    key_metadata,
    Column("id", Integer, primary_key=True),
    Column("next", Big, nullable=False),
)
