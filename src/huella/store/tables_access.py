"""Tables beside the register: who may do what over HTTP, what was answered, what is to be told to whom.

None of them is derived from records, and none holds a secret or a sealed value in clear: keys and sessions stand as
digests, what must be read again is under the vault's master key.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from huella.store.tables import Big, Words, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Words, primary_key=True),
    Column("digest", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("scopes", Words, nullable=False),
    # the party that the key speaks for, where it is bound to one
    Column("ruc", Words),
    # the person who was shown it; none: who has the host's command line
    Column("owner", Words),
    Column("created_at", Words, nullable=False),
    Column("expires_at", Words),
    Column("revoked_at", Words),
    Column("used_at", Words),
)

people = Table(
    "people",
    metadata,
    Column("id", Words, primary_key=True),
    Column("login", Words, nullable=False),
    Column("password", Words, nullable=False),
    Column("scopes", Words, nullable=False),
    Column("ruc", Words),
    # the secret of one-time passwords and the last step that was used, wrapped
    Column("totp", Words),
    Column("totp_step", Big, nullable=False),
    # the subject at an identity provider, where the person signs in there
    Column("subject", Words),
    Column("created_at", Words, nullable=False),
    Column("disabled_at", Words),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Words),
    UniqueConstraint("login", name="one_person_a_login"),
    UniqueConstraint("subject", name="one_person_a_subject"),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Words, primary_key=True),
    Column("person", Words, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Big, nullable=False),
    Column("name", Words, nullable=False),
    Column("created_at", Words, nullable=False),
    Column("used_at", Words),
    Index("passkeys_by_person", "person"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("person", Words, nullable=False),
    # `half`: the password was right, the second factor is awaited; `full`
    Column("level", Words, nullable=False),
    # what the second factor has to answer, wrapped
    Column("challenge", Words),
    Column("created_at", Words, nullable=False),
    Column("expires_at", Words, nullable=False),
    Index("sessions_by_person", "person"),
)

# What was answered to a request with an Idempotency-Key: its keyed digest, and the answer under the master key.
answers = Table(
    "answers",
    metadata,
    Column("caller", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("request", Words, nullable=False),
    Column("status", Integer),
    Column("body", Text),
    Column("asked_at", Words, nullable=False),
    Index("answers_by_time", "asked_at"),
)

# Acts that need two persons: the first proposes, another one confirms.
proposals = Table(
    "proposals",
    metadata,
    Column("id", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("subject", Words, nullable=False),
    # the entity (RUC) whose act it would be
    Column("party", Words),
    Column("draft", Text, nullable=False),
    Column("proposed_by", Words, nullable=False),
    Column("proposed_at", Words, nullable=False),
    # `waiting`, `confirmed`, `withdrawn`
    Column("state", Words, nullable=False),
    Column("decided_by", Words),
    Column("decided_at", Words),
    Column("entry", Big),
    Index("proposals_by_state", "state"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Words, primary_key=True),
    Column("url", Words, nullable=False),
    Column("secret", Text, nullable=False),
    # kinds of record, separated by blanks; empty: all
    Column("kinds", Words, nullable=False),
    Column("created_by", Words, nullable=False),
    Column("created_at", Words, nullable=False),
    Column("disabled_at", Words),
    # entries below it are posted or stand in `posts`
    Column("next_index", Big, nullable=False),
)

# The outbox of webhooks: due → done, or dead after the last try.
posts = Table(
    "posts",
    metadata,
    Column("webhook", Words, primary_key=True),
    Column("entry", Big, primary_key=True, autoincrement=False),
    Column("state", Words, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("again_at", Words, nullable=False),
    Column("said", Words),
    Index("posts_by_state", "state", "again_at"),
)

# The outbox of lodged digests: due → sent.
lodgings = Table(
    "lodgings",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("alg", Words, nullable=False),
    Column("key", Words, nullable=False),
    Column("sig", Words, nullable=False),
    Column("lodged_at", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("transaction", Words),
    Index("lodgings_by_state", "state"),
)

# Verification codes by a keyed digest, and the entry that seals each.
codes = Table(
    "codes",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("entry", Big, nullable=False),
)
