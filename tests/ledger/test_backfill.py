"""A backfill of 154,400 orders under a gas quota, by a simulated clock: never overrun, named from 80 per cent on."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NamedTuple, cast

import pytest

from huella.ledger import registry
from huella.ledger.budget import ALARM, MINUTE, Budget
from huella.ledger.nodes import Nodes

ORDERS = 154_400
PERIOD = 2
"""Seconds between blocks on LACChain."""
RECORD = 200
"""Compressed bytes of an order's record (contracts/gas-report.json)."""
SENDER = "0x" + "aa" * 20


def gas(leaves: int, record: int, first: int) -> int:
    """What a batch of orders may use; each record takes `record` bytes (0: digests only), a checkpoint 1,000."""
    return registry.gas_for(leaves, leaves, leaves * record + 1_000, first)


def batch_of(quota: int, record: int, first: int, most: int = 500) -> int:
    """Leaves of the largest batch from an entry on that stays below a quota, as `anchor` cuts it."""
    return bisect_right(range(1, most + 1), quota, key=lambda leaves: gas(leaves, record, first))


class Chain:
    """A chain that makes a block each PERIOD of a simulated time, and nodes that tell of it."""

    def __init__(self) -> None:
        self.time = 0
        self.blocks: list[tuple[int, int]] = [(0, 0)]
        self.waiting: list[int] = []

    def forward(self, seconds: int) -> None:
        """Time passes; what waits goes into the next block."""
        end = self.time + seconds
        while self.blocks[-1][0] + PERIOD <= end:
            self.blocks.append((self.blocks[-1][0] + PERIOD, sum(self.waiting)))
            self.waiting.clear()
        self.time = end

    def heights(self) -> list[tuple[int, list[Any]]]:
        return [(len(self.blocks) - 1, [])]

    def first(self, read: Any) -> Any:
        return read(self)

    def ask(self, _method: str, height: str, _whole: bool) -> dict[str, Any]:
        """eth_getBlockByNumber, with what the registrar sent."""
        time, gas = self.blocks[int(height, 16)]
        told = [{"from": SENDER, "gas": hex(gas)}] if gas else []
        return {"timestamp": hex(time), "transactions": told}


class Run(NamedTuple):
    """A backfill: seconds, batches, most gas in a block and in any minute, whether the alarm was raised."""

    seconds: int
    batches: int
    most_block: int
    most_minute: int
    alarmed: bool


def backfill(orders: int, per_block: int, per_minute: int, record: int = RECORD) -> Run:
    """One worker that sends whenever the budget lets it."""
    chain = Chain()
    budget = Budget(cast("Nodes", chain), lambda: SENDER, per_block, per_minute)
    quota, at, batches, alarmed = min(filter(None, (per_block, per_minute))), 0, 0, False
    while at < orders:
        leaves = min(orders - at, batch_of(quota, record, at))
        needed = gas(leaves, record, at)
        while seconds := budget.wait(needed, sum(chain.waiting)):
            chain.forward(seconds)
            alarmed |= bool(budget.alarm)
        chain.waiting.append(needed)
        at, batches = at + leaves, batches + 1
    chain.forward(PERIOD)
    spans = [
        sum(gas for at, gas in chain.blocks[max(0, n - MINUTE // PERIOD + 1) : n + 1] if at <= time)
        for n, (time, _) in enumerate(chain.blocks)
    ]
    return Run(chain.time, batches, max(gas for _, gas in chain.blocks), max(spans), alarmed)


@pytest.mark.parametrize(
    ("per_block", "record", "hours"),
    [(500_000, RECORD, 2.12), (500_000, 0, 1.13), (1_000_000, RECORD, 0.73), (5_000_000, RECORD, 0.17)],
)
def test_a_backfill_below_a_quota_a_block_takes_a_known_time(
    per_block: int, record: int, hours: float
) -> None:
    run = backfill(ORDERS, per_block, 0, record)
    assert run.most_block <= per_block
    assert run.seconds / 3600 == pytest.approx(hours, rel=0.05)


def test_no_minute_is_overrun_and_the_alarm_rings_before() -> None:
    """Of the basic quota's 15 million a minute only a third is given to the backfill: the rest stays for others."""
    run = backfill(5_000, 500_000, 5_000_000)
    assert run.most_block <= 500_000
    assert ALARM * 5_000_000 < run.most_minute <= 5_000_000
    assert run.alarmed


def test_below_80_per_cent_nothing_rings() -> None:
    run = backfill(60, 500_000, 15_000_000)
    assert (run.batches < 6, run.alarmed) == (True, False)
