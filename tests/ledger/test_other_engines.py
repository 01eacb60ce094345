"""Where seals prove nothing: engines that need confirmations, and networks whose validators' keys nobody knows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Any, NamedTuple

import pytest

import validators
from huella.errors import LedgerRefused
from huella.ledger import registry
from huella.ledger.blocks import header_of
from huella.ledger.delivery import Pace
from huella.ledger.node import NodeLedger
from huella.ledger.rpc import Rpc
from huella.ledger.signer import Registrar
from huella.network.local import Local
from huella.proof.trust import Trust
from validators import Proxy

pytestmark = pytest.mark.network
DEPTH = 3


class Place(NamedTuple):
    """A contract and its registrar."""

    urls: tuple[str, ...]
    trust: Trust
    registrar: Registrar

    @contextmanager
    def opened(self, *urls: str, depth: int = 0, **changes: Any) -> Iterator[NodeLedger]:
        """A ledger that trusts otherwise."""
        trusted, pace = replace(self.trust, **changes), Pace(depth=depth)
        with closing(validators.opened(urls or self.urls, trusted, self.registrar, pace=pace)) as made:
            yield made


@pytest.fixture(scope="module")
def place(network: Local) -> Place:
    registrar = Registrar(os.urandom(32))
    return Place(network.urls, validators.trust(network.urls, registrar, "0x" + "c0" * 20), registrar)


def batch(ledger: NodeLedger) -> tuple[int, str]:
    """One more entry on the chain: its index and transaction."""
    first = registry.head(ledger).size
    call = registry.append_call(first, [sha256(b"%d" % first).digest()], b"\0", b"", b"note")
    return first, ledger.send(call, 400_000)


def until(reached: Callable[[], bool]) -> None:
    """Returns once something is so; half a minute at most."""
    end = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < end


def told(ledger: NodeLedger) -> bool:
    """Whether the contract is deep enough for this ledger to see it."""
    try:
        return registry.head(ledger).size > 0
    except LedgerRefused:
        return False


def height(url: str) -> int:
    with closing(Rpc(url)) as rpc:
        return int(rpc.ask("eth_blockNumber"), 16)


def test_without_seals_a_batch_is_final_so_many_blocks_deep(place: Place) -> None:
    with place.opened(consensus="none", depth=DEPTH) as deep, place.opened() as sealed:
        batch(sealed)
        until(lambda: told(deep))
        first, transaction = batch(deep)
        found = deep.batch(first)
        assert found is not None
        assert found.transaction == transaction
        assert max(map(height, place.urls)) >= found.block_number + DEPTH
        again, _ = batch(sealed)
        assert (registry.head(sealed).size, registry.head(deep).size) == (again + 1, again)
        assert deep.batch(again) is None
        until(lambda: registry.head(deep).size > again)
        late = deep.batch(again)
        assert late is not None
        assert max(map(height, place.urls)) >= late.block_number + DEPTH


def test_where_the_validators_are_not_known_as_many_nodes_as_have_to_agree_tell_the_block(
    place: Place,
) -> None:
    """A node gives the block before, whole and sealed, in the place of the one that it is asked for."""
    behind = Rpc(place.urls[0])

    def lying(method: str, params: list[Any], told: Any) -> Any:
        if (
            method != "eth_getBlockByNumber"
            or not isinstance(params[0], str)
            or not params[0].startswith("0x")
        ):
            return told
        return {**told, "result": behind.ask(method, hex(int(params[0], 16) - 1), params[1])}

    with place.opened() as honest:
        first, _ = batch(honest)
    proxy = Proxy(place.urls[0], lying)
    try:
        with place.opened(proxy.url, *place.urls[1:], validators=()) as ledger:
            block = ledger.prove(first + 1)
            assert [found.trouble for found in ledger.findings if found.node == proxy.url] == ["dissents"]
        with closing(Rpc(place.urls[1])) as rpc:
            there = rpc.ask("eth_getBlockByNumber", hex(block.number), False)
        assert header_of(there, "qbft")[1] == block.header
    finally:
        proxy.close()
        behind.close()
