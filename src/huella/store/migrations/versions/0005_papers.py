"""The outbox of signing."""

import sqlalchemy as sa
from alembic import op

from huella.store.tables import Big, Words

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "papers",
        sa.Column("name", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("entry", Big, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("until", Words, nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("papers_by_state", "papers", ["state", "until"])


def downgrade() -> None:
    """A register is never taken back to an older schema: restore a backup instead."""
    raise NotImplementedError
