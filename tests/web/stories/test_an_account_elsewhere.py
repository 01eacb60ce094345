"""Somebody signs in at the organisation's identity provider, on another site than the portal: unknown, then tied."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from huella.flow import people
from huella.flow.provider import subject_of
from web.identity import provider
from web.stories.stage import SOON, Stage
from web.test_oidc import configure
from web.visits import PASSWORD


def test_a_browser_comes_back_from_another_site_signed_in(stage: Stage, chromium: Browser, size: str) -> None:
    site = stage.site
    with provider(lambda: site.clock().timestamp()) as idp:
        configure(site, idp, name="Directorio institucional")
        page = stage.enters(chromium, size)
        page.goto("/login")
        page.get_by_role("link", name="Ingresar con Directorio institucional").click()
        expect(page.get_by_text("maria@idp")).to_be_visible(timeout=SOON)
        people.make_person(site.house, "maria", PASSWORD, ["auditor"])
        people.link_subject(site.house, "maria", subject_of(site.house, "maria@idp"))
        page.get_by_role("link", name="Ingresar con Directorio institucional").click()
        expect(page.get_by_label("Código de un solo uso")).to_be_visible(timeout=SOON)
        idp.more = {"acr": "two"}
        page.goto("/login")
        page.get_by_role("link", name="Ingresar con Directorio institucional").click()
        page.wait_for_url("**/desk", timeout=SOON)
        expect(page.get_by_text("maria").first).to_be_visible()
        assert {each["name"] for each in page.context.cookies()} >= {"huella_session"}
