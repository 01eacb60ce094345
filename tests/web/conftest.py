"""One site a database for tests that only read; for those that write, a copy of it of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy.engine import make_url

import postgres
from web.site import Site, make, opened

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


class Model(NamedTuple):
    """A filled registry that nobody has open: its folder, and its database where that is PostgreSQL's."""

    folder: Path
    url: str | None


@pytest.fixture(scope="session", params=BOTH)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    """The registry that the sites are copies of, once on SQLite and once on PostgreSQL."""
    folder = tmp_path_factory.mktemp("model") / "site"
    if request.param == "sqlite":
        make(folder, None)
        yield Model(folder, None)
        return
    server: postgres.Server = request.getfixturevalue("postgresql_server")
    with server.database() as url:
        make(folder, url)
        yield Model(folder, url)


@pytest.fixture(scope="session")
def reader(
    request: pytest.FixtureRequest, model: Model, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site that tests read and do not change."""
    yield from _copy(request, model, tmp_path_factory.mktemp("reader") / "site")


@pytest.fixture
def own(request: pytest.FixtureRequest, model: Model, tmp_path: Path) -> Iterator[Site]:
    """A site of this test alone."""
    yield from _copy(request, model, tmp_path / "site")


def _copy(request: pytest.FixtureRequest, model: Model, folder: Path) -> Iterator[Site]:
    shutil.copytree(model.folder, folder)
    if model.url is None:
        with opened(folder, None) as site:
            yield site
        return
    server: postgres.Server = request.getfixturevalue("postgresql_server")
    with server.database(str(make_url(model.url).database)) as url, opened(folder, url) as site:
        yield site
