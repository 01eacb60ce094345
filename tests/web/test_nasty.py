"""Nasty numbers, dates and texts at every form, address and fact: refused at once, in words, and no page breaks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pytest

from cast import order
from huella.flow import people
from web.desks import ENTITY_RUC, SUPPLIER_RUC, body, key
from web.site import FIRST, REQUIREMENT, Site
from web.test_desk_requirement import FILLED, NEW
from web.visits import sign_in, token_in

NUMBERS = (
    "1E-1000000", "1E+1000000", "1e400", "9" * 30, "9" * 5000, "-1", "0." + "0" * 50 + "1", "NaN", "sNaN", "Infinity",
    "1_000", "١٢", "²", "1,5,5", "999999", "9999999999999.999999", "1\x00",
)  # fmt: skip
DATES = (
    "9999-12-31T23:59", "9999-12-31", "0001-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00",
    "2026-02-30T10:00", "2026-W53-7", "2026-11-28T17:00:60", "2999-12-31T23:59", "2999-12-31", "1900-01-01T00:00",
    "9" * 3000, "\x00",
)  # fmt: skip
TEXTS = ("\x00", "\ud7ff\uffff\u202e", "A" * 70000, "\r\n\r\n", "%s{}${7*7}../..")
SECONDS = 2.0
"""Of this process's own time for one request, at most."""


@contextmanager
def at_once() -> Iterator[None]:
    began = time.process_time()
    yield
    spent = time.process_time() - began
    assert spent < SECONDS, f"{spent:.1f} s"


def visit(site: Site, path: str, **params: str) -> int:
    with at_once():
        found = site.client.get(path, params=params, follow_redirects=False)
    assert found.status_code < 500, (path, params, found.text[:300])
    return int(found.status_code)


class Desk:
    """Somebody who posts one page's forms with one field after the other made nasty."""

    def __init__(self, site: Site, path: str, page: str | None = None) -> None:
        self.site, self.path = site, path
        self.csrf = token_in(site.client.get(page or path).text)

    def try_all(self, form: dict[str, str], fields: dict[str, tuple[str, ...]]) -> set[int]:
        """The statuses; each below 500, and each page that comes after it too."""
        seen = set()
        for field, values in fields.items():
            for value in values:
                with at_once():
                    given = {"csrf": self.csrf, **form, field: value}
                    told = self.site.client.post(self.path, data=given, follow_redirects=False)
                assert told.status_code < 500, (field, value[:40], told.text[:300])
                seen.add(told.status_code)
                if told.status_code == 303:
                    visit(self.site, told.headers["location"])
        return seen


