"""A model of a relay hub, the contract behind it and the relay signer before it: a chain whose clock is the test's, so
that every fault comes at its moment. What the real contracts do is tested in test_relay.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth_abi.abi import encode
from eth_hash.auto import keccak

from huella.errors import LedgerRefused
from huella.ledger import registry, relay
from huella.ledger.delivery import Order, Pace
from huella.ledger.nodes import Identity, Nodes
from huella.ledger.rpc import NodeError, NodeSilent, Rpc
from huella.ledger.signer import Registrar

NODE, HUB, CONTRACT = b"\x0d" * 20, b"\x0b" * 20, b"\x0c" * 20
CHAIN_ID, BLOCK_SECONDS = 7, 1.0
WRONG_SIZE = keccak(b"WrongSize(uint64,uint64)")[:4]


@dataclass
class Model:
    """`applied` are the batches' first leaves as the contract took them. `quota`: relayed calls in one block."""

    time: float = 1_900_000_000.0
    nonce: int = 0
    quota: int = 99
    blind: bool = True
    faults: dict[int, str] = field(default_factory=dict)
    """By the number of a sending from 0: `swallowed`, `lost` (arrived, no answer), `silent` (neither), `held` (two
    blocks late)."""
    applied: list[bytes] = field(default_factory=list)
    sent: int = 0
    pool: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    blocks: list[float] = field(default_factory=lambda: [0.0])
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def pause(self, seconds: float) -> None:
        """Time goes on, and blocks come with it."""
        self.time += seconds
        while self.time - self.blocks[-1] >= BLOCK_SECONDS:
            self.blocks.append(max(self.blocks[-1] + BLOCK_SECONDS, self.time - BLOCK_SECONDS + 0.01))
            self._mine()

    def _mine(self) -> None:
        height, used = len(self.blocks) - 1, 0
        ready = [each for each in self.pool if each[0] <= height]
        self.pool = [each for each in self.pool if each[0] > height]
        for _, name, raw in ready:
            code, used = self._code(raw, used), used + 1
            log = self._bad(code) if code is not None else self._pass_on(raw)
            self.receipts["0x" + name.hex()] = {
                "transactionHash": "0x" + name.hex(), "blockNumber": hex(height),
                "blockHash": "0x" + sha256(b"%d" % height).hexdigest(), "status": "0x1", "gasUsed": "0x5208",
                "logs": [{"address": "0x" + HUB.hex(), **log}],
            }  # fmt: skip

    def _code(self, raw: bytes, used: int) -> int | None:
        if int.from_bytes(rlp.decode(raw)[0]) != self.nonce:
            return relay.BAD_NONCE
        return relay.NO_GAS if used >= self.quota else None

    def _bad(self, code: int) -> dict[str, Any]:
        data = encode(["address", "address", "uint8"], ["0x" + NODE.hex(), "0x" + NODE.hex(), code])
        return {"topics": ["0x" + relay.BAD.hex()], "data": "0x" + data.hex()}

    def _pass_on(self, raw: bytes) -> dict[str, Any]:
        self.nonce += 1
        batch = registry.read_append(rlp.decode(raw)[5])
        good = batch.expected_size == len(self.applied)
        told = b"" if good else WRONG_SIZE + encode(["uint64"] * 2, [len(self.applied), batch.expected_size])
        if good:
            self.applied.append(batch.leaves[0])
        topics = ["0x" + relay.RELAYED.hex(), *("0x" + bytes(12).hex() + NODE.hex() for _ in range(3))]
        return {"topics": topics, "data": "0x" + encode(["bool", "bytes"], [good, told]).hex()}

    def take(self, raw: bytes) -> str:
        """The relay signer's answer to a signed transaction."""
        fault = self.faults.pop(self.sent, "")
        self.sent += 1
        nonce, data = int.from_bytes(rlp.decode(raw)[0]), rlp.decode(raw)[5]
        if fault == "silent":
            raise NodeSilent("the relay signer is away", "unreachable")
        if fault == "swallowed":
            return "0x" + "00" * 32
        if int.from_bytes(data[-32:]) <= self.time:
            raise NodeError("relay", -32000, "transaction expired", None)
        if not self.blind and nonce != self.nonce + len(self.pool):
            raise NodeError("relay", -32006, "bad nonce", None)
        name = keccak(b"%d" % self.sent + raw)
        self.pool.append((len(self.blocks) + (2 if fault == "held" else 0), name, raw))
        if fault == "lost":
            raise NodeSilent("the answer is gone", "slow")
        return "0x" + name.hex()

    def answer(self, method: str, params: tuple[Any, ...]) -> Any:
        """What a node, or the relay signer, says."""
        match method:
            case "eth_sendRawTransaction":
                return self.take(bytes.fromhex(params[0][2:]))
            case "eth_call":
                return "0x" + self.nonce.to_bytes(32).hex()
            case "eth_getTransactionReceipt":
                return self.receipts.get(params[0])
            case "eth_getBlockByNumber":
                return {"timestamp": hex(int(self.blocks[int(params[0], 16)]))}
            case "eth_chainId":
                return hex(CHAIN_ID)
            case "eth_blockNumber":
                return hex(len(self.blocks) - 1)
        raise AssertionError(method)


class Line(Rpc):
    """A node of the model, or its relay signer."""

    def __init__(self, model: Model, name: str) -> None:
        super().__init__(f"http://{name}:1")
        self._model = model

    def ask(self, method: str, *params: Any) -> Any:
        """See Rpc."""
        return self._model.answer(method, params)


def delivery(model: Model, at_once: int, lifetime: int = 60, patience: float = 120.0) -> relay.RelayDelivery:
    """A delivery over three nodes of the model, two of which have to agree."""
    model.blocks = [model.time]
    nodes = Nodes([Line(model, name) for name in ("a", "b", "c")], 2, Identity(CHAIN_ID))
    pace = Pace(patience=patience, at_once=at_once, clock=lambda: model.time, pause=model.pause)
    way = relay.Relay("http://door:1", NODE, HUB, lifetime)
    made = relay.RelayDelivery(nodes, Registrar(b"\x07" * 32), pace, way, lambda: model.time)
    made._door = Line(model, "door")
    return made


def orders(model: Model, count: int, first: int = 0) -> list[Order]:
    """Appends of one leaf each, every one behind the one before; the contract is asked as the ledger does."""
    made = []
    for at in range(first, first + count):
        call = registry.append_call(at, [sha256(b"%d" % at).digest()], b"\0", b"", b"")
        made.append(Order(CONTRACT, call, 100_000, lambda at=at: check(model, at)))  # type: ignore[misc]
    return made


def check(model: Model, at: int) -> None:
    """LedgerRefused where the contract would refuse a batch now."""
    if at != len(model.applied):
        raise LedgerRefused("the contract refused: WrongSize", reason="WrongSize")
