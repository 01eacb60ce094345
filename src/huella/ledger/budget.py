"""The registrar's gas budget: LACChain removes a member that overruns its quota, so we never come near it.

What was used is read from the blocks, by gas limits, so that all workers of one account see the same figures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from huella.errors import LedgerRefused
from huella.ledger.nodes import Nodes
from huella.ledger.rpc import Rpc, fields, items, number

MINUTE = 60
ALARM = 0.8
"""Share of a minute's budget from which on it is named."""
_MOST = 200
"""Blocks looked at for a minute; no network of ours makes more."""


class Block(NamedTuple):
    """A block's time in seconds since 1970, and the gas limits of the account's transactions in it."""

    time: int
    gas: int


class Budget:
    """An account's gas on one network. A limit of 0 is none."""

    def __init__(self, nodes: Nodes, sender: Callable[[], str], per_block: int, per_minute: int) -> None:
        """`sender` tells the account, 0x hex; it is asked only once something is to be sent."""
        self._nodes = nodes
        self._sender = sender
        self._per_block = per_block
        self._per_minute = per_minute
        self._blocks: dict[int, Block] = {}

    def wait(self, gas: int, pending: int = 0) -> int:
        """Seconds until a transaction with this gas limit may be sent; 0 for now.

        `pending` is the gas of those that were sent and are in no block yet: one block may take them all. While they
        leave no room, a second. Raises LedgerRefused (reason `Budget`) where it never may.
        """
        for limit, span in ((self._per_block, "block"), (self._per_minute, "minute")):
            if limit and gas > limit:
                raise LedgerRefused(
                    f"a transaction of {gas} gas overruns the budget of {limit} gas a {span}",
                    reason="Budget",
                    advice="Make batches smaller: anchor.max_gas below ledger.gas_per_block and ledger.gas_per_minute.",
                )
            if limit and gas + pending > limit:
                return 1
        return until(self._recent(), gas + pending, self._per_minute) if self._per_minute else 0

    @property
    def alarm(self) -> str:
        """One sentence once the last minute's use is above 80 per cent; empty below."""
        used = sum(block.gas for block in self._blocks.values())
        if not self._per_minute or used < ALARM * self._per_minute:
            return ""
        return f"{used} of {self._per_minute} gas a minute are used"

    def _recent(self) -> list[Block]:
        """The blocks of the last minute, oldest first; what was read once is not asked again."""
        top = self._nodes.heights()[0][0]
        found: dict[int, Block] = {}
        for height in range(top, max(top - _MOST, -1), -1):
            block = self._blocks.get(height) or self._nodes.first(lambda rpc, at=height: self._read(rpc, at))  # type: ignore[misc]
            newest = found[top].time if found else block.time
            if block.time <= newest - MINUTE:
                break
            found[height] = block
        self._blocks = found
        return [found[height] for height in sorted(found)]

    def _read(self, rpc: Rpc, height: int) -> Block:
        told = fields(rpc.ask("eth_getBlockByNumber", hex(height), True), "a block")
        sender = self._sender().lower()
        mine = [
            number(one.get("gas"), "a transaction's gas")
            for one in (
                fields(each, "a transaction") for each in items(told.get("transactions"), "transactions")
            )
            if str(one.get("from")).lower() == sender
        ]
        return Block(number(told.get("timestamp"), "a block's time"), sum(mine))


def until(blocks: list[Block], gas: int, limit: int) -> int:
    """Seconds from the newest block on until so much gas fits into the last minute; `blocks` are oldest first.

    ValueError where it never fits.
    """
    if gas > limit:
        raise ValueError("more than a minute's budget")
    if not blocks:
        return 0
    used, wait = sum(block.gas for block in blocks), 0
    for block in blocks:
        if used + gas <= limit:
            break
        used -= block.gas
        wait = block.time + MINUTE - blocks[-1].time
    return wait
