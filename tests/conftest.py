"""What every room's tests share: both databases, the real data, hypothesis' profiles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

import networks
import postgres
import referees
from huella.network.local import Local

ROOT = Path(__file__).resolve().parents[1]
CI = os.environ.get("CI") == "true"
SOAK = bool(os.environ.get("HUELLA_SOAK"))
QUICK = bool(os.environ.get("HUELLA_QUICK"))

# Shared machines stall: no deadlines. In CI the examples are the same on every run, so that red means the change.
settings.register_profile("developer", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.register_profile("soak", deadline=None, max_examples=5_000, print_blob=True)
# `make quick` looks for what breaks at once; `make test` has four times the examples.
settings.register_profile("quick", deadline=None, max_examples=25)
settings.load_profile("soak" if SOAK else "quick" if QUICK else "ci" if CI else "developer")


def absent(what: str) -> NoReturn:
    """Fails where CI=true, skips elsewhere: nothing may be left out silently where it counts."""
    if CI:
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgres.Server]:
    """One server for each worker process, without anything shared that a crash could leave behind."""
    programs = postgres.binaries()
    if programs is None:
        absent("PostgreSQL is not installed: tools/install-test-servers")
    with postgres.running(programs, durable=SOAK) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new, empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'huella.sqlite'}"
        return
    server: postgres.Server = request.getfixturevalue("postgresql_server")
    with server.database() as url:
        yield url


@pytest.fixture(scope="session")
def goquorum() -> Path:
    """The program of the tests' validators."""
    geth = networks.program()
    if geth is None:
        absent("GoQuorum is not built: make goquorum")
    return geth


@pytest.fixture(scope="session")
def network(goquorum: Path) -> Iterator[Local]:
    """Four validators for every test of a worker process; who stops one makes a network of its own."""
    with networks.running(goquorum) as found:
        yield found


@pytest.fixture
def own_network(goquorum: Path) -> Iterator[Local]:
    """Four validators of one test, which may kill them. Those that run at its end hold the same blocks."""
    with networks.running(goquorum) as found:
        yield found
        networks.assert_same_blocks(found)


@pytest.fixture(autouse=True)
def _same_blocks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test that asks for the common validators leaves them with the same blocks."""
    found: Local | None = request.getfixturevalue("network") if "network" in request.fixturenames else None
    yield
    if found is not None:
        networks.assert_same_blocks(found)


@pytest.fixture(scope="session")
def verapdf() -> Iterator[referees.VeraPdf]:
    """veraPDF, one machine for every test of a worker process: `verapdf.failed(pdf) == []`."""
    if not referees.built():
        absent("veraPDF is not built: tools/pdfcheck/build")
    with referees.machine("verapdf", "VeraPdf") as found:
        yield referees.VeraPdf(found)


@pytest.fixture(scope="session")
def libcoveocds() -> tuple[Path, Path]:
    """Open Contracting's checker: the Python of its environment, and the program that runs it without a network."""
    python = ROOT / ".cache/ocdscheck/bin/python"
    if not python.exists():
        absent("libcoveocds is not installed: tools/ocdscheck/build")
    return python, ROOT / "tools/ocdscheck/check.py"


@pytest.fixture(scope="session")
def dss() -> Iterator[referees.Dss]:
    """The EU's DSS, one machine for every test of a worker process: `dss.signatures(pdf, root, now)`."""
    if not referees.built():
        absent("DSS is not built: tools/pdfcheck/build")
    with referees.machine("dss", "Dss") as found:
        yield referees.Dss(found)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that lies beside the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        absent("the folder of real data, ../shared/data, is missing")
    return folder
