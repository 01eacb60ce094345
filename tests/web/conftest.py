"""One site a database for tests that only read, and one of their own for those that write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres
from web.site import Site, site

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session", params=BOTH)
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that tests read and do not change, once on SQLite and once on PostgreSQL."""
    folder = tmp_path_factory.mktemp("site")
    if request.param == "sqlite":
        with site(folder) as made:
            yield made
        return
    server: postgres.Server = request.getfixturevalue("postgresql_server")
    with server.database() as url, site(folder, url) as made:
        yield made


@pytest.fixture
def own(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A site of this test alone, once on SQLite and once on PostgreSQL."""
    with site(tmp_path / "site", database_url) as made:
        yield made
