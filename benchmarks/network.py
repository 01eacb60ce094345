"""A history with three offers an order, anchored on four validators of this machine with whole records; latency when
idle; beside it two naive clients on the same network.

All of it, the validators too, shares this machine's cores. Sealing comes first and is told apart.
"""

from __future__ import annotations

import itertools
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import history, naive
from benchmarks.cast import SEED, Figure, now
from benchmarks.rebuild import mirror_of
from huella.errors import LedgerUnreachable, SettingsError
from huella.flow.anchor import anchor
from huella.flow.house import TRUST_FILE, House, open_house
from huella.flow.make import init
from huella.flow.seal import seal
from huella.ledger import registry
from huella.ledger.rpc import Rpc, number
from huella.network import engines, local
from huella.records.generator import orders
from huella.settings import FILE
from huella.store.anchors import Batch

CHAIN_ID = 648_778
START_SECONDS = 120
LATENCIES = 20
NAIVE = 500
"""Orders of the naive clients at most: their figures do not depend on it."""
PASSWORD = "HUELLA_KEYS_REGISTRAR_PASSWORD"
HISTORY = "HUELLA_BENCH_HISTORY"


class _Used(NamedTuple):
    """Seconds of wall clock, of this process's CPU, of all validators' CPU, and bytes on each validator's disk."""

    wall: float
    own: float
    nodes: float
    disk: tuple[int, ...]


def run(count: int) -> Iterator[Figure]:
    """Everything on one network; nothing where GoQuorum is not built.

    HISTORY names a folder in which `python -m benchmarks.history` kept this history: it is not made again.
    """
    try:
        program = engines.find_geth()
    except SettingsError:
        return
    with _network(program) as network, tempfile.TemporaryDirectory(prefix="huella-bench-") as name:
        os.environ.setdefault(PASSWORD, "benchmark")
        folder = Path(name) / "registry"
        yield from _history(folder, count)
        _move(folder, network)
        rpc = Rpc(network.urls[0])
        few = min(count, NAIVE)
        with open_house(folder, now, os.urandom) as house:
            yield from _anchoring(house, network, count)
            yield from _latency(house)
        yield from naive.run(rpc, CHAIN_ID, few, lambda: statistics.mean(_used(network).disk))
        rpc.close()
        for figure in mirror_of(folder, Path(name) / "mirror", network.urls[0]):
            yield figure._replace(name="network", orders=count)


@contextmanager
def _network(program: Path) -> Iterator[local.Local]:
    """Four validators in a temporary folder, blocks of a second."""
    with tempfile.TemporaryDirectory(prefix="huella-network-") as name:
        folder = Path(name)
        local.make(folder, local.Plan("goquorum", program, 4, CHAIN_ID), os.urandom)
        network = local.Local(folder, bound=True)
        try:
            network.start()
            network.wait_for_blocks(1, START_SECONDS)
            yield network
        finally:
            network.kill()


def _history(folder: Path, count: int) -> Iterator[Figure]:
    """Orders and offers, sealed. A kept history is copied, and tells its own figures where it was made."""
    kept = os.environ.get(HISTORY)
    if kept is not None:
        shutil.copytree(kept, folder)
        return
    done = history.keep(folder, count)
    yield Figure("network", "sealing beside the suppliers", done.records / done.seconds, "records/s", count)


def _move(folder: Path, network: local.Local) -> None:
    """Put a registry that has anchored nothing yet on a network: other settings, another trust file, a new contract."""
    (folder / FILE).unlink()
    (folder / TRUST_FILE).unlink()
    answers = {**history.ANSWERS, "ledger.nodes": ",".join(network.urls), "ledger.agree": 3}
    init(folder, answers, now, os.urandom)


