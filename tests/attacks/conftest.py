"""A registry with seven records, made once on each database and copied for each test, and its thief."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres
from attacks.thief import Thief
from attacks.thief import stage as seven_records
from cast import Clock
from huella.flow.house import House
from huella.ledger.embedded import EmbeddedLedger
from staging import Stage, Staged


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def backend(request: pytest.FixtureRequest) -> postgres.Server | None:
    """Where the registries of these tests lie: None is SQLite."""
    if request.param == "sqlite":
        return None
    server: postgres.Server = request.getfixturevalue("postgresql_server")
    return server


@pytest.fixture(scope="session", autouse=True)
def remembered_calls() -> Iterator[None]:
    """What a chain answers at a block never changes, and most of these tests ask copies of the same few chains: an
    answer is computed once for each head, contract and question."""
    ask, answers = EmbeddedLedger.call, dict[tuple[bytes, str, bytes], bytes]()

    def call(ledger: EmbeddedLedger, data: bytes) -> bytes:
        question = (bytes(ledger._store.head()), ledger.contract, data)
        if question not in answers:
            answers[question] = ask(ledger, data)
        return answers[question]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmbeddedLedger, "call", call)
        yield


@pytest.fixture(scope="session")
def stages(backend: postgres.Server | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("stages"), backend)
    with made.held:
        yield made


@pytest.fixture
def stage(stages: Stage) -> Staged:
    """Entries 0 … 4 anchored, 5 and 6 signed and waiting."""
    return stages.new("seven", seven_records, Clock(), anchor__max_leaves=3)


@pytest.fixture
def clock(stage: Staged) -> Clock:
    return Clock(stage.time)


@pytest.fixture
def house(stage: Staged, clock: Clock, backend: postgres.Server | None, tmp_path: Path) -> Iterator[House]:
    with stage.copied(tmp_path / "registry", clock, backend) as opened:
        yield opened


@pytest.fixture
def thief(house: House) -> Iterator[Thief]:
    made = Thief(house)
    yield made
    made.close()
