"""Registries on the tests' own validators: a contract deployed by a fresh registrar, and proxies that alter answers."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from huella.ledger import node, registry
from huella.ledger.delivery import Pace
from huella.ledger.node import Network, NodeLedger
from huella.ledger.nodes import Identity, Nodes
from huella.ledger.rpc import Rpc
from huella.ledger.signer import Registrar
from huella.proof.trust import Trust

AGREE = 3


def trust(urls: Sequence[str], registrar: Registrar, custodian: str) -> Trust:
    """Deploys a contract; what its readers trust."""
    rpcs = [Rpc(url) for url in urls]
    nodes = Nodes(rpcs, AGREE, Identity(node.chain_id_of(rpcs, AGREE)))
    try:
        setup = registry.Setup(registrar.address, registrar.address, custodian)
        contract = bytes.fromhex(node.deploy(nodes, registrar, setup, Pace())[2:])
        return Trust(
            "example.pe/huella", (), nodes.identity.chain_id, contract, "qbft",
            node.code_hash_of(nodes, contract), (node.validators_now(nodes, "qbft"),), agree=AGREE,
        )  # fmt: skip
    finally:
        nodes.close()


def opened(
    urls: Sequence[str],
    trusted: Trust,
    registrar: Registrar,
    agree: int = AGREE,
    pace: Pace | None = None,
    timeout: float = 10.0,
) -> NodeLedger:
    """The ledger over these nodes."""
    identity = Identity(trusted.chain_id, trusted.contract, trusted.code_hash)
    nodes = Nodes([Rpc(url, timeout) for url in urls], agree, identity)
    consensus = None if trusted.consensus == "none" else trusted.consensus
    return NodeLedger(nodes, registrar, Network(consensus), pace or Pace(), trusted)


def ledger(urls: Sequence[str], custodian: str) -> NodeLedger:
    """A ledger with a fresh contract, whose administrator is its registrar."""
    registrar = Registrar(os.urandom(32))
    return opened(urls, trust(urls, registrar, custodian), registrar)


Alter = Callable[[str, list[Any], Any], Any]
"""Takes method, parameters and the node's own answer (the whole object), returns what is told instead."""


class Proxy:
    """A server between a client and a real node. `alter` changes answers; what it returns as bytes goes out as it is.

    `seen` are the methods that were asked; those in `cut` never reach the node, whose answer is then None.
    """

    def __init__(self, url: str, alter: Alter) -> None:
        self.alter = alter
        self.seen: list[str] = []
        self.cut: set[str] = set()
        self._real = urlsplit(url)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                proxy._serve(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        question = json.loads(body)
        method, params = question["method"], question["params"]
        self.seen.append(method)
        told = self.alter(method, params, None if method in self.cut else self._ask(body))
        raw = told if isinstance(told, bytes) else json.dumps(told).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    def _ask(self, body: bytes) -> Any:
        real = HTTPConnection(self._real.hostname or "", self._real.port, timeout=20)
        try:
            real.request("POST", "/", body, {"Content-Type": "application/json"})
            return json.loads(real.getresponse().read())
        finally:
            real.close()


@contextmanager
def altered(url: str, alter: Alter) -> Iterator[Proxy]:
    """A proxy before the node at this address."""
    made = Proxy(url, alter)
    try:
        yield made
    finally:
        made.close()
