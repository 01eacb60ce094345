"""A history with three offers an order, anchored on four validators of this machine with whole records; latency when
idle; beside it two naive clients on the same network.

All of it, the validators too, shares this machine's cores. Sealing comes first and is told apart.
"""

from __future__ import annotations

import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import naive
from benchmarks.cast import SEED, Figure, now
from huella.errors import SettingsError
from huella.flow.anchor import anchor
from huella.flow.house import House, init, open_house
from huella.flow.procedure import placed, submit
from huella.flow.seal import Outcome, Sealed, seal
from huella.ledger import registry
from huella.ledger.rpc import Rpc, number
from huella.network import engines, local
from huella.records import envelope, offer, offer_file
from huella.records.generator import orders
from huella.records.generator_procedures import Invitation, Recipients, procedures
from huella.records.quotation import Quotation

CHAIN_ID = 648_778
START_SECONDS = 120
OFFERS = 3
EACH = 100
"""Orders for which one requirement gets all offers: the history stays at four records an order."""
LATENCIES = 20
NAIVE = 500
"""Orders of the naive clients at most: their figures do not depend on it."""
PASSWORD = "HUELLA_KEYS_REGISTRAR_PASSWORD"


class _Used(NamedTuple):
    """Seconds of wall clock, of this process's CPU, of all validators' CPU, and bytes on each validator's disk."""

    wall: float
    own: float
    nodes: float
    disk: tuple[int, ...]


def run(count: int) -> Iterator[Figure]:
    """Everything on one network; nothing where GoQuorum is not built."""
    try:
        program = engines.find_geth()
    except SettingsError:
        return
    with _network(program) as network, tempfile.TemporaryDirectory(prefix="huella-bench-") as name:
        os.environ.setdefault(PASSWORD, "benchmark")
        folder = Path(name) / "registry"
        answers: dict[str, str | int] = {
            "documents.order_pdf": "request",
            "ledger.nodes": ",".join(network.urls),
            "ledger.agree": 3,
        }
        init(folder, answers, now, os.urandom)
        with open_house(folder, now, os.urandom) as house:
            yield from _history(house, count)
            yield from _anchoring(house, network, count)
            yield from _latency(house)
        rpc = Rpc(network.urls[0])
        few = min(count, NAIVE)
        yield from naive.run(rpc, CHAIN_ID, few, lambda: statistics.mean(_used(network).disk))
        rpc.close()


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


def _history(house: House, count: int) -> Iterator[Figure]:
    """Orders and offers, sealed; what it takes to make the offers, the suppliers' side, is not counted."""
    recipients = Recipients(envelope.new_identity()[1])
    begun = now() - timedelta(days=1)
    invitations = procedures(-(-count // EACH), SEED, recipients, begun)
    given, taken = orders(count, SEED), 0.0
    for invitation in invitations:
        drafts = list(itertools.islice(given, EACH))
        _sealed(seal(house, [invitation.requirement]))
        files = _files(house, invitation, OFFERS * len(drafts))
        start = time.perf_counter()
        _sealed([*submit(house, files), *seal(house, drafts)])
        taken += time.perf_counter() - start
    yield Figure("network", "sealing, one process", house.journal.size() / taken, "records/s", count)


def _files(house: House, invitation: Invitation, count: int) -> list[bytes]:
    """So many offers' files for one requirement: its quotations again and again, each with a key of its own."""
    entries = placed(house, invitation.requirement.subject)
    request = offer.quotation_request([(entry.record, entry.annexes) for entry in entries])
    quoted = [each for each in invitation.answers if isinstance(each.given, Quotation)]
    files = []
    for answer in itertools.islice(itertools.cycle(quoted), count):
        by = offer.Supplier(answer.party, Ed25519PrivateKey.generate(), lambda: os.urandom(16))
        if isinstance(answer.given, Quotation):
            copy = offer.compose(request, by, answer.given)
            files.append(offer_file.write(offer.offer_file(copy, request)))
    return files


def _anchoring(house: House, network: local.Local, count: int) -> Iterator[Figure]:
    """All of it onto the chain, until every batch is final. The registrar's key is opened before."""
    house.ledger.send(registry.lodge_call(os.urandom(32)), 60_000)
    time.sleep(5)
    idle = _used(network)
    time.sleep(5)
    before = _used(network)
    batches = list(anchor(house))
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
    ):
        yield Figure("network", what, value, unit, count)
    for place, (was, is_) in enumerate(zip(before.disk, after.disk, strict=True), 1):
        yield Figure("network", f"disk of validator {place}", (is_ - was) / size, "bytes/record", count)


def _latency(house: House) -> Iterator[Figure]:
    """From an order's draft to its anchor being final, one order at a time on an idle network."""
    waited = []
    for draft in itertools.islice(orders(LATENCIES, SEED, year=2025), LATENCIES):
        begun = time.perf_counter()
        _sealed(seal(house, [draft]))
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


def _sealed(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if not isinstance(outcome, Sealed):
            raise SystemExit(f"refused: {outcome}")
