"""Two operators erase a personal datum: one asks, another approves, each signs in his own browser."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from huella.flow.keys import authorise
from huella.flow.publish import newest_entry
from huella.records import record
from web.site import FIRST
from web.stories.stage import SOON, Stage

PLACE = "/destinations/0/address"


def test_an_erasure_is_asked_by_one_operator_and_approved_by_another(stage: Stage, chromium: Browser) -> None:
    house = stage.site.house
    entry = newest_entry(house, FIRST)
    sealed = record.sealed(record.parse(entry.record))
    assert PLACE in house.vault.open(entry.index, sealed)
    ana = operator(stage, chromium, "ana", 1)
    luis = operator(stage, chromium, "luis", 2)
    ana.goto(f"/admin/two?entry={entry.index}")
    ana.get_by_label("Dato", exact=True).select_option(f"{entry.index}{PLACE}")
    ana.locator("#erase-reason").fill("lo pidió su titular")
    ana.get_by_role("button", name="Pedir, firmado").click()
    expect(ana.get_by_role("status").filter(has_text="Registrado")).to_be_visible(timeout=SOON)
    assert PLACE in house.vault.open(entry.index, sealed)
    luis.goto("/admin/two")
    luis.get_by_role("button", name="Aprobar y destruir").click()
    expect(luis.get_by_role("status").filter(has_text="Registrado")).to_be_visible(timeout=SOON)
    assert PLACE not in house.vault.open(entry.index, sealed)


def operator(stage: Stage, chromium: Browser, login: str, number: int) -> Page:
    """Somebody who operates the register, whose browser's key is authorised on the host, as the first two are."""
    page = stage.enters(chromium, "desktop", login, "administrator", "registrar")
    page.goto("/desk/offers")
    page.get_by_role("button", name="Crear mi clave").click()
    key = page.locator(".party-key").inner_text()
    algorithm = re.search(r"\((ed25519|es256)\)", page.locator(".key-panel").inner_text())
    assert algorithm is not None
    authorise(stage.site.house, {"identifier": f"operator/{number}"}, key, algorithm[1])
    return page
