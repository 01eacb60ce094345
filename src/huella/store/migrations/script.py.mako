"""${message}"""

import sqlalchemy as sa
from alembic import op
from huella.store.tables import Big, Cents, Words

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """A register is never taken back to an older schema: restore a backup instead."""
    raise NotImplementedError
