"""An entity records an order's partial deliveries and their conformity from a phone, with a photograph of each act."""

from __future__ import annotations

import hashlib
import re

from playwright.sync_api import Browser, Page, expect

import cast
from huella.flow.paper import complete_data
from huella.records.draft import Draft
from web.desks import ENTITY_RUC
from web.stories.stage import SOON, Stage

ORDER = "OCAM-2026-1335-8-0"
PHOTO = b"\xff\xd8\xff\xe0 the act with its signatures"


def partial_order() -> Draft:
    """Ten tyres to one place, six and then four."""
    money = [("1500.00", "270.00", "1770.00"), ("1000.00", "180.00", "1180.00")]
    deliveries = [
        {"number": n, "destination": 1, "start": "2026-11-24", "max_days": 10 * n,
         "lines": [{"item": 1, "quantity": quantity}], "sub_total": sub, "vat": vat, "total": total}
        for n, (quantity, (sub, vat, total)) in enumerate(zip(("6", "4"), money, strict=True), 1)
    ]  # fmt: skip
    return cast.order(8, deliveries=deliveries, delivery_type="partial")


def test_an_entity_records_partial_deliveries_with_photographs(
    stage: Stage, chromium: Browser, size: str
) -> None:
    house = stage.site.house
    cast.sealed(house, partial_order(), cast.fact("order.accepted", 8, mode="explicit"))
    page = stage.enters(chromium, size, "maria", "entity", ruc=ENTITY_RUC)
    page.goto(f"/desk?number={ORDER}")
    records(page, "Registrar la entrega", 1)
    expect(page.get_by_role("heading", name="Entrega 1 · Entregada")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("heading", name="Entrega 2 · Entrega pendiente")).to_be_visible()
    stage.site.clock.forward(hours=1)
    records(page, "Dar la conformidad", 1)
    expect(page.get_by_role("heading", name="Entrega 1 · Conforme")).to_be_visible(timeout=SOON)
    stage.site.clock.forward(hours=1)
    records(page, "Registrar la entrega", 2)
    expect(page.get_by_role("heading", name="Entrega 2 · Entregada")).to_be_visible(timeout=SOON)
    facts = house.journal.of_subject(ORDER)[2:]
    assert [entry.kind for entry in facts] == ["delivery.made", "delivery.conformed", "delivery.made"]
    named = complete_data(house, facts[1])["documents"][0]
    assert named["sha256"] == hashlib.sha256(PHOTO).hexdigest()
    page.goto(f"/orders/{ORDER}")
    expect(page.get_by_text("Conforme, pago pendiente").first).to_be_visible()


def test_a_refused_act_tells_why_and_keeps_what_was_typed(stage: Stage, chromium: Browser, size: str) -> None:
    cast.sealed(stage.site.house, partial_order(), cast.fact("order.accepted", 8, mode="explicit"))
    page = stage.enters(chromium, size, "maria", "entity", ruc=ENTITY_RUC)
    page.goto(f"/desk/orders/{ORDER}")
    page.get_by_text("Registrar la entrega").first.click()
    page.get_by_label("Observaciones").first.fill("faltan dos cajas")
    file = {"name": "acta.jpg", "mimeType": "image/jpeg", "buffer": b"MZ no photograph"}
    page.get_by_label("Foto del acta").first.set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Registrar la entrega").first.click()
    expect(page.get_by_role("alert")).to_contain_text("fotografía", timeout=SOON)
    expect(page.get_by_label("Observaciones").first).to_have_value("faltan dos cajas")


def records(page: Page, what: str, number: int) -> None:
    """Open the form of a delivery, choose the photograph, send."""
    card = page.locator("section.card").filter(
        has=page.get_by_role("heading", name=re.compile(f"^Entrega {number} "))
    )
    card.locator("summary").click()
    photo = {"name": "Ana.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
    card.get_by_label("Foto del acta").set_input_files(photo)  # type: ignore[arg-type]
    card.get_by_role("button", name=what).click()
