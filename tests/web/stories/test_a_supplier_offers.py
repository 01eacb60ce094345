"""An entity publishes a requirement by form; a supplier seals an offer in the browser, gets a receipt, sees the award,
and accepts the order that follows, signed with the key that never left the browser."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from huella.flow import keys
from huella.flow.procedure import case
from huella.proof import evidence
from huella.records import record
from huella.records.identifiers import LIMA
from web.desks import ENTITY_RUC, SUPPLIER_RUC
from web.stories.stage import SOON, Stage

NUMBER, ORDER = "REQ-2026-1335-43", "OCAM-2026-1335-77-0"


def test_a_supplier_offers_gets_a_receipt_and_sees_the_award(
    stage: Stage, chromium: Browser, size: str, tmp_path: Path
) -> None:
    clerk = stage.enters(chromium, "desktop", "maria", "entity", ruc=ENTITY_RUC)
    secret = publishes(stage, clerk, tmp_path)
    supplier = stage.enters(chromium, size, "andina", "supplier", ruc=SUPPLIER_RUC)
    makes_a_key_and_has_it_authorised(stage, supplier)
    offers(supplier)
    code = gets_a_receipt(stage, supplier, tmp_path)
    decides(stage, clerk, secret)
    supplier.goto(f"/requirements/{NUMBER}")
    expect(supplier.locator("table").filter(has_text="Puesto").locator("tbody tr").first).to_contain_text(
        code
    )
    expect(supplier.get_by_text("ganadora")).to_be_visible()
    orders(clerk)
    accepts(stage, supplier)


def publishes(stage: Stage, page: Page, folder: Path) -> Path:
    page.goto("/desk/requirements/new")
    expect(page.get_by_label("Número")).to_have_value(NUMBER)
    page.get_by_label("Descripción").first.fill("SILLA ERGONÓMICA")
    page.get_by_label("Cantidad", exact=True).first.fill("10")
    page.get_by_label("Ubigeo").fill("150199")
    closes = (stage.site.clock() + timedelta(days=1)).astimezone(LIMA)
    page.get_by_label("Cierra").fill(f"{closes:%Y-%m-%dT%H:%M}")
    page.get_by_label("Plazo").nth(0).fill("10")
    page.get_by_label("Plazo").nth(1).fill("20")
    page.get_by_label("Cantidad del producto 1").nth(0).fill("6")
    page.get_by_label("Cantidad del producto 1").nth(1).fill("3")
    with page.expect_download() as download:
        page.get_by_role("button", name="Crear la clave de apertura").click()
    download.value.save_as(folder / "apertura.key.txt")
    page.get_by_role("button", name="Publicar", exact=True).click()
    expect(page.locator("[aria-invalid=true]")).to_have_attribute("name", "/destinations/0/ubigeo")
    page.get_by_label("Ubigeo").fill("san isidro, lima, lima")
    page.get_by_role("button", name="Publicar", exact=True).click()
    # six and three are not ten: the product says so, and nothing that was typed is lost
    expect(page.locator("[aria-invalid=true]")).to_have_attribute("name", "/products/0/quantity")
    page.get_by_label("Cantidad del producto 1").nth(1).fill("4")
    page.get_by_role("button", name="Publicar", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Registrado", timeout=SOON)
    return folder / "apertura.key.txt"


def makes_a_key_and_has_it_authorised(stage: Stage, page: Page) -> None:
    page.goto("/desk/offers")
    page.get_by_role("button", name="Crear mi clave").click()
    expect(page.locator("[data-standing=unknown]")).to_contain_text("todavía no está autorizada")
    key, panel = page.locator(".party-key").inner_text(), page.locator(".key-panel").inner_text()
    party = {"ruc": SUPPLIER_RUC, "name": "ANDINA S.A.C."}
    keys.authorise(stage.site.house, party, key, "ed25519" if "ed25519" in panel else "es256")
    page.reload()
    expect(page.locator("[data-standing=live]")).to_be_visible()


def offers(page: Page) -> None:
    page.goto("/desk/requirements")
    page.get_by_role("link", name=NUMBER).click()
    page.get_by_label("Razón social").fill("ANDINA S.A.C.")
    page.get_by_role("button", name="Sellar").click()
    expect(page.get_by_role("alert")).to_be_visible(timeout=SOON)
    page.get_by_label("Precio unitario").fill("215.50")
    page.get_by_role("button", name="Sellar").click()
    expect(page.locator(".sealed-offer")).to_be_visible(timeout=SOON)


def gets_a_receipt(stage: Stage, page: Page, folder: Path) -> str:
    code = str(page.locator(".sealed-offer").get_attribute("data-code"))
    page.get_by_role("button", name="Presentar").click()
    expect(page.locator(".received")).to_contain_text("Recibida: asiento", timeout=SOON)
    with page.expect_download() as download:
        page.get_by_role("button", name="Guardar la constancia").click()
    download.value.save_as(folder / "r.json")
    given = evidence.parse((folder / "r.json").read_bytes())
    assert record.parse(given.record).subject == code
    assert b"215.50" not in given.record
    assert b"ANDINA" not in (folder / "r.json").read_bytes()
    page.goto("/desk/offers")
    expect(page.locator(f"[data-code={code}]")).to_contain_text("recibida")
    with page.expect_download() as download:
        page.get_by_role("button", name="Constancia en PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    return code


def decides(stage: Stage, page: Page, secret: Path) -> None:
    stage.site.clock.forward(days=1, minutes=1)
    stage.signs_in(page, "maria")
    page.goto(f"/desk/requirements/{NUMBER}")
    page.get_by_role("button", name="Cerrar la recepción").click()
    page.get_by_label("Archivo de la clave").set_input_files(secret)
    page.get_by_role("button", name="Abrir las ofertas").click()
    expect(page.get_by_role("status")).to_contain_text("Ofertas abiertas: 1", timeout=SOON)
    expect(page.get_by_role("cell", name="ANDINA S.A.C.")).to_be_visible()
    page.get_by_role("button", name="Adjudicar").click()
    expect(page.get_by_text("ganadora")).to_be_visible(timeout=SOON)
    assert case(stage.site.house, NUMBER).award is not None


def orders(page: Page) -> None:
    page.goto(f"/desk/requirements/{NUMBER}")
    page.get_by_text("Emitir la orden").first.click()
    page.get_by_label("Número de la orden").fill(ORDER)
    page.get_by_role("button", name="Emitir la orden").click()
    expect(page.get_by_role("heading", name=ORDER)).to_be_visible(timeout=SOON)
    expect(page.get_by_text("S/ 2,542.90").first).to_be_visible()


def accepts(stage: Stage, page: Page) -> None:
    stage.signs_in(page, "andina")
    page.goto(f"/desk/orders/{ORDER}")
    expect(page.locator("form[data-signing]").first).to_be_visible()
    page.get_by_role("button", name="Aceptar la orden").click()
    expect(page.get_by_role("status")).to_contain_text("Registrado", timeout=SOON)
    last = stage.site.house.journal.of_subject(ORDER)[-1]
    assert (last.kind, json.loads(last.record)["act"]["alg"] in ("ed25519", "es256")) == (
        "order.accepted",
        True,
    )
