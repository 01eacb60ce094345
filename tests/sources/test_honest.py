"""An honest system is never accused: concurrent writers, long transactions, failed commits, a network that is cut and a
server that is started again in the middle."""

from __future__ import annotations

import dataclasses
import os
import random
import socket
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

from huella.flow import source_watch
from procurement import System
from sources.conftest import settle, system_on, watched

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
        self.committed = 0
        self.threads = [threading.Thread(target=self._write, args=(n,), daemon=True) for n in range(WRITERS)]

    def _take(self) -> int:
        with self._lock:
            self._left -= 1
            return self._left

    def _write(self, number: int) -> None:
        chance = random.Random(number)
        connection = None
        while (turn := self._take()) >= 0:
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


@pytest.mark.postgresql
@pytest.mark.slow
@pytest.mark.parametrize("product", ["streamed", "polled", "mariadb"])
def test_no_finding_on_honest_work_whatever_breaks(
    product: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    short = Path(tmp_path_factory.mktemp("p"))
    with system_on(product, request) as system:
        writers = Writers(dataclasses.replace(system), TRANSACTIONS)
        with cut_off(system, short) as proxy, watched(system, tmp_path) as (_, watch):
            away: list[str] = []
            if product == "mariadb":  # in this thread: the server ends with the one that started it
                server = request.getfixturevalue("mariadb_server")
                _work(writers, watch, proxy, away, lambda: (server.stop(), server.start()))
            else:
                _work(writers, watch, proxy, away, lambda: restart_sessions(system))
            settle(watch)
            report = watch.audit()
            assert "away" in away
            assert [finding.to_dict() for finding in report.findings] == []
            assert report.rows > 100 + writers.committed // 3


def _work(writers: Writers, watch: Any, proxy: Proxy, away: list[str], restart: Callable[[], object]) -> None:
    """The writers beside the watch, which is cut off twice; once the server starts again."""
    ended = threading.Event()
    failed: list[BaseException] = []

    def watching() -> None:
        try:
            source_watch.run(watch, ended.is_set, lambda what, _: away.append(what))
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=watching)
    thread.start()
    for writer in writers.threads:
        writer.start()
    time.sleep(1.0)
    proxy.cut(0.3)
    restart()
    for writer in writers.threads:
        writer.join()
    proxy.cut(0.3)
    time.sleep(0.5)
    ended.set()
    thread.join()
    assert failed == []


def restart_sessions(system: System) -> None:
    """Every other session of the server is ended at once, as a restart does."""
    system.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database()"
    )
