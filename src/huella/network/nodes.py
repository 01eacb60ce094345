"""A network's nodes: keys, addresses, enodes, and the list by which they find each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from coincurve import PrivateKey

from huella.errors import InputError, SettingsError
from huella.proof.headers import keccak

Randomness = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Node:
    """A validator: its name, where the others and clients find it, and its secp256k1 key of 32 bytes."""

    name: str
    host: str
    p2p_port: int
    rpc_port: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """ValueError where `secret` is no key of the curve."""
        PrivateKey(self.secret)

    @property
    def public(self) -> bytes:
        """The public key's 64 bytes, which are the node's id on the network."""
        return PrivateKey(self.secret).public_key.format(compressed=False)[1:]

    @property
    def address(self) -> bytes:
        """The 20 bytes that stand in the headers' list of validators and that its seals recover to."""
        return keccak(self.public)[12:]

    @property
    def enode(self) -> str:
        """The node's address on the peers' network: id, host and port."""
        return f"enode://{self.public.hex()}@{self.host}:{self.p2p_port}"

    @property
    def url(self) -> str:
        """Where the node answers JSON-RPC."""
        return f"http://{self.host}:{self.rpc_port}"


def new_key(randomness: Randomness) -> bytes:
    """A fresh secp256k1 key, 32 bytes; `randomness` gives so many bytes."""
    while True:
        secret = randomness(32)
        try:
            PrivateKey(secret)
        except ValueError:  # zero, or beyond the curve's order: once in 2^128
            continue
        return secret


def new_nodes(
    hosts: Sequence[str], ports: Sequence[tuple[int, int]], randomness: Randomness
) -> tuple[Node, ...]:
    """Nodes `validator-1` and on at these hosts; `ports` is (peers, JSON-RPC) of each.

    InputError where two would have the same place.
    """
    places = [(host, port) for host, pair in zip(hosts, ports, strict=True) for port in pair]
    if len(set(places)) != len(places):
        raise InputError("two nodes have the same host and port", field="host")
    return tuple(
        Node(f"validator-{number}", host, p2p, rpc, new_key(randomness))
        for number, (host, (p2p, rpc)) in enumerate(zip(hosts, ports, strict=True), start=1)
    )


def static_nodes(nodes: Iterable[Node]) -> bytes:
    """`static-nodes.json`: the enodes that a node keeps a connection to; its own does no harm."""
    return orjson.dumps([node.enode for node in nodes], option=orjson.OPT_INDENT_2) + b"\n"


def read_key(path: Path) -> bytes:
    """A node's key from its file of 64 hex digits. SettingsError where it is missing or none."""
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip().removeprefix("0x"))
        PrivateKey(secret)
    except OSError as error:
        raise SettingsError(f"node key {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"node key {path} is not a key of 64 hex digits") from error
    return secret
