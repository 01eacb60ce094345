"""Webhooks: signed, tried again, given up in the end, and tried once more on demand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import cast
from huella.flow import hooks, posts
from huella.flow.worker import Worker, jobs
from web.desks import key, post
from web.site import Site


class Listener:
    """A server of the test that hears posts and answers as told."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                listener.heard.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(listener.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def rounds(site: Site, count: int = 1) -> None:
    worker = Worker(site.house, [job for job in jobs() if job.name == "tell"], lambda *_: None)
    for _ in range(count):
        worker.round(lambda: False)


def hook(site: Site, url: str, *kinds: str) -> dict[str, str]:
    made = post(site, "webhooks", key(site, "administrator"), {"url": url, "kinds": list(kinds)})
    assert made.status_code == 201, made.text
    told: dict[str, str] = made.json()
    return told


def test_a_post_is_signed_and_told_once(own: Site, listener: Listener) -> None:
    made = hook(own, listener.url, "order.published")
    cast.sealed(own.house, cast.order(4))
    rounds(own, 3)
    ((headers, body),) = listener.heard
    secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert json.loads(body)["data"]["subject"] == "OCAM-2026-1335-4-0"
    assert b"Ana Ejemplo" not in body


def test_other_kinds_are_not_told(own: Site, listener: Listener) -> None:
    hook(own, listener.url, "order.annulled")
    cast.sealed(own.house, cast.order(4))
    rounds(own)
    assert listener.heard == []


def test_what_is_not_heard_is_tried_again_then_given_up_and_revived(own: Site, listener: Listener) -> None:
    made = hook(own, listener.url)
    listener.status = 500
    cast.sealed(own.house, cast.order(4))
    for _ in range(len(posts.WAITS) + 1):
        rounds(own, 2)
        own.clock.forward(days=2)
    assert len(listener.heard) == len(posts.WAITS) + 1
    (dead,) = own.client.get("/api/v1/webhooks/dead", headers=key(own, "auditor")).json()["dead"]
    assert (dead["said"], dead["webhook"]) == ("500", made["id"])
    listener.status = 200
    again = f"webhooks/{made['id']}/dead/{dead['entry']}/again"
    assert post(own, again, key(own, "administrator")).status_code == 204
    rounds(own)
    assert hooks.dead(own.house).rows == []
    assert post(own, again, key(own, "administrator")).status_code == 404


def test_a_disabled_webhook_hears_nothing(own: Site, listener: Listener) -> None:
    made = hook(own, listener.url)
    own.client.delete(f"/api/v1/webhooks/{made['id']}", headers=key(own, "administrator"))
    cast.sealed(own.house, cast.order(4))
    rounds(own)
    assert listener.heard == []


@pytest.mark.parametrize("url", ["http://example.pe/x", "https://a:b@example.pe", "ftp://x", "x", "https://"])
def test_an_address_without_https_or_with_a_password_is_refused(own: Site, url: str) -> None:
    assert post(own, "webhooks", key(own, "administrator"), {"url": url}).status_code == 422


def test_a_secret_is_shown_once(own: Site, listener: Listener) -> None:
    made = hook(own, listener.url)
    who = key(own, "administrator")
    assert made["secret"] not in own.client.get("/api/v1/webhooks", headers=who).text
    assert (
        own.client.get("/api/v1/webhooks", headers=key(own, "entity", ruc="20131257750")).status_code == 403
    )


class Hand:
    """A clock that moves on by what a receiver takes to answer."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> tuple[Hand, list[str]]:
    """Receivers: `silent` does not answer within ten seconds, any other one takes a second. Also what was tried."""
    hand, tried = Hand(), list[str]()

    def send(_house: object, row: dict[str, str], number: int) -> str:
        tried.append(f"{row['url'].rsplit('/')[-1]} {number}")
        silent = row["url"].endswith("silent")
        hand.now += 10.0 if silent else 1.0
        return "unreachable" if silent else "204"

    monkeypatch.setattr(posts, "_send", send)
    return hand, tried


def test_a_silent_receiver_holds_up_no_round_and_no_other_receiver(
    own: Site, slow: tuple[Hand, list[str]]
) -> None:
    hand, tried = slow
    teller = posts.Teller(hand)
    for name in ("silent", "good"):
        given = {"url": f"https://siga.example.pe/{name}", "kinds": []}
        assert post(own, "webhooks", key(own, "administrator"), given).status_code == 201
    cast.sealed(own.house, *(cast.order(number) for number in range(50, 58)))
    told: list[list[str]] = []
    for _ in range(4):
        began, before = hand.now, len(tried)
        for item in teller.due(own.house):
            teller.step(own.house, item)
        assert hand.now - began <= posts.PATIENCE + posts.TIMEOUT
        told.append([each.split()[0] for each in tried[before:]])
    assert told == [["silent"], ["good"] * 5, ["silent"], ["good"] * 3]


def test_a_receiver_that_answers_again_is_told_what_waited(own: Site, slow: tuple[Hand, list[str]]) -> None:
    hand, tried = slow
    teller = posts.Teller(hand)
    given = {"url": "https://siga.example.pe/silent", "kinds": []}
    post(own, "webhooks", key(own, "administrator"), given)
    cast.sealed(own.house, cast.order(50), cast.order(51))
    for pause in (0.0, 0.0, posts.FIRST, posts.FIRST, 2 * posts.FIRST):
        hand.now += pause
        for item in teller.due(own.house):
            teller.step(own.house, item)
    # at once; not within FIRST; the second entry after it; not within twice FIRST; then what is due of both
    assert len(tried) == len(set(tried)) == 2
