"""Lodged digests on a network of nodes: the same events, told by M of N nodes for the same blocks.

A node can leave an event out or make one up; then it contradicts the others, and is named. The block that an event is
in is read from a header that gives the hash on which they agree.
"""

from __future__ import annotations

from typing import NamedTuple

from huella.errors import LedgerUnreachable
from huella.ledger import registry
from huella.ledger.blocks import header_of
from huella.ledger.nodes import Nodes
from huella.ledger.port import Lodging, Lodgings
from huella.ledger.rpc import NodeSilent, Rpc, fields, items, number, octets
from huella.proof.headers import Consensus

WIDTHS = (5_000, 500, 50, 5, 1)
"""Blocks in one question: Besu's default limit first, fewer where nodes do not take so many."""
_TIME = 11
"""The place of a header's time."""


class _Event(NamedTuple):
    """One event as a node tells it."""

    block_number: int
    position: int
    block_hash: bytes
    transaction: bytes
    by: str
    digest: bytes


class _Range(NamedTuple):
    """Blocks in which a node was asked for events, and those that it told."""

    end: int
    events: tuple[_Event, ...]


def look(nodes: Nodes, since: int, depth: int, consensus: Consensus | None) -> Lodgings:
    """What `nodes` agree on about the blocks from `since` on; `depth` blocks at the end do not count as final.

    LedgerUnreachable where too few answer, or contradict each other.
    """
    if nodes.heights(depth)[0][0] < since:
        return Lodgings((), since - 1)
    told, height = _agreed(nodes, since, depth)
    if height < since:  # a node came down in the meantime
        return Lodgings((), since - 1)
    blocks = {event.block_number: event.block_hash for event in told.events}
    times = {at: _time(nodes, at, name, consensus) for at, name in blocks.items()}
    found = (
        Lodging(
            event.digest, event.by, "0x" + event.transaction.hex(), event.block_number,
            "0x" + event.block_hash.hex(), event.position, times[event.block_number],
        )
        for event in told.events
    )  # fmt: skip
    return Lodgings(tuple(found), told.end)


def _agreed(nodes: Nodes, since: int, depth: int) -> tuple[_Range, int]:
    for width in WIDTHS:
        try:
            return nodes.agreed(
                f"the digests lodged from block {since} on",
                lambda rpc, at, width=width: _ask(rpc, nodes, since, min(since + width - 1, at)),  # type: ignore[misc]
                depth,
            )
        except LedgerUnreachable:
            failing = any(found.trouble in ("failing", "slow") for found in nodes.findings)
            if width == WIDTHS[-1] or not failing:
                raise
    raise AssertionError("the last width is tried like the others")


def _ask(rpc: Rpc, nodes: Nodes, since: int, end: int) -> _Range:
    contract = nodes.identity.contract or b""
    if end < since:
        return _Range(end, ())
    wanted = {
        "address": "0x" + contract.hex(), "topics": ["0x" + registry.LODGED_TOPIC.hex()],
        "fromBlock": hex(since), "toBlock": hex(end),
    }  # fmt: skip
    logs = items(rpc.ask("eth_getLogs", wanted), "events")
    told = [_event(rpc, fields(log, "an event"), contract) for log in logs]
    if any(not since <= event.block_number <= end for event in told):
        raise NodeSilent(f"{rpc.name} tells events of other blocks than it was asked for", "garbage")
    return _Range(end, tuple(sorted(told)))


def _event(rpc: Rpc, log: dict[str, object], contract: bytes) -> _Event:
    topics = [octets(topic, "a topic", 32) for topic in items(log.get("topics"), "topics")]
    event = registry.read_event(topics, octets(log.get("data"), "an event's data"))
    if octets(log.get("address"), "an address", 20) != contract or not isinstance(event, registry.Lodged):
        raise NodeSilent(f"{rpc.name} tells another event than it was asked for", "garbage")
    return _Event(
        number(log.get("blockNumber"), "a block's number"), number(log.get("logIndex"), "an event's place"),
        octets(log.get("blockHash"), "a block's hash", 32),
        octets(log.get("transactionHash"), "a transaction's hash", 32), event.by, event.digest,
    )  # fmt: skip


def _time(nodes: Nodes, at: int, name: bytes, consensus: Consensus | None) -> int:
    """The time of a block, out of a header that gives the hash that was agreed on: any node's word proves itself."""

    def ask(rpc: Rpc) -> int:
        told = fields(rpc.ask("eth_getBlockByNumber", hex(at), False), "a block")
        header, _ = header_of(told, consensus)
        if octets(told.get("hash"), "a block's hash", 32) != name:
            raise NodeSilent(f"{rpc.name} has another block {at} than the others", "dissents")
        return int.from_bytes(header.fields[_TIME])

    return nodes.first(ask)
