"""Somebody at the portal's forms: signing in, and posting what a page's form would."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pyotp

from huella.flow import people
from web.site import Site

PASSWORD = "una frase larga de paso"


def token_in(page: str) -> str:
    """The token that a page's form carries."""
    return str(re.findall(r'name="csrf" value="([^"]+)"', page)[0])


def post(site: Site, path: str, form: dict[str, str], page: str | None = None, **more: Any) -> httpx.Response:
    """Post a form with the token of the page that shows it; redirects are not followed."""
    csrf = token_in(site.client.get(page or path).text)
    told: httpx.Response = site.client.post(path, data={"csrf": csrf, **form}, follow_redirects=False, **more)
    return told


def sign_in(site: Site, login: str, *scopes: str, ruc: str | None = None) -> None:
    """A new person signs in through the pages, setting up the second factor on the way."""
    people.make_person(site.house, login, PASSWORD, scopes, ruc)
    assert post(site, "/login", {"login": login, "password": PASSWORD}).headers["location"] == "/login/code"
    secret = re.findall(r"<code[^>]*>([A-Z2-7]{32})<", site.client.get("/login/code").text)[0]
    code = pyotp.TOTP(secret).at(site.clock())
    assert post(site, "/login/code", {"code": code}).headers["location"] == "/desk"
