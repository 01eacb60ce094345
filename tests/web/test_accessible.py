"""Every page, phone and desktop, in Chromium: axe-core finds nothing serious, and nothing is too wide."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import browser
import offer_cases
from cast import sealed
from huella.flow import people
from huella.flow.paper import complete_data
from huella.flow.publish import newest_entry
from huella.records.draft import Draft
from web.serving import served
from web.site import FIRST, HOSTILE_ORDER, NATURAL, REQUIREMENT, Site, make, opened
from web.visits import PASSWORD

CHROMIUM = shutil.which("chromium")
AXE = browser.CLIENT / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
    pytest.mark.skipif(not AXE.exists(), reason="make setup installs axe-core"),
]
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
PATHS = (
    "/", "/?department=15", "/search", "/search?q=llanta", f"/orders/{FIRST}", f"/orders/{NATURAL}",
    f"/orders/{HOSTILE_ORDER}", "/requirements", f"/requirements/{REQUIREMENT}", "/verify",
    "/verify?code=0000-0000-0000-0000",
    "/v/CODE", "/audit", "/data", "/orders/OCAM-2099-1-1-0", "/login",
)  # fmt: skip
OPEN = "REQ-2026-1335-43"
DESK = (
    "/desk", f"/desk/orders/{FIRST}", f"/desk/orders/{HOSTILE_ORDER}", "/desk/requirements", "/desk/requirements/new",
    f"/desk/requirements/{REQUIREMENT}", f"/desk/requirements/{OPEN}", "/desk/offers", "/admin/status", "/admin/keys",
    "/admin/people", "/admin/parties", "/admin/two?entry=7", "/admin/webhooks", "/fuentes",
)  # fmt: skip
"""Pages of who is signed in; the person of the test may do everything, so that every form is there."""
FIND = """() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
    .filter(each => ['serious', 'critical'].includes(each.impact))
    .map(each => each.id + ': ' + each.nodes.map(node => node.html.slice(0, 160)).join(' | ')))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    folder = tmp_path_factory.mktemp("accessible") / "site"
    make(folder, None)
    with opened(folder, None) as made, served(made.app) as address:
        yield made, address


@pytest.fixture(scope="module")
def session(site: tuple[Site, str]) -> str:
    """The session of somebody who operates the register, who has a procedure open before him."""
    made = site[0]
    data = {**offer_cases.REQUIREMENT, "closes_at": "2026-12-24T22:00:00.000Z"}
    sealed(made.house, Draft(kind="requirement.published", subject=OPEN, data=data))
    people.make_person(made.house, "ana", PASSWORD, ["administrator", "registrar"])
    token, _ = people.begin(made.house, "ana", PASSWORD)
    secret, _ = people.totp_secret(made.house, token)
    return people.totp(made.house, token, pyotp.TOTP(secret).at(made.clock()))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture(params=[("phone", "es-PE"), ("desktop", "en-GB")], ids="-".join)
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    size, language = request.param
    width, height = SIZES[size]
    # the page's own policy lets no script in; axe is the test's
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale=language, bypass_csp=True
    )
    yield context.new_page()
    context.close()


def opened_page(page: Page, site: tuple[Site, str], path: str) -> None:
    made, address = site
    code = complete_data(made.house, newest_entry(made.house, FIRST))["verification_code"]
    page.goto(address + path.replace("CODE", str(code)))
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("path", PATHS)
def test_a_public_page_can_be_used_by_everybody_and_fits(
    page: Page, site: tuple[Site, str], path: str
) -> None:
    opened_page(page, site, path)
    page.add_script_tag(path=AXE)
    found: list[Any] = page.evaluate(FIND)
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("path", DESK)
def test_a_page_of_the_desk_can_be_used_by_everybody_and_fits(
    page: Page, site: tuple[Site, str], session: str, path: str
) -> None:
    page.context.add_cookies([{"name": "huella_session", "value": session, "url": site[1]}])
    opened_page(page, site, path)
    assert page.url.endswith(path)
    for hidden in page.locator("details:not(.menu) > summary").all():
        hidden.evaluate("summary => { summary.parentElement.open = true; }")
    page.add_script_tag(path=AXE)
    found: list[Any] = page.evaluate(FIND)
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_axe_would_notice(page: Page, site: tuple[Site, str]) -> None:
    opened_page(page, site, "/verify")
    page.add_script_tag(path=AXE)
    page.evaluate("document.querySelectorAll('label').forEach(each => each.remove())")
    assert any(str(each).startswith("label") for each in page.evaluate(FIND))
