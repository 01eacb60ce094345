"""What the desk's program asks: how a key stands, an offer's receipt and its page, an act that was signed elsewhere."""

from __future__ import annotations

import msgspec

import offer_cases as people
from huella.flow import keys
from huella.flow.receipt import receipt
from huella.records import party
from huella.records.disclosure import b64
from huella.records.draft import Draft
from web.desks import SUPPLIER_RUC
from web.site import HOSTILE_ORDER, REQUIREMENT, Site
from web.visits import sign_in

OTHER_RUC = "20100047641"


def headers(site: Site) -> dict[str, str]:
    """What the program sends along."""
    return {"X-CSRF-Token": site.client.get("/api/v1/session").json()["csrf"]}


def state(site: Site, key: str) -> str:
    return str(site.client.get("/desk/key", params={"key": key}).json()["state"])


def test_a_key_is_unknown_then_another_partys_then_live_then_revoked(own: Site) -> None:
    sign_in(own, "rosa", "supplier", ruc=SUPPLIER_RUC)
    mine, other = (b64(people.key(n).public_key().public_bytes_raw()) for n in (7, 8))
    whose = {"ruc": SUPPLIER_RUC, "name": "CONSORCIO"}
    assert state(own, mine) == "unknown"
    keys.authorise(own.house, whose, other)
    assert (state(own, mine), state(own, other)) == ("other", "live")
    keys.revoke(own.house, whose, other)
    assert (state(own, mine), state(own, other)) == ("unknown", "revoked")
    own.client.cookies.clear()
    assert own.client.get("/desk/key", params={"key": mine}).status_code == 401


def test_a_receipts_page_is_for_who_shows_the_receipt(own: Site) -> None:
    sign_in(own, "rosa", "supplier", ruc=SUPPLIER_RUC)
    entry = next(each for each in own.house.journal.entries(0, 9) if each.kind == "offer.received")
    shown = receipt(own.house, entry.index).encode()
    told = own.client.post("/desk/receipt.pdf", content=shown, headers=headers(own))
    assert (told.status_code, told.content[:5]) == (200, b"%PDF-")
    bare = own.client.get(f"/api/v1/records/{entry.index}/evidence").content
    refused = own.client.post("/desk/receipt.pdf", content=bare, headers=headers(own))
    assert refused.status_code == 422
    assert "no muestra para qué requerimiento" in refused.json()["detail"]
    assert own.client.post("/desk/receipt.pdf", content=shown).status_code == 403


def test_a_signed_act_is_taken_and_one_of_another_party_is_not(own: Site) -> None:
    sign_in(own, "luis", "supplier", ruc=OTHER_RUC)
    key = people.key(9)
    keys.authorise(own.house, {"ruc": OTHER_RUC, "name": "X"}, b64(key.public_key().public_bytes_raw()))
    plain = Draft(kind="order.accepted", subject=HOSTILE_ORDER,
                  data={"effective_at": "2026-11-25T20:00:00.000Z", "mode": "explicit"})  # fmt: skip
    tail = keys.tail(own.house, HOSTILE_ORDER)
    signed = msgspec.to_builtins(party.signed(plain, key, tail, people.salts("act")))
    sent = {
        name: signed[name] for name in ("kind", "subject", "data", "prev", "act", "sealed", "disclosures")
    }
    bare = {**sent, "act": None}
    assert own.client.post("/desk/signed", json=bare, headers=headers(own)).status_code == 422
    told = own.client.post("/desk/signed", json=sent, headers=headers(own))
    assert told.status_code == 201, told.text
    assert own.house.journal.of_subject(HOSTILE_ORDER)[-1].kind == "order.accepted"
    own.client.cookies.clear()
    sign_in(own, "rosa", "supplier", ruc=SUPPLIER_RUC)
    assert own.client.post("/desk/signed", json=sent, headers=headers(own)).status_code == 403
    assert REQUIREMENT
