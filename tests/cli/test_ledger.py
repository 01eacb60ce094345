"""The commands below `ledger`: what the chain holds, who may anchor, and the way out after a stolen key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cast import anchored, order, registry, sealed
from cli.program import Run
from huella.ledger import registry as contract

SECOND = "0x" + "07" * 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A registry with one anchored order."""
    with registry(tmp_path) as house:
        sealed(house, order(1))
        anchored(house)
    return tmp_path


def test_a_foreign_batch_is_shown_and_succeeded(huella: Run, folder: Path) -> None:
    assert huella("ledger", "status", folder=folder).code == 0
    with registry(folder) as house:
        house.ledger.send(contract.append_call(1, [b"\x01" * 32], b"\0", b"", b""), 1_000_000)
    shown = huella("ledger", "status", folder=folder)
    assert (shown.code, "FOREIGN BATCH from entry 1" in shown.out) == (1, True)
    assert huella("anchor", folder=folder).code == 1
    done = huella("ledger", "succeed", "--reason", "robo", "--json", folder=folder)
    assert (done.code, done.value["size"], done.value["untaken"]) == (0, 1, [])
    trust = json.loads((folder / "trust.json").read_text())
    assert trust["contract"] == done.value["contract"]
    assert [held["contract"] for held in trust["predecessors"]] == [done.value["before"]]
    assert huella("anchor", folder=folder).code == 0
    assert huella("audit", folder=folder).code == 0
    assert huella("ledger", "status", "--json", folder=folder).value["foreign"] is None


def test_registrars_are_granted_revoked_and_listed(huella: Run, folder: Path) -> None:
    assert "may anchor; on record" in huella("ledger", "grant", SECOND, folder=folder).out
    assert "nothing changed" in huella("ledger", "grant", SECOND, folder=folder).out
    assert "may no longer anchor" in huella("ledger", "revoke", SECOND, folder=folder).out
    rows = huella("ledger", "registrars", "--json", folder=folder).value["registrars"]
    assert [(row["active"], row["own"]) for row in rows] == [(True, True), (False, False)]
    assert huella("ledger", "grant", "0x12", folder=folder).code != 0


def test_a_rotated_key_goes_on(huella: Run, folder: Path) -> None:
    changed = huella("ledger", "rotate", "--json", folder=folder).value
    assert changed["old"] != changed["new"]
    assert huella("anchor", folder=folder).code == 0
    assert huella("ledger", "registrars", folder=folder).code == 0
    assert huella("audit", folder=folder).code == 0


def test_without_need_nothing_is_succeeded(huella: Run, folder: Path) -> None:
    refused = huella("ledger", "succeed", folder=folder)
    assert (refused.code, "no need of a successor" in refused.err) == (1, True)
