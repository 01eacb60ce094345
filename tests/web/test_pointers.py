"""A problem's `field` is one thing: a JSON pointer into the body, or the bare name of what stands in the address."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

import cast
from huella.errors import InputError
from huella.web import pointers
from web.desks import body, entity, key, post, supplier
from web.site import FIRST, Site

ABSENT = "OCAM-2026-1335-999-0"


def order(**changes: object) -> dict[str, Any]:
    return body(cast.order(4, **changes))


def said(found: Any) -> tuple[int, str]:
    return found.status_code, found.json().get("field", found.text)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "soles"}, "/data/currency"),
        ({"total": "1.00"}, "/data/total"),
        ({"items": []}, "/data/items"),
        ({"entity": {"ruc": "20131257751", "name": "X"}}, "/data/entity/ruc"),
    ],
)
def test_what_the_rules_find_in_a_fact_is_named_from_the_bodys_root(
    own: Site, changes: dict[str, Any], field: str
) -> None:
    given = order(**changes)
    assert said(post(own, "orders", key(own, "registrar"), given)) == (422, field)
    part: Any = given
    for name in field.split("/")[1:]:
        part = part[name]  # it is there


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "order.annulled"}, "/kind"), ({"subject": 7}, "/subject"), ({"data": []}, "/data"),
        ({"subject": "Ñ"}, "/subject"), ({"files": [{"name": "a/b", "sha256": "00" * 32}]}, "/files/0"),
        ({"act": {"alg": "ed25519", "key": "x"}}, "/act"), ({"more": 1}, "/"),
    ],
)  # fmt: skip
def test_what_is_wrong_beside_the_data_is_named_from_there_too(
    own: Site, change: dict[str, Any], field: str
) -> None:
    found = post(own, "orders", key(own, "registrar"), {**order(), **change})
    assert (found.status_code, found.json()["field"].startswith(field)) == (422, True), found.text


def test_what_only_the_address_told_is_named_as_it_is_there(own: Site) -> None:
    who = key(own, "registrar")
    assert said(post(own, "deliveries/OCAM-2026-1335-1-x/made", who, {"data": {}})) == (422, "number")
    given = {"subject": ABSENT, "data": {"delivery": 2}}
    assert said(post(own, f"orders/{FIRST}/accept", who, given)) == (422, "/subject")
    del given["subject"]
    assert said(post(own, "deliveries/OCAM-2026-1335-1-1/made", who, given)) == (422, "/data/delivery")


def test_a_proposal_an_annulment_and_an_erasure_name_it_the_same_way(own: Site) -> None:
    who = key(own, "registrar")
    given = {"kind": "order.annulled", "subject": FIRST, "data": {"effective_at": "yesterday"}}
    assert said(post(own, "proposals", who, given)) == (422, "/data/effective_at")
    del given["kind"], given["subject"]
    assert said(post(own, f"orders/{FIRST}/annul", who, given)) == (422, "/data/effective_at")
    erasure = {"kind": "order.accepted", "data": {}}
    assert said(post(own, "erasures", key(own, "administrator"), erasure)) == (422, "/kind")


def test_a_fault_of_what_only_the_address_tells_is_named_by_its_number() -> None:
    for given, field in (({}, "number"), ({"subject": "x"}, "/subject")):
        with pytest.raises(InputError) as told, pointers.in_fact(given, ("/subject", "/data/delivery")):
            raise InputError("x", field="/subject")
        assert told.value.field == field
    with pytest.raises(InputError) as told, pointers.in_fact({"data": {}}, ("/data/delivery",)):
        raise InputError("x", field="/delivery")
    assert told.value.field == "number"


@pytest.mark.parametrize(
    ("field", "told"),
    [("/tie", "/tie"), ("/requirement", "/tie"), ("requirement", "/tie"), ("", "/"), ("/control/sig", "/control/sig"),
     ("/bidder", "/offer/data/bidder"), ("/sealed", "/offer/sealed")],
)  # fmt: skip
def test_a_fault_of_an_offer_is_named_from_its_files_root(field: str, told: str) -> None:
    with pytest.raises(InputError) as found, pointers.in_offer():
        raise InputError("x", field=field)
    assert found.value.field == told


def test_a_bulk_names_it_from_each_lines_root(own: Site) -> None:
    given = {"kind": "order.published", "subject": cast.order(4).subject}
    lines = [given | order(currency="soles"), given | order() | {"files": 7}]
    sent = b"\n".join(map(orjson.dumps, lines))
    found = own.client.post("/api/v1/bulk", content=sent, headers=key(own, "registrar"))
    assert [orjson.loads(line)["field"] for line in found.text.splitlines()] == ["/data/currency", "/files"]


def test_an_offers_file_is_its_own_body(own: Site) -> None:
    who = supplier(own)
    assert said(post(own, "offers", who, {"format": "huella/offer/1"})) == (422, "/")
    assert said(own.client.post("/api/v1/offers", content=b"{", headers=who)) == (422, "/")


def test_a_body_that_the_interface_checks_itself_is_named_alike(own: Site) -> None:
    who = key(own, "administrator")
    for given, field in (
        ({"name": "x", "scopes": ["king"]}, "/scopes"),  # by the verb
        ({"name": "x", "scopes": [7]}, "/scopes/0"),  # by the interface
        ({"name": "x", "scopes": ["entity"]}, "/ruc"),
        ({"name": "x", "scopes": ["auditor"], "a/b~c": 1}, "/a~1b~0c"),
    ):
        assert said(post(own, "keys", who, given)) == (422, field)
    assert said(post(own, "webhooks", who, {"url": "http://x"})) == (422, "/url")
    assert said(post(own, "verify", {}, {})) == (422, "/")
    assert said(post(own, "verify", {}, {"hash": "00" * 32})) == (404, "/hash")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("feed?from=x", "from"), ("requirements?limit=0", "limit"), (f"orders/{ABSENT}", "number"),
        ("records/99999", "index"), ("requirements/REQ-2026-1-1", "number"), ("offers/OFE-X", "code"),
        ("stats/totals?since=enero", "since"), ("tokens/99999", "index"), (f"lodged/{'ab' * 32}", "digest"),
        ("exports/records/2026-13.jsonl.gz", "month"),
    ],
)  # fmt: skip
def test_a_part_of_the_address_has_its_bare_name(reader: Site, path: str, field: str) -> None:
    found = reader.client.get(f"/api/v1/{path}")
    assert (found.status_code in (404, 422), found.json()["field"]) == (True, field)


def test_a_parameter_beside_a_body_has_its_bare_name_too(own: Site) -> None:
    who = key(own, "administrator")
    made = post(own, "keys", who, {"name": "x", "scopes": ["auditor"]}).json()["id"]
    assert said(post(own, f"keys/{made}/rotate?hours=-1", who)) == (422, "hours")
    assert said(post(own, "keys/00/revoke", who)) == (404, "key")
    assert said(post(own, "webhooks/00/dead/1/again", who)) == (404, "index")
    assert said(post(own, "proposals/00/confirm", entity(own))) == (404, "proposal")
    assert said(post(own, "requirements/REQ-2026-1-1/close", key(own, "registrar"))) == (404, "number")
