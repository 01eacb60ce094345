"""An honest system is never accused: concurrent writers, long transactions, failed commits, a network that is cut, a
server that is started again and a watch that is killed in the middle.

HUELLA_TRANSACTIONS=100000 with `pytest -s` is the soak; it tells its figures.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from sqlalchemy import make_url

import mariadb
import postgres
from cast import registry
from cli.program import plain
from huella.flow.source_watch import watching
from procurement import System
from sources.conftest import now, settle, system_on, watched

TRANSACTIONS = int(os.environ.get("HUELLA_TRANSACTIONS", "2000"))
"""In `make test`; the issue's 100,000 are a soak."""
WRITERS = 4


class Proxy:
    """Between the watch and its source, on loopback; `cut` breaks every connection and refuses new ones for a while."""

    def __init__(self, target: str | tuple[str, int], path: Path) -> None:
        self._target = target
        self._open: list[socket.socket] = []
        self._cut = False
        local = isinstance(target, str)
        self._listener = socket.socket(socket.AF_UNIX if local else socket.AF_INET)
        self._listener.bind(str(path) if local else ("127.0.0.1", 0))
        self._listener.listen()
        self.port = 0 if local else int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, seconds: float) -> None:
        self._cut = True
        for each in list(self._open):
            _shut(each)
        time.sleep(seconds)
        self._cut = False

    def close(self) -> None:
        _shut(self._listener)
        for each in list(self._open):
            _shut(each)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET)
            try:
                if self._cut:
                    raise OSError
                far.connect(self._target)
            except OSError:
                near.close()
                far.close()
                continue
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    try:
        while given := one.recv(65_536):
            other.sendall(given)
    except OSError:
        pass
    _shut(one)
    _shut(other)


