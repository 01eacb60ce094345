"""Offers: how many are sealed in bulk, and how long a supplier waits for a receipt while others send theirs.

The suppliers are served by threads of one process that share everything, and then by several such processes.
Composing and encrypting happens on the supplier's side and is not counted.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests import postgres

from benchmarks.cast import SEED, Figure, now, registry
from huella.errors import ProofError, StoreError
from huella.flow.house import House, open_house
from huella.flow.procedure import placed, submit
from huella.flow.receipt import receipt
from huella.flow.seal import Outcome, Sealed, seal
from huella.records import envelope, offer, offer_file
from huella.records.generator_procedures import Invitation, Recipients, procedures
from huella.records.quotation import Quotation

MOST = 6_000
AT_ONCE = 500
SUPPLIERS, EACH = 20, 15
PROCESSES = 4
LIMIT_MS = 1_000
"""What a supplier may wait at the 99th percentile."""
PATIENCE, GIVEN_UP = 5, -1
"""Seconds after which a supplier stops asking; such a wait counts with its whole length."""


class Wait(NamedTuple):
    """Seconds from a file's bytes to its receipt's, and how often the receipt was refused before it came."""

    seconds: float
    refused: int


def run(count: int) -> Iterator[Figure]:
    """Bulk on SQLite, then 20 suppliers at once on PostgreSQL with fsync; without PostgreSQL the first alone."""
    yield from _bulk(min(count, MOST))
    programs = postgres.binaries()
    if programs is None:
        return
    with postgres.running(programs, durable=True) as server, server.database() as url, registry(url) as house:
        count = SUPPLIERS * EACH
        files = _files(house, 2 * (count + SUPPLIERS))
        yield from _latency("threads of one process", *_threads(house, files[: len(files) // 2]))
        rest = files[len(files) // 2 :]
        yield from _latency(f"{PROCESSES} processes", *_processes(house.settings.folder, rest))


def _bulk(count: int) -> Iterator[Figure]:
    """From files in memory to sealed offers, and what that costs this process."""
    with registry() as house:
        files = _files(house, count)
        begun, spent = time.perf_counter(), time.process_time()
        for at in range(0, count, AT_ONCE):
            _all_sealed(submit(house, files[at : at + AT_ONCE]))
        spent, taken = time.process_time() - spent, time.perf_counter() - begun
    what = f"bulk, {AT_ONCE} at once: files read and submitted"
    yield Figure("offers", what, count / taken, "offers/s", count)
    yield Figure("offers", f"{what}, CPU", spent / count * 1e6, "µs/offer", count)


def _threads(house: House, files: Sequence[bytes], suppliers: int = SUPPLIERS) -> tuple[list[Wait], float]:
    """Every supplier's waits, and the seconds of it all; a thread a supplier.

    Each sends one offer more beforehand: connections are there before anything is measured.
    """
    with ThreadPoolExecutor(suppliers) as pool:
        list(pool.map(lambda file: _sent(house, [file]), files[:suppliers]))
        parts = [files[suppliers + n :: suppliers] for n in range(suppliers)]
        begun = time.perf_counter()
        waited = [each for some in pool.map(lambda part: _sent(house, part), parts) for each in some]
        return waited, time.perf_counter() - begun


def _processes(folder: Path, files: Sequence[bytes]) -> tuple[list[Wait], float]:
    """The same with the suppliers shared out among processes; the seconds are the longest process's."""
    begin = multiprocessing.get_context("spawn")
    parts = [list(files[n::PROCESSES]) for n in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, begin) as pool:
        list(pool.map(time.sleep, [0.1] * PROCESSES))  # all are there before one begins
        done = list(pool.map(_serve, [folder] * PROCESSES, parts))
    return [wait for waited, _ in done for wait in waited], max(taken for _, taken in done)


def _serve(folder: Path, files: Sequence[bytes]) -> tuple[list[Wait], float]:
    with open_house(folder, now, os.urandom) as house:
        return _threads(house, files, SUPPLIERS // PROCESSES)


def _latency(how: str, waited: Sequence[Wait], taken: float) -> Iterator[Figure]:
    """From a file's bytes to the receipt's bytes. Every supplier sends its next offer when it has its receipt."""
    count = len(waited)
    cuts = statistics.quantiles([wait.seconds for wait in waited], n=100)
    what = f"PostgreSQL, {SUPPLIERS} suppliers at once, {how}"
    yield Figure("offers", f"{what}: to the receipt, median", cuts[49] * 1e3, "ms", count)
    yield Figure("offers", f"{what}: 99th percentile (limit {LIMIT_MS})", cuts[98] * 1e3, "ms", count)
    yield Figure("offers", f"{what}: receipts", count / taken, "receipts/s", count)
    again, never = sum(wait.refused > 0 for wait in waited), sum(wait.refused == GIVEN_UP for wait in waited)
    yield Figure("offers", f"{what}: asked again for the receipt", again, "receipts", count)
    yield Figure("offers", f"{what}: no receipt in {PATIENCE} s", never, "receipts", count)


def _sent(house: House, files: Sequence[bytes]) -> list[Wait]:
    """What each file's receipt took, one after another."""
    waits = []
    for file in files:
        begun = time.perf_counter()
        (done,) = _all_sealed(submit(house, [file]))
        asked = _ask(house, done.index, begun)
        waits.append(Wait(time.perf_counter() - begun, asked))
    return waits


def _ask(house: House, index: int, begun: float) -> int:
    """Ask for a receipt until it comes; how often it was refused, GIVEN_UP where patience ended."""
    refused = 0
    while time.perf_counter() - begun < PATIENCE:
        try:
            receipt(house, index).encode()
        except (ProofError, StoreError):  # the kept checkpoint does not cover this entry yet
            refused += 1
            time.sleep(0.005)
        else:
            return refused
    return GIVEN_UP


def _files(house: House, count: int) -> list[bytes]:
    """So many offers' files for procedures that are published first and stay open."""
    recipients = Recipients(*(envelope.new_identity()[1] for _ in range(2)))
    made: list[bytes] = []
    begun = now() - timedelta(days=1)
    for invitation in procedures(count, SEED, recipients, begun):
        _all_sealed(seal(house, [invitation.requirement]))
        made += _answers(house, invitation)
        if len(made) >= count:
            break
    return made[:count]


def _answers(house: House, invitation: Invitation) -> Iterator[bytes]:
    entries = placed(house, invitation.requirement.subject)
    request = offer.quotation_request([(entry.record, entry.annexes) for entry in entries])
    for answer in invitation.answers:
        by = offer.Supplier(answer.party, Ed25519PrivateKey.generate(), lambda: os.urandom(16))
        given = answer.given
        copy = (
            offer.compose(request, by, given)
            if isinstance(given, Quotation)
            else offer.decline(request, by, given)
        )
        yield offer_file.write(offer.offer_file(copy, request))


def _all_sealed(outcomes: Sequence[Outcome]) -> list[Sealed]:
    done = [outcome for outcome in outcomes if isinstance(outcome, Sealed)]
    if len(done) != len(outcomes):
        raise SystemExit(f"refused: {next(o for o in outcomes if not isinstance(o, Sealed))}")
    return done
