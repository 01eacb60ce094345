"""A citizen finds an order by what it bought, reads where it stands, and verifies it on his own device."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from web.site import FIRST
from web.stories.stage import SOON, Stage


def test_a_citizen_finds_an_order_and_verifies_it(stage: Stage, chromium: Browser, size: str) -> None:
    page = stage.enters(chromium, size)
    page.goto("/")
    page.get_by_role("searchbox").first.fill("llanta lima")
    page.get_by_role("searchbox").first.press("Enter")
    page.get_by_role("link", name=FIRST).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FIRST)
    expect(page.get_by_text("Aceptada").first).to_be_visible()
    page.get_by_role("button", name="Comprobar en este equipo").click()
    verdict = page.locator(".verdict[data-overall=authentic]")
    expect(verdict).to_contain_text("Auténtico", timeout=SOON)
    expect(verdict).to_contain_text(FIRST)
    page.locator(".verdict summary").click()
    expect(page.locator(".verdict .check-passed").first).to_be_visible()
