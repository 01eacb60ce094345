"""Alembic's entry: migrations run inside the transaction that the caller opened."""

from alembic import context

import huella.store.figures
import huella.store.search
import huella.store.tables_access  # noqa: F401  (their tables are the schema's too)
from huella.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite"
)
context.run_migrations()
