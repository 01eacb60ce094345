"""How a network is: heights, peers, validators, the block that all nodes share, and what each holds of the registry."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from huella.errors import InputError, LedgerError, LedgerUnreachable, SettingsError
from huella.ledger.registry import HEAD_CALL, root_at_call
from huella.ledger.rpc import NodeError, Rpc
from huella.proof.headers import quorum

_BESU, _GOQUORUM = "qbft_getValidatorsByBlockNumber", "istanbul_getValidators"


@dataclass(frozen=True, slots=True)
class Registry:
    """What the registry's contract (0x hex) should hold: the log's root (32 bytes) at a size of one of its batches.

    With `size` 0 nodes are only compared with each other.
    """

    contract: str
    size: int = 0
    root: bytes = b""


@dataclass(frozen=True, slots=True)
class NodeHealth:
    """What one node says. `error` is empty where it answered everything; the rest is empty where it did not.

    `first` is its hash of block 0, `at` the head's time in seconds since 1970;
    `shared_hash` is its hash of the block of `Health.shared`; `anchored` the log's size in its contract;
    `agrees` whether the contract holds the registry's root, None where nothing was compared.
    """

    url: str
    client: str = ""
    chain_id: int = 0
    height: int = -1
    head_hash: str = ""
    at: int = 0
    first: str = ""
    peers: int = 0
    validators: tuple[str, ...] = ()
    shared_hash: str = ""
    anchored: int | None = None
    agrees: bool | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """All nodes, and `shared`: the highest block that every node of the chain has that answers; -1 where none does.

    The chain is the one that most of the nodes that answer are on; the first one's where as many are on another.
    """

    nodes: tuple[NodeHealth, ...]
    shared: int

    @property
    def reachable(self) -> tuple[NodeHealth, ...]:
        """The nodes that answered everything."""
        return tuple(node for node in self.nodes if not node.error)

    @property
    def forked(self) -> bool:
        """Whether nodes hold different blocks at the same height, or are on different chains."""
        said = {(node.chain_id, node.first, node.shared_hash) for node in self.reachable}
        return len(said) > 1

    @property
    def strangers(self) -> tuple[NodeHealth, ...]:
        """The nodes that are on another chain: another chain id or another first block."""
        return tuple(node for node in self.reachable if _chain(node) != _most(self.nodes))

    @property
    def contradicted(self) -> bool:
        """Whether some node's contract does not hold the registry's root."""
        return any(node.agrees is False for node in self.reachable)

    @property
    def validators(self) -> tuple[str, ...]:
        """The validators, where all nodes name the same; else empty."""
        named = {node.validators for node in self.reachable if node not in self.strangers}
        return named.pop() if len(named) == 1 else ()

    @property
    def enough(self) -> bool:
        """Whether as many nodes answer as blocks need; judged on the nodes asked, which may not be all validators."""
        return bool(self.validators) and len(self.reachable) >= quorum(len(self.validators))

    @property
    def exit_code(self) -> int:
        """1 forked or contradicted, 3 a node is silent, 0 else."""
        if self.forked or self.contradicted:
            return 1
        return 0 if len(self.reachable) == len(self.nodes) else 3


def look(urls: Sequence[str], registry: Registry | None = None, seconds: float = 5.0) -> Health:
    """Ask every node at once; a node that is silent or garbles is in the result, with what it did."""
    with ThreadPoolExecutor(max_workers=max(1, min(len(urls), 16))) as workers:
        first = list(workers.map(lambda url: _ask_node(url, seconds), urls))
        chain = _most(first)
        shared = min((node.height for node in first if not node.error and _chain(node) == chain), default=-1)
        second = workers.map(
            lambda node: _compare(node, shared, registry, seconds) if _chain(node) == chain else node, first
        )
        return Health(tuple(second), shared)


def checked(urls: Sequence[str]) -> tuple[str, ...]:
    """The addresses as they are. InputError names the first that is none."""
    for url in urls:
        try:
            Rpc(url).close()
        except SettingsError as error:
            raise InputError(str(error), field="rpc") from error
    return tuple(urls)


def _chain(node: NodeHealth) -> tuple[int, str]:
    return node.chain_id, node.first


def _most(nodes: Sequence[NodeHealth]) -> tuple[int, str]:
    """The chain that most nodes are on that answer."""
    counted = Counter(_chain(node) for node in nodes if not node.error)
    return counted.most_common(1)[0][0] if counted else (0, "")


def block_hash(url: str, height: int, seconds: float = 5.0) -> str:
    """A node's hash (0x hex) of the block at a height. LedgerUnreachable where it has none, or gives no answer."""
    try:
        return str(_block(url, hex(height), seconds)["hash"])
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerUnreachable(f"{url} does not hold block {height}") from error


