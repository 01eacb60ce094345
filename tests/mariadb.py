"""A MariaDB server of the tests' own: Debian's binaries, a temporary folder, a socket and loopback, nothing else."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pymysql

START_SECONDS = 60
SERVER_USER = "mysql"
PROGRAM = Path("/usr/sbin/mariadbd")


class ServerFailed(Exception):
    """The server did not come up; its log says why."""


@dataclass
class Server:
    """A running server: its folder, its port on loopback; `restart` ends it and starts it again."""

    folder: Path
    port: int
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new database's address over loopback, for the user `huella` of all rights; `lector` may only read."""
        name = f"test_{next(self.numbers)}"
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
            for user, rights in (("huella", "ALL"), ("lector", "SELECT")):
                cursor.execute(f"CREATE USER IF NOT EXISTS {user}@'%' IDENTIFIED BY 'clave'")
                cursor.execute(f"GRANT {rights} ON {name}.* TO {user}@'%'")
            cursor.execute("GRANT PROCESS ON *.* TO lector@'%'")
        try:
            yield f"mysql+pymysql://huella:clave@127.0.0.1:{self.port}/{name}"
        finally:
            with self.connect() as connection, connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}")

    def connect(self) -> pymysql.Connection:
        """As the server's administrator."""
        return pymysql.connect(unix_socket=str(self.folder / "socket"), user="root", autocommit=True)

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [*_as_server(), str(PROGRAM), "--no-defaults", f"--datadir={self.folder / 'data'}"]
        command += [f"--socket={self.folder / 'socket'}", "--bind-address=127.0.0.1", f"--port={self.port}"]
        command += [
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=64M",
            "--innodb-flush-log-at-trx-commit=0",
        ]
        command += [
            f"--pid-file={self.folder / 'pid'}",
            f"--tmpdir={self.folder}",
            "--character-set-server=utf8mb4",
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        for _ in range(START_SECONDS * 20):
            try:
                if (self.folder / "socket").exists():
                    self.connect().close()
                    return
                raise pymysql.err.OperationalError
            except pymysql.err.OperationalError:
                try:
                    self.process.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
                break
        raise ServerFailed((self.folder / "log").read_text(errors="replace"))

    def stop(self) -> None:
        """End it in good order."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(START_SECONDS)
            self.process = None


def installed() -> bool:
    """Whether Debian's package is on this machine."""
    return PROGRAM.exists()


@contextmanager
def running() -> Iterator[Server]:
    """A server for as long as the block runs, or this process."""
    folder = Path(tempfile.mkdtemp(prefix="huella-mariadb-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, SERVER_USER, SERVER_USER)
        made = subprocess.run(
            [*_as_server(), "mariadb-install-db", "--no-defaults", f"--datadir={folder / 'data'}",
             "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=False, cwd=folder, capture_output=True, text=True,
        )  # fmt: skip
        if made.returncode:
            raise ServerFailed(made.stdout + made.stderr)
        server = Server(folder, _free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _as_server() -> list[str]:
    """The beginning of a command that must not run as root and must not outlive the tests."""
    command = ["setpriv", "--pdeathsig", "TERM"]
    if os.geteuid() == 0:
        account = pwd.getpwnam(SERVER_USER)
        command += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    return command
