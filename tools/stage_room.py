"""What the pictures need beside the tests' cast: orders in every shape, procedures in every state, a moved delivery."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cast
import offer_cases as people
from huella.flow import lodged, procedure, proposals
from huella.flow.access import Caller
from huella.flow.paper import seal_orders
from huella.flow.seal import Outcome, Sealed
from huella.records import offer
from huella.records.draft import Draft
from huella.records.identifiers import moment
from huella.store.lodged import Lodged, Register
from web.site import FIRST, Site, forged_source

HALF = {"sub_total": "1250.00", "vat": "225.00", "total": "1475.00"}
ICA = {"number": 2, "ubigeo": "110101", "department": "ICA", "province": "ICA", "district": "ICA",
       "address": "Av. Ejemplo 456"}  # fmt: skip


def fill(site: Site, procedures: tuple[str, str], moved: str) -> None:
    """Everything, the clock some hours on."""
    _orders(site, moved)
    _procedures(site, *procedures)
    forged_source(site)
    _lodged(site)
    _proposals(site)


def files(site: Site) -> Iterable[dict[str, Any]]:
    """As a browser's file chooser takes them: evidence as it is, changed, and of nothing this registry knows."""
    good = site.client.get(f"/api/v1/orders/{FIRST}/evidence").content
    name = "OCAM-2026-1335-1-0.huella"
    for body in (good, good.replace(b"2950.00", b"9950.00"), b"huella evidence v1\n"):
        yield {"name": name, "mimeType": "text/plain", "buffer": body}


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
