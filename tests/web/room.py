"""A portal in which every page has something to show: orders in every shape, procedures in every state, a moved
delivery, findings, an identity provider, a mirror, and people who may see all of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
from fastapi.routing import APIRoute
from playwright.sync_api import BrowserContext, FilePayload

import cast
import offer_cases as people
from huella.errors import TooMany
from huella.flow import lodged, procedure, proposals, watch
from huella.flow import people as accounts
from huella.flow.access import Caller
from huella.flow.mirror import Keyless
from huella.flow.paper import complete_data, seal_orders
from huella.flow.seal import Outcome, Sealed
from huella.records import offer
from huella.records.draft import Draft
from huella.records.identifiers import moment
from huella.store.lodged import Lodged, Register
from huella.web.app import create_app
from web.desks import ENTITY_RUC, SUPPLIER_RUC
from web.identity import CLIENT, SECRET, provider
from web.serving import free_port, served
from web.site import FIRST, Site, forged_source, make, opened
from web.visits import PASSWORD

OPEN, CLOSED, OPENED = (f"REQ-2026-1335-{n}" for n in (43, 44, 45))
MOVED = "OCAM-2026-1335-9-0"
SHAPES = ("classic", "package", "partial", "multi_destination", "combined")
PEOPLE: dict[str, tuple[tuple[str, ...], str | None]] = {
    "entity": (("entity",), ENTITY_RUC), "supplier": (("supplier",), SUPPLIER_RUC),
    "admin": (("administrator", "registrar"), None), "auditor": (("auditor",), None), "new": (("auditor",), None),
}  # fmt: skip
"""Who comes: rights and RUC. `new` has no second factor yet."""
LONG = "ADQUISICIÓN DE EQUIPOS DE CÓMPUTO PORTÁTILES PARA LA SEDE CENTRAL Y LAS REDES ASISTENCIALES"
HALF = {"sub_total": "1250.00", "vat": "225.00", "total": "1475.00"}
ICA = {"number": 2, "ubigeo": "110101", "department": "ICA", "province": "ICA", "district": "ICA",
       "address": "Av. Ejemplo 456"}  # fmt: skip


class Room:
    """The portal, served: its addresses, its people's sessions, the codes on its papers."""

    def __init__(self, site: Site, address: str, mirror: str) -> None:
        self.site, self.address, self.mirror = site, address, mirror
        self._secrets: dict[str, str] = {}
        for login, (scopes, ruc) in PEOPLE.items():
            accounts.make_person(site.house, login, PASSWORD, scopes, ruc)
            if login != "new":
                self._session(login)

    def place(self, path: str) -> str:
        """An address with what only this room knows: {code} and {moved} of papers, {mirror} in front of a path."""
        numbers = {"code": FIRST, "moved": MOVED}
        codes = {name: self._code(number) for name, number in numbers.items() if f"{{{name}}}" in path}
        whole = path if path.startswith("{mirror}") else self.address + path
        return whole.format(mirror=self.mirror, **codes)

    def signs_in(self, context: BrowserContext, login: str) -> None:
        """A new session, in a browser."""
        token = self._session(login)
        context.add_cookies([{"name": "huella_session", "value": token, "url": self.address}])

    def _session(self, login: str) -> str:
        self.site.clock.forward(seconds=60)  # a one-time code counts once
        token, _ = accounts.begin(self.site.house, login, PASSWORD)
        if login not in self._secrets:
            self._secrets[login], _ = accounts.totp_secret(self.site.house, token)
        code = pyotp.TOTP(self._secrets[login]).at(self.site.clock())
        return accounts.totp(self.site.house, token, code)

    def _code(self, number: str) -> str:
        house = self.site.house
        return str(complete_data(house, house.journal.of_subject(number)[0])["verification_code"])


@contextmanager
def room(folder: Path) -> Iterator[Room]:
    """Everything in a new folder, on ports of the loopback."""
    make(folder, None)
    port = free_port()
    named: dict[str, str | int] = {"registry.address": f"http://localhost:{port}", "oidc.client": CLIENT,
                                   "oidc.secret": SECRET, "oidc.acr": "two"}  # fmt: skip
    # the provider's clock is the room's, which is there a moment later
    clock: list[cast.Clock] = []
    with (
        provider(lambda: clock[0]().timestamp()) as identity,
        opened(folder, None, {**named, "oidc.issuer": identity.issuer}) as site,
    ):
        clock.append(site.clock)
        fill(site)
        _refusing(site)
        trust = site.house.trust
        keyless = Keyless(folder / "mirror.json", site.house.journal, trust.origin, trust.log_keys)
        mirror = create_app(replace(site.house, signer=keyless))
        with served(site.app, port) as address, served(mirror) as other:
            yield Room(site, address, other)


def _refusing(site: Site) -> None:
    """Two addresses that are there only here: of a failure of the program, and of a limit that is reached."""

    def broken() -> None:
        raise RuntimeError("made to fail")

    def busy() -> None:
        raise TooMany("too many requests from this address", wait=12)

    for path, endpoint in (("/broken", broken), ("/busy", busy)):
        site.app.router.routes.insert(0, APIRoute(path, endpoint))


