"""Handing in over HTTP: who may, what comes back, and that a retry does nothing twice."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

import cast
import offer_cases as people
import tenders
from huella.flow import lodge, procedure
from huella.flow.mirror import Keyless
from huella.flow.worker import Worker, jobs
from huella.ledger import registry as codec
from huella.proof.evidence import parse
from huella.records import offer, offer_file
from huella.records.disclosure import b64
from huella.records.draft import Draft
from huella.web.app import create_app
from web.desks import ENTITY_RUC, body, entity, key, person, post, supplier
from web.site import FIRST, HOSTILE_ORDER, REQUIREMENT, Site

FOURTH = "OCAM-2026-1335-4-0"


def order(**changes: object) -> dict[str, object]:
    return body(cast.order(4, **changes))


def test_an_order_is_published_and_its_receipt_comes_back(own: Site) -> None:
    found = post(own, "orders", entity(own), order())
    assert found.status_code == 201, found.text
    told = found.json()
    receipt = parse(told["receipt"].encode())
    assert (receipt.proof.index, own.house.journal.size() - 1) == (told["index"], told["index"])
    assert own.client.get(f"/api/v1/orders/{FOURTH}").json()["order"]["status"] == "published"


def test_without_a_key_or_with_a_wrong_one_nothing_is_sealed(own: Site) -> None:
    size = own.house.journal.size()
    for who in ({}, {"Authorization": "Bearer hk_00_x"}, {"Authorization": "Basic eDp5"}):
        found = post(own, "orders", who, order())
        assert (found.status_code, found.json()["code"]) == (401, "not-signed-in")
    assert own.house.journal.size() == size


def test_a_bound_key_speaks_for_its_own_party_alone(own: Site) -> None:
    other = key(own, "entity", ruc="20100186170")
    assert post(own, "orders", other, order()).status_code == 403
    assert post(own, "orders", supplier(own), order()).status_code == 403
    assert post(own, f"orders/{HOSTILE_ORDER}/accept", supplier(own), {"data": {}}).status_code == 403
    assert post(own, f"orders/{FIRST}/terminate", other, {"data": {}}).status_code == 403


def test_the_same_key_of_idempotency_is_answered_once(own: Site) -> None:
    who = entity(own)
    first = post(own, "orders", who, order(), **{"Idempotency-Key": "a"})
    again = post(own, "orders", who, order(), **{"Idempotency-Key": "a"})
    assert (first.json(), again.headers["idempotent-replayed"]) == (again.json(), "true")
    other = post(own, "orders", who, order(currency="USD"), **{"Idempotency-Key": "a"})
    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")


def test_what_is_kept_of_an_answer_holds_nothing_sealed(own: Site) -> None:
    post(own, "orders", entity(own), order(), **{"Idempotency-Key": "a"})
    with own.house.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM answers").all())
    assert "Ana Ejemplo" not in kept
    assert "2950.00" not in kept


def test_a_refused_request_may_be_tried_again_with_its_key(own: Site) -> None:
    who = supplier(own)
    refused = post(own, f"orders/{FIRST}/accept", who, {"data": {}}, **{"Idempotency-Key": "b"})
    assert refused.status_code == 409
    again = post(own, f"orders/{FIRST}/accept", who, {"data": {}}, **{"Idempotency-Key": "b"})
    assert (again.status_code, "idempotent-replayed" in again.headers) == (409, False)


def test_an_order_lives_over_http(own: Site) -> None:
    who, other = entity(own), supplier(own)
    post(own, "orders", who, order())
    steps = [
        (f"orders/{FOURTH}/accept", other),
        ("deliveries/OCAM-2026-1335-4-1/made", other),
        ("deliveries/OCAM-2026-1335-4-1/conformed", who),
        ("deliveries/OCAM-2026-1335-4-1/paid", who),
    ]
    for path, by in steps:
        own.clock.forward(hours=1)
        data = {"amount": "2950.00"} if path.endswith("paid") else {}
        found = post(own, path, by, {"data": data})
        assert found.status_code == 201, (path, found.text)
    assert own.client.get(f"/api/v1/orders/{FOURTH}").json()["order"]["status"] == "paid"


def test_an_annulment_takes_two_persons(own: Site) -> None:
    one, again, two = entity(own), entity(own), entity(own, person(own, "jose", "entity", ruc=ENTITY_RUC))
    proposed = post(own, f"orders/{FIRST}/annul", one, {"data": {"reason": "Doble"}})
    assert (proposed.status_code, proposed.json()["state"]) == (202, "waiting")
    waiting = own.client.get("/api/v1/proposals", headers=two)
    assert [row["subject"] for row in waiting.json()["proposals"]] == [FIRST]
    assert "Doble" not in waiting.text
    path = f"proposals/{proposed.json()['id']}/confirm"
    assert [post(own, path, who).status_code for who in (one, again)] == [403, 403]
    assert post(own, path, two).status_code == 201
    assert post(own, path, two).status_code == 409
    assert own.client.get(f"/api/v1/orders/{FIRST}").json()["order"]["status"] == "annulled"


def test_a_proposal_taken_back_cannot_be_confirmed(own: Site) -> None:
    one, two = entity(own), entity(own)
    made = post(own, f"orders/{FIRST}/annul", one, {"data": {}}).json()["id"]
    assert post(own, f"proposals/{made}/withdraw", one).status_code == 204
    assert post(own, f"proposals/{made}/confirm", two).status_code == 409
    assert post(own, "proposals/00/confirm", two).status_code == 404


def test_no_door_takes_an_annulment_without_a_second_person(own: Site) -> None:
    line = json.dumps({"kind": "order.annulled", "subject": FIRST, "data": {}})
    found = own.client.post("/api/v1/bulk", content=line, headers=entity(own))
    assert json.loads(found.text)["code"] == "not-allowed"


def test_a_bulk_has_an_outcome_for_each_line(own: Site) -> None:
    lines = [
        json.dumps(order()),
        "{",
        json.dumps(order(currency="XX")),
        json.dumps({"kind": "offers.closed"}),
    ]
    lines.append(json.dumps({"kind": "order.accepted", "subject": FOURTH, "data": {
        "effective_at": "2026-11-22T15:00:00.000Z", "mode": "explicit"}}))  # fmt: skip
    found = own.client.post("/api/v1/bulk", content="\n".join(lines), headers=key(own, "registrar"))
    told = [json.loads(line) for line in found.text.splitlines()]
    assert [row["sealed"] for row in told] == [True, False, False, False, True], told
    assert [row["line"] for row in told] == [1, 2, 3, 4, 5]


def test_a_procedure_is_held_over_http(own: Site) -> None:
    number, who = "REQ-2026-1335-43", entity(own)
    data = copy.deepcopy(people.REQUIREMENT) | {"closes_at": "2026-11-30T22:00:00.000Z"}
    assert post(own, "requirements", who, {"subject": number, "data": data}).status_code == 201
    request = offer.quotation_request(
        [(each.record, each.annexes) for each in procedure.placed(own.house, number)]
    )
    file = offer.offer_file(tenders.quote(request, people.andina("again")), request)
    sent = own.client.post("/api/v1/offers", content=offer_file.write(file), headers=supplier(own))
    assert sent.status_code == 201, sent.text
    assert number in str(parse(sent.json()["receipt"].encode()).disclosures) or sent.json()["receipt"]
    assert post(own, f"requirements/{number}/close", who).status_code == 409
    own.clock.forward(days=5)
    assert post(own, f"requirements/{number}/close", who).status_code == 201
    opened = post(own, f"requirements/{number}/open", who, {"identity": people.OPENING[0]}).json()
    assert [row["opened"] for row in opened["offers"]] == [True]
    assert post(own, f"requirements/{number}/award", who).status_code == 201


def test_a_procedure_is_cancelled_by_its_own_entity_only(own: Site) -> None:
    number, who = "REQ-2026-1335-44", entity(own)
    data = copy.deepcopy(people.REQUIREMENT) | {"closes_at": "2026-11-30T22:00:00.000Z"}
    assert post(own, "requirements", who, {"subject": number, "data": data}).status_code == 201
    path = f"requirements/{number}/cancel"
    assert post(own, path, key(own, "entity", ruc="20100186170"), {"reason": "x"}).status_code == 403
    assert post(own, path, who, {}).status_code == 422
    done = post(own, path, who, {"reason": "Sin presupuesto"})
    assert done.status_code == 201, done.text


def test_a_lodged_digest_reaches_the_chain(own: Site) -> None:

    digest, owner = "ab" * 32, people.key(7)
    signed = {"alg": "ed25519", "key": b64(owner.public_key().public_bytes_raw()),
              "sig": b64(owner.sign(lodge.statement(digest)))}  # fmt: skip
    assert post(own, "lodge", {}, {"digest": "cd" * 32, **signed}).status_code == 422
    assert post(own, "lodge", {}, {"digest": digest, **signed}).json()["state"] == "due"
    Worker(own.house, [job for job in jobs() if job.name == "lodge"], lambda *_: None).round(lambda: False)
    found = own.client.get(f"/api/v1/lodge/{digest}").json()
    assert (found["state"], found["transaction"][:2]) == ("sent", "0x")


def test_lodged_digests_are_listed_and_told_with_what_became_of_them(own: Site) -> None:
    for digest in ("ab" * 32, "cd" * 32):
        own.house.ledger.send(codec.lodge_call(bytes.fromhex(digest)), 60_000)
    Worker(own.house, [job for job in jobs() if job.name == "lodged"], lambda *_: None).round(lambda: False)
    found = own.client.get("/api/v1/lodged?limit=1").json()
    assert ([row["digest"] for row in found["lodged"]], found["next"]) == (["ab" * 32], 1)
    assert own.client.get("/api/v1/lodged?from=2").json() == {"lodged": [], "next": 2}
    told = own.client.get(f"/api/v1/lodged/{'cd' * 32}?requirement={REQUIREMENT}").json()
    assert (told["state"], told["age_seconds"], told["procedure"]["number"]) == ("not-sealed", 0, REQUIREMENT)
    assert own.client.get(f"/api/v1/lodged/{'ef' * 32}").status_code == 404
    assert own.client.get("/api/v1/lodged/xyz").status_code == 422


@pytest.mark.parametrize("path", ["orders", f"orders/{FIRST}/accept", "requirements", "erasures", "offers",
                                  "deliveries/OCAM-2026-1335-1-1/paid", "deliveries/x/paid",
                                  f"orders/{FIRST}/sell"])  # fmt: skip
@pytest.mark.parametrize("given", ["", "[]", "{", '{"data": 7}', '{"kind": "x"}', "\xff"])
def test_what_is_no_fact_is_refused_in_words(reader: Site, path: str, given: str) -> None:
    headers = key(reader, "registrar")
    found = reader.client.post(f"/api/v1/{path}", content=given.encode("latin-1"), headers=headers)
    assert found.status_code in (409, 422), found.text
    assert found.headers["content-type"] == "application/problem+json"


def test_a_body_beyond_the_limit_is_not_read(reader: Site) -> None:
    found = reader.client.post("/api/v1/orders", content=b"x" * 4_000_001, headers=key(reader, "registrar"))
    assert (found.status_code, found.json()["code"]) == (413, "too-large")


@pytest.mark.parametrize(
    "path", ["orders", "requirements", "offers", "erasures", "erasures/confirm", "lodge", "bulk"]
)
def test_a_mirror_writes_nothing_for_anybody(own: Site, path: str) -> None:
    size, who = own.house.journal.size(), key(own, "registrar")
    trust = own.house.trust
    keyless = Keyless(own.folder / "mirror.json", own.house.journal, trust.origin, trust.log_keys)
    mirror = replace(own.house, signer=keyless)
    with TestClient(create_app(mirror), base_url="http://localhost:8000") as client:
        found = client.post(f"/api/v1/{path}", json=order(), headers=who)
    assert (found.status_code, found.json()["code"]) == (403, "not-allowed"), found.text
    assert "this is a mirror" in found.json()["detail"]
    assert own.house.journal.size() == size


def test_a_stranger_kind_has_no_door(own: Site) -> None:
    made = body(Draft(kind="document.issued", subject="registry", data={}))
    line = json.dumps(made)
    found = own.client.post("/api/v1/bulk", content=line, headers=key(own, "registrar"))
    assert json.loads(found.text)["code"] == "not-allowed"


def imported(state: str, day: int) -> str:
    """A line of a bulk: what a source tells of an order, in a state since a day of November."""
    told = cast.order(9).data
    data = {name: told[name] for name in ("entity", "supplier", "currency", "sub_total", "vat", "total")}
    data["origin"] = {
        "source": "perucompras", "state": state, "extracted_at": f"2026-11-{day:02}T05:00:00.000Z"
    }  # fmt: skip
    return json.dumps({"kind": "order.imported", "subject": "OCAM-2026-1335-9-0", "data": data})


def test_an_imported_order_is_compared_with_what_is_known_over_http_too(own: Site) -> None:
    lines = [imported(*told) for told in (("ACEPTADA", 5), ("ACEPTADA", 5), ("PUBLICADA", 1), ("PAGADA", 9))]
    who = key(own, "registrar")
    found = own.client.post("/api/v1/bulk", content="\n".join(lines), headers=who)
    rows = [json.loads(line) for line in found.text.splitlines()]
    assert [row.get("known", "new") for row in rows] == ["new", "same", "older", "new"]
    assert rows[1]["leaf"] == rows[2]["leaf"] == rows[0]["leaf"]
    again = own.client.post("/api/v1/bulk", content="\n".join(lines), headers=who)
    assert [json.loads(line)["sealed"] for line in again.text.splitlines()] == [False] * 4
    assert len(own.house.journal.of_subject("OCAM-2026-1335-9-0")) == 2


def test_only_a_registrar_imports(own: Site) -> None:
    for who in (entity(own), supplier(own)):
        found = own.client.post("/api/v1/bulk", content=imported("PAGADA", 9), headers=who)
        assert json.loads(found.text)["code"] == "not-allowed"
