"""Every page of the portal: where it is, for whom, and the way there where an address alone does not lead to it.

`test_every_page.py` compares the list with the application's routes, so that a page without a visit is noticed;
`test_accessible.py` takes axe along, `tools/screenshots.py` a camera.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page

from web.room import CLOSED, MOVED, OPEN, OPENED, SHAPES, Room, files
from web.site import FIRST, HOSTILE_ORDER, NATURAL, REQUIREMENT
from web.visits import PASSWORD

Way = Callable[[Room, Page], None]


class Visit(NamedTuple):
    """An address (`Room.place`), who goes there (`room.PEOPLE`), and what is done there: `way` ends at `ends`."""

    path: str
    who: str = ""
    way: Way | None = None
    ends: str = ""


def _submit(page: Page, form: str) -> None:
    """Send a form as it stands, past the browser's own checks."""
    with page.expect_navigation(wait_until="networkidle"):
        page.locator(form).evaluate("form => { form.noValidate = true; form.requestSubmit(); }")


def _password(login: str, password: str = PASSWORD) -> Way:
    def way(room: Room, page: Page) -> None:
        page.locator("#login").fill(login)
        page.locator("#password").fill(password)
        _submit(page, "form.card")

    return way


def _elsewhere(room: Room, page: Page) -> None:
    """In at the identity provider, as somebody whom nobody knows here."""
    page.locator("a[href^='/login/oidc']").click()
    page.wait_for_url("**/login/oidc/return*")


def _stale(room: Room, page: Page) -> None:
    room.site.clock.forward(minutes=11)
    page.reload(wait_until="networkidle")


def _held(room: Room, page: Page) -> None:
    """A form that is sent when its session has ended."""
    page.locator("[name='/products/0/description']").fill("LLANTA 185/65 R15")
    page.context.clear_cookies(name="huella_session")
    _submit(page, "form.stack")


def _refused(room: Room, page: Page) -> None:
    page.locator("[name='/products/0/description']").fill("LLANTA 185/65 R15")
    _submit(page, "form.stack")


def _new_key(room: Room, page: Page) -> None:
    page.locator("#make-name").fill("SIGA de la sede central")
    page.locator("[name=scopes][value=auditor]").check()
    _submit(page, "form:has(#make-name)")


def _new_hook(room: Room, page: Page) -> None:
    page.locator("#make-url").fill("https://siga.example.pe/huella/avisos")
    page.locator("#make-kinds").fill("order.accepted delivery.made")
    _submit(page, "form:has(#make-url)")


def _checked(room: Room, page: Page) -> None:
    """The numbered checks of an order, run in the browser."""
    page.locator("[data-huella=check] button").first.click()
    page.locator(".verdict[data-overall]").wait_for()
    page.locator(".verdict summary").first.click()


def _file(which: int) -> Way:
    """A file that is dropped on the page: as it was recorded, changed, or of nothing that is known here."""

    def way(room: Room, page: Page) -> None:
        page.locator("input[type=file]").first.set_input_files(files(room.site)[which])
        page.locator("[data-huella=verify] .verdict").first.wait_for()

    return way


def _award(room: Room, page: Page) -> None:
    page.locator("[data-huella=award] button").first.click()
    page.locator("[data-huella=award] .ranking").first.wait_for()


