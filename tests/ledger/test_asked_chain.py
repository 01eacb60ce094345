"""The embedded chain is opened at the first question, and what it is, is known before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import cast
from cast import Clock
from huella.errors import LedgerUnreachable, SettingsError, StoreError
from huella.flow.house import open_house
from huella.ledger import asked, registry

SERVE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from fastapi.testclient import TestClient
from huella.flow.house import open_house
from huella.web.app import create_app
with open_house(Path(sys.argv[1]), lambda: datetime.now(UTC), os.urandom) as house:
    assert TestClient(create_app(house), base_url="http://localhost:8000").get("/api/v1/health").status_code == 200
    print(*sorted(name for name in ("eth", "py_ecc") if name in sys.modules))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with cast.registry(tmp_path / "r", None, Clock()):
        pass
    return tmp_path / "r"


def test_answering_for_health_loads_no_virtual_machine(folder: Path) -> None:
    found = subprocess.run([sys.executable, "-c", SERVE, folder], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout.strip()) == (0, ""), found.stderr


def test_what_is_known_of_the_chain_agrees_with_the_chain(folder: Path) -> None:
    with open_house(folder, Clock(), cast.randomness("asked")) as house:
        assert house.ledger.contract == "0x" + house.trust.contract.hex()
        assert house.ledger.chain_id == house.trust.chain_id
        assert registry.head(house.ledger).size == 0
        assert house.ledger.batch(0) is None
        assert house.ledger.findings == ()


def test_a_ledger_is_opened_once_however_often_it_is_asked(folder: Path) -> None:
    opened = []

    with open_house(folder, Clock(), cast.randomness("once")) as house:

        def opening() -> object:
            opened.append(1)
            return house.ledger

        lazy = asked.Asked(asked.Identity(1, "0x"), opening)  # type: ignore[arg-type]
        assert opened == []
        assert lazy.batch(0) is lazy.batch(5) is None
        assert opened == [1]


def test_a_chain_of_another_id_or_none_is_refused_before_any_question(folder: Path, tmp_path: Path) -> None:
    file = folder / "chain.db"
    with pytest.raises(SettingsError, match="is a chain with id"):
        asked.identity(file, 7)
    with pytest.raises(StoreError, match="there is no chain"):
        asked.identity(tmp_path / "none", 7)
    (tmp_path / "text").write_text("no database" * 100)
    with pytest.raises(StoreError, match="is not a chain"):
        asked.identity(tmp_path / "text", 7)


def test_a_disk_that_gives_no_room_is_no_accusation_of_the_chain(folder: Path) -> None:
    """SQLite cannot make its shared memory, as on a full disk; once it can, all is there."""
    file = folder / "chain.db"
    before = asked.identity(file, 648_000)
    beside = folder / "chain.db-wal"
    beside.unlink(missing_ok=True)
    beside.mkdir()
    with pytest.raises(LedgerUnreachable, match="the embedded chain cannot be reached") as caught:
        asked.identity(file, 648_000)
    assert "disk full" in caught.value.advice
    beside.rmdir()
    assert asked.identity(file, 648_000) == before
