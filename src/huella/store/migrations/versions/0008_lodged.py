"""Lodged digests as the chain tells them, and by which digests records are known. The worker fills them."""

import sqlalchemy as sa
from alembic import op

from huella.store.tables import Big, Words

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "lodged",
        sa.Column("number", Big, nullable=False, autoincrement=False),
        sa.Column("digest", Words, nullable=False),
        sa.Column("account", Words, nullable=False),
        sa.Column("transaction", Words, nullable=False),
        sa.Column("block_number", Big, nullable=False),
        sa.Column("block_hash", Words, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("block_time", Big, nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("block_hash", "position", name="one_lodging_a_place"),
    )
    op.create_index("lodged_by_digest", "lodged", ["digest"])
    op.create_table(
        "statements",
        sa.Column("digest", Words, nullable=False),
        sa.Column("entry", Big, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("digest", "entry"),
        sqlite_with_rowid=False,
    )
    head = op.create_table(
        "lodged_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("block", Big, nullable=False),
        sa.Column("entry", Big, nullable=False),
        sa.Column("count", Big, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(head, [{"id": 1, "block": 0, "entry": 0, "count": 0}])


def downgrade() -> None:
    """A register is never taken back to an older schema: restore a backup instead."""
    raise NotImplementedError