@pytest.mark.slow
@pytest.mark.slow
def test_a_requirements_form_refuses_every_nasty_value_in_words(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    numbers = (
        "/products/0/quantity",
        "/deliveries/0/max_days",
        "/deliveries/0/lines/0",
        "/deliveries/0/destination",
    )
    dates = ("/closes_at", "/deliveries/0/start")
    texts = ("subject", "/destinations/1/ubigeo", "/products/0/description", "/currency", "/agreement/code",
             "/procedure", "/contracting_type", "/opening_key", "/products/0/sheets",
             "/destinations/1/contact/email")  # fmt: skip
    desk = Desk(own, NEW)
    desk.try_all(FILLED, dict.fromkeys(numbers, NUMBERS))
    desk.try_all(FILLED, dict.fromkeys(dates, DATES))
    desk.try_all(FILLED, dict.fromkeys(texts, TEXTS))
    visit(own, "/requirements")


@pytest.mark.parametrize("value", ["1E-1000000", "1E+1000000", "9" * 5000, "NaN", "١٢", "-1", "0.0000001"])
def test_a_nasty_quantity_is_told_at_its_field(own: Site, value: str) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    csrf = token_in(own.client.get(NEW).text)
    told = own.client.post(NEW, data={"csrf": csrf, **FILLED, "/products/0/quantity": value})
    marked = told.text[: told.text.index('aria-invalid="true"')].rpartition("<input ")[2]
    assert (told.status_code, 'name="/products/0/quantity"' in marked) == (422, True)


@pytest.mark.parametrize(
    "value", ["9999-12-31T23:59", "0001-01-01T00:00", "0001-01-01T00:00+14:00", "2026-02-30T10:00"]
)
def test_a_nasty_deadline_is_told_at_its_field(own: Site, value: str) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    csrf = token_in(own.client.get(NEW).text)
    told = own.client.post(NEW, data={"csrf": csrf, **FILLED, "/closes_at": value})
    marked = told.text[: told.text.index('aria-invalid="true"')].rpartition("<input ")[2]
    assert (told.status_code, 'name="/closes_at"' in marked) == (422, True)


@pytest.mark.slow
@pytest.mark.slow
def test_an_orders_forms_refuse_every_nasty_value_in_words(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    desk = Desk(own, f"/desk/orders/{FIRST}")
    for act in ("made", "conformed"):
        form = {"act": act, "delivery": "1"}
        desk.try_all(form, {"delivery": NUMBERS, "when": DATES, "observations": TEXTS, "act": TEXTS})
    visit(own, f"/orders/{FIRST}")


@pytest.mark.slow
@pytest.mark.slow
def test_a_procedures_forms_refuse_every_nasty_value_in_words(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    desk = Desk(own, f"/desk/requirements/{REQUIREMENT}")
    order_form = {
        "act": "order",
        "winner": "0",
        "number": "OCAM-2026-1335-77-0",
        "ruc": SUPPLIER_RUC,
        "name": "X",
    }
    desk.try_all(order_form, {"winner": NUMBERS, "number": TEXTS, "ruc": NUMBERS, "name": TEXTS})
    for act in ("open", "cancel", "close", "award"):
        desk.try_all({"act": act}, {"reason": TEXTS, "identity": TEXTS})


ADMIN: dict[str, tuple[dict[str, str], dict[str, tuple[str, ...]]]] = {
    "keys/make": (
        {"act": "make", "name": "x", "scopes": "auditor"},
        {"days": NUMBERS, "name": TEXTS, "ruc": NUMBERS, "scopes": TEXTS},
    ),
    "keys/rotate": ({"act": "rotate", "key": "KEY"}, {"hours": NUMBERS, "key": TEXTS}),
    "keys/revoke": ({"act": "revoke"}, {"key": TEXTS}),
    "people/make": (
        {"act": "make", "login": "nueva", "password": "una frase larga", "scopes": "registrar"},
        {"login": TEXTS, "password": TEXTS, "ruc": NUMBERS, "scopes": TEXTS},
    ),
    "people/password": ({"act": "password", "login": "ana"}, {"login": TEXTS, "password": TEXTS}),
    "people/disable": ({"act": "disable"}, {"login": TEXTS}),
    "parties/authorise": (
        {"act": "authorise", "key": "x", "ruc": SUPPLIER_RUC},
        {"key": TEXTS, "ruc": (*NUMBERS, "operator/" + "9" * 400), "name": TEXTS},
    ),
    "parties/revoke": ({"act": "revoke", "key": "x"}, {"key": TEXTS, "ruc": NUMBERS}),
    "two/propose": ({"act": "propose", "number": FIRST}, {"number": TEXTS, "reason": TEXTS}),
    "two/confirm": ({"act": "confirm"}, {"proposal": TEXTS}),
    "two/withdraw": ({"act": "withdraw"}, {"proposal": TEXTS}),
    "webhooks/make": ({"act": "make", "url": "https://x.pe/"}, {"url": TEXTS, "kinds": TEXTS}),
    "webhooks/again": ({"act": "again", "webhook": "x"}, {"entry": NUMBERS, "webhook": TEXTS}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize("name", ADMIN)
def test_administration_refuses_every_nasty_value_in_words(own: Site, name: str) -> None:
    people.make_person(own.house, "otra", "una frase larga de paso", ["administrator"])
    sign_in(own, "ana", "administrator", "registrar")
    form, fields = ADMIN[name]
    path = f"/admin/{name.partition('/')[0]}"
    if form.get("key") == "KEY":
        form = {**form, "key": key(own, "auditor")["Authorization"].split("_")[1]}
    Desk(own, path).try_all(form, fields)
    visit(own, path)


def test_signing_in_refuses_every_nasty_value_in_words(own: Site) -> None:
    desk = Desk(own, "/login")
    desk.try_all({"login": "x", "password": "y"}, {"login": TEXTS, "password": TEXTS[:3], "to": TEXTS})


ADDRESSES: dict[str, tuple[str, ...]] = {
    "/": ("from", "to", "since", "until", "department", "state", "catalogue", "lang"),
    "/search": ("q", "state", "before", "department", "since", "until"),
    "/requirements": ("from",), "/desk": ("before", "number"), "/desk/requirements": ("before",),
    "/admin/two": ("entry", "before"), "/admin/keys": ("before",), "/admin/people": ("before",),
    "/admin/webhooks": ("before",), "/verify": ("code",), "/lodged": ("digest", "before"), "/login": ("to",),
    "/api/v1/orders": ("from", "limit", "status"), "/api/v1/requirements": ("from", "limit"),
    "/api/v1/stats/month": ("since", "until", "department"), "/api/v1/feed": ("from", "limit", "wait"),
    "/api/v1/lodged": ("from", "limit"), "/api/v1/keys": ("before", "limit"), "/api/v1/proposals": ("before", "limit"),
    "/api/v1/search": ("q", "before", "limit"), "/api/v1/exports/ocds": ("from", "limit"),
    f"/desk/orders/{FIRST}": ("sealed",),
    f"/desk/requirements/{REQUIREMENT}": ("sealed", "opened", "shut"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize("path", ADDRESSES)
def test_what_an_address_asks_is_refused_or_answered_at_once(own: Site, path: str) -> None:
    sign_in(own, "ana", "administrator", "registrar", "auditor")
    for name in ADDRESSES[path]:
        for value in (*NUMBERS[::2], *DATES[::3], *TEXTS[:2], TEXTS[4], "9999-12", "0000-01", "2026-13"):
            visit(own, path, **{name: value})


PATHS = (
    "/orders/{}", "/requirements/{}", "/v/{}", "/tokens/{}", "/api/v1/orders/{}", "/api/v1/records/{}",
    "/api/v1/lodged/{}", "/tile/0/{}", "/tile/entries/{}", "/desk/orders/{}", "/desk/requirements/{}", "/fuentes/{}",
    "/fuentes/x/{}", "/api/v1/exports/months/{}",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_an_address_of_something_that_cannot_be_is_not_found(own: Site, path: str) -> None:
    sign_in(own, "ana", "administrator", "registrar", "auditor")
    for value in ("9" * 30, "9" * 3000, "-1", "1e400", "%00", "9999-12-31", "2026-13", "٣", "%F0%9F%92%A9"):
        visit(own, path.format(value))


def put(data: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy with one member changed."""
    made = deepcopy(data)
    inner: Any = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return made


MEMBERS: tuple[tuple[Any, ...], ...] = (
    ("items", 0, "quantity"), ("items", 0, "unit_price"), ("items", 0, "amount"), ("total",), ("vat",),
    ("deliveries", 0, "max_days"), ("deliveries", 0, "start"), ("deliveries", 0, "lines", 0, "quantity"),
    ("deliveries", 0, "number"), ("published_at",), ("destinations", 0, "number"),
)  # fmt: skip
RAW: tuple[Any, ...] = (*NUMBERS, *DATES, 2**53, 2**63, 2**64, -1, 1e308, 0.1, True, None, [], {}, 10**300)


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize("member", MEMBERS, ids=lambda path: "-".join(map(str, path)))
def test_an_orders_nasty_members_are_refused_in_words(own: Site, member: tuple[Any, ...]) -> None:
    who, fact = key(own, "registrar"), body(order(71))
    for value in RAW:
        with at_once():
            given = {**fact, "data": put(fact["data"], member, value)}
            told = own.client.post("/api/v1/orders", json=given, headers=who)
        assert told.status_code < 500, (value, told.text[:300])
        if told.status_code == 201:
            visit(own, "/orders/OCAM-2026-1335-71-0")
            return
        assert told.json()["code"] in ("input", "rule"), told.text


@pytest.mark.parametrize("when", [*DATES[:5], "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z"])
def test_a_fact_of_an_impossible_time_breaks_no_page(own: Site, when: str) -> None:
    who = key(own, "registrar")
    for step in ("made", "conformed", "paid"):
        told = own.client.post(
            f"/api/v1/deliveries/{FIRST[:-2]}-1/{step}", json={"data": {"effective_at": when}}, headers=who
        )
        assert told.status_code < 500, told.text[:300]
    for path in (f"/orders/{FIRST}", f"/api/v1/orders/{FIRST}", "/", "/audit", "/api/v1/exports/ocds"):
        visit(own, path)


@pytest.mark.parametrize("days", [-1, 3651, 10**9, 2**53 - 1])
def test_a_term_is_not_amended_beyond_its_limits(own: Site, days: int) -> None:
    who = key(own, "registrar")
    given = {"data": {"delivery": 1, "max_days": days}}
    told = own.client.post(f"/api/v1/orders/{FIRST}/amend", json=given, headers=who)
    assert (told.status_code, told.json()["field"]) == (422, "/data/max_days")
    assert visit(own, f"/orders/{FIRST}") == 200
