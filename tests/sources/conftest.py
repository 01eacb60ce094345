"""Watched systems for the tests of sources: PostgreSQL streamed and polled, MariaDB polled, SQLite polled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

import mariadb
import postgres
from cast import anchored, registry
from conftest import absent
from huella.flow.house import House
from huella.flow.row_audit import RowReport
from huella.flow.source_watch import SourceWatch, watching
from procurement import System, on_mysql, on_postgresql, on_sqlite, write_plan


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[mariadb.Server]:
    """One server for each worker process."""
    if not mariadb.installed():
        absent("MariaDB is not installed: tools/install-test-servers")
    with mariadb.running() as server:
        yield server


def now() -> datetime:
    """The real clock: a source has its own, and both are compared."""
    return datetime.now(UTC)


@contextmanager
def watched(system: System, folder: Path) -> Iterator[tuple[House, SourceWatch]]:
    """A registry that watches a system, after the first pass and an anchor."""
    with registry(folder, clock=now) as house:  # type: ignore[arg-type]
        path = write_plan(system, folder)
        with watching(house, str(path)) as watch:
            watch.begin()
            anchored(house)
            yield house, watch


@contextmanager
def system_on(product: str, request: pytest.FixtureRequest) -> Iterator[System]:
    """The system on PostgreSQL `streamed`, on PostgreSQL `polled`, on `mariadb`, or on `sqlite`, with twelve procedures
    in it."""
    if product == "sqlite":
        folder: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
        with on_sqlite(folder.mktemp("source") / "siga.db") as found:
            found.fill(12)
            yield found
        return
    if product == "mariadb":
        maria: mariadb.Server = request.getfixturevalue("mariadb_server")
        with maria.database() as url, on_mysql(url) as found:
            found.fill(12)
            yield found
        return
    server: postgres.Server = request.getfixturevalue("postgresql_server")
    capture = "replication" if product == "streamed" else "polling"
    with server.database() as url, on_postgresql(url, capture) as found:
        found.fill(12)
        yield found


@pytest.fixture(params=["streamed", "polled", "mariadb"])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """The system on each product."""
    with system_on(request.param, request) as found:
        yield found


def settle(watch: SourceWatch, seconds: float = 2.5) -> None:
    """Rounds until what is in the tables counts as appeared: the plan's safety window has passed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        watch.round()
        watch.rest(0.1)
    watch.round()


def told(report: RowReport) -> set[tuple[str, str, str, str]]:
    """What a report names: class, table without its schema, key, column."""
    return {(f.cls, f.table.rpartition(".")[2], f.key, f.column) for f in report.findings}
