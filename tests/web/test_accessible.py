"""Every page, phone and desktop, in Chromium: axe-core finds nothing serious, and nothing is too wide.

On the phone in Spanish and light colours, on the desktop in English and dark ones: `make test` looks at each page in
one of the two ways, in turns, `make soak` in the other too.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import browser
from web.every_page import VISITS, Visit, arrive
from web.room import Room, room
from web.stories.stage import SIZES, SOON

CHROMIUM = shutil.which("chromium")
AXE = browser.CLIENT / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
    pytest.mark.skipif(not AXE.exists(), reason="make setup installs axe-core"),
]
FIND = """() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
    .filter(each => ['serious', 'critical'].includes(each.impact))
    .map(each => each.id + ': ' + each.nodes.map(node => node.html.slice(0, 160)).join(' | ')))"""
Shown = tuple[str, str, Literal["light", "dark"]]
SHOWN: tuple[Shown, ...] = (("phone", "es-PE", "light"), ("desktop", "en-GB", "dark"))


def cases() -> Iterator[Any]:
    """Every page in both ways."""
    for n, (name, visit) in enumerate(VISITS.items()):
        for m, shown in enumerate(SHOWN):
            marks = [pytest.mark.soak] if (n + m) % 2 else []
            yield pytest.param(shown, visit, id=f"{'-'.join(shown)}-{name}", marks=marks)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with room(tmp_path_factory.mktemp("accessible") / "site") as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    size, language, scheme = request.param
    width, height = SIZES[size]
    # the page's own policy lets no script in; axe is the test's
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale=language, color_scheme=scheme, bypass_csp=True,
        reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(SOON)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("page", "visit"), list(cases()), indirect=["page"])
def test_every_page_can_be_used_by_everybody_and_fits(page: Page, made: Room, visit: Visit) -> None:
    arrive(made, page, visit)
    assert page.get_by_role("heading", level=1).count() == 1
    assert urlsplit(page.url).path == (visit.ends or urlsplit(made.place(visit.path)).path)
    for hidden in page.locator("details:not(.menu) > summary").all():
        hidden.evaluate("summary => { summary.parentElement.open = true; }")
    page.add_script_tag(path=AXE)
    found: list[Any] = page.evaluate(FIND)
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("page", SHOWN, indirect=True, ids="-".join)
def test_axe_would_notice(page: Page, made: Room) -> None:
    arrive(made, page, VISITS["verify"])
    page.add_script_tag(path=AXE)
    page.evaluate("document.querySelectorAll('label').forEach(each => each.remove())")
    assert any(str(each).startswith("label") for each in page.evaluate(FIND))