def _shut(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


def connect(system: System) -> Any:
    """A writer's own connection."""
    if system.at:
        return psycopg.connect(system.url.replace("+psycopg", ""))
    at = make_url(system.url)
    return pymysql.connect(
        host=at.host,
        port=at.port or 3306,
        user="huella",
        password="clave",
        database=at.database,
        charset="utf8mb4",
    )


class Writers:
    """Honest clients: they insert, announce changes of orders, give up now and then, and go on after a restart."""

    def __init__(self, system: System, count: int) -> None:
        self._system = system
        self._left = count
        self._lock = threading.Lock()
        self._wait_at, self._go = float(count), threading.Event()
        self.committed = 0
        self.threads = [threading.Thread(target=self._write, args=(n,), daemon=True) for n in range(WRITERS)]

    def until(self, share: float, wait_at: float) -> None:
        """Wait until no more than a share of the transactions is left; the writers go on to another one."""
        self._wait_at = wait_at * TRANSACTIONS
        self._go.set()
        while self._left > share * TRANSACTIONS:
            self.threads[0].join(0.02)

    def _take(self) -> int:
        with self._lock:
            self._left -= 1
            mine = self._left
            if mine == int(self._wait_at):
                self._go.clear()
        self._go.wait()
        return mine

    def _write(self, number: int) -> None:
        chance = random.Random(number)
        connection = None
        while (turn := self._take()) > 0:
            try:
                connection = connection or connect(self._system)
                self._one(connection, f"{number}-{turn}", chance)
            except (psycopg.OperationalError, psycopg.InterfaceError, pymysql.err.Error):
                connection = None  # the server was started again: whatever was not committed is not there
                time.sleep(0.05)
        if connection is not None:
            connection.close()

    def _one(self, connection: Any, name: str, chance: random.Random) -> None:
        with connection.cursor() as cursor:
            if chance.random() < 0.3:
                cursor.execute("UPDATE orden SET estado = %s WHERE id = %s", (name, chance.randint(1, 12)))
            else:
                cursor.execute(
                    "INSERT INTO requerimiento (codigo, entidad, ruc_entidad) VALUES (%s, 'E', '20131257750')",
                    (name,),
                )
                cursor.execute(
                    "INSERT INTO oferta (requerimiento_id, ruc, proveedor, precio) VALUES (1, '20100186170', %s, 10)",
                    (name,),
                )
            if chance.random() < 0.01:
                time.sleep(chance.random())  # a long transaction: its numbers appear late
            if chance.random() < 0.1:
                connection.rollback()
                return
        connection.commit()
        with self._lock:
            self.committed += 1


@contextmanager
def cut_off(system: System, folder: Path) -> Iterator[Proxy]:
    """The same system behind a proxy: the watch goes through it, the writers do not."""
    at = make_url(system.url)
    if system.at:
        proxy = Proxy(f"{at.query['host']}/.s.PGSQL.5432", folder / ".s.PGSQL.5432")
        url = str(at.set(query={"host": str(folder)}).render_as_string(hide_password=False))
    else:
        proxy = Proxy(("127.0.0.1", at.port or 3306), folder)
        url = at.set(port=proxy.port).render_as_string(hide_password=False)
    before, system.url = system.url, url
    try:
        yield proxy
    finally:
        system.url = before
        proxy.close()


class Program:
    """`huella watch run`, in a process of its own that may be killed; `said` is what it told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.said = b""
        self.kills = 0
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-c", "from huella.cli.main import run; run()", "watch", "run", "siga"]
        variables = plain() | {"HUELLA_DIR": str(self._folder), "PYTHONPATH": os.pathsep.join(sys.path)}
        self._log = self._folder / f"said-{self.kills}"
        with self._log.open("wb") as log:
            self._running = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
        self._heard = 0

    def follow(self) -> None:
        """Wait until it tells something more: that it has sealed, or that the source is away."""
        end = time.monotonic() + 120
        while self._log.stat().st_size <= self._heard and time.monotonic() < end:
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(0.05)
            assert self._running.poll() is None, self._log.read_bytes()
        self._heard = self._log.stat().st_size

    def kill(self) -> None:
        """kill -9, and begin again."""
        self._running.kill()
        self._running.wait()
        self.kills += 1
        self._start()

    def end(self) -> int:
        """SIGTERM; its exit code."""
        self._running.terminate()
        try:
            return self._running.wait(120)
        finally:
            self._running.kill()
            self._running.wait()
            self.said = b"".join(path.read_bytes() for path in sorted(self._folder.glob("said-*")))


@pytest.mark.postgresql
@pytest.mark.slow
@pytest.mark.parametrize("product", ["streamed", "polled", "mariadb"])
def test_no_finding_on_honest_work_whatever_breaks(
    product: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    short = Path(tmp_path_factory.mktemp("p"))
    begun = time.monotonic()
    with system_on(product, request) as system:
        writers = Writers(dataclasses.replace(system), TRANSACTIONS)
        with cut_off(system, short) as proxy:
            with watched(system, tmp_path) as (house, _):
                pass
            program = Program(tmp_path)
            # in this thread: a server ends with the one that started it
            _work(writers, program, proxy, functools.partial(restart, product, request))
            took = time.monotonic() - begun
            assert program.end() == 0, program.said
            with registry(tmp_path, clock=now) as house, watching(house, "siga") as watch:  # type: ignore[arg-type]
                settle(watch)
                report = watch.audit()
            sys.stdout.write(
                f"\n{product}: {writers.committed} committed of {TRANSACTIONS} in {took:.0f} s, {report.rows} rows,"
                f" {report.versions} versions, {program.kills} kills, load {os.getloadavg()[0]:.1f},"
                f" findings {len(report.findings)}, all of it {time.monotonic() - begun:.0f} s\n"
            )
            assert b"it is asked again" in program.said
            assert b"Traceback" not in program.said
            assert [finding.to_dict() for finding in report.findings] == []
            assert report.rows > 100 + writers.committed // 3


def _work(writers: Writers, program: Program, proxy: Proxy, again: Callable[[], None]) -> None:
    """The writers beside the watch, which is cut off twice and killed twice; once the server starts again."""
    try:
        for writer in writers.threads:
            writer.start()
        steps: tuple[tuple[float, float, Callable[[], object]], ...] = (
            (0.95, 0.85, lambda: None), (0.8, 0.7, lambda: proxy.cut(0.3)), (0.65, 0.55, again),
            (0.5, 0.4, program.kill), (0.35, 0.25, lambda: proxy.cut(0.3)), (0.2, 0.1, program.kill),
            (0.05, -1.0, lambda: None),
        )  # fmt: skip
        for left, wait_at, act in steps:
            writers.until(left, wait_at)
            act()
            program.follow()
    finally:
        for writer in writers.threads:
            writer.join()


def restart(product: str, request: pytest.FixtureRequest) -> None:
    """The server ends and begins again; all who were connected are not."""
    if product == "mariadb":
        maria: mariadb.Server = request.getfixturevalue("mariadb_server")
        maria.stop()
        maria.start()
    else:
        server: postgres.Server = request.getfixturevalue("postgresql_server")
        server.restart()
