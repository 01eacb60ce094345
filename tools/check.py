"""Checks of what the project ships, beside those of ruff, mypy and pytest.

check.py lock     requirements.lock answers pyproject.toml: every name, inside its range, with digests, no address
check.py files    no committed file names a package registry or a folder of one machine
check.py wheel    the wheel in dist/ holds the compiled contract, the portal's program and every file of the package
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
# Put together here, so that this file does not hold what it forbids.
HOSTS = [
    ".".join(parts)
    for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("crates", "io"))
]
FOLDERS = [f"/{name}/" for name in ("work", "root")]
FORBIDDEN = re.compile("|".join([*map(re.escape, HOSTS), *(rf"(?<![\w.}}]){folder}" for folder in FOLDERS)]))


def check_lock() -> Iterator[str]:
    """What is wrong with the two lock files, a sentence each; nothing is downloaded."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    yield from compare("requirements.lock", (ROOT / "requirements.lock").read_text(), wanted)
    bootstrap = (ROOT / "tools" / "bootstrap.in").read_text().splitlines()
    exact = [line for line in bootstrap if not line.startswith("#")]
    yield from compare("tools/bootstrap.lock", (ROOT / "tools" / "bootstrap.lock").read_text(), exact)


def compare(name: str, text: str, wanted: list[str]) -> Iterator[str]:
    """What the lock file `name` with this text lacks of the requirements wanted, or has and must not."""
    if "://" in text or "--index" in text:
        yield f"{name} holds an address: make lock"
    pinned = {canonicalize_name(found): version for found, version in PINNED.findall(text)}
    unhashed = len(pinned) - len(re.findall(r"==\S+(?: ;[^\\]*)? \\\n {4}--hash=sha256:", text))
    if unhashed:
        yield f"{name} has {unhashed} packages without a digest: make lock"
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        if version is None:
            yield f"{name} lacks {requirement.name}: make lock"
        elif not requirement.specifier.contains(version, prereleases=True):
            yield f"{name} has {requirement.name} {version}, wanted is {requirement.specifier}: make lock"


def check_files() -> Iterator[str]:
    """Every committed line that names a package registry's host or one machine's folder."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        try:
            lines = (ROOT / name).read_text().splitlines()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        for number, line in enumerate(lines, start=1):
            if found := FORBIDDEN.search(line):
                yield f"{name}:{number} holds {found[0]!r}"


def check_wheel() -> Iterator[str]:
    """What the one wheel in dist/ lacks of the package's files."""
    wheels = list((ROOT / "dist").glob("*.whl"))
    if len(wheels) != 1:
        yield f"dist/ holds {len(wheels)} wheels, not one: make wheel"
        return
    package = ROOT / "src" / "huella"
    files = {path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    wanted = {path.relative_to(package.parent).as_posix() for path in files}
    wanted |= {"huella/ledger/registry.json", "huella/web/static/dist/manifest.json"}
    for name in sorted(wanted - set(zipfile.ZipFile(wheels[0]).namelist())):
        yield f"{wheels[0].name} lacks {name}"


CHECKS: dict[str, Callable[[], Iterator[str]]] = {
    "lock": check_lock,
    "files": check_files,
    "wheel": check_wheel,
}


def main(names: list[str]) -> int:
    """Runs the named checks; 0 where nothing was found, 1 otherwise, 2 for a name that is none."""
    if not names or not set(names) <= set(CHECKS):
        print(__doc__, file=sys.stderr)
        return 2
    findings = [finding for name in names for finding in CHECKS[name]()]
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
