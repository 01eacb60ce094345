"""The stage of the stories: a portal with its clock, and whoever comes to it with a browser."""

from __future__ import annotations

import pyotp
from playwright.sync_api import Browser, Page

from huella.flow import people
from web.site import Site
from web.visits import PASSWORD

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
SOON = 90_000
"""Milliseconds that something may take on a loaded machine."""
QUIET = ("favicon", "status of 4", "status of 503")
"""What a console says of answers that a story expects."""


class Stage:
    """A portal with its clock, and whoever comes to it."""

    def __init__(self, site: Site, address: str) -> None:
        self.site, self.address = site, address
        self.said: list[str] = []
        self.secrets: dict[str, str] = {}

    def enters(
        self, chromium: Browser, size: str, login: str = "", *scopes: str, ruc: str | None = None
    ) -> Page:
        """Somebody opens a browser; with a login, signed in there. His page's errors are kept in `said`."""
        width, height = SIZES[size]
        context = chromium.new_context(
            base_url=self.address, viewport={"width": width, "height": height}, locale="es-PE",
            has_touch=size == "phone",
        )  # fmt: skip
        page = context.new_page()
        if login:
            people.make_person(self.site.house, login, PASSWORD, scopes, ruc)
            self.signs_in(page, login)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", lambda told: self.said.append(told.text) if told.type == "error" else None)
        return page

    def check_quiet(self) -> None:
        """No page left an error that nobody expected."""
        assert [each for each in self.said if not any(word in each for word in QUIET)] == []

    def signs_in(self, page: Page, login: str) -> None:
        """A session for a browser, also for one whose session has ended."""
        house = self.site.house
        self.site.clock.forward(seconds=60)  # a one-time code counts once
        token, _ = people.begin(house, login, PASSWORD)
        if login not in self.secrets:
            self.secrets[login], _ = people.totp_secret(house, token)
        token = people.totp(house, token, self.code(login))
        page.context.add_cookies([{"name": "huella_session", "value": token, "url": self.address}])

    def code(self, login: str) -> str:
        """The one-time code that somebody's app shows now."""
        return pyotp.TOTP(self.secrets[login]).at(self.site.clock())
