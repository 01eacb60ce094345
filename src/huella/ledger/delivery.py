"""Delivery: signed transactions brought into blocks, whatever becomes of nodes, answers and pools on the way.

The first nonce is always the next one that no block holds, those behind it follow without a gap, and a signature of the
same bytes is the same signature. So who asks again after a lost answer, a restart or a dropped transaction sends the
same transactions again, and two workers with the same batches send the same ones.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from huella.errors import LedgerRefused, LedgerUnreachable
from huella.ledger.budget import Budget
from huella.ledger.line import fill
from huella.ledger.nodes import Nodes
from huella.ledger.rpc import (
    NodeError,
    NodeSilent,
    Rpc,
    fields,
    items,
    number,
    octets,
    reception,
    refused_by_node,
)
from huella.ledger.signer import Signer, Transaction
from huella.proof.headers import keccak


class Pace(NamedTuple):
    """How long a delivery waits, in seconds, and by which clock: between two looks at first and at most, before it
    gives a transaction to the next node, and how long without progress until it gives up. `depth`: blocks on top that
    make a block final. `per_block` and `per_minute`: the account's gas budget, 0 for none. `at_once`: transactions
    under way together."""

    look: float = 0.1
    look_most: float = 0.25
    resend: float = 5.0
    patience: float = 60.0
    depth: int = 0
    per_block: int = 0
    per_minute: int = 0
    at_once: int = 1
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


class Order(NamedTuple):
    """A transaction to deliver, to `to` (empty: deploys `data`), with its gas limit.

    `check` raises LedgerRefused where the contract would refuse it now; it is asked before the signature of whatever
    goes first. `taken` hears the hash once a node has the transaction, and again where another nonce gave another one.
    """

    to: bytes
    data: bytes
    gas: int
    check: Callable[[], None]
    taken: Callable[[str], object] = lambda _: None


class Block(NamedTuple):
    """A block: its hash, its time in seconds since 1970, its transactions' hashes."""

    hash: bytes
    time: int
    transactions: frozenset[bytes]


@dataclass(slots=True)
class _Posted:
    """A signed order under way. `turn` is the node that gets it next, `again` the time at which it does; `sure` that a
    node has it, and not another transaction with its nonce."""

    order: Order
    nonce: int
    raw: bytes
    name: bytes
    turn: int = 0
    again: float = 0.0
    sure: bool = False


