"""Stories in Debian's Chromium: a portal on the loopback, people with a browser of their own, phone or desktop."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

import browser
from web.serving import free_port, served
from web.site import make, opened
from web.stories.stage import SIZES, Stage

CHROMIUM = shutil.which("chromium")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stories need a browser and the built program, and take their time."""
    built = (browser.BUILT / "manifest.json").exists()
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"))
            item.add_marker(pytest.mark.skipif(not built, reason="make setup builds the program"))


@pytest.fixture
def stage(tmp_path: Path, stage_model: Path) -> Iterator[Stage]:
    """A portal of this story alone, at the address that its papers name."""
    shutil.copytree(stage_model, tmp_path / "site")
    port = free_port()
    named: dict[str, str | int] = {"registry.address": f"http://localhost:{port}"}
    with opened(tmp_path / "site", None, named) as site, served(site.app, port) as address:
        made = Stage(site, address)
        yield made
        made.check_quiet()


@pytest.fixture(scope="session")
def stage_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The registry that stories begin with."""
    folder = tmp_path_factory.mktemp("stories") / "site"
    make(folder, None)
    return folder


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    """What drives browsers. A process has one, and while it is there no other test may run a loop of its own."""
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="module")
def chromium(driver: Playwright) -> Iterator[Browser]:
    """One Chromium for all stories of a file but the camera's."""
    made = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield made
    made.close()


@pytest.fixture(params=sorted(SIZES))
def size(request: pytest.FixtureRequest) -> str:
    """Phone and desktop."""
    return str(request.param)
