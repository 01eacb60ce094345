"""The cast of the ledger's tests: one small chain, its registrar, an administrator, a custodian, two suppliers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rlp  # type: ignore[import-untyped]
from eth_abi.abi import decode, encode
from eth_hash.auto import keccak

from huella.errors import LedgerRefused
from huella.ledger import registry
from huella.ledger.embedded import EmbeddedLedger
from huella.ledger.signer import Registrar, Transaction

CHAIN_ID = 1337
START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def rfc6962_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 2.1 as it is written, from the top, over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + rfc6962_root(leaves[:split]) + rfc6962_root(leaves[split:])).digest()


class World:
    """A chain and what was put on it, with short words for what tests do."""

    registrar = Registrar(b"\x01" * 32)
    administrator = Registrar(b"\x02" * 32)
    stranger = Registrar(b"\x03" * 32)
    custodian = "0x" + "c0" * 20
    supplier = "0x" + "5e" * 20
    bank = "0x" + "ba" * 20
    chain_id = CHAIN_ID
    start = START
    root_of = staticmethod(rfc6962_root)

    def __init__(self, path: Path, *, ledger: EmbeddedLedger | None = None) -> None:
        self.path = path
        self.leaves: list[bytes] = []
        self.nonces: dict[str, int] = {}
        self.ledger = ledger or EmbeddedLedger.create(
            path, self.registrar, self.setup(), lambda: START, CHAIN_ID
        )

    def setup(self, **changes: Any) -> registry.Setup:
        """What a contract of this cast is deployed with."""
        given = {
            "administrator": self.administrator.address,
            "registrar": self.registrar.address,
            "custodian": self.custodian,
            "base_uri": "https://example.pe/o/",
        }
        return registry.Setup(**{**given, **changes})

    def append(self, count: int, orders: Sequence[int] = ()) -> list[bytes]:
        """Appends that many new leaves, of which those at `orders` in the batch are orders."""
        first = len(self.leaves)
        leaves = [sha256(b"%d" % index).digest() for index in range(first, first + count)]
        bitmap = registry.orders_bitmap([at in set(orders) for at in range(count)])
        self.ledger.send(registry.append_call(first, leaves, bitmap, b"", b"note"), 20_000_000)
        self.leaves += leaves
        return leaves

    def ask(self, signature: str, *values: Any, answer: str) -> Any:
        """Calls any function of the contract by its signature."""
        types = [name for name in signature[signature.index("(") + 1 : -1].split(",") if name]
        return decode([answer], self.ledger.call(keccak(signature.encode())[:4] + encode(types, values)))[0]

    def refused(self, act: Callable[[], Any]) -> str:
        """The reason for which the contract refuses this; fails where it does not."""
        with pytest.raises(LedgerRefused) as caught:
            act()
        return caught.value.reason

    def send_as(self, who: Registrar, data: bytes, to: str | None = None) -> str:
        """A transaction of somebody else, to the contract or to another address (empty: deploys `data`)."""
        nonce = self.nonces.get(who.address, 0)
        target = bytes.fromhex((self.ledger.contract if to is None else to)[2:])
        sent = self.ledger.submit(who.sign(Transaction(nonce, target, data, 20_000_000, CHAIN_ID)))
        self.nonces[who.address] = nonce + 1
        return sent

    def transaction(self, nonce: int, to: bytes, data: bytes, chain_id: int = CHAIN_ID) -> Transaction:
        """A transaction with enough gas for anything here."""
        return Transaction(nonce, to, data, 20_000_000, chain_id)

    def deploy(self, code: bytes) -> str:
        """Deploys a contract as the stranger; its address."""
        nonce = self.nonces.get(self.stranger.address, 0)
        self.send_as(self.stranger, code, to="0x")
        return "0x" + keccak(rlp.encode([bytes.fromhex(self.stranger.address[2:]), nonce]))[-20:].hex()

    def at(self, contract: str) -> World:
        """The same chain, seen at another contract."""
        other = World(self.path, ledger=self.ledger.at(contract))
        other.leaves, other.nonces = list(self.leaves), self.nonces
        return other

    def events(self) -> list[Any]:
        """Topics and data of the newest block's events."""
        chain = self.ledger._chain
        number = self.ledger._head().block_number
        logs = chain.get_transaction_receipt_by_index(number, 0).logs
        return [([topic.to_bytes(32) for topic in log.topics], log.data) for log in logs]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A fresh chain with its cast."""
    made = World(tmp_path / "chain.sqlite")
    yield made
    made.ledger.close()


@pytest.fixture
def relay_code() -> bytes:
    """The compiled stand-in for LACChain's relay, before its constructor's argument."""
    return bytes.fromhex(json.loads((ROOT / "contracts" / "build" / "relay.json").read_text())["bytecode"])
