"""What HTTP itself asks of every address: HEAD, Allow, ranges, and problems that have one shape whoever makes them."""

from __future__ import annotations

import pytest

from huella.flow.hand_in import FACT_LIMIT
from web.desks import key, post
from web.site import FIRST, REQUIREMENT, Site

RAW = "/api/v1/records/0/raw"


@pytest.mark.parametrize(
    "path", [RAW, "/checkpoint", f"/api/v1/orders/{FIRST}", "/", "/api/v1/health", "/api/v1/exports/csv"]
)
def test_head_tells_what_get_would_without_its_body(reader: Site, path: str) -> None:
    told, asked = reader.client.get(path), reader.client.head(path)
    assert (asked.status_code, asked.content) == (200, b"")
    for name in ("content-type", "etag", "content-length", "access-control-allow-origin"):
        assert asked.headers.get(name) == told.headers.get(name), name


def test_a_method_that_an_address_does_not_take_is_told_all_that_it_takes(reader: Site) -> None:
    found = reader.client.delete("/api/v1/orders")
    assert (found.status_code, found.headers["allow"]) == (405, "GET, HEAD, POST")
    assert "GET, HEAD, POST" in found.json()["advice"]


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "bytes=-", "lines=1-2", "bytes=a-b", "bytes=٣-٤"])
def test_several_ranges_or_none_that_is_one_get_the_whole(reader: Site, wanted: str) -> None:
    found = reader.client.get(RAW, headers={"range": wanted.encode()})
    assert (found.status_code, found.content) == (200, reader.client.get(RAW).content)


@pytest.mark.parametrize(
    ("wanted", "status"), [("bytes=0-9", 206), ("bytes=-5", 206), ("bytes=999999-", 416)]
)
def test_one_range_is_given_or_said_to_be_beyond_the_end(reader: Site, wanted: str, status: int) -> None:
    assert reader.client.get(RAW, headers={"range": wanted}).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nonsense", 404), ("PUT", "/api/v1/orders", 405), ("GET", "/api/v1/feed?from=x", 422),
     ("GET", f"/api/v1/orders/{FIRST[:-1]}9", 404), ("GET", "/api/v1/keys", 401)],
)  # fmt: skip
def test_every_problem_has_the_same_members(reader: Site, method: str, path: str, status: int) -> None:
    found = reader.client.request(method, path)
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["status"] == found.status_code == status
    assert {"type", "title", "code", "detail", "advice", "retryable"} <= set(found.json())


def test_a_body_that_is_no_json_is_named_as_the_body(own: Site) -> None:
    who = {**key(own, "administrator"), "content-type": "application/json"}
    found = own.client.post("/api/v1/keys", headers=who, content=b'{"name":')
    assert (found.status_code, found.json()["field"]) == (422, "/")


def test_an_annulment_of_what_is_not_there_waits_for_nobody(own: Site) -> None:
    found = post(own, f"orders/{FIRST[:-3]}99-0/annul", key(own, "registrar"), {"data": {}})
    assert (found.status_code, found.json()["code"]) == (404, "not-found")
    assert own.client.get("/api/v1/proposals", headers=key(own, "registrar")).json()["proposals"] == []


def test_a_rejected_order_cannot_be_annulled_any_more(own: Site) -> None:
    who = key(own, "registrar")
    assert (
        post(own, "orders/OCAM-2026-1335-3-0/reject", who, {"data": {"reason": "sin stock"}}).status_code
        == 201
    )
    assert post(own, "orders/OCAM-2026-1335-3-0/annul", who, {"data": {}}).status_code == 409


def test_a_line_of_a_bulk_longer_than_a_fact_is_refused_and_the_next_one_read(own: Site) -> None:

    body = b'{"kind": "' + b"x" * (2 * FACT_LIMIT) + b'"}\n{"kind": 1}\n'
    found = own.client.post("/api/v1/bulk", headers=key(own, "registrar"), content=body)
    lines = found.text.splitlines()
    assert [("too-large" in lines[0]), '"line":2' in lines[1], len(lines)] == [True, True, 2]
    assert own.client.get(f"/api/v1/requirements/{REQUIREMENT}").status_code == 200
