"""The browser's side in Debian's Chromium, under the portal's own Content-Security-Policy, on pages of a few lines."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import segno
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

import browser
import offer_cases as people
import tenders
from huella.flow import publish
from huella.flow.paper import order_paper
from huella.flow.receipt import bundle_of
from huella.records import disclosure, offer_file
from web.serving import served
from web.site import FIRST, REQUIREMENT, Site, make, opened

CHROMIUM, CI = shutil.which("chromium"), os.environ.get("CI") == "true"
BUILT = (browser.BUILT / "manifest.json").exists()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
    pytest.mark.skipif(
        not (browser.BUILT / "manifest.json").exists(), reason="make setup builds the program"
    ),
]
MONTHS = (
    "<figure data-chart='{kind}'><figcaption>Órdenes por mes</figcaption><table><thead><tr><th>Mes</th><th>Órdenes</th>"
    "</tr></thead><tbody><tr data-department='15'><th scope='row'>Lima</th><td data-value='1200'>1,200</td></tr>"
    "<tr data-department='08'><th scope='row'>Cusco</th><td>300</td></tr></tbody></table></figure>"
)


EXPECTED = ("ERR_INTERNET_DISCONNECTED", "/favicon.ico")


class Portal:
    """A site on a port of its own, with pages that hold one element each."""

    def __init__(self, made: Site, unclosed: bytes) -> None:
        self.site, self.posted = made, list[bytes]()
        self._bundle, self._unclosed = bundle_of(made.house, REQUIREMENT).encode(), unclosed
        self.evidence = publish.evidence_of(
            made.house, publish.newest_entry(made.house, FIRST).index, None
        ).encode()
        self.address = ""
        self._add(made.app)

    def _add(self, app: FastAPI) -> None:
        before = len(app.router.routes)
        trusted = self.site.house.trust.encode()
        served = {"trust.json": trusted, "bundle.json": self._bundle, "open.json": self._unclosed}
        for name, body in {**served, "order.huella.json": self.evidence}.items():
            app.add_api_route(f"/{name}", _file(body))
        app.add_api_route("/verificar", self._page, response_model=None)
        app.add_api_route("/prueba/{kind}", self._page, response_model=None)
        app.add_api_route("/offers", self._take, methods=["POST"], response_model=None)
        mine = app.router.routes[before:]
        del app.router.routes[before:]
        app.router.routes[:0] = mine

    def _page(self, request: Request, kind: str = "verify") -> HTMLResponse:
        attributes = {
            "verify": "data-trust='/trust.json' data-domain='https://portal.example'",
            "drop": "data-trust='/trust.json'",
            "check": "data-trust='/trust.json' data-evidence='/order.huella.json'",
            "award": "data-trust='/trust.json' data-bundle='/bundle.json'",
            "offer": "data-bundle='/open.json' data-post='/offers'",
            "receipts": "",
        }
        charts = "".join(MONTHS.format(kind=one) for one in ("months", "bars", "tiles", "parts"))
        inner = charts if kind == "charts" else f"<div data-huella='{kind}' {attributes[kind]}>…</div>"
        head = "<!doctype html><html lang='es'><meta name='viewport' content='width=device-width'>"
        script = (
            f"<script type='module' src='{request.app.state.pages.environment.globals['script']()}'></script>"
        )
        return HTMLResponse(f"{head}<title>{kind}</title>{script}<main>{inner}</main>")

    async def _take(self, request: Request) -> Response:
        self.posted.append(await request.body())
        return Response(json.dumps({"index": 7}), media_type="application/json")


def _file(body: bytes) -> Any:
    def give() -> Response:
        return Response(body, media_type="application/json")

    return give


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with tenders.fair(tmp_path_factory.mktemp("open")) as fair:
        before = bundle_of(fair.house, tenders.NUMBER).encode()
    folder = tmp_path_factory.mktemp("portal")
    make(folder, None)
    with opened(folder, None) as made:
        found = Portal(made, before)
        with served(made.app) as address:
            found.address = address
            yield found


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake camera sees: a QR of another site."""
    folder = tmp_path_factory.mktemp("video")
    return film(folder / "other.mjpeg", "https://estafa.example/v/7K3M-09QX-ZZ4T-B1C8")


def film(path: Path, text: str) -> Path:
    code = BytesIO()
    segno.make(text, error="m").save(code, kind="png", scale=8, border=4)
    frame = Image.new("RGB", (640, 480), "white")
    frame.paste(Image.open(code).convert("RGB"), (100, 60))
    one = BytesIO()
    frame.save(one, "JPEG", quality=92)
    path.write_bytes(one.getvalue() * 4)
    return path


