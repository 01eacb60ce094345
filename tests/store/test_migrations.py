"""The migrations make exactly the tables that the code uses, on both databases."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import huella.store.figures
import huella.store.lodged
import huella.store.search
import huella.store.tables_access  # noqa: F401  (their tables are the schema's too)
from huella.errors import SettingsError
from huella.store import database
from huella.store.tables import metadata
from huella.store.upgrade import upgrade


def test_the_migrated_schema_is_that_of_the_tables(database_url: str) -> None:
    engine = database.connect(database_url)
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    engine = database.connect(database_url)
    for _ in range(2):
        upgrade(engine)
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://x", "nothing", "sqlite+x:///y", "postgresql+psycopg"])
def test_another_database_is_refused_with_one_clear_line(url: str) -> None:
    with pytest.raises(SettingsError):
        database.connect(url)


def test_sqlite_is_opened_with_full_durability(tmp_path: object) -> None:
    engine = database.connect(f"sqlite:///{tmp_path}/x.db")
    with engine.connect() as connection:
        told = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        ]
    assert told == ["wal", 2]
    engine.dispose()
