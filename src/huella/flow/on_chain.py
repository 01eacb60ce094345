"""What the chain says at this moment, for pages: whom a token belongs to, the head, and what nodes should hold."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from huella.flow.house import House
from huella.ledger import registry


class Wanted(NamedTuple):
    """Nodes to ask, and what each should hold: the contract (0x hex), and the log's root (32 bytes) at a size of it;
    size 0 before the first anchor."""

    nodes: tuple[str, ...]
    contract: str
    size: int
    root: bytes


def wanted(house: House) -> Wanted:
    """What the registry anchored last; no nodes where the chain is its own."""
    size = house.anchors.anchored()
    batch = house.anchors.holding(size - 1) if size else None
    nodes = [each.strip() for each in house.settings.text("ledger.nodes").split(",")]
    return Wanted(
        tuple(each for each in nodes if each), house.ledger.contract,
        batch.size if batch else 0, batch.root if batch else b"",
    )  # fmt: skip


def own_head(house: House) -> dict[str, Any]:
    """The embedded chain's head: `anchored` (the log's size in the contract), and whether its root `agrees`."""
    expected, head = wanted(house), registry.head(house.ledger)
    return {
        "anchored": head.size,
        "agrees": (head.size, head.root) == expected[2:] if expected.size else None,
    }


def holder(house: House, token: int) -> dict[str, Any]:
    """Whom the chain names as a token's `owner` (0x hex; None: it has no such token), and whether that is the
    `custodian`. LedgerError where it gives no answer."""
    owner = registry.owner_of(house.ledger, token)
    custodian = registry.custodian(house.ledger)
    return {"owner": owner, "custodian": owner is not None and owner.lower() == custodian.lower()}


def abi() -> list[dict[str, Any]]:
    """The contract's interface, as other programs read it."""
    found: list[dict[str, Any]] = registry.artifact()["abi"]
    return found


def name(url: str) -> str:
    """A node as a public page names it: host and port alone, for addresses may hold passwords."""
    parts = urlsplit(url)
    return (parts.hostname or "?") + (f":{parts.port}" if parts.port else "")
