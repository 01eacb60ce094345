"""Whose QR a picture shows, and the record asked for from the portal."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import segno

from huella.errors import InputError, NotFound, PortalUnreachable
from huella.flow import scan

PORTAL = "https://huella.example.pe"
CODE = "7K3M-09QX-ZZ4T-B1C8"


def picture(text: str) -> bytes:
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="png", scale=6, border=4)
    return out.getvalue()


def test_the_portal_s_own_address_gives_the_code() -> None:
    assert scan.look(picture(f"{PORTAL}/v/{CODE}"), PORTAL) == scan.Seen("ours", f"{PORTAL}/v/{CODE}", CODE)


def test_a_portal_below_a_path_counts_too() -> None:
    assert scan.look(picture(f"{PORTAL}/registro/v/{CODE}"), f"{PORTAL}/registro/").why == "ours"


@pytest.mark.parametrize(
    "text",
    [
        f"https://huella.example.com/v/{CODE}",
        f"https://huella.example.pe.evil.example/v/{CODE}",
        f"https://huella.example.pe@evil.example/v/{CODE}",
        f"https://evil.example/https://huella.example.pe/v/{CODE}",
        f"https://huella.example.pe:8443/v/{CODE}",
        f"http://huella.example.pe/v/{CODE}",
        f"https://hue1la.example.pe/v/{CODE}",
        f"https://huella.еxample.pe/v/{CODE}",
        "https://[broken/v/",
        "una nota",
    ],
)
def test_another_domain_is_foreign_however_it_is_written(text: str) -> None:
    assert scan.look(picture(text), PORTAL).why == "foreign"


@pytest.mark.parametrize(
    "path", ["/", "/v/", f"/v/{CODE}/x", "/v/7K3M", f"/orders/{CODE}", f"/v/{CODE.lower()}"]
)
def test_an_address_of_the_portal_that_is_no_paper_s_is_said_so(path: str) -> None:
    assert scan.look(picture(PORTAL + path), PORTAL).why == "other"


def test_without_a_portal_to_compare_nothing_is_called_ours() -> None:
    assert scan.look(picture(f"{PORTAL}/v/{CODE}"), "") == scan.Seen("unknown", f"{PORTAL}/v/{CODE}", CODE)


def test_the_portal_s_own_qr_counts_beside_others_on_the_paper() -> None:
    from PIL import Image  # noqa: PLC0415

    both = Image.new("L", (900, 400), 255)
    for place, text in enumerate(["https://evil.example/x", f"{PORTAL}/v/{CODE}"]):
        both.paste(Image.open(io.BytesIO(picture(text))), (20 + 420 * place, 20))
    out = io.BytesIO()
    both.save(out, "PNG")
    assert scan.look(out.getvalue(), PORTAL).why == "ours"


@contextmanager
def portal(status: int, *answers: bytes) -> Iterator[tuple[str, list[str]]]:
    """A portal that gives these answers in turn, and what it was asked."""
    asked: list[str] = []
    waiting = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(f"{self.command} {self.path} {body.decode()}".strip())
            self.send_response(status)
            self.end_headers()
            self.wfile.write(waiting.pop(0) if waiting else b"")

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_record_is_asked_for_by_its_code_alone() -> None:
    order = json.dumps({"order": {"number": "OCAM-2026-1335-1-0"}}).encode()
    with portal(200, order, b"{evidence}") as (url, asked):
        assert scan.fetch(url, CODE) == b"{evidence}"
    assert asked == [
        f'POST /api/v1/verify {{"code": "{CODE}"}}',
        "GET /api/v1/orders/OCAM-2026-1335-1-0/evidence",
    ]


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (404, b"{}", NotFound),
        (500, b"", PortalUnreachable),
        (200, b"[]", PortalUnreachable),
        (200, b"no json", PortalUnreachable),
        (200, b"x" * (scan.MAX_ANSWER + 1), PortalUnreachable),
    ],
)
def test_what_the_portal_does_not_tell_is_no_record(
    status: int, answer: bytes, error: type[Exception]
) -> None:
    with portal(status, answer) as (url, _), pytest.raises(error):
        scan.fetch(url, CODE)


def test_a_portal_that_is_down_is_unreachable() -> None:
    with pytest.raises(PortalUnreachable):
        scan.fetch("https://127.0.0.1:1", CODE)


def test_a_portal_without_https_is_not_asked() -> None:
    with pytest.raises(InputError, match="https only"):
        scan.fetch("http://huella.example.pe", CODE)
