"""Whose an API key is, whose act a proposal would be, when a passkey was used last."""

import sqlalchemy as sa
from alembic import op

from huella.store.tables import Words

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. Keys made before are the host's: none of them is a second person beside another one."""
    op.add_column("api_keys", sa.Column("owner", Words))
    op.add_column("proposals", sa.Column("party", Words))
    op.add_column("passkeys", sa.Column("used_at", Words))


def downgrade() -> None:
    """A register is never taken back to an older schema: restore a backup instead."""
    raise NotImplementedError
