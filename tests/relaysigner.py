"""A member's writer node of LACChain for the tests: a relay hub on the chain, a relay signer before a node.

Written from the description of both (docs/guide/lacchain.md). The signer checks what LACChain's permissioning does:
that the call data ends with this node's account and an expiration that lies ahead.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth_abi.abi import encode
from eth_hash.auto import keccak

import validators
from huella.ledger import relay
from huella.ledger.rpc import NodeError, Rpc
from huella.ledger.signer import Registrar, Transaction

CODE = Path(__file__).resolve().parents[1] / "contracts" / "build" / "relayhub.json"
OVERHEAD = 300_000
"""Gas that the relay signer adds for the hub."""
META = "(uint256,bytes,uint8,bytes32,bytes32)"
ERRORS = {0: -32005, 1: -32002, 2: -32006, 3: -32003, 4: -32004, 5: -32001, 6: -32002, 7: -32004}


class RelaySigner:
    """The relay signer of one node. With `blind` it does not look beforehand what the hub would say; `lose` answers
    are lost on the way back; `hold` transactions are swallowed. `spare` lets so many pass before either begins."""

    def __init__(self, url: str) -> None:
        self.key = Registrar(os.urandom(32))
        self.node = bytes.fromhex(self.key.address[2:])
        self.blind = False
        self.lose = self.hold = self.relayed = self.spare = 0
        self._rpc = Rpc(url)
        self._chain_id = int(self._rpc.ask("eth_chainId"), 16)
        made = self._send(b"", bytes.fromhex(json.loads(CODE.read_text())["bytecode"]), 5_000_000)
        self.hub = bytes.fromhex(self._receipt(made)["contractAddress"][2:])

    def close(self) -> None:
        """Ends the connection to the node."""
        self._rpc.close()

    def seen_by(self, url: str) -> None:
        """Waits until a node has the hub."""
        rpc, end = Rpc(url), time.monotonic() + 20
        while rpc.ask("eth_getCode", "0x" + self.hub.hex(), "latest") == "0x" and time.monotonic() < end:
            time.sleep(0.1)
        rpc.close()

    def limit(self, most: int, quota: int) -> None:
        """What the hub takes in one transaction, and of this node in a block."""
        data = keccak(b"limit(uint256,uint256)")[:4] + encode(["uint256", "uint256"], [most, quota])
        self._receipt(self._send(self.hub, data, 200_000))

    def way(self, url: str, lifetime: int = 300) -> relay.Relay:
        """What a registry is told of it."""
        return relay.Relay(url, self.node, self.hub, lifetime)

    def answer(self, method: str, params: list[Any], told: Any) -> Any:
        """In the place of the node's answer."""
        if method != "eth_sendRawTransaction":
            return told
        spared, self.spare = self.spare > 0, max(0, self.spare - 1)
        if self.hold and not spared:
            self.hold -= 1
            return {"jsonrpc": "2.0", "id": 1, "result": "0x" + "00" * 32}
        found = self._relay(bytes.fromhex(params[0][2:]))
        if self.lose and not spared and "result" in found:
            self.lose -= 1
            return b"gone"
        return {"jsonrpc": "2.0", "id": 1, **found}

    def _relay(self, raw: bytes) -> dict[str, Any]:
        nonce, price, gas, to, value, data, v, r, s = rlp.decode(raw)
        node, expires = data[-64:-32][-20:], int.from_bytes(data[-32:])
        if node != self.node or expires <= time.time():
            return {"error": {"code": -32000, "message": "transaction expired, or for another node"}}
        chain = (int.from_bytes(v) - 35) // 2
        signed = rlp.encode([nonce, price, gas, to, value, data, chain, 0, 0])
        limit = int.from_bytes(gas) + OVERHEAD
        which = b"relayMetaTx" if to else b"deployMetaTx"
        call = keccak(which + META.encode())[:4] + encode(
            ["uint256", "bytes", "uint8", "bytes32", "bytes32"],
            [limit, signed, 27 + (int.from_bytes(v) - 35) % 2, r.rjust(32, b"\0"), s.rjust(32, b"\0")],
        )
        if not self.blind:
            asked = {
                "from": self.key.address,
                "to": "0x" + self.hub.hex(),
                "gas": hex(limit),
                "data": "0x" + call.hex(),
            }
            code = int(self._rpc.ask("eth_call", asked, "pending")[2:66], 16)
            if code != 8:
                return {"error": {"code": ERRORS[code], "message": f"hub code {code}"}}
        self.relayed += 1
        return {"result": self._send(self.hub, call, limit)}

    def _send(self, to: bytes, data: bytes, gas: int) -> str:
        nonce = int(self._rpc.ask("eth_getTransactionCount", self.key.address, "pending"), 16)
        raw = self.key.sign(Transaction(nonce, to, data, gas, self._chain_id))
        return str(self._rpc.ask("eth_sendRawTransaction", "0x" + raw.hex()))

    def _receipt(self, name: str) -> dict[str, Any]:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                found = self._rpc.ask("eth_getTransactionReceipt", name)
            except NodeError:
                found = None
            if isinstance(found, dict):
                assert found["status"] == "0x1", found
                return found
            time.sleep(0.1)
        raise AssertionError("no receipt")


@contextmanager
def running(url: str, others: Sequence[str]) -> Iterator[tuple[RelaySigner, str]]:
    """A relay signer before the node at an address, and its own address; `others` have the hub's block too."""
    signer = RelaySigner(url)
    for other in others:
        signer.seen_by(other)
    with validators.altered(url, signer.answer) as proxy:
        proxy.cut.add("eth_sendRawTransaction")
        yield signer, proxy.url
    signer.close()
