"""An erasure over HTTP: two operators' records, each signed at home; then the value is gone and its evidence stays."""

from __future__ import annotations

from typing import Any

import msgspec

from huella.flow import erase, keys
from huella.flow.publish import newest_entry
from huella.proof.verify import verify
from huella.records import record
from huella.records.draft import Draft
from huella.store.desk import Desk
from huella.store.tables_access import proposals
from people import OPERATORS, authorise
from people import key as operator_key
from web.desks import key, person, post
from web.site import FIRST, Site

EMAIL = "/destinations/0/contact/email"


def signed(site: Site, kind: str, data: dict[str, Any], number: int) -> dict[str, Any]:
    """A record that an operator sealed and signed with his own key, as a body."""
    draft = keys.sign(site.house, Draft(kind=kind, subject="registry", data=data), operator_key(number))
    body: dict[str, Any] = msgspec.to_builtins(draft)
    return {name: value for name, value in body.items() if value}


def sealed_at(site: Site) -> tuple[int, dict[str, str]]:
    entry = newest_entry(site.house, FIRST)
    return entry.index, record.sealed(record.parse(entry.record))


def opened(site: Site, pointer: str) -> bool:
    index, sealed = sealed_at(site)
    return pointer in site.house.vault.open(index, sealed)


def wish(site: Site, entry: int, number: int) -> dict[str, Any]:
    """An operator's request that an order's e-mail be erased, signed with his own key."""
    told = {
        "action": "erasure.requested", "reason": "A pedido.", "role": "operator", "subject": f"{entry}{EMAIL}"
    }  # fmt: skip
    return signed(site, "operator.acted", told, number)


def asked(site: Site, who: dict[str, str]) -> dict[str, Any]:
    """The first operator's request, handed in with a key; the approval's data."""
    for number, party in enumerate(OPERATORS, 21):
        authorise(site.house, party, number)
    index, sealed = sealed_at(site)
    answer = post(site, "erasures", who, wish(site, index, 21))
    assert (answer.status_code, opened(site, EMAIL)) == (201, True)
    return {"digest": sealed[EMAIL], "index": index, "pointer": EMAIL, "request": answer.json()["index"]}


def of(site: Site, login: str) -> dict[str, str]:
    """An administrator's key, which is his own."""
    return key(site, "administrator", owner=person(site, login, "administrator"))


def test_two_operators_erase_over_http_and_the_evidence_stays(own: Site) -> None:
    who = of(own, "jose")
    erasure = asked(own, of(own, "ana"))
    alone = post(own, "erasures/confirm", who, signed(own, "disclosure.erased", erasure, 21))
    assert (alone.status_code, alone.json()["rule"], opened(own, EMAIL)) == (409, "two-operators", True)
    done = post(own, "erasures/confirm", who, signed(own, "disclosure.erased", erasure, 22))
    assert (done.status_code, opened(own, EMAIL)) == (201, False)
    listed = own.client.get("/api/v1/erasures", headers=who).json()
    assert listed["erased"]
    evidence = own.client.get(f"/api/v1/orders/{FIRST}/evidence").content
    assert verify(evidence, own.house.trust).overall == "authentic"


def test_one_person_with_two_operators_keys_erases_nothing(own: Site) -> None:
    ana = person(own, "ana", "administrator")
    erasure = asked(own, key(own, "administrator", owner=ana))
    body = signed(own, "disclosure.erased", erasure, 22)
    for mine in (key(own, "administrator", owner=ana), key(own, "registrar", owner=ana)):
        refused = post(own, "erasures/confirm", mine, body)
        assert (refused.status_code, refused.json()["code"], opened(own, EMAIL)) == (
            403,
            "not-allowed",
            True,
        )
    assert post(own, "erasures/confirm", key(own, "administrator"), body).status_code == 201


def test_what_was_asked_on_the_host_takes_a_person_who_is_not_the_host(own: Site) -> None:
    for number, party in enumerate(OPERATORS, 21):
        authorise(own.house, party, number)
    index, sealed = sealed_at(own)
    request = erase.request(own.house, operator_key(21), index, EMAIL, "A pedido.")
    erasure = {"digest": sealed[EMAIL], "index": index, "pointer": EMAIL, "request": request.index}
    body = signed(own, "disclosure.erased", erasure, 22)
    assert post(own, "erasures/confirm", key(own, "administrator"), body).status_code == 403
    assert post(own, "erasures/confirm", of(own, "ana"), body).status_code == 201


def test_a_request_that_was_refused_is_nobodys(own: Site) -> None:
    authorise(own.house, OPERATORS[0], 21)
    index, _ = sealed_at(own)
    stranger = wish(own, index, 29)
    assert post(own, "erasures", of(own, "ana"), stranger).status_code == 409
    assert Desk(own.house.engine).counts(proposals, "state").get(erase.HANDED_IN, 0) == 0
