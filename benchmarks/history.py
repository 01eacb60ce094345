"""A history with three offers an order, sealed: suppliers in processes of their own make the offers, each once, while
the registry seals those that are there. Kept in a folder it serves several runs:

python -m benchmarks.history FOLDER ORDERS
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.cast import SEED, now
from huella.flow.house import House, open_house
from huella.flow.make import init
from huella.flow.procedure import placed, submit
from huella.flow.seal import Outcome, Sealed, seal
from huella.records import envelope, offer, offer_file
from huella.records.draft import Draft
from huella.records.generator import orders
from huella.records.generator_procedures import Answer, Recipients, procedures
from huella.records.quotation import Quotation

OFFERS = 3
EACH = 100
"""Orders for which one requirement gets all offers: the history stays at four records an order."""
AHEAD = 4
"""Requirements whose offers are being made while those of an earlier one are sealed."""
ANSWERS: dict[str, str | int] = {"documents.order_pdf": "request"}


class Taken(NamedTuple):
    """What a history took: its records, and the seconds that sealing alone took."""

    records: int
    seconds: float


class _Wanted(NamedTuple):
    """One requirement's records as anybody gets them, its answers, and how many offers are to be made."""

    records: tuple[tuple[bytes, tuple[bytes, ...]], ...]
    answers: tuple[Answer, ...]
    number: int


def make(house: House, count: int, suppliers: int = 2) -> Taken:
    """Seal `count` orders, three offers for each, and a requirement for every hundred orders."""
    recipients = Recipients(envelope.new_identity()[1])
    invitations = procedures(-(-count // EACH), SEED, recipients, now() - timedelta(days=2))
    given, taken = orders(count, SEED), 0.0
    waiting: deque[Future[list[bytes]]] = deque()
    with ProcessPoolExecutor(suppliers, mp_context=get_context("spawn")) as pool:
        left = count
        for invitation in invitations:
            sealed([*seal(house, [invitation.requirement])])
            entries = placed(house, invitation.requirement.subject)
            records = tuple((entry.record, tuple(entry.annexes)) for entry in entries)
            wanted = _Wanted(records, invitation.answers, OFFERS * min(EACH, left))
            left -= EACH
            waiting.append(pool.submit(_offers, wanted))
            if len(waiting) == AHEAD:
                taken += _seal(house, waiting.popleft(), given)
        while waiting:
            taken += _seal(house, waiting.popleft(), given)
    return Taken(house.journal.size(), taken)


def keep(folder: Path, count: int) -> Taken:
    """Make a history in a new registry in `folder`, on an embedded chain; `init` can put it on another one later."""
    init(folder, ANSWERS, now, os.urandom)
    with open_house(folder, now, os.urandom) as house:
        return make(house, count)


def sealed(outcomes: Sequence[Outcome]) -> None:
    """Ends the benchmark where anything was refused."""
    for outcome in outcomes:
        if not isinstance(outcome, Sealed):
            raise SystemExit(f"refused: {outcome}")


def _seal(house: House, offers: Future[list[bytes]], given: Iterator[Draft]) -> float:
    files = offers.result()
    drafts = list(itertools.islice(given, len(files) // OFFERS))
    begun = time.perf_counter()
    sealed([*submit(house, files), *seal(house, drafts)])
    return time.perf_counter() - begun


_KEYS: list[Ed25519PrivateKey] = []
"""Suppliers' keys: the same suppliers answer every requirement, each once."""


def _offers(wanted: _Wanted) -> list[bytes]:
    """So many offers' files for one requirement: its quotations again and again, each by another key."""
    request = offer.quotation_request(wanted.records)
    quoted = [each for each in wanted.answers if isinstance(each.given, Quotation)]
    while len(_KEYS) < wanted.number:
        _KEYS.append(Ed25519PrivateKey.generate())
    files = []
    for key, answer in zip(_KEYS[: wanted.number], itertools.cycle(quoted), strict=False):
        by = offer.Supplier(answer.party, key, lambda: os.urandom(16))
        if isinstance(answer.given, Quotation):
            copy = offer.compose(request, by, answer.given)
            files.append(offer_file.write(offer.offer_file(copy, request)))
    return files


if __name__ == "__main__":
    begun = time.perf_counter()
    done = keep(Path(sys.argv[1]), int(sys.argv[2]))
    print(f"{done.records} records, sealing {done.seconds:.0f} s, all {time.perf_counter() - begun:.0f} s")