def fill(site: Site) -> None:
    """Everything, the clock some hours on."""
    _orders(site, MOVED)
    data = {**people.REQUIREMENT, "closes_at": moment(site.clock() + timedelta(days=12)),
            "published_at": moment(site.clock())}  # fmt: skip
    data["products"] = [{**each, "description": LONG} for each in data["products"]]
    cast.sealed(site.house, Draft(kind="requirement.published", subject=OPEN, data=data))
    _procedures(site, CLOSED, OPENED)
    forged_source(site)
    _lodged(site)
    _proposals(site)
    found = watch.Watch(site.house, site.folder / watch.FILE)
    for _ in range(4):
        found.round()
    found.save({})


def files(site: Site) -> list[FilePayload]:
    """As a browser's file chooser takes them: evidence as it is, changed, and of nothing this registry knows."""
    good = site.client.get(f"/api/v1/orders/{FIRST}/evidence").content
    name = "OCAM-2026-1335-1-0.huella"
    bodies = (good, good.replace(b"2950.00", b"9950.00"), b"huella evidence v1\n")
    return [{"name": name, "mimeType": "text/plain", "buffer": body} for body in bodies]


def _orders(site: Site, moved: str) -> None:
    lines = [[{"item": 1, "quantity": "5"}]] * 2
    two = [{"number": n + 1, "destination": 1, "start": f"2026-12-0{n + 1}", "max_days": 10, "lines": lines[n], **HALF}
           for n in range(2)]  # fmt: skip
    places = [dict(cast.order().data["destinations"][0]), ICA]
    items = [
        dict(cast.order().data["items"][0], quantity="5", amount="1250.00", number=n + 1) for n in range(2)
    ]
    carried = [{"item": 1, "quantity": "5"}, {"item": 2, "quantity": "5"}]
    apart = [{**each, "destination": n + 1} for n, each in enumerate(two)]
    quarter = {"sub_total": "625.00", "vat": "112.50", "total": "737.50"}
    four = [{"number": n + 1, "destination": n // 2 + 1, "start": "2026-12-01", "max_days": 10 * (n % 2 + 1),
             "lines": [{"item": 1, "quantity": "2.5"}], **quarter} for n in range(4)]  # fmt: skip
    whole = dict(cast.order().data["deliveries"][0], lines=carried)
    drafts = [
        cast.order(11),
        cast.order(12, contracting_type="package", delivery_type="package", items=items, deliveries=[whole]),
        cast.order(13, delivery_type="partial", deliveries=two),
        cast.order(14, delivery_type="multi_destination", destinations=places, deliveries=apart),
        cast.order(15, delivery_type="combined", destinations=places, deliveries=four),
        cast.order(int(moved.split("-")[3])),
    ]
    for outcome in seal_orders(site.house, drafts):
        _check(outcome)
    change = {"delivery": 1, "destination": {**ICA, "number": 1}, "effective_at": moment(site.clock())}
    cast.sealed(site.house, Draft(kind="order.amended", subject=moved, data=change))


def _procedures(site: Site, closed: str, opened: str) -> None:
    house, begin = site.house, site.clock()
    site.clock.forward(hours=26)
    ends = moment(site.clock())
    site.clock.forward(hours=-26)
    for number in (closed, opened):
        data = {**people.REQUIREMENT, "published_at": moment(begin), "closes_at": ends}
        cast.sealed(house, Draft(kind="requirement.published", subject=number, data=data))
        placed = [(each.record, each.annexes) for each in procedure.placed(house, number)]
        request = offer.quotation_request(placed)
        for n, supplier in enumerate((people.andina(f"andina {number}"), people.rosa(f"rosa {number}"))):
            products = [dict(each) for each in people.QUOTATION["products"]]
            products[0]["unit_price"] = f"{2150 + n}.5"
            copy = offer.compose(request, supplier, people.quotation(products=products, confidential=None))
            (outcome,) = procedure.submit(house, [offer.offer_file(copy, request)])
            _check(outcome)
    site.clock.forward(hours=27)
    for number in (closed, opened):
        procedure.close(house, number)
    cast.anchored(house)
    procedure.open_offers(house, opened, people.OPENING[0])


def _lodged(site: Site) -> None:
    """Two digests on the chain: of an offer that is on record, and of one that nobody sealed."""
    kept = Register(site.house.engine)
    while lodged.index(site.house):
        pass
    entries = (site.house.journal.entry(n) for n in range(site.house.journal.size()))
    known = next(each.leaf.hex() for each in entries if each is not None and each.kind.startswith("offer."))
    head, time = kept.head(), int(site.clock().timestamp()) - 5 * 3600
    rows = [Lodged(each, "0x" + "11" * 20, "0x" + "33" * 32, head.block + 1, "0x" + "22" * 32, n, time)
            for n, each in enumerate((known, "ab" * 32))]  # fmt: skip
    kept.take(head, rows, head.block + 2)


def _check(outcome: Outcome) -> None:
    if not isinstance(outcome, Sealed):
        raise outcome


def _proposals(site: Site) -> None:
    caller = Caller("key:0", "-", frozenset({"registrar", "entity"}), "20131257750")
    proposals.propose(
        site.house,
        caller,
        Draft(kind="order.annulled", subject=FIRST, data={"effective_at": moment(site.clock())}),
    )
