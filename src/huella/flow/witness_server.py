"""A witness over HTTP: the standard library's server, with bounds on bodies, time and connections."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from huella.errors import HuellaError
from huella.flow.witness import TEXT, Reply, Witness
from huella.proof.cosignature import MAX_REQUEST

ADD = "/add-checkpoint"
HEADS = "/heads/"
SECONDS = 15.0
"""What one request may take, from its first wait to its answer; an idle connection ends then too."""
CONNECTIONS = 64
Tell = Callable[[Reply], None]
"""Hears of each answer: status, and origin and size where it was about a log that is known."""


class Server(ThreadingHTTPServer):
    """Serves one witness; `port` 0 takes a free one."""

    daemon_threads = True  # an answer that is lost is asked for again
    request_queue_size = CONNECTIONS

    def __init__(self, host: str, port: int, witness: Witness, tell: Tell) -> None:
        """OSError where the address cannot be had."""
        self.witness = witness
        self.tell = tell
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for the connection, or its end where there are too many."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """The connection's thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections break: nobody needs to read where."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = SECONDS
    server: Server

    def handle_one_request(self) -> None:
        """A socket's own timeout counts for each piece; this one for the whole request."""
        timer = threading.Timer(SECONDS, _cut, (self.connection,))
        timer.daemon = True
        timer.start()
        try:
            super().handle_one_request()
        finally:
            timer.cancel()

    def do_POST(self) -> None:
        """add-checkpoint."""
        length = self.headers.get("Content-Length", "")
        if self.path != ADD:
            return self._say(Reply(404, b"not found\n"), close=True)
        if not (length.isascii() and length.isdigit()):
            return self._say(Reply(411, b"the request needs its length\n"), close=True)
        if len(length) > 9 or int(length) > MAX_REQUEST:
            return self._say(Reply(413, f"a request has at most {MAX_REQUEST} bytes\n".encode()), close=True)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        try:
            reply = self.server.witness.add_checkpoint(body)
        except HuellaError as error:
            reply = Reply(500, f"{error.code}\n".encode())
        self.server.tell(reply)
        return self._say(reply)

    def do_GET(self) -> None:
        """The witness's verifier key, and the last cosigned head of a log."""
        if self.path == "/":
            return self._say(Reply(200, f"{self.server.witness.verifier_key}\n".encode()))
        try:
            named = self.path.removeprefix(HEADS) if self.path.startswith(HEADS) else ""
            kept = self.server.witness.head(named) if named else None
        except HuellaError as error:
            return self._say(Reply(500, f"{error.code}\n".encode()))
        if kept is None:
            return self._say(Reply(404, b"not found\n"))
        return self._say(Reply(200, kept.note.encode()))

    def version_string(self) -> str:
        """Of the server no more than its name."""
        return "huella-witness"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Addresses of callers are not written down."""

    def _say(self, reply: Reply, close: bool = False) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind or TEXT)
        self.send_header("Content-Length", str(len(reply.body)))
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(reply.body)


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        connection.shutdown(socket.SHUT_RDWR)
