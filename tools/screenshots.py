"""Pictures of every page of the portal, and its print view: phone (390 px) and desktop, Spanish and English.

    screenshots.py FOLDER [WORD…]     only the pages whose name has one of the words
    screenshots.py --docs             the README's two pictures, anew, of few colours

A registry of the tests' cast is made in a temporary folder and served on the loopback; Debian's Chromium draws it. The
pictures are for looking at; only those of the README are committed.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "vectors"), str(ROOT / "tools")]

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page, PdfMargins, sync_playwright  # noqa: E402

import offer_cases  # noqa: E402
import stage_room  # noqa: E402
from cast import sealed  # noqa: E402
from huella.flow import watch  # noqa: E402
from huella.flow.paper import complete_data  # noqa: E402
from huella.records.draft import Draft  # noqa: E402
from huella.records.identifiers import moment  # noqa: E402
from web.desks import ENTITY_RUC, SUPPLIER_RUC  # noqa: E402
from web.serving import free_port, served  # noqa: E402
from web.site import FIRST, HOSTILE_ORDER, NATURAL, REQUIREMENT, Site, make, opened  # noqa: E402
from web.stories.stage import SOON, Stage  # noqa: E402

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
OPEN, CLOSED, OPENED = (f"REQ-2026-1335-{n}" for n in (43, 44, 45))
MOVED = "OCAM-2026-1335-9-0"
SHAPES = ("classic", "package", "partial", "multi_destination", "combined")
MARGIN: PdfMargins = {"top": "12mm", "right": "12mm", "bottom": "12mm", "left": "12mm"}
PUBLIC = {
    "start": "/", "start-narrowed": "/?department=15&state=accepted", "search": "/search",
    "search-none": "/search?q=zzzz",
    "order": f"/orders/{FIRST}", "order-person": f"/orders/{NATURAL}", "order-hostile": f"/orders/{HOSTILE_ORDER}",
    "procedures": "/requirements", "procedure": f"/requirements/{REQUIREMENT}",
    "procedure-open": f"/requirements/{OPEN}",
    "procedure-closed": f"/requirements/{CLOSED}", "procedure-opened": f"/requirements/{OPENED}",
    "verify": "/verify", "verify-wrong": "/verify?code=0000-0000-0000-0000", "code": "/v/CODE", "audit": "/audit",
    "code-moved": "/v/MOVED", "order-moved": f"/orders/{MOVED}",
    "data": "/data", "missing": "/orders/OCAM-2099-1-1-0", "login": "/login", "errors": "/docs/errors",
    "lodged": "/lodged", "lodged-one": f"/lodged?digest={'ab' * 32}&requirement={REQUIREMENT}",
    "lodged-none": f"/lodged?digest={'ef' * 32}",
    **{f"order-{name}": f"/orders/OCAM-2026-1335-{n}-0" for n, name in enumerate(SHAPES, 11)},
}  # fmt: skip
DOCS = Path("--docs")
CHECKED = ("authentic", "altered", "unknown")
"""What the pictures of a dropped file tell."""
DESKS: dict[str, tuple[tuple[str, ...], str | None, dict[str, str]]] = {
    "entity": (("entity",), ENTITY_RUC, {
        "desk": "/desk", "order": f"/desk/orders/{FIRST}", "procedures": "/desk/requirements",
        "new": "/desk/requirements/new", "procedure": f"/desk/requirements/{REQUIREMENT}", "two": "/admin/two",
        "access": "/desk/access",
    }),
    "supplier": (("supplier",), SUPPLIER_RUC, {
        "desk": "/desk", "offers": "/desk/offers", "offer": f"/desk/requirements/{OPEN}",
        "order": f"/desk/orders/{FIRST}",
    }),
    "admin": (("administrator", "registrar"), None, {
        "status": "/admin/status", "keys": "/admin/keys", "people": "/admin/people", "parties": "/admin/parties",
        "two": "/admin/two?entry=7", "webhooks": "/admin/webhooks", "sources": "/fuentes", "source": "/fuentes/siga",
        "finding": "/fuentes/siga/0", "login-again": "/login?to=access",
    }),
}  # fmt: skip


def filled(site: Site) -> None:
    """What the cast lacks: an open procedure with long names, a watch that ran."""
    long = "ADQUISICIÓN DE EQUIPOS DE CÓMPUTO PORTÁTILES PARA LA SEDE CENTRAL Y LAS REDES ASISTENCIALES"
    data = {**offer_cases.REQUIREMENT, "closes_at": moment(site.clock() + timedelta(days=2)),
            "published_at": moment(site.clock())}  # fmt: skip
    data["products"] = [{**each, "description": long} for each in data["products"]]
    sealed(site.house, Draft(kind="requirement.published", subject=OPEN, data=data))
    stage_room.fill(site, (CLOSED, OPENED), MOVED)
    found = watch.Watch(site.house, site.folder / watch.FILE)
    for _ in range(4):
        found.round()
    found.save({})


def visits(stage: Stage, chromium: Browser, size: str) -> Iterator[tuple[str, str, Page]]:
    """Name, address and page of everything that is pictured, in one size."""
    house = stage.site.house
    codes = {
        name: str(complete_data(house, house.journal.of_subject(number)[0])["verification_code"])
        for name, number in (("CODE", FIRST), ("MOVED", MOVED))
    }
    page = stage.enters(chromium, size)
    for name, path in PUBLIC.items():
        yield f"public-{name}", re.sub("CODE|MOVED", lambda found: codes[found[0]], path), page
    for who, (scopes, ruc, paths) in DESKS.items():
        login = f"{who}-{size}"
        page = stage.enters(chromium, size, login, *scopes, ruc=ruc)
        for name, path in paths.items():
            yield f"{who}-{name}", path, page


def check_files(stage: Stage, chromium: Browser, size: str, folder: Path) -> None:
    """The verdicts of files that a visitor drops: as it was recorded, changed, and without what would prove it."""
    for name, file in zip(CHECKED, stage_room.files(stage.site), strict=True):
        page = stage.enters(chromium, size)
        page.goto("/verify?lang=es", wait_until="networkidle")
        page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
        page.locator("[data-huella=verify] .verdict").first.wait_for(timeout=SOON)
        page.screenshot(path=folder / f"verify-{name}-{size}-es.png", full_page=True)


def draw_docs(stage: Stage, chromium: Browser) -> None:
    """The start page on a desk and a QR's page on a phone, small enough to be committed."""
    code = complete_data(stage.site.house, stage.site.house.journal.of_subject(MOVED)[0])["verification_code"]
    for size, path, name in (("desktop", "/?lang=es", "start"), ("phone", f"/v/{code}?lang=es", "code")):
        page = stage.enters(chromium, size)
        page.goto(path, wait_until="networkidle")
        target = ROOT / "docs" / "img" / f"portal-{name}.png"
        page.screenshot(path=target)
        Image.open(target).convert("RGB").quantize(96).save(target, optimize=True)
        print(f"{target.name}: {target.stat().st_size} bytes")


