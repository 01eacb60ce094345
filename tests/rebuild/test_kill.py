"""`kill -9` at random moments of a mirror that takes over: nothing twice, nothing lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest

from attacks.thief import big_order
from cast import anchored, order, registry, sealed
from huella.flow.audit import audit
from rebuild.mirrors import assert_same, empty, mirror

TESTS = Path(__file__).resolve().parents[1]
SCRIPT = TESTS / "rebuild" / "victim.py"


def _kill_within(said: IO[bytes], given: IO[bytes], rng: random.Random) -> bytes:
    """One life, killed at a random moment; what its last line was."""
    given.write(b"live\n")
    given.flush()
    pid = int(said.readline().split()[1])
    last = b""
    for _ in range(rng.randint(0, 3)):
        last = said.readline()
        if last == b"done\n":
            break
    time.sleep(rng.random() * 0.05)  # the moment is what is tried out
    with suppress(ProcessLookupError):  # it was done before
        os.kill(pid, signal.SIGKILL)
    while (line := said.readline()) != b"ended\n":
        last = line
    return last


@pytest.mark.slow
def test_a_mirror_killed_again_and_again_is_whole_in_the_end(tmp_path: Path) -> None:
    rng = random.Random(7)
    with registry(tmp_path / "one", anchor__max_leaves=2) as house:
        sealed(house, *(order(n) for n in range(1, 60)), big_order(60))
        anchored(house)
        with empty(tmp_path / "two", house) as copy:
            assert copy.journal.size() == 0
        path = os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])
        with subprocess.Popen(
            [sys.executable, str(SCRIPT), str(tmp_path / "two")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path},
        ) as process:  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            kills = 0
            while _kill_within(process.stdout, process.stdin, rng) != b"done\n":
                kills += 1
                with empty(tmp_path / "two", house) as copy:  # whatever moment it was: whole as far as it is
                    assert not audit(copy).counts.keys() - {"behind"}
            process.stdin.close()
        assert kills >= 3
        with mirror(tmp_path / "two", house) as copy:
            assert_same(house, copy)
            assert audit(copy).exit_code == 0
