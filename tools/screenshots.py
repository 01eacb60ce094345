"""Pictures of every page of the portal, and its print view: phone (390 px) and desktop, Spanish and English.

    screenshots.py FOLDER [WORD…]     only the pages whose name has one of the words

A registry of the tests' cast is made in a temporary folder and served on the loopback; Debian's Chromium draws it. The
pictures are for looking at, and are not committed.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "vectors"), str(ROOT / "tools")]

from playwright.sync_api import Browser, Page, PdfMargins, sync_playwright  # noqa: E402

import offer_cases  # noqa: E402
from cast import sealed  # noqa: E402
from huella.flow import watch  # noqa: E402
from huella.flow.paper import complete_data  # noqa: E402
from huella.flow.publish import newest_entry  # noqa: E402
from huella.records.draft import Draft  # noqa: E402
from huella.records.identifiers import moment  # noqa: E402
from web.desks import ENTITY_RUC, SUPPLIER_RUC  # noqa: E402
from web.serving import free_port, served  # noqa: E402
from web.site import FIRST, HOSTILE_ORDER, NATURAL, REQUIREMENT, Site, make, opened  # noqa: E402
from web.stories.stage import Stage  # noqa: E402

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
OPEN = "REQ-2026-1335-43"
MARGIN: PdfMargins = {"top": "12mm", "right": "12mm", "bottom": "12mm", "left": "12mm"}
PUBLIC = {
    "start": "/", "start-narrowed": "/?department=15&state=accepted", "search": "/search",
    "search-none": "/search?q=zzzz",
    "order": f"/orders/{FIRST}", "order-person": f"/orders/{NATURAL}", "order-hostile": f"/orders/{HOSTILE_ORDER}",
    "procedures": "/requirements", "procedure": f"/requirements/{REQUIREMENT}",
    "procedure-open": f"/requirements/{OPEN}",
    "verify": "/verify", "verify-wrong": "/verify?code=0000-0000-0000-0000", "code": "/v/CODE", "audit": "/audit",
    "data": "/data", "missing": "/orders/OCAM-2099-1-1-0", "login": "/login",
}  # fmt: skip
DESKS: dict[str, tuple[tuple[str, ...], str | None, dict[str, str]]] = {
    "entity": (("entity",), ENTITY_RUC, {
        "desk": "/desk", "order": f"/desk/orders/{FIRST}", "procedures": "/desk/requirements",
        "new": "/desk/requirements/new", "procedure": f"/desk/requirements/{REQUIREMENT}", "two": "/admin/two",
    }),
    "supplier": (("supplier",), SUPPLIER_RUC, {
        "desk": "/desk", "offers": "/desk/offers", "offer": f"/desk/requirements/{OPEN}",
        "order": f"/desk/orders/{FIRST}",
    }),
    "admin": (("administrator", "registrar"), None, {
        "status": "/admin/status", "keys": "/admin/keys", "people": "/admin/people", "parties": "/admin/parties",
        "two": "/admin/two?entry=7", "webhooks": "/admin/webhooks", "sources": "/fuentes",
    }),
}  # fmt: skip


def filled(site: Site) -> None:
    """What the cast lacks: an open procedure with long names, a watch that ran."""
    long = "ADQUISICIÓN DE EQUIPOS DE CÓMPUTO PORTÁTILES PARA LA SEDE CENTRAL Y LAS REDES ASISTENCIALES"
    data = {**offer_cases.REQUIREMENT, "closes_at": moment(site.clock() + timedelta(days=2)),
            "published_at": moment(site.clock())}  # fmt: skip
    data["products"] = [{**each, "description": long} for each in data["products"]]
    sealed(site.house, Draft(kind="requirement.published", subject=OPEN, data=data))
    found = watch.Watch(site.house, site.folder / watch.FILE)
    for _ in range(4):
        found.round()
    found.save({})


def visits(stage: Stage, chromium: Browser, size: str) -> Iterator[tuple[str, str, Page]]:
    """Name, address and page of everything that is pictured, in one size."""
    house = stage.site.house
    code = str(complete_data(house, newest_entry(house, FIRST))["verification_code"])
    page = stage.enters(chromium, size)
    for name, path in PUBLIC.items():
        yield f"public-{name}", path.replace("CODE", code), page
    for who, (scopes, ruc, paths) in DESKS.items():
        login = f"{who}-{size}"
        page = stage.enters(chromium, size, login, *scopes, ruc=ruc)
        for name, path in paths.items():
            yield f"{who}-{name}", path, page


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
            for size in SIZES:
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
