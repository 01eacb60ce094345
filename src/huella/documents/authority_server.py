"""The development authority over HTTP: certificates, lists, OCSP and time stamps, for other programs on this machine.

GET /authority/root.cer · issuer.cer · root.crl · issuer.crl      POST /authority/ocsp · /authority/timestamps
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from huella.documents.authority import ISSUER, ROOT, Authority

MAX_REQUEST = 65_536
_SECONDS = 10


def answer(authority: Authority, path: str, body: bytes | None) -> tuple[str, bytes] | None:
    """Media type and bytes for a path (GET where `body` is None, else POST); None where there is nothing."""
    if body is None:
        root, issuer = authority.crls()
        found = {
            "/authority/root.crl": ("application/pkix-crl", root),
            "/authority/issuer.crl": ("application/pkix-crl", issuer),
            "/authority/root.cer": ("application/pkix-cert", authority.certificate(ROOT)),
            "/authority/issuer.cer": ("application/pkix-cert", authority.certificate(ISSUER)),
        }
        return found.get(path)
    actions: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
        "/authority/ocsp": ("application/ocsp-response", authority.ocsp),
        "/authority/timestamps": ("application/timestamp-reply", authority.stamp),
    }
    chosen = actions.get(path)
    return None if chosen is None else (chosen[0], chosen[1](body))


@contextmanager
def serving(authority: Authority, port: int = 0) -> Iterator[str]:
    """Serve on the loopback interface; gives the address below which `/authority/…` stands."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS

        def do_GET(self) -> None:
            self._give(answer(authority, self.path, None))

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isascii() or not length.isdigit() or int(length) > MAX_REQUEST:
                self.send_error(413)
                return
            self._give(answer(authority, self.path, self.rfile.read(int(length))))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing is logged: requests hold digests."""

        def _give(self, found: tuple[str, bytes] | None) -> None:
            if found is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", found[0])
            self.send_header("Content-Length", str(len(found[1])))
            self.end_headers()
            self.wfile.write(found[1])

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
