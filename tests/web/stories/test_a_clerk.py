"""A clerk at a warehouse holds a paper before the phone's camera: a genuine QR opens the order, another site's is
refused; a forged PDF is dropped and refused, and never leaves the device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from huella.flow.paper import complete_data, order_paper
from huella.flow.publish import newest_entry
from web.site import FIRST
from web.stories.conftest import CHROMIUM
from web.stories.stage import SOON, Stage
from web.test_browser_pages import film


@contextmanager
def camera_sees(driver: Playwright, folder: Path, text: str) -> Iterator[Browser]:
    """A Chromium whose camera sees a QR with this text."""
    video = film(folder / "qr.mjpeg", text)
    arguments = [
        "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    ]  # fmt: skip
    made = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
    try:
        yield made
    finally:
        made.close()


def test_a_clerk_scans_a_papers_qr_and_sees_where_it_is_delivered(
    stage: Stage, driver: Playwright, tmp_path: Path, size: str
) -> None:
    house = stage.site.house
    code = complete_data(house, newest_entry(house, FIRST))["verification_code"]
    with camera_sees(driver, tmp_path, f"{stage.address}/v/{code}") as chromium:
        page = stage.enters(chromium, size)
        page.goto("/verify")
        page.get_by_role("button", name="Escanear").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(FIRST, timeout=SOON)
        expect(page.locator(".place").first).to_have_text("LIMA, LIMA, LIMA")


def test_a_qr_of_another_site_is_refused_in_words(stage: Stage, driver: Playwright, tmp_path: Path) -> None:
    with camera_sees(driver, tmp_path, "https://estafa.example/v/7K3M-09QX-ZZ4T-B1C8") as chromium:
        page = stage.enters(chromium, "phone")
        page.goto("/verify")
        page.get_by_role("button", name="Escanear").click()
        expect(page.locator(".camera-told.refused")).to_contain_text("No se abrió", timeout=SOON)
        assert page.url == f"{stage.address}/verify"


@pytest.mark.parametrize("place", ["/verify", "/v/CODE"])
def test_a_forged_pdf_is_dropped_and_refused_and_never_sent(
    stage: Stage, chromium: Browser, size: str, place: str
) -> None:
    house = stage.site.house
    code = str(complete_data(house, newest_entry(house, FIRST))["verification_code"])
    page = stage.enters(chromium, size)
    page.goto(place.replace("CODE", code))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    body = order_paper(house, FIRST)
    forged = body[:3000] + bytes([body[3000] ^ 1]) + body[3001:]
    for name, given, overall in (("orden.pdf", body, "authentic"), ("falsa.pdf", forged, "altered")):
        file = {"name": name, "mimeType": "application/pdf", "buffer": given}
        page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
        expect(page.locator(f".verdict[data-overall={overall}]").first).to_be_visible(timeout=SOON)
    expect(page.locator(".verdict-sentence").first).to_contain_text("Alterado")
    assert set(sent) <= {"GET"}
