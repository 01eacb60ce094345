"""The desk: acts on an order by plain forms, refused in words with nothing lost; the photo's digest is sealed."""

from __future__ import annotations

import hashlib

import pytest

from huella.flow.paper import complete_data
from huella.records import record
from web.desks import ENTITY_RUC, SUPPLIER_RUC
from web.site import FIRST, HOSTILE_ORDER, Site
from web.visits import post, sign_in

PAGE = f"/desk/orders/{FIRST}"
PHOTO = b"\xff\xd8\xff\xe0 a photograph of the act"


def test_the_desk_asks_for_a_session_and_lists_the_partys_orders(own: Site) -> None:
    assert own.client.get("/desk", follow_redirects=False).headers["location"] == "/login"
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    told = own.client.get("/desk")
    assert told.headers["cache-control"] == "no-store"
    assert f'href="{PAGE}"' in told.text
    assert own.client.get(f"/desk?number={FIRST.lower()}").url.path == PAGE


@pytest.mark.parametrize("language", ["es", "en"])
def test_an_entity_gives_its_conformity_with_a_photo_whose_digest_is_sealed(own: Site, language: str) -> None:
    own.client.headers["accept-language"] = language
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    given = {"act": "conformed", "delivery": "1", "when": "2026-11-24T12:00", "observations": "todo bien"}
    told = post(own, PAGE, given, files={"photo": ("Ana Ejemplo.jpg", PHOTO, "image/jpeg")})
    assert told.status_code == 303, told.text
    entry = own.house.journal.of_subject(FIRST)[-1]
    assert entry.kind == "delivery.conformed"
    digest = hashlib.sha256(PHOTO).hexdigest()
    assert digest.encode() not in entry.record
    assert "/documents/0" in record.sealed(record.parse(entry.record))
    data = complete_data(own.house, entry)
    assert data["effective_at"] == "2026-11-24T17:00:00.000Z"
    assert (data["documents"][0]["sha256"], data["documents"][0]["name"]) == (digest, "acta.jpg")
    assert f">{entry.index}</a>" in own.client.get(told.headers["location"]).text


def test_a_refused_form_tells_why_and_loses_nothing(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    size = own.house.journal.size()
    given = {
        "act": "conformed",
        "delivery": "1",
        "when": "2026-11-24T12:00",
        "observations": "<b>falta una</b>",
    }
    told = post(own, PAGE, given, files={"photo": ("x.exe", b"MZ", "image/jpeg")})
    assert told.status_code == 422
    assert 'role="alert"' in told.text
    assert "&lt;b&gt;falta una&lt;/b&gt;</textarea>" in told.text
    assert 'value="2026-11-24T12:00"' in told.text
    assert own.house.journal.size() == size


def test_a_supplier_accepts_its_own_order_and_sees_no_form_of_anothers(own: Site) -> None:
    sign_in(own, "rosa", "supplier", ruc="20100047641")
    page = f"/desk/orders/{HOSTILE_ORDER}"
    assert "<script>alert" not in own.client.get(page).text
    assert 'value="made"' not in own.client.get(PAGE).text
    assert post(own, page, {"act": "accept"}).status_code == 303
    assert own.house.journal.of_subject(HOSTILE_ORDER)[-1].kind == "order.accepted"
    assert post(own, page, {"act": "made", "delivery": "1"}, "/desk").status_code == 303
    told = post(own, PAGE, {"act": "conformed", "delivery": "1"}, "/desk")
    assert told.status_code == 403


def test_a_form_without_its_token_or_too_large_is_refused(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    size = own.house.journal.size()
    assert own.client.post(PAGE, data={"act": "conformed", "delivery": "1"}).status_code == 403
    large = {"photo": ("a.jpg", PHOTO + b"x" * 12_000_000, "image/jpeg")}
    assert post(own, PAGE, {"act": "conformed", "delivery": "1"}, files=large).status_code == 413
    assert own.house.journal.size() == size


def test_a_supplier_of_another_order_sees_only_its_own(own: Site) -> None:
    sign_in(own, "luis", "supplier", ruc=SUPPLIER_RUC)
    told = own.client.get("/desk").text
    assert FIRST in told
    assert HOSTILE_ORDER not in told
