"""A procedure on the desk by plain forms: published, closed, opened, decided, ordered; refused at its field."""

from __future__ import annotations

import pytest

import offer_cases as people
import tenders
from huella.flow import procedure, read
from huella.records.life import OrderLife
from web.desks import ENTITY_RUC, SUPPLIER_RUC
from web.site import FIRST, HOSTILE_ORDER, REQUIREMENT, Site
from web.visits import post, sign_in

NEW = "/desk/requirements/new"
FILLED: dict[str, str] = {
    "subject": "REQ-2026-1335-50", "/entity/name": "SEGURO SOCIAL DE SALUD", "/procedure": "ordinary",
    "/contracting_type": "package", "/closes_at": "2026-11-28T17:00", "/currency": "PEN",
    "/products/0/description": "LAPTOP", "/products/0/quantity": "10", "/products/2/description": "MOUSE",
    "/products/2/quantity": "2,50", "/destinations/1/ubigeo": "150101", "/destinations/1/address": "Jr. Puno 1",
    "/deliveries/0/max_days": "10", "/deliveries/0/lines/0": "6", "/deliveries/0/destination": "2",
    "/deliveries/3/max_days": "20", "/deliveries/3/lines/0": "4", "/deliveries/3/lines/2": "2.5",
    "/deliveries/3/destination": "2", "/opening_key": people.OPENING[1],
}  # fmt: skip


