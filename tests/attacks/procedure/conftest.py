"""The stages of one procedure, made once and copied for each test, and who attacks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres
from attacks.procedure_stage import Operator, staged
from cast import Clock
from huella.flow.house import House
from staging import Stage, Staged


@pytest.fixture
def stage(stages: Stage, upto: str) -> Staged:
    return staged(stages, upto)


@pytest.fixture
def house(stage: Staged, clock: Clock, backend: postgres.Server | None, tmp_path: Path) -> Iterator[House]:
    with stage.copied(tmp_path / "own", clock, backend) as opened:
        yield opened


@pytest.fixture
def operator(house: House) -> Iterator[Operator]:
    made = Operator(house)
    yield made
    made.close()
