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
from huella.ledger import hub, registry, relay
from huella.ledger.delivery import Order, Pace
from huella.ledger.nodes import Identity, Nodes
from huella.ledger.rpc import NodeError, NodeSilent, Rpc
from huella.ledger.signer import Registrar

NODE, HUB, CONTRACT = b"\x0d" * 20, b"\x0b" * 20, b"\x0c" * 20
KEY, RIVAL = Registrar(b"\x07" * 32), b"\x5a" * 32
ACCOUNT = bytes.fromhex(KEY.address[2:])
CHAIN_ID, BLOCK_SECONDS = 7, 1.0
WRONG_SIZE = keccak(b"WrongSize(uint64,uint64)")[:4]


@dataclass
class Model:
    """`applied` are the batches' first leaves as the contract took them, `lodged` the digests. `quota`: relayed calls
    in one block; `lag`: blocks that a receipt is seen later than the nonce that it used."""

    time: float = 1_900_000_000.0
    nonce: int = 0
    quota: int = 99
    blind: bool = True
    faults: dict[int, str] = field(default_factory=dict)
    """By the number of a sending from 0: `swallowed`, `lost` (arrived, no answer), `silent` (neither), `held` (two
    blocks late), `taken` (another process's call comes under its nonce), `same` (another process's of the
    same content does)."""
    applied: list[bytes] = field(default_factory=list)
    lodged: list[bytes] = field(default_factory=list)
    lag: int = 0
    logs: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    inputs: dict[str, bytes] = field(default_factory=dict)
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
            log |= {"address": "0x" + HUB.hex(), "transactionHash": "0x" + name.hex()}
            self.logs.append((height, log))
            self.receipts["0x" + name.hex()] = {
                "transactionHash": "0x" + name.hex(), "blockNumber": hex(height),
                "blockHash": "0x" + sha256(b"%d" % height).hexdigest(), "status": "0x1", "gasUsed": "0x5208",
                "logs": [log],
            }  # fmt: skip

    def _code(self, raw: bytes, used: int) -> int | None:
        if int.from_bytes(rlp.decode(raw)[0]) != self.nonce:
            return hub.BAD_NONCE
        return hub.NO_GAS if used >= self.quota else None

    def _bad(self, code: int) -> dict[str, Any]:
        data = encode(["address", "address", "uint8"], ["0x" + NODE.hex(), "0x" + NODE.hex(), code])
        return {"topics": ["0x" + hub.BAD.hex()], "data": "0x" + data.hex()}

    def _pass_on(self, raw: bytes) -> dict[str, Any]:
        self.nonce += 1
        good, told = self._call(rlp.decode(raw)[5])
        topics = [
            "0x" + hub.RELAYED.hex(),
            *("0x" + bytes(12).hex() + each.hex() for each in (NODE, ACCOUNT, CONTRACT)),
        ]
        return {"topics": topics, "data": "0x" + encode(["bool", "bytes"], [good, told]).hex()}

    def _call(self, data: bytes) -> tuple[bool, bytes]:
        if data[:4] == registry.lodge_call(bytes(32))[:4]:
            self.lodged.append(data[4:36])
            return True, b""
        batch = registry.read_append(data)
        if batch.expected_size != len(self.applied):
            return False, WRONG_SIZE + encode(["uint64"] * 2, [len(self.applied), batch.expected_size])
        self.applied.append(batch.leaves[0])
        return True, b""

    def _events(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        first, last = int(asked["fromBlock"], 16), int(asked["toBlock"], 16)
        assert (asked["address"], first <= last) == ("0x" + HUB.hex(), True)
        return [
            log
            for height, log in self.logs
            if first <= height <= last
            and len(log["topics"]) >= len(asked["topics"])
            and all(had in wanted for had, wanted in zip(log["topics"], asked["topics"], strict=False))
        ]

    def _receipt(self, name: str) -> dict[str, Any] | None:
        found = self.receipts.get(name)
        return found if found and int(found["blockNumber"], 16) + self.lag < len(self.blocks) else None

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
        if fault == "taken":
            self._enter(
                rlp.encode([nonce, 0, 100_000, CONTRACT, 0, registry.lodge_call(RIVAL) + data[-64:]]), 0
            )
        name = self._enter(raw, 2 if fault == "held" else 0)
        if fault == "lost":
            raise NodeSilent("the answer is gone", "slow")
        return "0x" + name.hex()

    def _enter(self, raw: bytes, later: int) -> bytes:
        """A transaction comes into the node's pool, and into a block so many later than the next."""
        name = bytes(keccak(b"%d/%d" % (self.sent, len(self.pool)) + raw))
        self.inputs["0x" + name.hex()] = hub.RELAY + encode(
            list(hub._META), [0, raw, 27, bytes(32), bytes(32)]
        )
        self.pool.append((len(self.blocks) + later, name, raw))
        return name

    def answer(self, method: str, params: tuple[Any, ...]) -> Any:
        """What a node, or the relay signer, says."""
        match method:
            case "eth_sendRawTransaction":
                return self.take(bytes.fromhex(params[0][2:]))
            case "eth_call":
                return "0x" + self.nonce.to_bytes(32).hex()
            case "eth_getTransactionReceipt":
                return self._receipt(params[0])
            case "eth_getLogs":
                return self._events(params[0])
            case "eth_getTransactionByHash":
                return {"input": "0x" + self.inputs[params[0]].hex()}
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


def lodges(count: int) -> list[Order]:
    """Digests, which the contract takes as often as they come."""
    calls = [registry.lodge_call(sha256(b"%d" % at).digest()) for at in range(count)]
    return [Order(CONTRACT, call, 100_000, lambda: None) for call in calls]


def check(model: Model, at: int) -> None:
    """LedgerRefused where the contract would refuse a batch now."""
    if at != len(model.applied):
        raise LedgerRefused("the contract refused: WrongSize", reason="WrongSize")
