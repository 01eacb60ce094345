"""The program as a user runs it: arguments in, exit code and both streams out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from huella.records.draft import Draft

FIRST = "OCAM-2026-1335-1-0"


class Ran(NamedTuple):
    """What a run of the program gave: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """Standard output, which is exactly one JSON object."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Run = Callable[..., Ran]
Posts = list[tuple[str | None, bytes]]
"""What a webhook was sent: signature and body."""


def plain() -> dict[str, str]:
    """The environment without anything that tells the program a language, folder or setting."""
    return {name: v for name, v in os.environ.items() if not name.startswith(("HUELLA_", "LC_", "LANG"))}


def spawn(*arguments: object, folder: Path | None = None, **variables: str) -> Ran:
    """Run the program in a process of its own."""
    where = {} if folder is None else {"HUELLA_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", "from huella.cli.main import run; run()", *map(str, arguments)],
        env=plain() | {"PYTHONPATH": os.pathsep.join(sys.path)} | where | variables,
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def lines(path: Path, *drafts: Draft) -> Path:
    """A file in our own input form."""
    rows = [{"kind": draft.kind, "subject": draft.subject, "data": draft.data} for draft in drafts]
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


def is_short(error: str) -> bool:
    """Whether an error is one line with the message and at most one with the advice."""
    return bool(re.fullmatch(r"error: [^\n]+\n( {7}[^\n]+\n)?", error))