def wait_for_height(urls: Sequence[str], height: int, seconds: float) -> int:
    """Return the lowest height once every node has this one.

    LedgerUnreachable, with each node's height, where that takes longer than `seconds`.
    """
    end = time.monotonic() + seconds
    while True:
        heights = {url: _height(url) for url in urls}
        if min(heights.values()) >= height:
            return min(heights.values())
        if time.monotonic() > end:
            told = ", ".join(f"{url} {'silent' if at < 0 else at}" for url, at in heights.items())
            raise LedgerUnreachable(
                f"no block {height} on every node after {seconds:g} s: {told}",
                advice="Look into the nodes' logs; after a lost quorum restart all nodes.",
            )
        time.sleep(0.1)


def _height(url: str) -> int:
    try:
        return _number(_ask(url, "eth_blockNumber", seconds=2.0))
    except (LedgerError, ValueError):
        return -1


def _ask_node(url: str, seconds: float) -> NodeHealth:
    try:
        head = _block(url, "latest", seconds)
        client = str(_ask(url, "web3_clientVersion", seconds=seconds))
        return NodeHealth(
            url=url,
            client=client,
            chain_id=_number(_ask(url, "eth_chainId", seconds=seconds)),
            height=_number(head["number"]),
            head_hash=str(head["hash"]),
            at=_number(head["timestamp"]),
            first=str(_block(url, "0x0", seconds)["hash"]),
            peers=_number(_ask(url, "net_peerCount", seconds=seconds)),
            validators=_validators(url, client, seconds),
        )
    except LedgerError as error:
        return NodeHealth(url=url, error=str(error))
    except (ValueError, KeyError, TypeError):
        return NodeHealth(url=url, error=f"{url} answers with something that is no answer")


def _compare(node: NodeHealth, shared: int, registry: Registry | None, seconds: float) -> NodeHealth:
    if node.error:
        return node
    known = {name: getattr(node, name) for name in NodeHealth.__slots__}
    try:
        known["shared_hash"] = block_hash(node.url, shared, seconds)
        if registry is not None:
            head = _call(node.url, registry.contract, HEAD_CALL, seconds)
            known["anchored"] = int.from_bytes(head[:32])
        if registry is not None and registry.size:
            held = _call(node.url, registry.contract, root_at_call(registry.size), seconds)
            known["agrees"] = held[:32] == registry.root
    except LedgerError as error:
        known["error"] = str(error)
    return NodeHealth(**known)


def _validators(url: str, client: str, seconds: float) -> tuple[str, ...]:
    """The validators after the latest block; empty where the network has none, or the node does not tell."""
    try:
        found = _ask(url, _GOQUORUM if "quorum" in client.lower() else _BESU, "latest", seconds=seconds)
    except NodeError:
        return ()
    return tuple(sorted(str(address).lower() for address in found)) if isinstance(found, list) else ()


def _block(url: str, number: str, seconds: float) -> dict[str, Any]:
    found = _ask(url, "eth_getBlockByNumber", number, False, seconds=seconds)
    if not isinstance(found, dict):
        raise ValueError(number)
    return found


def _call(url: str, contract: str, data: bytes, seconds: float) -> bytes:
    answer = _ask(url, "eth_call", {"to": contract, "data": "0x" + data.hex()}, "latest", seconds=seconds)
    try:
        found = bytes.fromhex(str(answer).removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) < 64:
        raise LedgerUnreachable(f"{url} holds no registry at {contract} in its newest block")
    return found


def _ask(url: str, method: str, *params: Any, seconds: float) -> Any:
    """One question to one node, on a connection of its own."""
    node = Rpc(url, seconds)
    try:
        return node.ask(method, *params)
    finally:
        node.close()


def _number(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError("a quantity is 0x and hex digits")
    return int(value, 16)
