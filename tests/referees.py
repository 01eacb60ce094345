"""The validators that papers are tested with, each one Java machine for many files: veraPDF and the EU's DSS.

`make test` builds them (tools/pdfcheck/build); the fixtures `verapdf` and `dss` give them.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "pdfcheck"
# short-lived: the first compiler is enough, and two workers of pytest run two of each
JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g", "-Xss4m")


def built() -> bool:
    """Whether tools/pdfcheck/build has done its work."""
    return (CACHE / "recipe").exists()


class Machine:
    """A program that answers each line with a line of JSON. Files are handed over in a folder of its own."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._numbers = count()

    def put(self, body: bytes, ending: str) -> str:
        """The path of a file with these bytes."""
        path = self._folder / f"{next(self._numbers)}.{ending}"
        path.write_bytes(body)
        return str(path)

    def ask(self, *parts: str) -> dict[str, Any]:
        """One question, one answer. AssertionError where the program fell over it or is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\t".join(parts) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the validator ended with {self._process.poll()}"
        found: dict[str, Any] = json.loads(line)
        assert "error" not in found, found["error"]
        return found


@contextmanager
def machine(name: str, program: str) -> Iterator[Machine]:
    """One of the two, for as long as the block runs."""
    classes, jars = CACHE / name / "classes", CACHE / name / "jars"
    command = [*JAVA, "-cp", f"{classes}:{jars}/*", program]
    with tempfile.TemporaryDirectory(prefix="huella-pdfcheck-") as folder:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            yield Machine(process, Path(folder))
        finally:
            process.stdin.close()  # type: ignore[union-attr]
            process.wait(timeout=60)
            process.stdout.close()  # type: ignore[union-attr]


class VeraPdf:
    """PDF/A and PDF/UA."""

    def __init__(self, how: Machine) -> None:
        self._machine = how

    def failed(self, body: bytes, *flavours: str) -> list[str]:
        """Every rule that a PDF breaks, of PDF/A-3a and PDF/UA-1 unless told otherwise: `flavour clause-number why`."""
        path = self._machine.put(body, "pdf")
        found = []
        for flavour in flavours or ("3a", "ua1"):
            told = self._machine.ask(flavour, path)
            assert told["checks"] > 100, told
            assert told["compliant"] == (not told["failed"]), told
            found += [f"{flavour} {each}" for each in told["failed"]]
        Path(path).unlink()
        return found


class Signature(NamedTuple):
    """What DSS says of one signature. `reason` is ETSI's sub-indication, or `null`."""

    level: str
    verdict: str
    reason: str
    time: str
    by: str
    intact: bool
    stamps: int
    errors: list[str]
    warnings: list[str]


class Dss:
    """The European Commission's validator, with its own standard policy, offline."""

    def __init__(self, how: Machine) -> None:
        self._machine = how

    def signatures(self, body: bytes, root: bytes, now: datetime) -> list[Signature]:
        """What it finds of each signature with this root (DER) as the only trusted certificate, as of `now`."""
        moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        paths = self._machine.put(root, "der"), self._machine.put(body, "pdf")
        told = self._machine.ask(paths[0], moment, paths[1])
        return [Signature(**each) for each in told["signatures"]]
