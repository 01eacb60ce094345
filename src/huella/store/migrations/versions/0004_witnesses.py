"""Heads that witnesses cosigned, and what each witness is known to hold."""

import sqlalchemy as sa
from alembic import op

from huella.store.tables import Big, Words

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "cosigned",
        sa.Column("size", Big, autoincrement=False, nullable=False),
        sa.Column("note", Words, nullable=False),
        sa.Column("witnesses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "witnesses",
        sa.Column("url", Words, nullable=False),
        sa.Column("size", Big, nullable=False),
        sa.PrimaryKeyConstraint("url"),
    )


def downgrade() -> None:
    """A register is never taken back to an older schema: restore a backup instead."""
    raise NotImplementedError