VISITS: dict[str, Visit] = {
    "start": Visit("/"), "start-narrowed": Visit("/?department=15&state=accepted"),
    "search": Visit("/search"), "search-found": Visit("/search?q=llanta&department=15"),
    "search-none": Visit("/search?q=zzzz"),
    "order": Visit(f"/orders/{FIRST}"), "order-person": Visit(f"/orders/{NATURAL}"),
    "order-hostile": Visit(f"/orders/{HOSTILE_ORDER}"), "order-moved": Visit(f"/orders/{MOVED}"),
    "order-checked": Visit(f"/orders/{FIRST}", way=_checked),
    **{f"order-{name}": Visit(f"/orders/OCAM-2026-1335-{n}-0") for n, name in enumerate(SHAPES, 11)},
    "procedures": Visit("/requirements"), "procedure-open": Visit(f"/requirements/{OPEN}"),
    "procedure-closed": Visit(f"/requirements/{CLOSED}"), "procedure-opened": Visit(f"/requirements/{OPENED}"),
    "procedure-awarded": Visit(f"/requirements/{REQUIREMENT}"),
    "procedure-computed": Visit(f"/requirements/{REQUIREMENT}", way=_award),
    **{f"verify-{name}": Visit("/verify", way=_file(n)) for n, name in enumerate(("authentic", "altered", "unknown"))},
    "verify": Visit("/verify"), "verify-wrong": Visit("/verify?code=0000-0000-0000-0000"),
    "code": Visit("/v/{code}"), "code-moved": Visit("/v/{moved}"), "audit": Visit("/audit"), "data": Visit("/data"),
    "lodged": Visit("/lodged"), "lodged-none": Visit(f"/lodged?digest={'ef' * 32}"),
    "lodged-one": Visit(f"/lodged?digest={'ab' * 32}&requirement={REQUIREMENT}"),
    "lodged-wrong": Visit("/lodged?digest=xyz"), "errors": Visit("/docs/errors"),
    "mirror": Visit("{mirror}/"), "mirror-order": Visit(f"{{mirror}}/orders/{FIRST}"),
    "problem-404": Visit("/orders/OCAM-2099-1-1-0"), "problem-403": Visit("/admin/keys", "supplier"),
    "problem-422": Visit("/requirements?first=x"), "problem-429": Visit("/busy"),
    "problem-500": Visit("/broken"),
    "login": Visit("/login"), "login-again": Visit("/login?to=access", "entity"),
    "login-wrong": Visit("/login", way=_password("entity", "not the phrase")),
    "login-new": Visit("/login", way=_password("new"), ends="/login/code"),
    "login-code": Visit("/login", way=_password("auditor"), ends="/login/code"),
    "login-elsewhere": Visit("/login", way=_elsewhere, ends="/login/oidc/return"),
    "desk": Visit("/desk", "entity"), "desk-order": Visit(f"/desk/orders/{FIRST}", "entity"),
    "desk-procedures": Visit("/desk/requirements", "entity"), "desk-new": Visit("/desk/requirements/new", "entity"),
    "desk-refused": Visit("/desk/requirements/new", "entity", _refused),
    "desk-held": Visit("/desk/requirements/new", "entity", _held),
    "desk-open": Visit(f"/desk/requirements/{OPEN}", "entity"),
    "desk-closed": Visit(f"/desk/requirements/{CLOSED}", "entity"),
    "desk-opened": Visit(f"/desk/requirements/{OPENED}", "entity"),
    "desk-awarded": Visit(f"/desk/requirements/{REQUIREMENT}", "entity"),
    "access": Visit("/desk/access", "entity"), "access-stale": Visit("/desk/access", "entity", _stale),
    "supplier": Visit("/desk", "supplier"), "supplier-offers": Visit("/desk/offers", "supplier"),
    "supplier-offer": Visit(f"/desk/requirements/{OPEN}", "supplier"),
    "supplier-order": Visit("/desk/orders/OCAM-2026-1335-11-0", "supplier"),
    "admin": Visit("/admin", "admin", ends="/admin/status"), "admin-status": Visit("/admin/status", "admin"),
    "admin-keys": Visit("/admin/keys", "admin"), "admin-key-made": Visit("/admin/keys", "admin", _new_key),
    "admin-people": Visit("/admin/people", "admin"), "admin-parties": Visit("/admin/parties", "admin"),
    "admin-two": Visit("/admin/two?entry=7", "admin"), "two-persons": Visit("/admin/two", "entity"),
    "admin-webhooks": Visit("/admin/webhooks", "admin"),
    "admin-webhook-made": Visit("/admin/webhooks", "admin", _new_hook),
    "sources": Visit("/fuentes", "admin"), "source": Visit("/fuentes/siga", "admin"),
    "finding": Visit("/fuentes/siga/0", "auditor"),
}  # fmt: skip
NOT_PAGES: dict[str, str] = {
    "/sw.js": "a program", "/trust.json": "a file", "/data/contract.abi.json": "a file", "/books/{name}": "a PDF",
    "/desk/key": "JSON for the program", "/fuentes/{source}/{number}/evidencia{suffix}": "a PDF or an archive",
    "/login/oidc": "sends the browser on to the provider",
}  # fmt: skip
"""Routes of the portal that answer a GET with something else than a page, and with what."""


def arrive(room: Room, page: Page, visit: Visit) -> None:
    """Go there, as whoever is named: the page is still and everything that the program fills is there."""
    if visit.who:
        room.signs_in(page.context, visit.who)
    page.goto(room.place(visit.path), wait_until="networkidle")
    if visit.way is not None:
        visit.way(room, page)
