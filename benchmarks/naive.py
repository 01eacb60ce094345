"""Two naive clients on the same network: an ERC-721 mint an order, and a hash notarised a record; a transaction each.

They send with nonces in a row and wait for no receipt: one that waits for each comes to one a block.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_hash.auto import keccak

from benchmarks.cast import Figure
from huella.ledger.rpc import Rpc, number
from huella.ledger.signer import Registrar, Transaction

HERE = Path(__file__).parent
AHEAD = 500
"""Transactions sent beyond the newest block's: more than one block takes."""
GAS = 200_000
DEPLOY_GAS = 3_000_000
PATIENCE = 60


def run(rpc: Rpc, chain_id: int, orders: int, size: Callable[[], float]) -> Iterator[Figure]:
    """Both clients, `orders` mints and four times as many hashes. `size`: bytes that a node's disk holds."""
    compiled = _compile()
    to = encode(["address"], ["0x" + "c0" * 20])

    def mint(index: int) -> bytes:
        return keccak(b"mint(address,uint256)")[:4] + to + index.to_bytes(32)

    def notarise(index: int) -> bytes:
        return keccak(b"notarise(bytes32)")[:4] + sha256(b"%d" % index).digest()

    for name, what, count, call in (
        ("Mint", "naive: an ERC-721 mint an order", orders, mint),
        ("Notary", "naive: a hash notarised a record", 4 * orders, notarise),
    ):
        client = _Client(rpc, chain_id, compiled[name]["bytecode"])
        before = size()
        taken, gas = client.send(count, call)
        grown = size() - before
        yield Figure("network", what, count / taken, "transactions/s", count)
        yield Figure("network", f"{what}: gas", gas, "gas", count)
        yield Figure("network", f"{what}: a node's disk", grown / count, "bytes each", count)


class _Client:
    """An account with a contract of its own."""

    def __init__(self, rpc: Rpc, chain_id: int, code: str) -> None:
        self._rpc = rpc
        self._chain_id = chain_id
        self._key = Registrar(os.urandom(32))
        self._post(0, b"", bytes.fromhex(code), DEPLOY_GAS)
        self._wait(1)
        address = keccak(bytes.fromhex("d694" + self._key.address[2:] + "80"))[-20:]
        self._contract = address

    def send(self, count: int, call: Callable[[int], bytes]) -> tuple[float, float]:
        """Seconds until the last of so many is in a block, and the gas of the last one."""
        begun, reached, name = time.perf_counter(), 1, ""
        for nonce in range(1, count + 1):
            while nonce - reached >= AHEAD:
                reached = self._reached()
            name = self._post(nonce, self._contract, call(nonce), GAS)
        self._wait(count + 1)
        taken = time.perf_counter() - begun
        receipt = self._rpc.ask("eth_getTransactionReceipt", name)
        if number(receipt["status"], "status") != 1:
            raise SystemExit("a naive transaction failed")
        return taken, number(receipt["gasUsed"], "gas")

    def _post(self, nonce: int, to: bytes, data: bytes, gas: int) -> str:
        raw = self._key.sign(Transaction(nonce, to, data, gas, self._chain_id))
        return str(self._rpc.ask("eth_sendRawTransaction", "0x" + raw.hex()))

    def _reached(self) -> int:
        return number(self._rpc.ask("eth_getTransactionCount", self._key.address, "latest"), "a nonce")

    def _wait(self, nonce: int) -> None:
        end = time.monotonic() + PATIENCE
        while self._reached() < nonce:
            if time.monotonic() > end:
                raise SystemExit(f"a naive client's transactions are in no block after {PATIENCE} s")
            time.sleep(0.05)


def _compile() -> dict[str, Any]:
    """The contracts of Naive.sol by the pinned compiler, with the pinned library."""
    build: Any = importlib.import_module("contracts.build")  # its folder of the same name hides it from mypy
    node, npm = build.node_and_npm()
    build.install(npm)
    command = [*node, str(build.HERE / "build.mjs"), "../benchmarks/Naive.sol"]
    done = subprocess.run(command, cwd=build.HERE, check=True, stdout=subprocess.PIPE)
    made: dict[str, Any] = json.loads(done.stdout)["artifacts"]
    return made
