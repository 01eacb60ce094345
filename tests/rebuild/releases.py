"""Registers that older releases made, unpacked, on SQLite as they are or moved to PostgreSQL at their own schema."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Boolean, Engine, MetaData, create_engine, insert, select

from huella.store import database

KEPT = Path(__file__).resolve().parents[1] / "vectors" / "releases"
MIGRATIONS = Path(database.__file__).parent / "migrations"


def unpacked(release: str, folder: Path, url: str) -> Path:
    """A copy of the register that a release made, with its database at `url`."""
    with tarfile.open(KEPT / f"{release}.tar.xz") as archive:
        if hasattr(tarfile, "data_filter"):  # Debian's 3.11.2 has none
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)
    if url.startswith("sqlite"):
        return folder
    engine = database.connect(url)
    _make(engine, release)
    _move(create_engine(f"sqlite:///{folder / 'huella.db'}"), engine)
    engine.dispose()
    (folder / "huella.db").unlink()
    settings = folder / "huella.toml"
    told, count = re.subn(r"(?m)^#? ?url = .*sqlite:///huella.db.*$", f'url = "{url}"', settings.read_text())
    assert count == 1
    settings.write_text(told)
    return folder


def _make(engine: Engine, revision: str) -> None:
    """The tables as they were at a revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _move(source: Engine, target: Engine) -> None:
    """Every row, table by table, without today's definitions of the tables."""
    there, here = MetaData(), MetaData()
    there.reflect(source)
    here.reflect(target)
    with source.connect() as old, target.begin() as new:
        for name, table in here.tables.items():
            rows = [dict(row) for row in old.execute(select(there.tables[name])).mappings()]
            for row in rows:
                row |= {c.name: bool(row[c.name]) for c in table.columns if isinstance(c.type, Boolean)}
            new.execute(table.delete())
            if rows:
                new.execute(insert(table), rows)
    source.dispose()
