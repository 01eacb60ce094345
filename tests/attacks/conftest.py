"""A registry with seven records, made once and copied for each test, and its thief."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from attacks.thief import Thief, stage
from cast import Clock, randomness, registry
from huella.flow.house import House, open_house
from huella.store import database
from huella.store.tables import metadata


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Clock]:
    """The folder of a registry on SQLite, and the time when it was left."""
    folder, clock = tmp_path_factory.mktemp("staged"), Clock()
    with registry(folder, None, clock, anchor__max_leaves=3) as made:
        stage(made, clock)
    return folder, clock


@pytest.fixture
def clock(staged: tuple[Path, Clock]) -> Clock:
    return Clock(staged[1].time)


@pytest.fixture
def house(
    staged: tuple[Path, Clock],
    clock: Clock,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    """Entries 0 … 4 anchored, 5 and 6 signed and waiting, on the database of this test."""
    folder = tmp_path / "registry"
    shutil.copytree(staged[0], folder)
    source, target = database.connect(f"sqlite:///{folder / 'huella.db'}"), database.connect(database_url)
    metadata.create_all(target)
    with database.reading(source) as old, database.writing(target) as new:
        for table in metadata.sorted_tables:
            if rows := [dict(row) for row in old.execute(select(table)).mappings()]:
                new.execute(insert(table), rows)
    source.dispose()
    target.dispose()
    with monkeypatch.context() as environment:
        environment.setenv("HUELLA_DATABASE_URL", database_url)
        opening = open_house(folder, clock, randomness(str(folder)))
        opened = opening.__enter__()
    yield opened
    opening.__exit__(None, None, None)


@pytest.fixture
def thief(house: House) -> Iterator[Thief]:
    made = Thief(house)
    yield made
    made.close()
