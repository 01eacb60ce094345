"""Sealing much: drafts are checked, sealed field by field and encrypted in two more processes; records are made here.

drafts ─► pieces ─► worker: `ready` ─► here, in order: one transaction a piece
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection

import msgspec

from huella.errors import HuellaError, StoreError
from huella.flow.house import House
from huella.flow.seal import Outcome, Ready, ready, seal, seal_ready
from huella.records.draft import Draft
from huella.store.vault import Boxer

WORKERS = 2
PIECE = 500
"""Drafts that go to a worker at a time, and records of one transaction."""
WORTHWHILE = 4_000_000
"""Bytes of input from which on workers pay."""
FORK = multiprocessing.get_context("fork")
"""Spawned workers would import the chain's machine first, for seconds. A forked one must not touch what does not
survive a fork: no database, no renderer, no terminal; it computes and answers."""

Sealer = Callable[[Sequence[Draft], Mapping[int, bytes]], list[Outcome]]
"""What `seal` does for drafts and their papers; refusals included, in order."""

_drafts = msgspec.msgpack.Decoder(list[Draft])
_facts = msgspec.msgpack.Decoder(list[Ready | None])
_boxers: list[Boxer] = []


@contextmanager
def sealing(house: House, size: int) -> Iterator[Sealer]:
    """How to seal `size` bytes of input: in this process, or with workers where it is much.

    With workers a call makes a transaction for each PIECE of its drafts, so give it several thousand. StoreError where
    a worker ends before its work: what is sealed until then stays.
    """
    if size < WORTHWHILE:
        yield lambda given, papers: seal(house, given, papers)
        return
    with ProcessPoolExecutor(WORKERS, FORK, _begin, (house.vault.boxer,)) as pool:
        yield lambda given, papers: _seal(house, pool, given, papers)


def _seal(
    house: House, pool: ProcessPoolExecutor, given: Sequence[Draft], papers: Mapping[int, bytes]
) -> list[Outcome]:
    begins = range(0, len(given), PIECE)
    waiting = [pool.submit(_ready, msgspec.msgpack.encode(given[at : at + PIECE])) for at in begins]
    outcomes: list[Outcome] = []
    for at, piece in zip(begins, waiting, strict=True):
        try:
            packed, refused = piece.result()
        except BrokenProcessPool:
            raise StoreError(
                "a worker process ended before its work was done",
                advice="Give the same file again: what is sealed stays, the rest follows. Is there enough memory?",
            ) from None
        made = [refused[n] if each is None else each for n, each in enumerate(_facts.decode(packed))]
        named = {place - at: papers[place] for place in range(at, at + len(made)) if place in papers}
        outcomes += seal_ready(house, made, named)
    return outcomes


def _begin(boxer: Boxer) -> None:
    _boxers.append(boxer)
    begin_worker()


def begin_worker() -> None:
    """A worker's beginning. It ends with its parent, however that ends.

    What it computes makes no cycles, and looking for some in what it inherited takes longer than the work.
    """
    gc.freeze()
    gc.disable()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _ready(packed: bytes) -> tuple[bytes, dict[int, HuellaError]]:
    """Packed drafts to packed facts, with nothing in the places of the refused ones, and these."""
    made = ready(_drafts.decode(packed), _boxers[0])
    refused = {n: each for n, each in enumerate(made) if not isinstance(each, Ready)}
    if refused:  # an error and the place that it was raised at hold each other
        gc.collect()
    return msgspec.msgpack.encode([None if n in refused else each for n, each in enumerate(made)]), refused