def draw(page: Page, address: str, target: Path, languages: tuple[str, ...]) -> None:
    """One page in each language, and its print view in the first."""
    for language in languages:
        page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}", wait_until="networkidle")
        page.screenshot(path=target.with_name(f"{target.name}-{language}.png"), full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        print(f"{target.name} is {wide} px too wide")


def main(folder: Path, words: list[str]) -> None:
    """Draw everything whose name has one of the words."""
    if folder != DOCS:
        folder.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp()) / "site"
    try:
        make(home, None)
        port = free_port()
        with (
            opened(home, None, {"registry.address": f"http://localhost:{port}"}) as site,
            served(site.app, port) as address,
            sync_playwright() as driver,
        ):
            filled(site)
            stage = Stage(site, address)
            chromium = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            if folder == DOCS:
                draw_docs(stage, chromium)
            for size in () if folder == DOCS else SIZES:
                if not words or any(word in "verify-file" for word in words):
                    check_files(stage, chromium, size, folder)
                for name, path, page in visits(stage, chromium, size):
                    if words and not any(word in name for word in words):
                        continue
                    draw(page, path, folder / f"{name}-{size}", ("es", "en"))
                    if size == "desktop":
                        page.pdf(path=folder / f"{name}.pdf", format="A4", margin=MARGIN)
            chromium.close()
    finally:
        shutil.rmtree(home.parent)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    main(Path(sys.argv[1]), sys.argv[2:])
