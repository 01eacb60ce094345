"""The first schema."""

import sqlalchemy as sa
from alembic import op

from huella.store.tables import Big, Cents, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "annexes",
        sa.Column("sha256", Words, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "batches",
        sa.Column("first", Big, autoincrement=False, nullable=False),
        sa.Column("size", Big, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("checkpoint", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("transaction", Words, nullable=True),
        sa.Column("block_number", Big, nullable=True),
        sa.Column("block_hash", Words, nullable=True),
        sa.Column("block_time", Big, nullable=True),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("first"),
    )
    op.create_table(
        "deliveries",
        sa.Column("order", Words, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", Words, nullable=False),
        sa.Column("ubigeo", Words, nullable=True),
        sa.Column("department", Words, nullable=True),
        sa.Column("province", Words, nullable=True),
        sa.Column("district", Words, nullable=True),
        sa.Column("start", Words, nullable=True),
        sa.Column("max_days", sa.Integer(), nullable=True),
        sa.Column("sub_total", Cents(), nullable=False),
        sa.Column("vat", Cents(), nullable=False),
        sa.Column("total", Cents(), nullable=False),
        sa.PrimaryKeyConstraint("order", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "disclosures",
        sa.Column("index", Big, autoincrement=False, nullable=False),
        sa.Column("key", Big, nullable=False),
        sa.Column("boxes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("index"),
    )
    op.create_table(
        "documents",
        sa.Column("sha256", Words, nullable=False),
        sa.Column("media_type", Words, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("entry", Big, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index("documents_by_subject", "documents", ["subject"])
    op.create_table(
        "entries",
        sa.Column("index", Big, autoincrement=False, nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("seq", Big, nullable=False),
        sa.Column("recorded_at", Words, nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("index"),
        sa.UniqueConstraint("subject", "seq", name="one_seq_a_subject"),
    )
    op.create_table(
        "items",
        sa.Column("order", Words, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("description", Words, nullable=False),
        sa.Column("product", Words, nullable=True),
        sa.Column("brand", Words, nullable=True),
        sa.Column("part_number", Words, nullable=True),
        sa.Column("category", Words, nullable=True),
        sa.Column("unit", Words, nullable=True),
        sa.Column("quantity", Words, nullable=True),
        sa.Column("unit_price", Words, nullable=True),
        sa.Column("amount", Cents(), nullable=True),
        sa.PrimaryKeyConstraint("order", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", Big, nullable=False),
        sa.Column("recorded_at", Words, nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("checkpoint", Words, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "orders",
        sa.Column("number", Words, nullable=False),
        sa.Column("status", Words, nullable=False),
        sa.Column("entity_ruc", Words, nullable=True),
        sa.Column("supplier_ruc", Words, nullable=True),
        sa.Column("agreement", Words, nullable=True),
        sa.Column("catalogue", Words, nullable=True),
        sa.Column("procedure", Words, nullable=True),
        sa.Column("contracting_type", Words, nullable=True),
        sa.Column("shape", Words, nullable=True),
        sa.Column("source", Words, nullable=True),
        sa.Column("currency", Words, nullable=False),
        sa.Column("sub_total", Cents(), nullable=False),
        sa.Column("vat", Cents(), nullable=False),
        sa.Column("total", Cents(), nullable=False),
        sa.Column("published_at", Words, nullable=True),
        sa.Column("accepted_at", Words, nullable=True),
        sa.Column("first_index", Big, nullable=False),
        sa.Column("last_index", Big, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("orders_by_entity", "orders", ["entity_ruc"], unique=False)
    op.create_index("orders_by_supplier", "orders", ["supplier_ruc"], unique=False)
    op.create_table(
        "parties",
        sa.Column("ruc", Words, nullable=False),
        sa.Column("name", Words, nullable=True),
        sa.Column("entity", sa.Boolean(), nullable=False),
        sa.Column("supplier", sa.Boolean(), nullable=False),
        sa.Column("last_index", Big, nullable=False),
        sa.PrimaryKeyConstraint("ruc"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", Big, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number"),
    )


def downgrade() -> None:
    """A register is never taken back to an older schema: restore a backup instead."""
    raise NotImplementedError
