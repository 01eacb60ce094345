"""Administration by plain forms: each page for who may see it, secrets shown once, two persons for what takes two."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from huella.flow import hooks, people
from huella.store.desk import Desk
from huella.store.tables_access import posts
from web.desks import ENTITY_RUC, SUPPLIER_RUC
from web.site import FIRST, Site, forged_source
from web.test_read import text_of
from web.visits import post, sign_in

KEY = "C-dhhG9gGDLLHcqNFuCHkJv3YK8r5zH0RrVSWjVNzVY"
SECTIONS = ("status", "keys", "people", "parties", "two", "webhooks")


@pytest.mark.parametrize("language", ["es", "en"])
def test_an_administrator_sees_every_page_and_others_their_own(own: Site, language: str) -> None:
    own.client.headers["accept-language"] = language
    sign_in(own, "ana", "administrator")
    for section in SECTIONS:
        assert own.client.get(f"/admin/{section}").text.count("<h1") == 1
    assert own.client.get("/admin/nothing").status_code == 404
    own.client.cookies.clear()
    sign_in(own, "rosa", "supplier", ruc=SUPPLIER_RUC)
    assert {own.client.get(f"/admin/{section}").status_code for section in SECTIONS} == {403}
    own.client.cookies.clear()
    assert own.client.get("/admin/keys", follow_redirects=False).headers["location"] == "/login"


def test_a_key_is_issued_shown_once_rotated_and_revoked(own: Site) -> None:
    sign_in(own, "ana", "administrator")
    wanted = {"act": "make", "name": "SIGA", "scopes": "entity", "ruc": ENTITY_RUC}
    made = re.findall(r"hk_[0-9a-f]+_[A-Za-z0-9_-]+", post(own, "/admin/keys", wanted).text)
    assert len(set(made)) == 1
    listed = own.client.get("/admin/keys").text
    assert made[0] not in listed
    number = made[0].split("_")[1]
    turned = post(own, "/admin/keys", {"act": "rotate", "key": number})
    assert re.search(r"hk_[0-9a-f]+_", turned.text)
    headers = {"Authorization": f"Bearer {made[0]}"}
    assert own.client.get("/api/v1/session", headers=headers).status_code == 401
    refused = post(own, "/admin/keys", {**wanted, "ruc": "1"})
    assert refused.status_code == 422
    assert 'value="SIGA"' in refused.text


def test_a_person_is_made_and_loses_access_but_nobody_his_own(own: Site) -> None:
    sign_in(own, "ana", "administrator")
    wanted = {"act": "make", "login": "jose", "password": "una frase bien larga", "scopes": "auditor"}
    assert post(own, "/admin/people", wanted).status_code == 303
    assert people.begin(own.house, "jose", "una frase bien larga")
    assert post(own, "/admin/people", {"act": "disable", "login": "ana"}).status_code == 422
    assert post(own, "/admin/people", {"act": "disable", "login": "jose"}).status_code == 303
    assert [row["login"] for row in people.list_people(own.house) if row["disabled_at"]] == ["jose"]
    short = post(own, "/admin/people", {**wanted, "login": "eva", "password": "corta"})
    assert (short.status_code, 'corta"' in short.text) == (422, False)


def test_a_partys_key_is_authorised_and_revoked_on_record(own: Site) -> None:
    sign_in(own, "ana", "administrator")
    wanted = {"act": "authorise", "key": f"ed25519 {KEY}", "ruc": SUPPLIER_RUC, "name": "CONSORCIO"}
    assert post(own, "/admin/parties", wanted).status_code == 303
    assert KEY in own.client.get("/admin/parties").text
    assert post(own, "/admin/parties", {"act": "revoke", "key": KEY, "ruc": SUPPLIER_RUC}).status_code == 303
    last = own.house.rights.key(KEY)
    assert last is not None
    assert last.revoked is not None


def test_an_annulment_is_proposed_by_one_and_confirmed_by_another(own: Site) -> None:
    sign_in(own, "maria", "entity", ruc=ENTITY_RUC)
    wanted = {"act": "propose", "number": FIRST, "reason": "se duplicó"}
    assert post(own, "/admin/two", wanted).status_code == 303
    told = own.client.get("/admin/two").text
    assert "se duplicó" not in told
    number = re.findall(r'name="proposal" value="([0-9a-f]+)"', told)[0]
    assert post(own, "/admin/two", {"act": "confirm", "proposal": number}).status_code == 403
    own.client.cookies.clear()
    sign_in(own, "jose", "entity", ruc=ENTITY_RUC)
    assert post(own, "/admin/two", {"act": "confirm", "proposal": number}).status_code == 303
    assert own.house.journal.of_subject(FIRST)[-1].kind == "order.annulled"


def test_a_dead_post_is_tried_again(own: Site) -> None:
    sign_in(own, "ana", "administrator")
    shown = post(own, "/admin/webhooks", {"act": "make", "url": "https://siga.example.pe/x", "kinds": ""})
    assert "whsec_" in shown.text
    hook = hooks.listed(own.house).rows[0]["id"]
    dead = {"webhook": hook, "entry": 3, "state": "dead", "tries": 10, "again_at": "2026-11-25T00:00:00.000Z"}
    Desk(own.house.engine).put(posts, dead)
    assert post(own, "/admin/webhooks", {"act": "again", "webhook": hook, "entry": "3"}).status_code == 303
    assert hooks.dead(own.house).rows == []


def test_watched_sources_are_for_who_audits(own: Site) -> None:
    sign_in(own, "eva", "auditor")
    assert own.client.get("/fuentes").status_code == 200
    for path in ("/fuentes/nothing", "/fuentes/..%2Fhuella.toml", "/fuentes/x/0/evidencia.zip"):
        assert own.client.get(path).status_code in (404, 422)
    own.client.cookies.clear()
    sign_in(own, "rosa", "supplier", ruc=SUPPLIER_RUC)
    assert own.client.get("/fuentes").status_code == 403


def test_a_finding_of_a_watched_database_is_read_and_taken_home(own: Site) -> None:
    forged_source(own)
    sign_in(own, "eva", "auditor")
    assert 'href="/fuentes/siga"' in own.client.get("/fuentes").text
    assert 'href="/fuentes/siga/0"' in own.client.get("/fuentes/siga").text
    told = own.client.get("/fuentes/siga/0")
    assert (told.status_code, "0.01" in told.text, "1475.5" in told.text) == (200, True, True)
    taken = own.client.get("/fuentes/siga/0/evidencia.zip")
    assert zipfile.ZipFile(io.BytesIO(taken.content)).namelist()[0] == "hallazgo.json"
    assert own.client.get("/fuentes/siga/99").status_code == 404


def test_a_findings_paper_tells_plain_values(own: Site) -> None:
    forged_source(own)
    sign_in(own, "eva", "auditor")
    told = text_of(own.client.get("/fuentes/siga/0/evidencia.pdf").content)
    assert "1475.5" in told
    assert "0.01" in told
    assert "float" not in told