def _anchoring(house: House, network: local.Local, count: int) -> Iterator[Figure]:
    """All of it onto the chain, until every batch is final. The registrar's key is opened before."""
    house.ledger.send(registry.lodge_call(os.urandom(32)), 60_000)
    time.sleep(5)
    idle = _used(network)
    time.sleep(5)
    before = _used(network)
    halts: list[str] = []

    def again(error: LedgerUnreachable) -> None:
        halts.append(str(error))
        print(f"restarted: {error}", file=sys.stderr, flush=True)
        network.stop()
        network.start()

    batches = _told(anchor(house, again), house.journal.size())
    after = _used(network)
    size, wall = house.journal.size(), after.wall - before.wall
    if registry.head(house.ledger).size != size:
        raise SystemExit("the chain does not hold every record")
    gas = _gas(network, batches[0].block_number or 0, batches[-1].block_number or 0)
    blocks = len({batch.block_number for batch in batches})
    rest = (before.nodes - idle.nodes) / (before.wall - idle.wall)
    for what, value, unit in (
        ("records, whole, anchored", size, "records"),
        ("anchoring: time", wall, "s"),
        ("anchoring", size / wall, "records/s"),
        ("anchoring: records a batch", size / len(batches), "records"),
        ("anchoring: blocks with batches", blocks, "blocks"),
        ("anchoring: CPU of the registry", (after.own - before.own) / size * 1e6, "µs/record"),
        ("anchoring: CPU of the four validators", (after.nodes - before.nodes) / size * 1e6, "µs/record"),
        ("the four validators' CPU when idle", rest * 1e3, "ms/s"),
        ("anchoring: gas", gas / size, "gas/record"),
        ("anchoring: restarts of a network that stood still", len(halts), "restarts"),
    ):
        yield Figure("network", what, value, unit, count)
    for place, (was, is_) in enumerate(zip(before.disk, after.disk, strict=True), 1):
        yield Figure("network", f"disk of validator {place}", (is_ - was) / size, "bytes/record", count)


def _told(batches: Iterator[Batch], size: int) -> list[Batch]:
    """Every batch; how far it is goes to standard error, since the whole history takes its time."""
    found: list[Batch] = []
    begun = time.perf_counter()
    for batch in batches:
        found.append(batch)
        if len(found) % 100 == 0:
            rate = batch.size / (time.perf_counter() - begun)
            print(f"{batch.size} of {size}, {rate:.0f} records/s", file=sys.stderr, flush=True)
    return found


def _latency(house: House) -> Iterator[Figure]:
    """From an order's draft to its anchor being final, one order at a time on an idle network."""
    waited = []
    for draft in itertools.islice(orders(LATENCIES, SEED, year=2025), LATENCIES):
        begun = time.perf_counter()
        history.sealed(seal(house, [draft]))
        list(anchor(house))
        waited.append(time.perf_counter() - begun)
    cuts = statistics.quantiles(waited, n=20)
    yield Figure("network", "seal to final when idle, median (blocks of 1 s)", cuts[9], "s", LATENCIES)
    yield Figure("network", "seal to final when idle, 95th percentile", cuts[18], "s", LATENCIES)


def _gas(network: local.Local, first: int, last: int) -> int:
    """Gas used in these blocks: all of it is the registry's."""
    rpc = Rpc(network.urls[0])
    blocks = (rpc.ask("eth_getBlockByNumber", hex(height), False) for height in range(first, last + 1))
    used = sum(number(block["gasUsed"], "gas") for block in blocks)
    rpc.close()
    return used


def _used(network: local.Local) -> _Used:
    ticks, nodes = os.sysconf("SC_CLK_TCK"), 0.0
    disk = []
    for name in network.names:
        pid = (network.folder / name / "pid").read_text(encoding="ascii").split()[0]
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        nodes += (int(told[11]) + int(told[12])) / ticks
        disk.append(_size(network.folder / name / "data"))
    return _Used(time.perf_counter(), time.process_time(), nodes, tuple(disk))


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512 if path.is_file() else 0
        except FileNotFoundError:  # the node's database is tidied up meanwhile
            continue
    return total
