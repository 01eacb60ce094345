"""Networks of the tests' own: GoQuorum validators on the loopback interface, in a temporary folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huella.errors import SettingsError
from huella.network import engines, health, local

START_SECONDS = 60
CHAIN_ID = 648_777


def program() -> Path | None:
    """GoQuorum's program, which `make test` builds first, or None."""
    try:
        return engines.find_geth()
    except SettingsError:
        return None


@contextmanager
def running(geth: Path, count: int = 4, chain_id: int = CHAIN_ID) -> Iterator[local.Local]:
    """A network that makes blocks, for as long as the block runs, or this process."""
    folder = Path(tempfile.mkdtemp(prefix="huella-network-"))
    try:
        local.make(folder, local.Plan("goquorum", geth, count, chain_id), os.urandom)
        network = local.Local(folder, bound=True)
        try:
            network.start()
            network.wait_for_blocks(1, START_SECONDS)
            yield network
        finally:
            network.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def restart(network: local.Local) -> None:
    """Every validator ends and comes back: after a lost quorum seconds, where waiting takes minutes."""
    network.stop()
    network.start()
    network.wait_for_blocks(1, START_SECONDS)


def assert_one_chain(network: local.Local) -> None:
    """Every node answers and holds the same block at every height that all have."""
    found = health.look(network.urls)
    assert len(found.reachable) == len(network.nodes), found
    assert not found.forked, found
    for height in range(found.shared + 1):
        assert len({health.block_hash(url, height) for url in network.urls}) == 1, height


def assert_same_blocks(network: local.Local) -> None:
    """Every node that answers holds the same block at the lowest of their heights, and at each of the ten before it."""
    running = set(network.running())
    urls = [url for name, url in zip(network.names, network.urls, strict=True) if name in running]
    told = [node for node in health.look(urls).nodes if not node.error]
    lowest = min((node.height for node in told), default=-1)
    for height in range(max(0, lowest - 10), lowest + 1):
        assert len({health.block_hash(node.url, height) for node in told}) == 1, f"block {height}"
