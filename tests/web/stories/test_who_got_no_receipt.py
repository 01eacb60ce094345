"""A supplier who got no receipt lodged the offer's digest on the chain, and finds out here what became of it."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

import offer_cases as people
from huella.flow import procedure
from huella.records import offer, offer_file
from huella.store.lodged import Lodged, Register
from web.site import REQUIREMENT
from web.stories.stage import SOON, Stage


def test_an_offers_file_tells_what_became_of_its_digest(stage: Stage, chromium: Browser, size: str) -> None:
    file, digest = offer_of(stage)
    page = stage.enters(chromium, size)
    page.goto("/lodged")
    page.locator("#digest-file").set_input_files(
        {"name": "oferta.json", "mimeType": "application/json", "buffer": file}
    )
    expect(page.get_by_label("Huella (64 cifras")).to_have_value(digest, timeout=SOON)
    page.get_by_label("Procedimiento (opcional").fill(REQUIREMENT.lower())
    page.get_by_role("button", name="Consultar").click()
    expect(page.get_by_role("alert")).to_contain_text("Nadie depositó esa huella", timeout=SOON)
    lodge(stage, digest)
    page.reload()
    verdict = page.locator("section.verdict")
    expect(verdict).to_contain_text("no en el registro, desde hace 5 h")
    expect(verdict).to_contain_text("antes del cierre")
    if size == "phone":
        page.get_by_text("Menú", exact=True).click()
    page.get_by_role("link", name="English").locator("visible=true").click()
    expect(verdict).to_contain_text("It is on the chain and not in the register")


def offer_of(stage: Stage) -> tuple[bytes, str]:
    """An offer that was never handed in: its file, and the digest of what its supplier signed."""
    placed = [(each.record, each.annexes) for each in procedure.placed(stage.site.house, REQUIREMENT)[:1]]
    request = offer.quotation_request(placed)
    copy = offer.compose(request, people.andina("nobody took this one"), people.quotation(confidential=None))
    file = offer.offer_file(copy, request)
    return offer_file.write(file), offer_file.digest(file.offer)


def lodge(stage: Stage, digest: str) -> None:
    kept = Register(stage.site.house.engine)
    head, time = kept.head(), int(stage.site.clock().timestamp()) - 5 * 3600
    row = Lodged(digest, "0x" + "11" * 20, "0x" + "33" * 32, head.block + 1, "0x" + "22" * 32, 0, time)
    assert kept.take(head, [row], head.block + 2)
