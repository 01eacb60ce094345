"""What takes two persons: one person's keys and sessions are one; who may be one of two is made by two."""

from __future__ import annotations

import re
from typing import Any

import pytest

from huella.errors import InputError, NotAllowed, NotSignedIn, RuleError
from huella.flow import access, pages, people, proposals
from huella.flow.access import Caller
from huella.flow.proposals import Admitted, Somebody
from web.desks import ENTITY_RUC, SUPPLIER_RUC, entity, key, person, post
from web.site import FIRST, NATURAL, Site
from web.visits import PASSWORD, sign_in
from web.visits import post as send

OPERATOR_KEY = {"alg": "ed25519", "key": "C-dhhG9gGDLLHcqNFuCHkJv3YK8r5zH0RrVSWjVNzVY"}
NEW = Somebody("nueva", "una frase bien larga", ("registrar",))


def administrator(site: Site, login: str) -> Caller:
    """The caller of a new administrator's key."""
    made = access.make_key(site.house, login, ["administrator"], owner=person(site, login, "administrator"))
    return access.caller_of_key(site.house, made.text)


def annulment(site: Site, who: dict[str, str]) -> str:
    made = post(site, f"orders/{FIRST}/annul", who, {"data": {}})
    assert made.status_code == 202
    return f"proposals/{made.json()['id']}/confirm"


def test_a_person_and_his_key_are_one_person(own: Site) -> None:
    sign_in(own, "maria", "registrar")
    maria = people.list_people(own.house)[-1]["id"]
    csrf = own.client.get("/api/v1/session").json()["csrf"]
    path = annulment(own, {"x-csrf-token": csrf})
    own.client.cookies.clear()
    for mine in (entity(own, maria), key(own, "registrar", owner=maria)):
        refused = post(own, path, mine)
        assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    assert post(own, path, entity(own)).status_code == 201


def test_keys_of_the_command_line_are_one_person_however_many(own: Site) -> None:
    path = annulment(own, entity(own))
    assert post(own, path, key(own, "registrar")).status_code == 403


def test_an_administrators_new_and_rotated_keys_are_his(own: Site) -> None:
    ana = key(own, "administrator", owner=person(own, "ana", "administrator"))
    given = {"name": "x", "scopes": ["registrar"]}
    first, second = (post(own, "keys", ana, given).json() for _ in range(2))
    turned = post(own, f"keys/{second['id']}/rotate", ana).json()
    path = annulment(own, {"Authorization": f"Bearer {first['key']}"})
    assert post(own, path, {"Authorization": f"Bearer {turned['key']}"}).status_code == 403
    rows = own.client.get("/api/v1/keys", headers=ana).json()["keys"]
    assert {row["owner"] for row in rows} == {"ana"}


def test_a_key_that_the_host_gives_to_somebody_is_a_person_of_its_own(own: Site) -> None:
    path = annulment(own, entity(own))
    made = access.make_key(own.house, "x", ["registrar"])
    access.give(own.house, made.id, person(own, "jose", "registrar"))
    assert post(own, path, {"Authorization": f"Bearer {made.text}"}).status_code == 201


def test_a_disabled_persons_keys_end(own: Site) -> None:
    who = key(own, "auditor", owner=person(own, "jose", "auditor"))
    assert own.client.get("/api/v1/session", headers=who).status_code == 200
    people.disable(own.house, "jose")
    assert own.client.get("/api/v1/session", headers=who).status_code == 401


@pytest.mark.parametrize(
    ("scope", "ruc"), [("registrar", None), ("administrator", None), ("entity", ENTITY_RUC)]
)
def test_who_may_be_one_of_two_is_made_by_two(own: Site, scope: str, ruc: str | None) -> None:
    ana, eva = administrator(own, "ana"), administrator(own, "eva")
    made = proposals.make_person(own.house, ana, Somebody("nueva", NEW.password, (scope,), ruc))
    assert made is not None
    with pytest.raises(NotSignedIn):
        people.begin(own.house, "nueva", NEW.password)
    with pytest.raises(NotAllowed):
        proposals.confirm(own.house, ana, made["id"])
    done = proposals.confirm(own.house, eva, made["id"])
    assert isinstance(done, Admitted)
    with pytest.raises(NotSignedIn):
        people.begin(own.house, "nueva", NEW.password)
    assert people.begin(own.house, "nueva", f"{NEW.password}-{done.code}")


def test_who_only_looks_or_supplies_is_made_by_one(own: Site) -> None:
    ana = administrator(own, "ana")
    assert proposals.make_person(own.house, ana, Somebody("a-1", PASSWORD, ("auditor",))) is None
    assert (
        proposals.make_person(own.house, ana, Somebody("s-1", PASSWORD, ("supplier",), SUPPLIER_RUC)) is None
    )
    assert proposals.set_password(own.house, ana, "s-1", PASSWORD + "2") is None
    assert people.begin(own.house, "s-1", PASSWORD + "2")


def test_nobody_is_made_by_two_while_there_is_only_one(own: Site) -> None:
    ana = administrator(own, "ana")
    with pytest.raises(RuleError, match="nobody else") as refused:
        proposals.make_person(own.house, ana, NEW)
    assert "huella access person" in refused.value.advice
    person(own, "eva", "administrator")
    people.disable(own.house, "eva")
    with pytest.raises(RuleError, match="nobody else"):
        proposals.make_person(own.house, ana, NEW)


