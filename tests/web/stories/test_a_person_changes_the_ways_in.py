"""Somebody changes the own ways in: a passkey, then no codes any more, another password; an old session cannot."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from huella.errors import NotSignedIn
from huella.flow import people
from web.stories.stage import SOON, Stage
from web.stories.test_a_person_has_a_passkey import has_an_authenticator
from web.visits import PASSWORD

OTHER = "otra frase larga de paso"


def test_a_person_changes_the_own_ways_in(stage: Stage, chromium: Browser, size: str) -> None:
    page = stage.enters(chromium, size, "maria", "auditor")
    has_an_authenticator(page)
    page.goto("/desk")
    page.get_by_role("link", name="Mi acceso").click()
    page.get_by_role("button", name="Registrar una llave de acceso").click()
    expect(page.get_by_role("status")).to_contain_text("Hecho", timeout=SOON)
    page.get_by_role("button", name="Quitar los códigos").click()
    expect(page.locator("main")).to_contain_text("Sin configurar", timeout=SOON)
    page.get_by_label("Contraseña actual").fill(PASSWORD)
    page.get_by_label("Contraseña nueva").fill(OTHER)
    page.get_by_role("button", name="Cambiar la contraseña").click()
    expect(page.get_by_role("status")).to_contain_text("Hecho", timeout=SOON)
    assert people.begin(stage.site.house, "maria", OTHER)
    with pytest.raises(NotSignedIn):
        people.begin(stage.site.house, "maria", PASSWORD)


def test_a_session_of_a_while_ago_is_asked_to_sign_in_again(
    stage: Stage, chromium: Browser, size: str
) -> None:
    page = stage.enters(chromium, size, "maria", "auditor")
    stage.site.clock.forward(minutes=11)
    page.goto("/desk/access")
    expect(page.get_by_role("button", name="Quitar los códigos")).to_have_count(0)
    page.get_by_role("link", name="Ingresar otra vez").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ingresar otra vez")
    page.get_by_label("Usuario").fill("maria")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Continuar").click()
    page.get_by_label("Código de un solo uso").fill(stage.code("maria"))
    page.get_by_role("button", name="Ingresar", exact=True).click()
    page.wait_for_url("**/desk/access", timeout=SOON)
    expect(page.get_by_role("button", name="Quitar los códigos")).to_be_visible()
