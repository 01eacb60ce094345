"""A first second factor that is a passkey; from then on it is enough to sign in. Chromium is the authenticator."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from huella.flow import people
from web.stories.stage import SOON, Stage
from web.visits import PASSWORD

PHONE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def test_a_person_registers_a_passkey_and_signs_in_with_it_alone(
    stage: Stage, chromium: Browser, size: str
) -> None:
    people.make_person(stage.site.house, "maria", PASSWORD, ["auditor"])
    page = stage.enters(chromium, size)
    has_an_authenticator(page)
    page.goto("/login")
    page.get_by_label("Usuario").fill("maria")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Continuar").click()
    page.get_by_role("button", name="Registrar una llave de acceso").click()
    page.wait_for_url("**/desk", timeout=SOON)
    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_role("button", name="Ingresar con una llave de acceso").click()
    page.wait_for_url("**/desk", timeout=SOON)
    expect(page.locator("main")).to_contain_text("maria")


def test_an_authenticator_without_a_passkey_is_told_in_words(
    stage: Stage, chromium: Browser, size: str
) -> None:
    page = stage.enters(chromium, size)
    has_an_authenticator(page, verified=False)
    page.goto("/login")
    page.get_by_role("button", name="Ingresar con una llave de acceso").click()
    expect(page.get_by_role("alert")).to_contain_text("no dio una llave de acceso", timeout=SOON)


def has_an_authenticator(page: Page, *, verified: bool = True) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**PHONE, "isUserVerified": verified}})
