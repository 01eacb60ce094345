"""The first pass over a large table: in bulk, killed at any moment, beside writers: nothing twice, nothing lost."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from cast import registry
from cli.program import plain
from huella.errors import StoreError
from huella.flow import capture, first_pass
from huella.flow.house import House
from huella.flow.source_watch import watching
from huella.records.rows import subject_of
from procurement import System, write_plan
from sources.conftest import now, system_on
from sources.test_honest import connect

ROWS = 12_000
PLAN = """
format = "huella/source/1"
name = "siga"
url = "sqlite:///{path}"
chunk = 500
rows_per_second = {limit}

[table.oferta]
key = ["id"]
mode = "append-only"
clear = ["id", "precio"]
digest = ["correo"]
order = "id"
order_by = "sequence"
"""


def large(folder: Path, rows: int = ROWS, limit: int = 0) -> sqlite3.Connection:
    """A source of one table with so many rows, and its plan in the registry's folder."""
    source = sqlite3.connect(folder.parent / "siga.db", isolation_level=None)
    source.execute("CREATE TABLE oferta (id INTEGER PRIMARY KEY, precio NUMERIC, correo TEXT)")
    source.execute(
        "INSERT INTO oferta WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " SELECT i, i * 1.5, 'v' || i || '@ejemplo.pe' FROM n",
        (rows,),
    )
    path = folder / "sources" / "siga.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PLAN.format(path=folder.parent / "siga.db", limit=limit), encoding="utf-8")
    return source


def subjects(house: House) -> list[str]:
    """The subject of every row that is sealed, as often as it is."""
    found = (
        e.subject
        for at in range(0, house.journal.size(), 5_000)
        for e in house.journal.entries(at, at + 5_000)
    )
    return [each for each in found if each.startswith("row/siga/") and "@schema" not in each]


def killed(folder: Path, size: Callable[[], int], chance: random.Random) -> bool:
    """Run the watch and kill it a moment after it has begun to seal; whether it came to its end before."""
    command = [
        sys.executable,
        "-c",
        "from huella.cli.main import run; run()",
        "watch",
        "run",
        "siga",
        "--rounds",
        "1",
    ]
    variables = plain() | {"HUELLA_DIR": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    before = size()
    running = subprocess.Popen(command, env=variables, stderr=subprocess.PIPE)
    try:
        while running.poll() is None and size() <= before:
            with suppress(subprocess.TimeoutExpired):
                running.wait(0.01)
        with suppress(subprocess.TimeoutExpired):
            running.wait(chance.uniform(0.0, 0.7))
    finally:
        running.kill()
        _, said = running.communicate()
    assert running.returncode in (0, -9), said
    return running.returncode == 0


def test_a_row_that_was_asked_for_a_moment_ago_stays_known_when_the_memory_is_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "PIECE", 1)
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        large(tmp_path / "r", 12)
        with watching(house, "siga") as watch:
            watch.begin()
            asked = subjects(house)
            assert len(watch.capture.recent("oferta", asked[:6])) == 6
            assert set(watch.capture.recent("oferta", asked)) == set(asked)


@pytest.mark.slow
def test_killed_at_any_moment_it_seals_each_row_once(tmp_path: Path) -> None:
    folder, chance = tmp_path / "r", random.Random()
    with registry(folder, clock=now) as house:  # type: ignore[arg-type]
        large(folder)
        kills = 0
        while not killed(folder, house.journal.size, chance):
            kills += 1
        assert kills >= 2
        with watching(house, "siga") as watch:
            report = watch.audit()
        found = subjects(house)
        assert (len(found), len(set(found)), report.findings) == (ROWS, ROWS, [])


