"""A PostgreSQL server of the tests' own: Debian's binaries, a temporary folder, a socket in it, no network port."""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

START_SECONDS = 60
# PostgreSQL refuses root; its own account comes with the package.
SERVER_USER = "postgres"


class ServerFailed(Exception):
    """The server did not come up; its log says why."""


@dataclass
class Server:
    """A running server: where its socket is, and databases made and dropped in it."""

    folder: Path
    numbers: Iterator[int]
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End it, whoever is connected; what is committed stays."""
        self.process.send_signal(signal.SIGINT)  # a leaked connection must not hold it up
        self.process.wait(START_SECONDS)

    def restart(self) -> None:
        """End it and begin again, from the thread that began it: it ends with that one."""
        self.stop()
        self.process = self.start()
        _wait(self.process, self.folder)

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A new database as an SQLAlchemy address, empty or a copy of another one, to which nobody is connected;
        dropped afterwards, whoever is still connected."""
        name = f"test_{next(self.numbers)}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, template)))
        with self._administrator() as connection:
            connection.execute(made)
        try:
            yield f"postgresql+psycopg://huella@/{name}?host={self.folder}"
        finally:
            with self._administrator() as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _administrator(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user="huella", dbname="postgres", autocommit=True)


def binaries() -> Path | None:
    """The newest PostgreSQL that Debian's packages have put on this machine, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@contextmanager
def running(programs: Path, *, durable: bool) -> Iterator[Server]:
    """A server for as long as the block runs, or this process; `durable` is with fsync, as in production."""
    # Not below pytest's folder: the path of a socket has 107 bytes, and the server's account must reach it.
    folder = Path(tempfile.mkdtemp(prefix="huella-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, SERVER_USER)
        data = folder / "data"
        _initialise(programs, folder, data)
        start = functools.partial(_start, programs, folder, data, durable=durable)
        server = Server(folder, count(1), start, start())
        try:
            _wait(server.process, folder)
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _as_server() -> list[str]:
    """The beginning of a command that must not run as root and must not outlive the tests."""
    command = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        account = pwd.getpwnam(SERVER_USER)
        command += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    return command


def _initialise(programs: Path, folder: Path, data: Path) -> None:
    command = [
        *_as_server(),
        str(programs / "initdb"),
        f"--pgdata={data}",
        "--username=huella",
        "--auth=trust",
    ]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    made = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    if made.returncode:
        raise ServerFailed(made.stderr)


def _start(programs: Path, folder: Path, data: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    command = [*_as_server(), str(programs / "postgres"), "-D", str(data), "-k", str(folder)]
    command += ["-c", "listen_addresses=", "-c", "wal_level=logical", "-c", "max_replication_slots=40"]
    command += ["-c", "max_wal_senders=20"]
    if not durable:
        command += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Returns once the server answers; raises ServerFailed when it ended or needs too long."""
    for _ in range(START_SECONDS * 20):
        try:
            psycopg.connect(host=str(folder), user="huella", dbname="postgres").close()
        except psycopg.OperationalError:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        return
    raise ServerFailed((folder / "log").read_text())