def test_a_requirement_is_published_by_form_and_empty_rows_do_not_count(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    told = post(own, NEW, FILLED)
    assert told.status_code == 303, told.text
    wanted = procedure.case(own.house, "REQ-2026-1335-50").life.requirement
    assert [(each.number, str(each.quantity)) for each in wanted.products] == [(1, "10"), (2, "2.5")]
    assert [len(each.lines) for each in wanted.deliveries] == [1, 2]
    assert (wanted.closes_at, wanted.rule.name) == ("2026-11-28T22:00:00.000Z", "lowest_total_package")
    assert b"Jr. Puno" not in own.house.journal.of_subject("REQ-2026-1335-50")[0].record


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"subject": "REQ-1"}, "subject"),
        ({"/destinations/1/ubigeo": "Lima"}, "/destinations/1/ubigeo"),
        ({"/deliveries/3/lines/2": "9"}, "/products/2/quantity"),
        ({"/products/2/quantity": "-1"}, "/products/2/quantity"),
        ({"/deliveries/3/max_days": "x"}, "/deliveries/3/max_days"),
        ({"/opening_key": "age1x"}, "/opening_key"),
        ({"/closes_at": "2026-01-01T00:00"}, "/closes_at"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_all_stays(
    own: Site, changed: dict[str, str], field: str
) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    size = own.house.journal.size()
    told = post(own, NEW, FILLED | changed)
    assert told.status_code == 422
    marked = told.text[: told.text.index('aria-invalid="true"')].rpartition("<input ")[2]
    assert f'name="{field}"' in marked
    for name, value in (FILLED | changed).items():
        assert name == "subject" or value in told.text, name
    assert own.house.journal.size() == size


def test_another_row_is_given_and_nothing_is_lost(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    told = post(own, NEW, {**FILLED, "more": "products"})
    assert told.status_code == 200
    assert 'name="/products/3/description"' in told.text
    assert 'value="MOUSE"' in told.text


def test_a_supplier_publishes_nothing_and_acts_on_nobodys_procedure(own: Site) -> None:
    sign_in(own, "rosa", "supplier", ruc=SUPPLIER_RUC)
    assert own.client.get(NEW).status_code == 403
    told = post(own, f"/desk/requirements/{REQUIREMENT}", {"act": "cancel", "reason": "x"}, "/desk")
    assert told.status_code == 403


def test_an_award_becomes_an_order_by_form(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    page = f"/desk/requirements/{REQUIREMENT}"
    assert "ANDINA S.A.C." in own.client.get(page).text
    wanted = {"act": "order", "winner": "0", "number": "OCAM-2026-1335-60-0", "ruc": str(people.ORGANISATION["ruc"]),
              "name": "ANDINA S.A.C."}  # fmt: skip
    told = post(own, page, wanted)
    assert told.status_code == 303, told.text
    entries = own.house.journal.of_subject("OCAM-2026-1335-60-0")
    life: OrderLife = read.fold(own.house, entries)
    won = procedure.case(own.house, REQUIREMENT).award
    assert won is not None
    assert life.order.sub_total == won.winners[0].total
    assert life.order.vat > 0
    assert len(life.order.deliveries) == 2
    again = post(own, page, {**wanted, "winner": "7", "number": "OCAM-2026-1335-61-0"})
    assert again.status_code == 422


def test_offers_are_closed_opened_and_decided_by_forms(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    number = "REQ-2026-1335-50"
    page = f"/desk/requirements/{number}"
    post(own, NEW, FILLED | {"/opening_key": people.OPENING[1]})
    assert post(own, page, {"act": "close"}).status_code == 409
    own.clock.forward(days=3)
    own.client.cookies.clear()
    sign_in(own, "jose", "entity", ruc=ENTITY_RUC)
    assert post(own, page, {"act": "close"}).status_code == 303
    wrong = post(own, page, {"act": "open", "identity": "AGE-SECRET-KEY-1"})
    assert (wrong.status_code, 'AGE-SECRET-KEY-1"' in wrong.text) == (422, False)
    assert post(own, page, {"act": "award"}).status_code in (303, 409)
    assert procedure.case(own.house, number).life.status != "open"


def test_orders_stand_newest_first_a_page_at_a_time(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    told = own.client.get("/desk").text
    assert told.index(HOSTILE_ORDER) < told.index(FIRST)
    first = own.house.index.order(HOSTILE_ORDER)
    assert first is not None
    earlier = own.client.get(f"/desk?before={first['first_index']}").text
    assert HOSTILE_ORDER not in earlier
    assert FIRST in earlier


def test_a_form_of_an_ended_session_is_kept_and_sent_again(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    own.clock.forward(hours=11)
    form = {
        "csrf": "old",
        "act": "conformed",
        "delivery": "1",
        "observations": "<b>una</b>",
        "identity": "secret",
    }
    held = own.client.post(f"/desk/orders/{FIRST}", data=form)
    assert held.status_code == 403
    assert 'value="&lt;b&gt;una&lt;/b&gt;"' in held.text
    assert "secret" not in held.text
    assert 'href="/login"' in held.text
    own.client.cookies.clear()
    sign_in(own, "jose", "entity", ruc=ENTITY_RUC)
    held = own.client.post(f"/desk/orders/{FIRST}", data={**form, "csrf": ""})
    assert held.status_code == 403
    csrf = own.client.get("/api/v1/session").json()["csrf"]
    assert f'value="{csrf}"' in held.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_form_from_elsewhere_is_never_shown_as_ones_own(own: Site, site: str) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    lure = {"act": "conformed", "delivery": "1", "observations": "señuelo"}
    refused = own.client.post(f"/desk/orders/{FIRST}", data=lure, headers={"sec-fetch-site": site})
    assert refused.status_code == 401
    assert "señuelo" not in refused.text


def test_a_form_of_nobodys_browser_is_not_kept_either(own: Site) -> None:
    lure = {"act": "conformed", "observations": "señuelo"}
    refused = own.client.post(f"/desk/orders/{FIRST}", data=lure)
    assert refused.status_code == 401
    assert "señuelo" not in refused.text


def test_a_huge_form_of_an_ended_session_is_not_written_out_again(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    own.clock.forward(hours=11)
    refused = own.client.post(f"/desk/orders/{FIRST}", data={"observations": "x" * 300_000})
    assert refused.status_code in (401, 403)
    assert len(refused.text) < 100_000


def test_the_public_page_shows_ranking_and_opened_offers(reader: Site) -> None:
    told = reader.client.get(f"/requirements/{REQUIREMENT}").text
    assert "ANDINA S.A.C." in told
    assert "ganadora" in told
    assert people.PERSON["name"] not in told
    assert tenders.NUMBER in told
