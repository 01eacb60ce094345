"""audit --watch: a line, a hook and a webhook for each finding, once; what is broken on the way stops nothing."""

import hashlib
import hmac
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cli.program import FIRST, Posts, Run, plain

BOUNDED = ("audit", "--watch", "--rounds", "2", "--every", "0", "--json")


@pytest.fixture
def forged(own: Path) -> Path:
    with sqlite3.connect(own / "huella.db") as connection:
        connection.execute("UPDATE orders SET total = 1 WHERE number = ?", (FIRST,))
    connection.close()
    return own


def test_hook_and_webhook_get_each_finding_once(
    forged: Path, tmp_path: Path, huella: Run, receiver: tuple[str, Posts]
) -> None:
    url, posts = receiver
    key, kept = tmp_path / "key", tmp_path / "kept"
    key.write_text("secret\n")
    hook = f"{sys.executable} -c \"import sys; open('{kept}', 'a').write(sys.stdin.read())\""
    ran = huella(*BOUNDED, "--hook", hook, "--webhook", url, "--webhook-key", key, folder=forged)
    (line,) = ran.out.splitlines()
    assert (ran.code, json.loads(line)["table"]) == (1, "orders")
    assert json.loads(kept.read_text()) == json.loads(line)
    signature = hmac.new(b"secret", line.encode(), hashlib.sha256).hexdigest()
    assert posts == [(f"sha256={signature}", line.encode())]


def test_a_broken_hook_is_one_line_and_stops_nothing(forged: Path, huella: Run) -> None:
    ran = huella(*BOUNDED, "--hook", "/no/such/program", folder=forged)
    assert (ran.code, len(ran.out.splitlines()), len(ran.err.splitlines())) == (1, 1, 1)


def test_an_undelivered_alert_waits_for_the_next_start_and_is_not_found_twice(
    forged: Path, huella: Run, receiver: tuple[str, Posts]
) -> None:
    url, posts = receiver
    closed = huella(*BOUNDED, "--webhook", "http://127.0.0.1:9/", folder=forged)
    assert (len(closed.out.splitlines()), len(closed.err.splitlines()), posts) == (1, 1, [])
    again = huella(*BOUNDED, "--webhook", url, folder=forged)
    assert (again.code, again.out, [json.loads(body)["table"] for _, body in posts]) == (1, "", ["orders"])
    assert huella(*BOUNDED, "--webhook", url, folder=forged).code == 1
    assert len(posts) == 1


def test_a_finding_that_is_gone_is_told_as_resolved(forged: Path, huella: Run) -> None:
    huella(*BOUNDED, folder=forged)
    with sqlite3.connect(forged / "huella.db") as connection:
        connection.execute("UPDATE orders SET total = 295000 WHERE number = ?", (FIRST,))
    connection.close()
    ran = huella(*BOUNDED, folder=forged)
    assert (ran.code, json.loads(ran.out)["event"]) == (0, "resolved")
    spanish = huella(*BOUNDED[:-1], folder=forged, HUELLA_LANG="es")
    assert (spanish.code, spanish.out) == (0, "")


def test_the_state_is_only_for_its_owner_and_may_lie_elsewhere(
    forged: Path, tmp_path: Path, huella: Run
) -> None:
    huella(*BOUNDED, "--state", tmp_path / "state", folder=forged)
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600
    assert not (forged / "watch.json").exists()


def test_sigterm_ends_a_watch_between_two_rounds(kept: Path, tmp_path: Path) -> None:
    own = shutil.copytree(kept, tmp_path / "own")
    program = [sys.executable, "-c", "from huella.cli.main import run; run()"]
    command = [*program, "audit", "--watch", "--every", "60", "--json"]
    running = subprocess.Popen(
        command, env=plain() | {"HUELLA_DIR": str(own), "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    try:
        for _ in range(600):  # until the first round is over
            if (own / "watch.json").exists():
                break
            with pytest.raises(subprocess.TimeoutExpired):
                running.wait(0.1)
        running.terminate()
        assert running.wait(30) == 0
    finally:
        running.kill()
    assert json.loads((own / "watch.json").read_bytes())["place"]["round"] == 1


def test_a_clean_watch_says_nothing(kept: Path, huella: Run) -> None:
    ran = huella(*BOUNDED, folder=kept)
    assert (ran.code, ran.out) == (0, "")