def test_a_registrars_password_is_set_by_two(own: Site) -> None:
    ana, eva = administrator(own, "ana"), administrator(own, "eva")
    person(own, "jose", "registrar")
    made = proposals.set_password(own.house, ana, "jose", "otra frase larga")
    assert made is not None
    assert people.begin(own.house, "jose", PASSWORD)
    done = proposals.confirm(own.house, eva, made["id"])
    assert isinstance(done, Admitted)
    assert people.begin(own.house, "jose", f"otra frase larga-{done.code}")
    with pytest.raises(NotSignedIn):
        people.begin(own.house, "jose", PASSWORD)


def test_a_proposal_that_is_refused_waits_on(own: Site) -> None:
    ana, eva = administrator(own, "ana"), administrator(own, "eva")
    made = proposals.make_person(own.house, ana, NEW)
    assert made is not None
    person(own, "nueva", "auditor")
    with pytest.raises(InputError, match="taken"):
        proposals.confirm(own.house, eva, made["id"])
    assert [row["subject"] for row in proposals.page_of_proposals(own.house, eva).rows] == ["nueva"]


def operator_key(site: Site, who: dict[str, str]) -> Any:
    data = {**OPERATOR_KEY, "party": {"identifier": "operator/1"}}
    return post(site, "proposals", who, {"kind": "key.authorised", "subject": "registry", "data": data})


def test_an_operators_key_is_authorised_by_two_whichever_door(own: Site) -> None:
    ana = key(own, "registrar", owner=person(own, "ana", "registrar"))
    data = {**OPERATOR_KEY, "party": {"identifier": "operator/1"}, "effective_at": "2026-11-23T15:00:00.000Z"}
    alone = {"kind": "key.authorised", "subject": "registry", "data": data}
    assert own.client.post("/api/v1/bulk", json=alone, headers=ana).json()["code"] == "not-allowed"
    assert operator_key(own, ana).json()["rule"] == "two-persons"
    eva = key(own, "administrator", owner=person(own, "eva", "administrator"))
    made = operator_key(own, ana)
    assert made.status_code == 202
    listed = own.client.get("/api/v1/proposals", headers=eva).json()["proposals"]
    assert listed[0]["about"] == {"operator": "operator/1", "key": OPERATOR_KEY["key"]}
    path = f"proposals/{made.json()['id']}/confirm"
    assert [post(own, path, who).status_code for who in (ana, eva)] == [403, 201]
    found = own.house.rights.key(OPERATOR_KEY["key"])
    assert found is not None
    assert found.holder == "operator/1"


def test_a_partys_key_is_authorised_by_one(own: Site) -> None:
    party = {"ruc": SUPPLIER_RUC, "name": "CONSORCIO"}
    data = {**OPERATOR_KEY, "party": party}
    refused = post(
        own,
        "proposals",
        key(own, "registrar"),
        {"kind": "key.authorised", "subject": "registry", "data": data},
    )
    assert (refused.status_code, refused.json()["rule"]) == (409, "two-persons")


def test_an_entity_sees_its_own_proposals_only(own: Site) -> None:
    ana = administrator(own, "ana")
    person(own, "eva", "administrator")
    annulment(own, entity(own))
    post(own, f"orders/{NATURAL}/annul", key(own, "registrar"), {"data": {}})
    proposals.make_person(own.house, ana, NEW)
    stranger = key(own, "entity", ruc="20100047641")
    seen = [
        {row["subject"] for row in own.client.get("/api/v1/proposals", headers=who).json()["proposals"]}
        for who in (entity(own), stranger, key(own, "auditor"))
    ]
    assert seen == [{FIRST, NATURAL}, set(), {FIRST, NATURAL, "nueva"}]


def test_pages_of_a_list_hold_every_row_once(own: Site) -> None:
    for n in range(7):
        access.make_key(own.house, f"k{n}", ["auditor"])
    who = key(own, "administrator")
    found, mark = [], ""
    while mark is not None:
        told = own.client.get(f"/api/v1/keys?limit=3{mark and '&before=' + mark}", headers=who).json()
        found += [row["id"] for row in told["keys"]]
        mark = told["next"]
    assert sorted(found) == sorted(row["id"] for row in access.list_keys(own.house))
    assert len(found) == 8


@pytest.mark.parametrize("mark", ["x", "a~b~c", "~", "\x00~x", "é" * 150 + "~x", "9" * 400])
def test_a_mark_that_is_none_is_refused_or_ends_the_list(own: Site, mark: str) -> None:
    told = own.client.get("/api/v1/webhooks/dead", params={"before": mark}, headers=key(own, "auditor"))
    assert (told.status_code, told.json()["field"]) == (422, "before")


def test_a_thousand_rows_are_not_the_end(own: Site) -> None:
    for n in range(1003):
        access.make_key(own.house, f"k{n}", ["auditor"])
    assert len(access.list_keys(own.house)) == 1003
    assert len(access.page_of_keys(own.house, pages.Asked(None, 5000)).rows) == pages.ROWS


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_pages_propose_and_confirm_a_person(own: Site, language: str) -> None:
    own.client.headers["accept-language"] = language
    person(own, "eva", "administrator")
    sign_in(own, "ana", "administrator")
    wanted = {"act": "make", "login": "jose", "password": PASSWORD, "scopes": "registrar"}
    told = send(own, "/admin/people", wanted)
    assert (told.status_code, "/admin/two" in told.text) == (200, True)
    page = own.client.get("/admin/two").text
    assert 'value="confirm"' not in page
    number = re.findall(r'name="proposal" value="([0-9a-f]+)"', page)[0]
    own.client.cookies.clear()
    sign_in(own, "rosa", "administrator")
    shown = send(own, "/admin/two", {"act": "confirm", "proposal": number})
    code = re.findall(r"<code[^>]*>([A-Z2-7]{16})<", shown.text)[0]
    assert people.begin(own.house, "jose", f"{PASSWORD}-{code}")
