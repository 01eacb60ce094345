"""Delivery: one signed transaction brought into a block, whatever becomes of nodes, answers and pools on the way.

The nonce is always the next one that no block holds, and a signature of the same bytes is the same signature. So who
asks again after a lost answer, a restart or a dropped transaction sends the same transaction again, two workers with
the same batch send the same one, and there is never a gap.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

from huella.errors import LedgerRefused, LedgerUnreachable
from huella.ledger.budget import Budget
from huella.ledger.nodes import Nodes
from huella.ledger.rpc import (
    NodeError,
    NodeSilent,
    Rpc,
    fields,
    number,
    octets,
    reception,
    refused_by_node,
)
from huella.ledger.signer import Signer, Transaction
from huella.proof.headers import keccak


class Pace(NamedTuple):
    """How long a delivery waits, in seconds, and by which clock: between two looks at first and at most, before it
    gives the transaction to the next node, and until it gives up. `depth`: blocks on top that make a block final.
    `per_block` and `per_minute`: the account's gas budget, 0 for none."""

    look: float = 0.1
    look_most: float = 0.5
    resend: float = 5.0
    patience: float = 60.0
    depth: int = 0
    per_block: int = 0
    per_minute: int = 0
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


class Receipt(NamedTuple):
    """What became of a transaction: its hash, its block's number and hash, whether it did what it was for, its gas,
    and the contract that it made, if it made one."""

    transaction: bytes
    block_number: int
    block_hash: bytes
    good: bool
    gas_used: int
    contract: bytes | None


class Delivery:
    """The registrar's transactions on one network. Safe between threads and processes: nonces put them in a row."""

    def __init__(self, nodes: Nodes, signer: Signer, pace: Pace) -> None:
        """`signer` signs for the account that every transaction comes from."""
        self._nodes = nodes
        self._signer = signer
        self._pace = pace
        self._turn = threading.Lock()
        self._budget = Budget(nodes, signer.address, pace.per_block, pace.per_minute)

    def deliver(self, to: bytes, data: bytes, gas: int, check: Callable[[], None]) -> Receipt:
        """Bring a transaction to `to` (empty: deploys `data`) into a final block; what became of it.

        `check` raises LedgerRefused where the contract would refuse it now; it is asked before every signature, so that
        no transaction is wasted. LedgerRefused (reason `Node`) where no node takes it; LedgerUnreachable where it is in
        no block in time: it may still come.
        """
        with self._turn:
            self._wait(gas)
            end = self._pace.clock() + self._pace.patience
            while True:
                check()
                nonce = self.nonce()
                transaction = Transaction(nonce, to, data, gas, self._nodes.identity.chain_id)
                receipt = self._settle(self._signer.sign(transaction), nonce, end)
                if receipt is not None:
                    return receipt
                # another transaction of this account took the nonce: its outcome may have changed what is to be done

    def _wait(self, gas: int) -> None:
        """Until the budget has room, a minute at most: some networks remove an account that overruns its own."""
        while seconds := self._budget.wait(gas):
            self._pace.pause(seconds)

    @property
    def alarm(self) -> str:
        """One sentence where the gas budget is nearly used; else empty."""
        return self._budget.alarm

    def nonce(self) -> int:
        """The account's next nonce by the newest blocks, pools left aside."""
        sender = self._signer.address

        def ask(rpc: Rpc, at: int) -> int:
            return number(rpc.ask("eth_getTransactionCount", sender, hex(at)), "the nonce")

        return self._nodes.agreed("the registrar's nonce", ask)[0]

    def _settle(self, raw: bytes, nonce: int, end: float) -> Receipt | None:
        """Send until it is in a final block. None where another transaction has the nonce."""
        pace, name = self._pace, keccak(raw)
        turn = 0
        while True:
            turn = self._submit(raw, name, turn)
            again, look = pace.clock() + pace.resend, pace.look
            while pace.clock() < again:
                receipt = self.receipt(name)
                if receipt is not None:
                    return receipt
                if pace.clock() >= end:
                    raise LedgerUnreachable(
                        f"transaction 0x{name.hex()} is in no final block after {pace.patience:g} s",
                        advice="It may still come: the next attempt asks the chain first. Look at the nodes' heights.",
                    )
                pace.pause(look)
                look = min(look * 1.5, pace.look_most)
            if self.nonce() > nonce and self._seen(name) == 0:
                return None

    def receipt(self, name: bytes) -> Receipt | None:
        """What `agree` nodes tell of a transaction in a final block, None while they do not."""
        told = self._nodes.each(lambda rpc: _receipt(rpc, name))
        voices: dict[Receipt, int] = {}
        for found in told.values():
            if found is not None:
                voices[found] = voices.get(found, 0) + 1
        best = max(voices, key=lambda found: voices[found], default=None)
        if best is None or voices[best] < self._nodes.agree:
            return None
        if self._pace.depth and self._nodes.heights(self._pace.depth)[0][0] < best.block_number:
            return None
        return best

    def _seen(self, name: bytes) -> int:
        """How many nodes have a transaction in a block."""
        return sum(found is not None for found in self._nodes.each(lambda rpc: _receipt(rpc, name)).values())

    def _submit(self, raw: bytes, name: bytes, turn: int) -> int:
        """Give a transaction to the first node that takes it, from `turn` on; whose turn it is next time."""
        count, refusals = len(self._nodes.rpcs), []
        for at in range(turn, turn + count):
            rpc = self._nodes.rpcs[at % count]
            try:
                self._nodes.try_one(rpc, lambda rpc: _send(rpc, raw, name))
            except NodeError as error:
                refusals.append(error)
            except NodeSilent:
                continue
            else:
                return at + 1
        if len(refusals) >= self._nodes.agree:
            raise refused_by_node(refusals[0])
        return turn + 1  # nobody can be reached: perhaps in a while


def _send(rpc: Rpc, raw: bytes, name: bytes) -> Literal["taken"]:
    """One node takes a transaction, has it, or has its nonce in another one: in each case the chain will tell."""
    try:
        told = octets(rpc.ask("eth_sendRawTransaction", "0x" + raw.hex()), "a transaction's hash", 32)
    except NodeError as error:
        if reception(error) == "refused":
            raise
        return "taken"
    if told != name:
        raise NodeSilent(f"{rpc.name} took another transaction than it was given", "garbage")
    return "taken"


def _receipt(rpc: Rpc, name: bytes) -> Receipt | None:
    told = rpc.ask("eth_getTransactionReceipt", "0x" + name.hex())
    if told is None:
        return None
    found = fields(told, "a receipt")
    made = found.get("contractAddress")
    return Receipt(
        octets(found.get("transactionHash"), "a receipt's transaction", 32),
        number(found.get("blockNumber"), "a receipt's block"),
        octets(found.get("blockHash"), "a receipt's block hash", 32),
        number(found.get("status"), "a receipt's status") == 1,
        number(found.get("gasUsed"), "a receipt's gas"),
        None if made is None else octets(made, "a receipt's contract", 20),
    )


def failure(receipt: Receipt, gas: int, check: Callable[[], None]) -> LedgerRefused:
    """Why a transaction failed in its block: the contract's reason where asking again gives one."""
    try:
        check()
    except LedgerRefused as error:
        return error
    name, block = "0x" + receipt.transaction.hex(), receipt.block_number
    if receipt.gas_used >= gas:
        return LedgerRefused(f"transaction {name} ran out of gas in block {block}", reason="OutOfGas")
    return LedgerRefused(f"transaction {name} failed in block {block}", reason="Failed")
