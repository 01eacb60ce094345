"""Offers: how many are sealed in bulk, and how long a supplier waits for a receipt while others send theirs.

Composing and encrypting happens on the supplier's side and is not counted.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
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
    with (
        postgres.running(programs, durable=True) as server,
        server.database() as url,
        registry(url) as house,
        ExitStack() as stack,
    ):
        folder = house.settings.folder
        own = [stack.enter_context(open_house(folder, now, os.urandom)) for _ in range(SUPPLIERS)]
        yield from _latency(own)


def _bulk(count: int) -> Iterator[Figure]:
    with registry() as house:
        files = _files(house, count)
        begun = time.perf_counter()
        given = [offer_file.read_file(file) for file in files]
        between = time.perf_counter()
        for at in range(0, count, AT_ONCE):
            _all_sealed(submit(house, given[at : at + AT_ONCE]))
        ended = time.perf_counter()
    yield Figure(
        "offers", f"bulk, {AT_ONCE} at once: submitted", count / (ended - between), "offers/s", count
    )
    yield Figure("offers", "bulk: files read and submitted", count / (ended - begun), "offers/s", count)


def _latency(houses: Sequence[House]) -> Iterator[Figure]:
    """From a file's bytes to the receipt's bytes. Every supplier sends its next offer when it has its receipt.

    Each is served by a thread with connections of its own: an engine's pool of 15 is too small for 20 that wait for
    the head and ask for a second connection.
    """
    count = SUPPLIERS * EACH
    files = _files(houses[0], count + SUPPLIERS)
    for house, file in zip(
        houses, files[count:], strict=True
    ):  # connections are there before anything is measured
        _sent(house, [file])
    parts = [files[n:count:SUPPLIERS] for n in range(SUPPLIERS)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(SUPPLIERS) as suppliers:
        waited = [each for some in suppliers.map(_sent, houses, parts) for each in some]
    taken = time.perf_counter() - begun
    cuts = statistics.quantiles([wait.seconds for wait in waited], n=100)
    what = f"PostgreSQL, {SUPPLIERS} suppliers at once"
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
        (done,) = _all_sealed(submit(house, [offer_file.read_file(file)]))
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
