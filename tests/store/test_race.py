"""Several processes at once on one registry: no gap, nothing twice, whoever writes (rule 2 of the house)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cast import Clock, anchored, order, registry, sealed
from huella.flow.audit import audit
from huella.ledger import registry as contract
from huella.records import record
from huella.store.anchors import FINAL, SENT, Batch

TESTS = Path(__file__).resolve().parents[1]


def race(folder: Path, *works: str) -> list[list[str]]:
    """What the processes told, line by line; none may have met an error."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])
    ended = subprocess.run(
        [sys.executable, str(TESTS / "store" / "racers.py"), str(folder), *works],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    lines = [line.split() for line in ended.stdout.splitlines()]
    assert not [line for line in lines if line[0] == "error"]
    assert not ended.stderr
    return lines


@pytest.mark.slow
def test_indexes_have_no_gap_and_no_double_whoever_seals(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        lines = race(tmp_path, *(f"seal:{first}:25" for first in (1000, 2000, 3000, 4000)))
        told = sorted(int(line[2]) for line in lines)
        assert told == list(range(200))
        entries = house.journal.entries(0, 1_000)
        assert [entry.index for entry in entries] == told
        times = [record.parse(entry.record).recorded_at for entry in entries]
        assert times == sorted(times)
        shared = house.journal.of_subject("registry")
        assert [entry.seq for entry in shared] == list(range(100))
        assert house.signer.last()[0] == 200
        assert house.journal.head()[2] == house.signer.last()[1]
        anchored(house)
        assert audit(house).exit_code == 0


@pytest.mark.slow
def test_one_file_that_three_processes_import_is_there_once(
    database_url: str, tmp_path: Path, shared_data: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes((shared_data / "perucompras" / "ReportePCBienes202301.excerpt.latin1.csv").read_bytes())
    with registry(tmp_path, database_url) as house:
        lines = race(tmp_path, *[f"import:{path}"] * 3)
        assert sorted((int(line[1]), int(line[2])) for line in lines) == [(0, 18), (0, 18), (18, 0)]
        assert house.journal.size() == 18


@pytest.mark.slow
def test_two_workers_anchor_everything_exactly_once(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url, anchor__max_leaves=3) as house:
        sealed(house, *(order(number) for number in range(1, 41)))
        race(tmp_path, "anchor", "anchor")
        assert contract.head(house.ledger).size == 40
        assert house.anchors.anchored() == 40
        assert len(house.anchors.after(0, 100)) == 14
        assert audit(house).exit_code == 0


@pytest.mark.slow
def test_sealing_and_anchoring_at_once_disturb_each_other_nowhere(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url, anchor__max_leaves=5) as house:
        race(tmp_path, "seal:1000:10", "seal:2000:10", "anchor", "anchor")
        anchored(house)
        assert contract.head(house.ledger).size == 40
        assert audit(house).exit_code == 0


def test_a_batch_is_planned_once_and_moves_only_from_the_state_that_was_read(
    database_url: str, tmp_path: Path
) -> None:
    with registry(tmp_path, database_url) as house:
        batch = Batch(0, 3, bytes(32), "note")
        assert house.anchors.plan(batch)
        assert not house.anchors.plan(batch)
        assert house.anchors.move(batch, SENT, transaction="0x1")
        assert not house.anchors.move(batch, FINAL)  # it is no longer due
        sent = house.anchors.at(0)
        assert sent is not None
        assert house.anchors.move(sent, FINAL)
        assert house.anchors.anchored() == 3


def test_a_clock_that_runs_backwards_does_not_take_the_log_back(database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    with registry(tmp_path, database_url, clock) as house:
        for number, minutes in enumerate((0, 5, -60, 1, 70), 1):
            clock.forward(minutes=minutes)
            sealed(house, order(number))
        times = [entry.recorded_at for entry in house.journal.entries(0, 5)]
        assert times == sorted(times)
        assert len(set(times)) == 3
        anchored(house)
        assert audit(house).exit_code == 0
