"""Without a mouse, and with everything twice as large: the five pages that most people come to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from huella.flow.paper import complete_data
from huella.flow.publish import newest_entry
from web.site import FIRST
from web.stories.stage import SOON, Stage

MOST = 120
"""Tabs after which a page would be too long for anybody."""
REACHABLE = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter(each => !each.disabled && each.checkVisibility({visibilityProperty: true}))
    .map((each, at) => { each.dataset.seen = at; return String(at); })"""
FOCUSED = """() => {
    const each = document.activeElement;
    if (!each || each === document.body) return null;
    const shown = [each, each.closest('.drop-zone')].some(at => at && getComputedStyle(at).outlineStyle !== 'none'
        && parseFloat(getComputedStyle(at).outlineWidth) >= 2);
    const box = each.getBoundingClientRect();
    const seen = box.bottom > 0 && box.top < innerHeight;
    return {at: each.dataset.seen ?? '', shown, seen, html: each.outerHTML.slice(0, 90)};
}"""
CUT = """() => [...document.querySelectorAll('main *, header *')]
    .filter(each => each.checkVisibility() && !['INPUT', 'TEXTAREA'].includes(each.tagName))
    .filter(each => !each.closest('.visually-hidden, .scroll, .cards-narrow thead, svg, select'))
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1
        || (getComputedStyle(each).overflowX !== 'visible' && each.scrollWidth > each.clientWidth + 1))
    .map(each => each.outerHTML.slice(0, 90))"""


@pytest.fixture
def addresses(stage: Stage) -> dict[str, str]:
    """Start, search, an order, the QR's page and verification."""
    house = stage.site.house
    code = complete_data(house, newest_entry(house, FIRST))["verification_code"]
    return {
        "start": "/", "search": "/search?q=llanta", "order": f"/orders/{FIRST}", "code": f"/v/{code}",
        "verify": "/verify",
    }  # fmt: skip


def test_everything_is_reached_by_the_tab_key_and_shows_that_it_is(
    stage: Stage, chromium: Browser, addresses: dict[str, str], size: str
) -> None:
    page = stage.enters(chromium, size)
    for name, address in addresses.items():
        page.goto(address, wait_until="networkidle")
        wanted, found = set(page.evaluate(REACHABLE)), list(tabs(page))
        assert [each["html"] for each in found if not each["shown"] or not each["seen"]] == [], name
        assert wanted <= {str(each["at"]) for each in found}, name
        assert found[0]["html"].startswith('<a class="skip"'), name


def test_nothing_is_cut_off_at_twice_the_size(
    stage: Stage, chromium: Browser, addresses: dict[str, str]
) -> None:
    """200 % on a desktop of 1280 by 900 is a window of 640 by 450 CSS pixels (WCAG 1.4.4)."""
    page = stage.enters(chromium, "desktop")
    page.set_viewport_size({"width": 640, "height": 450})
    for name, address in addresses.items():
        page.goto(address, wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        assert page.evaluate(CUT) == [], name


def test_an_order_is_found_and_verified_without_a_mouse(stage: Stage, chromium: Browser) -> None:
    page = stage.enters(chromium, "desktop")
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the menu
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("llanta lima")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    press_on(page, FIRST)
    expect(page.get_by_role("heading", level=1)).to_have_text(FIRST)
    press_on(page, "Comprobar en este equipo")
    expect(page.locator(".verdict[data-overall=authentic]")).to_be_visible(timeout=SOON)


def tabs(page: Page) -> Iterator[dict[str, str]]:
    """What has the focus after each press of Tab, until the page's end."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            return
        yield focused
    raise AssertionError(f"{page.url} has no end for who uses the keyboard")


def press_on(page: Page, text: str) -> None:
    """Tab to what has this text, and press Enter."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == text:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{text} is not reached")
