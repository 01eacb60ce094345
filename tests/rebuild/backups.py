"""A backup as docs/guide/recovery.md tells to make it, and the same put onto a new machine."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import postgres

DUMP = "database.dump"
OFFLINE = ("huella.toml", "trust.json")


def libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def program(name: str) -> str:
    found = postgres.binaries()
    assert found is not None
    return str(found / name)


def back_up(folder: Path, into: Path, url: str) -> Path:
    """Everything that the guide's table names, the signer's folder behind the database."""
    into.mkdir()
    if url.startswith("sqlite"):
        copy_sqlite(Path(url.removeprefix("sqlite:///")), into / DUMP)
    else:
        run("pg_dump", "--format=custom", f"--file={into / DUMP}", libpq(url))
    shutil.copytree(folder / "signer", into / "signer")
    for name in ("vault-keys.db", "chain.db"):
        copy_sqlite(folder / name, into / name)
    for name in OFFLINE:
        shutil.copy(folder / name, into / name)
    shutil.copytree(folder / "keys", into / "keys")
    return into


def restore(backup: Path, folder: Path, url: str) -> Path:
    """A backup in an empty folder, its database at a new address, as settings and database tools do it."""
    shutil.copytree(backup, folder, ignore=shutil.ignore_patterns(DUMP))
    put_back(backup, url)
    settings = folder / "huella.toml"
    told, count = re.subn(
        r'(?m)^url = "(sqlite|postgresql).*"$', f'url = "{url}"', settings.read_text(), count=1
    )
    assert count == 1
    settings.write_text(told)
    return folder


def put_back(backup: Path, url: str) -> None:
    """The database alone, in the place of whatever is there."""
    if url.startswith("sqlite"):
        place = Path(url.removeprefix("sqlite:///"))
        for left in ("", "-wal", "-shm"):
            place.with_name(place.name + left).unlink(missing_ok=True)
        shutil.copy(backup / DUMP, place)
        return
    run("pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={libpq(url)}", str(backup / DUMP))


def copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own backup, which is what `.backup` does."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def run(name: str, *arguments: str) -> None:
    done = subprocess.run([program(name), *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
