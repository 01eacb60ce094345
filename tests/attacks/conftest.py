"""A registry with seven records, and its thief."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from attacks.thief import Thief, stage
from cast import Clock, registry
from huella.flow.house import House


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[House]:
    """Entries 0 … 4 anchored, 5 and 6 signed and waiting."""
    with registry(tmp_path / "registry", database_url, clock, anchor__max_leaves=3) as opened:
        stage(opened, clock)
        yield opened


@pytest.fixture
def thief(house: House) -> Iterator[Thief]:
    made = Thief(house)
    yield made
    made.close()
