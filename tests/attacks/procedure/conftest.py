"""The stages of one procedure, made once and copied for each test, and who attacks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from attacks.procedure_stage import Operator, copied, stage
from attacks.thief import Thief
from cast import Clock
from huella.flow.house import House

Stages = dict[str, tuple[Path, Clock]]


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    folders = {upto: tmp_path_factory.mktemp(upto) for upto in ("open", "closed", "awarded")}
    return {upto: (folder, stage(folder, upto)) for upto, folder in folders.items()}


@pytest.fixture
def clock(stages: Stages, upto: str) -> Clock:
    return Clock(stages[upto][1].time)


@pytest.fixture
def house(stages: Stages, upto: str, clock: Clock, tmp_path: Path) -> Iterator[House]:
    with copied(stages[upto][0], clock, tmp_path / "own") as opened:
        yield opened


@pytest.fixture
def thief(house: House) -> Iterator[Thief]:
    made = Thief(house)
    yield made
    made.close()


@pytest.fixture
def operator(house: House) -> Iterator[Operator]:
    made = Operator(house)
    yield made
    made.close()
