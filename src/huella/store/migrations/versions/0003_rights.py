"""Keys and calendars on record, and the outbox of assignments."""

import sqlalchemy as sa
from alembic import op

from huella.store.tables import Big, Words

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "keys",
        sa.Column("key", Words, nullable=False),
        sa.Column("alg", Words, nullable=False),
        sa.Column("holder", Words, nullable=True),
        sa.Column("entry", Big, nullable=False),
        sa.Column("revoked", Big, nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("keys_by_holder", "keys", ["holder"])
    op.create_table(
        "calendars",
        sa.Column("entry", Big, autoincrement=False, nullable=False),
        sa.Column("sha256", Words, nullable=False),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.create_table(
        "assignments",
        sa.Column("entry", Big, autoincrement=False, nullable=False),
        sa.Column("token", Big, nullable=False),
        sa.Column("holder", Words, nullable=True),
        sa.Column("account", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("transaction", Words, nullable=True),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.create_index("assignments_by_token", "assignments", ["token"])


def downgrade() -> None:
    """A register is never taken back to an older schema: restore a backup instead."""
    raise NotImplementedError