@pytest.mark.postgresql
@pytest.mark.slow
def test_killed_beside_writers_it_holds_what_the_source_holds(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder, chance = tmp_path / "r", random.Random()
    with system_on("streamed", request) as system, registry(folder, clock=now) as house:  # type: ignore[arg-type]
        orders(system, ROWS)
        path = write_plan(system, folder)
        path.write_text(path.read_text().replace("chunk = 200", "chunk = 500"))
        ended = threading.Event()
        writers = [threading.Thread(target=write, args=(system, n, ended)) for n in range(2)]
        for writer in writers:
            writer.start()
        try:
            kills = sum(1 for _ in range(4) if not killed(folder, house.journal.size, chance))
        finally:
            ended.set()
            for writer in writers:
                writer.join()
        with watching(house, "siga") as watch:
            report = watch.audit()
            assert kills >= 2
            assert [finding.to_dict() for finding in report.findings] == []
            sealed = {s: v[-1].values for s, v in watch.capture.rows.all_histories("public.orden")}
        with system.administrator.cursor() as cursor:
            rows = cursor.execute("SELECT id::text, estado, version::text FROM orden").fetchall()
        held = {
            subject_of("siga", "public.orden", [f"int:{key}"]): (f"text:{e}", f"int:{v}")
            for key, e, v in rows
        }
        assert {s: (v["estado"], v["version"]) for s, v in sealed.items()} == held


@pytest.mark.postgresql
def test_since_when_the_slot_is_read_is_kept_before_anything_is_sealed(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "r"
    with system_on("streamed", request) as system, registry(folder, clock=now) as house:  # type: ignore[arg-type]
        orders(system, 3)
        write_plan(system, folder)
        with watching(house, "siga") as watch:
            assert not watch.begin(lambda: True)
            epoch = watch.capture.state.epoch
            (kept,) = (folder / "sources").glob("*.state.json")  # what a kill leaves
            assert json.loads(kept.read_bytes())["epoch"] == epoch > 0


def orders(system: System, count: int) -> None:
    """So many orders more."""
    system.run(
        "INSERT INTO orden (numero, ruc_entidad, ruc_proveedor, total, estado)"
        " SELECT 'O' || n, '20131257750', '20100186170', n, 'PUBLICADA' FROM generate_series(1, %s) n",
        count,
    )


def write(system: System, number: int, ended: threading.Event) -> None:
    """A client: it announces changes of orders everywhere in the table and puts new ones behind."""
    chance = random.Random(number)
    with connect(system) as connection:
        for turn in range(1_000_000):
            if ended.is_set():
                return
            connection.execute(
                "UPDATE orden SET estado = %s WHERE id = %s", (f"{number}-{turn}", chance.randint(1, ROWS))
            )
            if turn % 5 == 0:
                connection.execute(
                    "INSERT INTO orden (numero, ruc_entidad, ruc_proveedor, total, estado)"
                    " VALUES ('N', '20131257750', '20100186170', 1, 'NUEVA')"
                )
            connection.commit()
            ended.wait(0.002)


def test_personal_values_of_a_large_table_stand_in_no_record(tmp_path: Path) -> None:
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        large(tmp_path / "r", 3_000)
        with watching(house, "siga") as watch:
            watch.begin()
            assert all(b"ejemplo.pe" not in entry.record for entry in house.journal.entries(0, 4_000))
            (version,) = watch.capture.rows.history("row/siga/oferta/2999")
            assert version.values == {
                "id": "int:2999",
                "precio": "float:4498.5",
                "correo": "text:v2999@ejemplo.pe",
            }
            assert watch.capture.state.tables["oferta"].order.top == "int:3000"


def test_an_edit_behind_the_first_pass_is_found_in_a_large_table(tmp_path: Path) -> None:
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        source = large(tmp_path / "r", 3_000)
        with watching(house, "siga") as watch:
            watch.begin()
            source.execute("UPDATE oferta SET precio = 1 WHERE id = 2900")
            assert [(f.cls, f.key, f.column) for f in watch.audit().findings] == [
                ("edited", "2900", "precio")
            ]


def test_a_stop_in_the_middle_keeps_what_is_sealed(tmp_path: Path) -> None:
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        large(tmp_path / "r", 6_000)
        with watching(house, "siga") as watch:
            asked = iter([False] * 5)
            assert not watch.begin(lambda: next(asked, True))
            assert 2_000 < watch.capture.state.tables["oferta"].rows < 6_000
        with watching(house, "siga") as watch:
            assert watch.begin()
        assert len(subjects(house)) == len(set(subjects(house))) == 6_000


def test_the_plan_s_limit_holds_in_bulk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("huella.flow.first_pass.time.sleep", slept.append)
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        large(tmp_path / "r", 4_000, limit=1_000)
        with watching(house, "siga") as watch:
            watch.begin()
    assert sum(slept) > 2.0  # waits are told, not taken: each one grows by what was not waited


def test_a_row_that_cannot_be_sealed_stops_the_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        large(tmp_path / "r", 4_000)
        monkeypatch.setattr("huella.flow.rows.KIND", "row.unknown")
        with watching(house, "siga") as watch:
            watch.capture.state.tables["oferta"].rows = first_pass.WORTHWHILE
            with pytest.raises(StoreError, match="oferta"):
                watch.begin()