@pytest.fixture(scope="module")
def chromium(video: Path) -> Iterator[Browser]:
    arguments = [
        "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    ]  # fmt: skip
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield made
        made.close()


@pytest.fixture
def context(chromium: Browser, portal: Portal) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=portal.address, viewport={"width": 390, "height": 844})
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may be refused by the policy, and no error be left in the console."""
    made, said = context.new_page(), list[str]()
    made.on(
        "console", lambda told: said.append(f"{told.text} {told.location}") if told.type == "error" else None
    )
    made.on("pageerror", lambda error: said.append(str(error)))
    yield made
    assert [each for each in said if not any(word in each for word in EXPECTED)] == []


def give(page: Page, name: str, body: bytes, overall: str) -> None:
    page.set_input_files("input[type=file] >> nth=0", {"name": name, "mimeType": "", "buffer": body})
    expect(page.locator(f".verdict[data-overall={overall}]")).to_be_visible(timeout=30_000)


def test_a_genuine_pdf_is_authentic_and_a_forged_one_is_refused(portal: Portal, page: Page) -> None:
    copy = order_paper(portal.site.house, FIRST)
    page.goto("/prueba/verify")
    give(page, "orden.pdf", copy, "authentic")
    expect(page.locator(".verdict-sentence")).to_contain_text("Auténtico")
    expect(page.locator(".verdict-about")).to_contain_text(FIRST)
    forged = copy[:3000] + bytes([copy[3000] ^ 1]) + copy[3001:]
    give(page, "falsa.pdf", forged, "altered")
    expect(page.locator(".verdict-sentence")).to_contain_text("Alterado: el documento no es el registrado")


def test_a_file_that_is_no_evidence_is_told_so(page: Page) -> None:
    page.goto("/prueba/drop")
    give(page, "x.json", b'{"format": "huella/evidence/1"}', "unknown")
    expect(page.locator(".check-failed").first).to_contain_text("/record")


def test_the_small_page_fetches_the_verifier_with_the_first_file_only(portal: Portal, page: Page) -> None:
    sizes: list[int] = []
    page.on("response", lambda got: sizes.append(len(got.body())) if "/static/" in got.url else None)
    page.goto("/prueba/drop")
    expect(page.locator(".drop-zone")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < 30_000
    give(page, "a.json", portal.evidence, "authentic")
    assert sum(sizes) > 60_000


def test_another_sites_qr_is_refused_in_words(page: Page) -> None:
    page.goto("/prueba/verify")
    page.get_by_role("button", name="Escanear").click()
    refused = page.locator(".camera-told.refused")
    expect(refused).to_contain_text("estafa.example, que no es portal.example", timeout=60_000)
    expect(page.locator("video")).to_have_count(0)


def test_the_page_verifies_without_a_network_once_it_was_open(
    portal: Portal, context: BrowserContext, page: Page
) -> None:
    page.goto("/verificar")
    page.wait_for_selector("html[data-offline=ready]", timeout=60_000)
    context.set_offline(True)
    page.reload()
    give(page, "a.json", portal.evidence, "authentic")


def test_charts_are_drawn_and_their_tables_stay(page: Page) -> None:
    page.goto("/prueba/charts")
    for figure in page.locator("figure").all():
        figure.scroll_into_view_if_needed()
        expect(figure.locator("canvas")).to_be_visible(timeout=30_000)
        expect(figure.locator("table")).to_be_visible()
    expect(page.get_by_role("img", name="Órdenes por mes")).to_have_count(4)


def test_check_it_yourself_runs_the_checks_here(page: Page) -> None:
    page.goto("/prueba/check")
    page.get_by_role("button", name="Comprobar en este equipo").click()
    expect(page.locator(".verdict-authentic .check")).to_have_count(10, timeout=30_000)
    expect(page.locator(".command")).to_contain_text("huella verify order.huella.json --trust trust.json")


def test_a_node_that_does_not_answer_leaves_it_unknown(page: Page, context: BrowserContext) -> None:
    context.route("https://nodo.example/**", lambda route: route.fulfill(json={"jsonrpc": "2.0", "id": 1}))
    page.goto("/prueba/check")
    page.locator(".nodes summary").click()
    page.get_by_label("Direcciones de nodos").fill("https://nodo.example/")
    page.get_by_role("button", name="Preguntar a estos nodos").click()
    expect(page.locator(".verdict-unknown")).to_contain_text("solo 0 de 1 nodos", timeout=30_000)


def test_the_award_comes_out_the_same(page: Page) -> None:
    page.goto("/prueba/award")
    page.get_by_role("button", name="Volver a calcular").click()
    expect(page.locator("[data-award=same][data-overall=authentic]")).to_be_visible(timeout=60_000)
    expect(page.locator("table.ranking tbody tr")).to_have_count(2)


def test_an_offer_is_sealed_here_handed_in_and_opened_by_python(portal: Portal, page: Page) -> None:
    page.goto("/prueba/offer")
    page.get_by_label("RUC").fill("20100186170")
    page.get_by_label("Razón social").fill("ANDINA S.A.C.")
    for number, price in enumerate(("2150.5", "35")):
        page.get_by_label("Precio unitario").nth(number).fill(price)
    page.get_by_role("button", name="Sellar").click()
    expect(page.get_by_role("alert")).to_contain_text("flete", timeout=30_000)
    for field in page.get_by_label("Flete a ").all():
        field.fill("12.5")
    page.get_by_role("button", name="Sellar").click()
    code = page.locator(".sealed-offer").get_attribute("data-code", timeout=30_000)
    page.get_by_role("button", name="Presentar").click()
    expect(page.locator(".received")).to_be_visible()
    file = offer_file.read_file(portal.posted[-1])
    assert file.offer.subject == code
    texts = offer_file.open_with(people.OPENING[0], file)
    assert people.sealed(file)
    assert b"ANDINA" not in portal.posted[-1]
    assert any("2150.5" in json.dumps(_value(text)) for text in texts)
    page.goto("/prueba/receipts")
    expect(page.locator(f"[data-code={code}]")).to_be_visible()
    assert page.locator(".party-key").text_content()


def _value(text: str) -> Any:
    return disclosure.parse(text).value
