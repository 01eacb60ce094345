"""Nodes for a verifier: asked over JSON-RPC by whoever checks an evidence file, without anything of the registry.

It loads the standard library and `proof` alone, so that `huella verify --rpc` works where only the verifier is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from huella.ledger.rpc import NodeError, Rpc, fields, number, octets
from huella.proof.headers import keccak

Contracts = Callable[[int], bytes]
"""The contract that holds the head of a size: after a succession not the same for all (`Trust.contract_at`)."""
TIMEOUT = 10.0
"""Seconds that a node has for one answer."""
_ROOT_AT = keccak(b"rootAt(uint64)")[:4]


class Witness:
    """One node as the checks ask it (`proof.issuer.Node`), about one contract (20 bytes), or that of each size."""

    def __init__(self, rpc: Rpc, contract: bytes | Contracts) -> None:
        self._rpc = rpc
        self._contract = (lambda _: contract) if isinstance(contract, bytes) else contract

    @property
    def name(self) -> str:
        """Its address, without a password."""
        return self._rpc.name

    def chain_id(self) -> int:
        """The network's chain id."""
        return number(self._rpc.ask("eth_chainId"), "the chain id")

    def root_at(self, size: int) -> bytes | None:
        """The root that the contract holds for this size; None where it holds none, or is no registry."""
        data = "0x" + (_ROOT_AT + size.to_bytes(32, "big")).hex()
        try:
            told = octets(
                self._rpc.ask("eth_call", {"to": "0x" + self._contract(size).hex(), "data": data}, "latest"),
                "the answer of a call",
            )
        except NodeError as error:
            if error.reverted is None:
                raise
            return None
        return told[:32] if len(told) == 64 else None

    def block_hash(self, number: int) -> bytes | None:
        """The hash of a block; None where the node has none of that number yet."""
        told = self._rpc.ask("eth_getBlockByNumber", hex(number), False)
        return None if told is None else octets(fields(told, "a block").get("hash"), "a block's hash", 32)


@contextmanager
def witnesses(urls: Sequence[str], contract: bytes | Contracts) -> Iterator[list[Witness]]:
    """The nodes at these addresses, for as long as they are asked. SettingsError where one is no http or https
    address."""
    rpcs = [Rpc(url, TIMEOUT) for url in urls]
    try:
        yield [Witness(rpc, contract) for rpc in rpcs]
    finally:
        for rpc in rpcs:
            rpc.close()
