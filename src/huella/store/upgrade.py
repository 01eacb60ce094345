"""The schema's versions: apart from opening a database, because whoever opens one seldom changes its schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from huella.store.database import writing


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema; a new one is made from nothing."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
