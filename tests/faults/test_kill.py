"""`kill -9` at random moments of a process that imports, seals and anchors: nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cast import anchored, registry
from faults.crash import oracle, subjects
from huella.flow.audit import audit

TESTS = Path(__file__).resolve().parents[1]


class Victim:
    """The process that forks the one to be killed."""

    def __init__(self, folder: Path) -> None:
        path = os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])
        script = TESTS / "faults" / "victim.py"
        self._process = subprocess.Popen(
            [sys.executable, str(script), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self._rest = b""

    def close(self) -> None:
        self._in.close()
        self._out.close()
        self._process.wait(60)

    def live_and_die(self, first: int, rng: random.Random) -> set[int]:
        """Let a child work for a few lines and a random moment, kill it; what it had acknowledged."""
        self._in.write(b"%d\n" % first)
        self._in.flush()
        lines = [self._line()]
        pid = int(lines[0].split()[1])
        lines += [self._line() for _ in range(rng.randint(0, 4))]
        moment = rng.random() * 0.04
        select.select([self._out], [], [], moment)  # until the moment has come, or the next line
        os.kill(pid, signal.SIGKILL)
        while lines[-1] != "ended":
            lines.append(self._line())
        return {int(n) for line in lines if line.startswith("sealed") for n in line.split()[1:]}

    def _line(self) -> str:
        while b"\n" not in self._rest:
            more = os.read(self._out.fileno(), 65_536)
            assert more, "the victim ended by itself"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()


@pytest.mark.slow
@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.soak)])
def test_what_was_acknowledged_before_kill_9_is_there_exactly_once(tmp_path: Path, kills: int) -> None:
    rng = random.Random(kills)
    done: set[int] = set()
    with registry(tmp_path, anchor__max_leaves=7) as house:
        victim = Victim(tmp_path)
        try:
            for killed in range(kills):
                first = 1 + killed * 1_000
                done |= victim.live_and_die(first, rng)
                if killed % (kills // 20) == 0:
                    oracle(house, subjects(*done))
        finally:
            victim.close()
        assert done
        anchored(house)
        oracle(house, subjects(*done))
        assert audit(house).exit_code == 0
