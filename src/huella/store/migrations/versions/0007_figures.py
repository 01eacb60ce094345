"""The statistics and the search index. `huella init` fills them for a register that has records."""

import sqlalchemy as sa
from alembic import op

from huella.store.tables import Big, Words

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "figures": (("by", "a", "b", "month", "currency"), ("orders", "amount")),
    "delays": (("stage", "catalogue", "month"), ("count", "days", "late")),
    "turnover": (("role", "ruc", "currency"), ("orders", "amount")),
}


def upgrade() -> None:
    """Make the tables."""
    for name, (key, numbers) in TABLES.items():
        op.create_table(
            name,
            *(sa.Column(column, Words, nullable=False) for column in key),
            *(sa.Column(column, _type(column), nullable=False) for column in numbers),
            sa.PrimaryKeyConstraint(*key),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "postings",
        sa.Column("term", Words, nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("places", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("term", "block"),
    )
    head = op.create_table(
        "search_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("next", Big, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(head, [{"id": 1, "next": 0}])


def _type(column: str) -> sa.types.TypeEngine[int]:
    return sa.BigInteger() if column == "amount" else Big


def downgrade() -> None:
    """A register is never taken back to an older schema: restore a backup instead."""
    raise NotImplementedError
