"""Procedures, offers, claims, and what suppliers handed in."""

import sqlalchemy as sa
from alembic import op

from huella.store.tables import Big, Words

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "procedures",
        sa.Column("number", Words, nullable=False),
        sa.Column("status", Words, nullable=False),
        sa.Column("entity_ruc", Words, nullable=True),
        sa.Column("agreement", Words, nullable=True),
        sa.Column("procedure", Words, nullable=False),
        sa.Column("contracting_type", Words, nullable=False),
        sa.Column("rule", Words, nullable=False),
        sa.Column("closes_at", Words, nullable=False),
        sa.Column("offers", sa.Integer(), nullable=True),
        sa.Column("first_index", Big, nullable=False),
        sa.Column("last_index", Big, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "closings",
        sa.Column("requirement", Words, nullable=False),
        sa.Column("date", Words, nullable=False),
        sa.PrimaryKeyConstraint("requirement", "date"),
    )
    op.create_index("closings_by_date", "closings", ["date"])
    op.create_table(
        "offers",
        sa.Column("code", Words, nullable=False),
        sa.Column("status", Words, nullable=False),
        sa.Column("closes_on", Words, nullable=False),
        sa.Column("first_index", Big, nullable=False),
        sa.Column("last_index", Big, nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("offers_by_date", "offers", ["closes_on"])
    op.create_table(
        "claims",
        sa.Column("requirement", Words, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offer", Words, nullable=False),
        sa.Column("leaf", Words, nullable=False),
        sa.Column("entry", Big, nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("requirement", "number"),
    )
    op.create_index("claims_by_offer", "claims", ["offer"])
    op.create_table(
        "submissions",
        sa.Column("entry", Big, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.add_column("orders", sa.Column("requirement", Words, nullable=True))
    op.create_index("orders_by_requirement", "orders", ["requirement"])


def downgrade() -> None:
    """A register is never taken back to an older schema: restore a backup instead."""
    raise NotImplementedError
