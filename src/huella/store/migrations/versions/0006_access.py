"""Access over HTTP, outboxes of webhooks and lodged digests, verification codes; orders by place in the log."""

import sqlalchemy as sa
from alembic import op

from huella.store.tables import Big, Words

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", Words, nullable=False),
        sa.Column("digest", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("scopes", Words, nullable=False),
        sa.Column("ruc", Words, nullable=True),
        sa.Column("created_at", Words, nullable=False),
        sa.Column("expires_at", Words, nullable=True),
        sa.Column("revoked_at", Words, nullable=True),
        sa.Column("used_at", Words, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", Words, nullable=False),
        sa.Column("login", Words, nullable=False),
        sa.Column("password", Words, nullable=False),
        sa.Column("scopes", Words, nullable=False),
        sa.Column("ruc", Words, nullable=True),
        sa.Column("totp", Words, nullable=True),
        sa.Column("totp_step", Big, nullable=False),
        sa.Column("subject", Words, nullable=True),
        sa.Column("created_at", Words, nullable=False),
        sa.Column("disabled_at", Words, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", Words, nullable=True),
        sa.UniqueConstraint("login", name="one_person_a_login"),
        sa.UniqueConstraint("subject", name="one_person_a_subject"),
        sa.PrimaryKeyConstraint("id"),
    )


def _passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", Words, nullable=False),
        sa.Column("person", Words, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", Big, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("created_at", Words, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("passkeys_by_person", "passkeys", ["person"])


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("digest", Words, nullable=False),
        sa.Column("person", Words, nullable=False),
        sa.Column("level", Words, nullable=False),
        sa.Column("challenge", Words, nullable=True),
        sa.Column("created_at", Words, nullable=False),
        sa.Column("expires_at", Words, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("sessions_by_person", "sessions", ["person"])


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("caller", Words, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("request", Words, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("asked_at", Words, nullable=False),
        sa.PrimaryKeyConstraint("caller", "key"),
    )
    op.create_index("answers_by_time", "answers", ["asked_at"])


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("proposed_by", Words, nullable=False),
        sa.Column("proposed_at", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("decided_by", Words, nullable=True),
        sa.Column("decided_at", Words, nullable=True),
        sa.Column("entry", Big, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("proposals_by_state", "proposals", ["state"])


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", Words, nullable=False),
        sa.Column("url", Words, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("kinds", Words, nullable=False),
        sa.Column("created_by", Words, nullable=False),
        sa.Column("created_at", Words, nullable=False),
        sa.Column("disabled_at", Words, nullable=True),
        sa.Column("next_index", Big, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _posts() -> None:
    op.create_table(
        "posts",
        sa.Column("webhook", Words, nullable=False),
        sa.Column("entry", Big, nullable=False, autoincrement=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("again_at", Words, nullable=False),
        sa.Column("said", Words, nullable=True),
        sa.PrimaryKeyConstraint("webhook", "entry"),
    )
    op.create_index("posts_by_state", "posts", ["state", "again_at"])


def _lodgings() -> None:
    op.create_table(
        "lodgings",
        sa.Column("digest", Words, nullable=False),
        sa.Column("alg", Words, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("sig", Words, nullable=False),
        sa.Column("lodged_at", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("transaction", Words, nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("lodgings_by_state", "lodgings", ["state"])


def _codes() -> None:
    op.create_table(
        "codes",
        sa.Column("digest", Words, nullable=False),
        sa.Column("entry", Big, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def upgrade() -> None:
    """Make the tables."""
    _api_keys()
    _people()
    _passkeys()
    _sessions()
    _answers()
    _proposals()
    _webhooks()
    _posts()
    _lodgings()
    _codes()
    op.create_index("orders_by_place", "orders", ["first_index"])


def downgrade() -> None:
    """A register is never taken back to an older schema: restore a backup instead."""
    raise NotImplementedError
