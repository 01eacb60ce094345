"""`huella witness` as an organisation runs it, `verify` with two signed heads, and a forged cosigned head."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import insert

from cast import Clock, order, registry, sealed
from cli.program import Run, is_short, plain
from huella.flow.audit import audit
from huella.store import database
from huella.store.tables import cosigned

ORIGIN = "example.pe/huella"


@pytest.fixture
def made(tmp_path: Path, huella: Run) -> Path:
    with registry(tmp_path / "r"):
        pass
    trust = tmp_path / "r" / "trust.json"
    ran = huella("witness", "init", "--dir", tmp_path / "w", "--name", "w1", "--trust", trust)
    assert (ran.code, ran.out.startswith("w1+")) == (0, True)
    return tmp_path / "w"


def test_it_runs_on_loopback_and_ends_at_sigterm(made: Path) -> None:
    command = [sys.executable, "-c", "from huella.cli.main import run; run()", "witness", "run"]
    environment = plain() | {"PYTHONPATH": os.pathsep.join(sys.path), "HUELLA_LANG": "en"}
    running = subprocess.Popen(
        [*command, "--dir", str(made), "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    said = running.stderr.readline()
    address = said.split(" at ")[1].split(";")[0]
    with urllib.request.urlopen(address) as answer:
        assert answer.read().startswith(b"w1+")
    request = urllib.request.Request(address + "add-checkpoint", data=b"nonsense")
    for wanted, code in ((request, 400), (f"{address}heads/{sha256(ORIGIN.encode()).hexdigest()}", 404)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(wanted)
        with refused.value:
            assert refused.value.code == code
    running.send_signal(signal.SIGTERM)
    assert running.wait(20) == 0
    with running.stderr:
        assert "Traceback" not in running.stderr.read()


def test_what_is_wrong_is_one_line(made: Path, tmp_path: Path, huella: Run) -> None:
    for arguments in (
        ("run", "--dir", tmp_path / "nothing"),
        ("init", "--dir", made, "--name", "another"),
        ("init", "--dir", tmp_path / "new"),
        ("init", "--dir", tmp_path / "new", "--name", "w2", "--log", "no key"),
        ("show", "--dir", made, "--log", "nothing"),
    ):
        ran = huella("witness", *arguments)
        assert (ran.code, is_short(ran.err)) == (2, True), ran.err


def test_two_heads_of_one_size_are_a_fork_and_one_alone_proves_nothing(tmp_path: Path, huella: Run) -> None:
    notes = [tmp_path / "one.txt", tmp_path / "two.txt"]
    with registry(tmp_path / "a") as house:
        sealed(house, order(1))
        notes[0].write_text(house.journal.head()[2] or "")
    (tmp_path / "b" / "keys").mkdir(parents=True)
    (tmp_path / "b" / "keys" / "log.pem").write_bytes((tmp_path / "a" / "keys" / "log.pem").read_bytes())
    with registry(tmp_path / "b") as house:
        sealed(house, order(2))
        notes[1].write_text(house.journal.head()[2] or "")
    trust = ("--trust", tmp_path / "a" / "trust.json", "--json")
    ran = huella("verify", *notes, *trust)
    assert (ran.code, ran.value["results"][0]["overall"]) == (1, "forked")
    assert huella("verify", notes[0], notes[0], *trust).code == 3
    assert huella("verify", notes[0], *trust).code == 2


def test_a_forged_cosigned_head_is_found(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url, Clock()) as house:
        sealed(house, order(1))
        note = house.journal.head()[2] or ""
        forged = note.replace("\n1\n", "\n2\n")
        with database.writing(house.engine) as connection:
            rows = [{"size": 1, "note": note, "witnesses": 3}, {"size": 2, "note": forged, "witnesses": 0}]
            connection.execute(insert(cosigned), rows)
        found = {(one.cls, one.row, one.column) for one in audit(house).findings if one.table == "cosigned"}
    assert found == {("tampered", "1", "witnesses"), ("tampered", "2", "note")}