class Delivery:
    """The registrar's transactions on one network. Safe between threads and processes: nonces put them in a row."""

    def __init__(self, nodes: Nodes, signer: Signer, pace: Pace) -> None:
        """`signer` signs for the account that every transaction comes from."""
        self._nodes = nodes
        self._signer = signer
        self._pace = pace
        self._turn = threading.Lock()
        self._budget = Budget(nodes, lambda: signer.address, pace.per_block, pace.per_minute)

    def deliver(self, to: bytes, data: bytes, gas: int, check: Callable[[], None]) -> Receipt:
        """Bring one transaction into a final block; what became of it. Errors: see `deliver_all`."""
        order = Order(to, data, gas, check)
        with self._turn:
            _, receipt, _ = next(self.deliver_all([order]))
        told = self._nodes.each(lambda rpc: _receipt(rpc, receipt.transaction))
        if sum(found == receipt for found in told.values()) < self._nodes.agree:
            raise LedgerUnreachable(
                f"the nodes do not agree on what became of transaction 0x{receipt.transaction.hex()}"
            )
        return receipt

    def deliver_all(self, orders: Iterable[Order]) -> Iterator[tuple[Order, Receipt, int]]:
        """Bring transactions into final blocks, in order, several under way at once; each with its receipt and its
        block's time. That a block has it is agreed; what it did there is one node's word.

        An order is asked for when there is room for it. Those behind one that failed are under way all the same: what
        they do then is the contract's to say. LedgerRefused (reason `Node`) where no node takes the first one, or the
        `check` of the first one raises it; LedgerUnreachable where the first is in no block in time: it may still come.
        """
        pace, more = self._pace, iter(orders)
        line: deque[_Posted] = deque()
        back: deque[Order] = deque()
        end, look = pace.clock() + pace.patience, pace.look
        while self._fill(line, back, more):
            settled = self._settled(line)
            if settled is None:  # another transaction of this account took the nonce: all move up behind it
                back.extendleft(posted.order for posted in reversed(line))
                line.clear()
                continue
            for receipt, time_ in settled:
                yield line.popleft().order, receipt, time_
                self._fill(line, back, more)  # others go out before the next of these is looked at
            if settled:
                end, look = pace.clock() + pace.patience, pace.look
                continue
            if pace.clock() >= end:
                raise LedgerUnreachable(
                    f"transaction 0x{line[0].name.hex()} is in no final block after {pace.patience:g} s",
                    advice="It may still come: the next attempt asks the chain first. Look at the nodes' heights.",
                )
            pace.pause(look)
            look = min(look * 1.5, pace.look_most)
            for posted in line:
                if pace.clock() >= posted.again:
                    self._submit(posted)

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

    # --------------------------------------------------------------------------------------- the line

    def _fill(self, line: deque[_Posted], back: deque[Order], more: Iterator[Order]) -> bool:
        return fill(line, self._pace.at_once, back, more, lambda order: self._extend(line, order))

    def _extend(self, line: deque[_Posted], order: Order) -> bool:
        """Put an order behind the others. False where it has to wait for them; what is wrong with it is told once it is
        the first."""
        if line and not line[-1].sure:
            return False
        try:
            while seconds := self._budget.wait(order.gas, sum(posted.order.gas for posted in line)):
                if line:
                    return False
                self._pace.pause(
                    seconds
                )  # a minute at most: some networks remove an account that overruns its own
            nonce = line[-1].nonce + 1 if line else self.nonce()
            if not line:
                order.check()  # after the nonce: had it come into a block since, it would be refused here
            made = Transaction(nonce, order.to, order.data, order.gas, self._nodes.identity.chain_id)
            raw = self._signer.sign(made)
            posted = _Posted(order, nonce, raw, keccak(raw))
            self._submit(posted)
        except LedgerRefused:
            if line:
                return False
            raise
        line.append(posted)
        return True

    def _settled(self, line: deque[_Posted]) -> list[tuple[Receipt, int]] | None:
        """Receipts and block times of the first ones, as far as they are in final blocks. None where the first one's
        nonce is in a block and it is not: it never will be."""
        passed = self._passed()
        settled: list[tuple[Receipt, int]] = []
        blocks: dict[int, Block | None] = {}
        for posted in line:
            if posted.nonce >= passed:
                break
            found = self._found(posted.name, blocks)
            if found is None:
                if not settled and self._absent(posted.name):
                    return None
                break
            settled.append(found)
        return settled

    def _found(self, name: bytes, blocks: dict[int, Block | None]) -> tuple[Receipt, int] | None:
        """A transaction's receipt by the first node whose word fits the block on which `agree` nodes agree."""
        for rpc in self._nodes.rpcs:
            try:
                receipt = self._nodes.try_one(rpc, lambda rpc: _receipt(rpc, name))
            except NodeSilent:
                continue
            if receipt is None:
                continue
            number_ = receipt.block_number
            if number_ not in blocks:
                blocks[number_] = self._block(number_)
            block = blocks[number_]
            if block is not None and block.hash == receipt.block_hash and name in block.transactions:
                return receipt, block.time
        return None

    def _block(self, height: int) -> Block | None:
        """The block of a height on which `agree` nodes agree, if it is final."""
        if self._pace.depth and self._nodes.heights(self._pace.depth)[0][0] < height:
            return None
        told = Counter(self._nodes.each(lambda rpc: _block(rpc, height)).values())
        (block, voices), *_ = told.most_common(1) or [(None, 0)]
        return block if voices >= self._nodes.agree else None

    def _absent(self, name: bytes) -> bool:
        """Whether no node has a transaction in a block, and `agree` of them say so."""
        told = self._nodes.each(lambda rpc: _receipt(rpc, name))
        return len(told) >= self._nodes.agree and not any(told.values())

    def _passed(self) -> int:
        """The nonce that the account has reached on as many nodes as have to agree."""
        sender = self._signer.address
        told = self._nodes.each(
            lambda rpc: number(rpc.ask("eth_getTransactionCount", sender, "latest"), "the nonce")
        )
        return (
            sorted(told.values(), reverse=True)[self._nodes.agree - 1]
            if len(told) >= self._nodes.agree
            else 0
        )

    def _submit(self, posted: _Posted) -> None:
        """Give a transaction to the first node that takes it, from its turn on. LedgerRefused where none takes it;
        where none can be reached, perhaps one can in a while."""
        count, refusals = len(self._nodes.rpcs), []
        posted.again = self._pace.clock() + self._pace.resend
        for at in range(posted.turn, posted.turn + count):
            rpc = self._nodes.rpcs[at % count]
            try:
                sure = self._nodes.try_one(rpc, lambda rpc: _send(rpc, posted.raw, posted.name))
            except NodeError as error:
                refusals.append(error)
            except NodeSilent:
                continue
            else:
                posted.turn = at + 1
                if sure and not posted.sure:
                    posted.sure = True
                    posted.order.taken("0x" + posted.name.hex())
                return
        posted.turn += 1
        if len(refusals) >= self._nodes.agree:
            raise refused_by_node(refusals[0])


def _send(rpc: Rpc, raw: bytes, name: bytes) -> bool:
    """Whether a node takes a transaction or has it. False where its nonce is in a block or in another one that waits:
    the chain will tell."""
    try:
        told = octets(rpc.ask("eth_sendRawTransaction", "0x" + raw.hex()), "a transaction's hash", 32)
    except NodeError as error:
        said = reception(error)
        if said == "refused":
            raise
        return said == "known"
    if told != name:
        raise NodeSilent(f"{rpc.name} took another transaction than it was given", "garbage")
    return True


def _block(rpc: Rpc, height: int) -> Block | None:
    told = rpc.ask("eth_getBlockByNumber", hex(height), False)
    if told is None:
        return None
    found = fields(told, "a block")
    return Block(
        octets(found.get("hash"), "a block's hash", 32),
        number(found.get("timestamp"), "a block's time"),
        frozenset(
            octets(each, "a transaction", 32) for each in items(found.get("transactions"), "transactions")
        ),
    )


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
