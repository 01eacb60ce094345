"""An erasure over HTTP: two operators' records, each signed at home; then the value is gone and its evidence stays."""

from __future__ import annotations

from typing import Any

import msgspec

from huella.flow import keys
from huella.flow.publish import newest_entry
from huella.proof.verify import verify
from huella.records import record
from huella.records.draft import Draft
from people import OPERATORS, authorise
from people import key as operator_key
from web.desks import key, post
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


def test_two_operators_erase_over_http_and_the_evidence_stays(own: Site) -> None:
    for number, party in enumerate(OPERATORS, 21):
        authorise(own.house, party, number)
    index, sealed = sealed_at(own)
    who = key(own, "administrator")
    told = {
        "action": "erasure.requested",
        "reason": "A pedido.",
        "role": "operator",
        "subject": f"{index}{EMAIL}",
    }
    asked = post(own, "erasures", who, signed(own, "operator.acted", told, 21))
    assert (asked.status_code, opened(own, EMAIL)) == (201, True)
    erasure = {"digest": sealed[EMAIL], "index": index, "pointer": EMAIL, "request": asked.json()["index"]}
    alone = post(own, "erasures/confirm", who, signed(own, "disclosure.erased", erasure, 21))
    assert (alone.status_code, alone.json()["rule"], opened(own, EMAIL)) == (409, "two-operators", True)
    done = post(own, "erasures/confirm", who, signed(own, "disclosure.erased", erasure, 22))
    assert (done.status_code, opened(own, EMAIL)) == (201, False)
    listed = own.client.get("/api/v1/erasures", headers=who).json()
    assert listed["erased"]
    evidence = own.client.get(f"/api/v1/orders/{FIRST}/evidence").content
    assert verify(evidence, own.house.trust).overall == "authentic"
