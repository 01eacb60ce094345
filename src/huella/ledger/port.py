"""The ledger port: what the registry asks of a chain. Every ledger passes tests/conformance/test_ledger.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Anchored:
    """One batch as the chain holds it (docs/spec/anchor.md).

    `first` is the index of its first leaf, `size` the log's size after it; `orders`, `records` and `checkpoint`
    are the bytes of the call; `transaction` and `block_hash` are 0x hex of 32 bytes; `time` is the block's, in
    seconds since 1970, and equals the time that the contract holds for `size`.
    """

    first: int
    size: int
    root: bytes
    leaves: tuple[bytes, ...]
    orders: bytes
    records: bytes
    checkpoint: bytes
    transaction: str
    block_number: int
    block_hash: str
    time: int


@dataclass(frozen=True, slots=True)
class ProofBlock:
    """A final block and what proves one head of the contract under its state root (EIP-1186).

    `header` is the block header's RLP, with seals where the network has them. Each proof is the exact list of
    RLP nodes from the trie's root to the value (or to where the value would be); nodes shorter than 32 bytes
    stand inside their parents and have no item. `storage_proof` is (the slot of the root, the slot of the time).
    """

    number: int
    header: bytes
    account_proof: tuple[bytes, ...]
    storage_proof: tuple[tuple[bytes, ...], tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class NodeFinding:
    """A node that is not as it should be: its address, without a password, the trouble's stable name, and one sentence.

    `trouble` is unreachable, slow, garbage (no answer in its form), failing (it says that it cannot), behind,
    other-chain, other-contract (other code at the registry's address), dissents (contradicts the others), or
    unproven (its proof does not hold); `budget` is the registrar's own: its account's gas is nearly used.
    """

    node: str
    trouble: str
    message: str


CONTRADICTING = ("other-chain", "other-contract", "dissents", "unproven")
"""Troubles of a node that tells something else than the others; the rest says nothing about the chain."""


class Call(NamedTuple):
    """One transaction to the contract: its data and gas limit; `taken` hears its hash (0x hex) as soon as the chain has
    it, and once more if it had to be signed anew."""

    data: bytes
    gas: int
    taken: Callable[[str], object] = lambda _: None


@dataclass(frozen=True, slots=True)
class Landed:
    """A transaction in a final block: its hash, the block's number, hash and time in seconds since 1970 (0x hex of 32
    bytes, as in Anchored)."""

    transaction: str
    block_number: int
    block_hash: str
    time: int


@dataclass(frozen=True, slots=True)
class Lodging:
    """A digest (32 bytes) that the account `by` lodged: where the chain holds the event. `position` is the event's
    place in its block, `time` the block's, in seconds since 1970; the rest as in Anchored."""

    digest: bytes
    by: str
    transaction: str
    block_number: int
    block_hash: str
    position: int
    time: int


class Lodgings(NamedTuple):
    """Lodged digests in the chain's order, and the last block that was looked at for them."""

    found: tuple[Lodging, ...]
    until: int


class Ledger(Protocol):
    """A chain that holds one registry contract, seen by its registrar.

    Guarantees of every implementation:

    - what `call`, `batch`, `prove` and `lodged` tell is final: it is never taken back, also not by a power failure;
    - after `send` returns, the transaction is final or will become so or be dropped as a whole; whoever needs to
      know asks `head()` of the contract, and asks it again after any error or crash before sending again;
    - `send` raises LedgerRefused, with the custom error's name as `reason`, and changes nothing when the contract
      reverts; LedgerUnreachable says nothing about whether the transaction arrived;
    - several processes may use one chain at the same time; the contract's `expectedSize` decides who extends it.

    `contract` is 0x and 40 lower-case hex digits.
    """

    @property
    def chain_id(self) -> int:
        """The chain's id, checked against the chain before anything else is asked."""

    @property
    def contract(self) -> str:
        """The registry contract's address."""

    @property
    def findings(self) -> tuple[NodeFinding, ...]:
        """Nodes that were found wanting since the ledger was opened; none where the chain is one's own."""

    def call(self, data: bytes) -> bytes:
        """Answer of a read-only call to the contract at the head. Raises LedgerRefused, LedgerUnreachable."""

    def send(self, data: bytes, gas: int) -> str:
        """Signs and sends one transaction to the contract with this gas limit; its hash as 0x hex."""

    def send_all(self, calls: Iterable[Call]) -> Iterator[Landed]:
        """Sends transactions that come into blocks in this order, several under way at once where the chain can; yields
        where each is once it is final there. What the contract made of it, `prove` shows: of that this has one node's
        word alone.

        A call is asked for when there is room for it: the next one may be made while others are under way. Raises what
        `send` does for the first that did not get through; of those behind it some may be under way all the same.
        """

    def batch(self, first: int) -> Anchored | None:
        """The batch whose first leaf has this index; None where no batch begins there."""

    def prove(self, size: int) -> ProofBlock:
        """Proof, under the latest final block, of what the contract holds for `rootAt(size)`."""

    def lodged(self, since: int) -> Lodgings:
        """Digests that anybody lodged with the contract in the final blocks from `since` on, as many blocks as one
        question takes; whoever goes on from `until` + 1 misses none. `until` is `since` - 1 where there is no such
        block yet. Raises LedgerUnreachable."""
