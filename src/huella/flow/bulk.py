"""Sealing much: drafts are checked, sealed field by field and encrypted in two more processes; records are made here.

drafts ─► pieces ─► worker: `ready` ─► here, in order: a transaction for the pieces that are there
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection

import msgspec

from huella.errors import HuellaError, StoreError
from huella.flow.house import House
from huella.flow.seal import Outcome, Ready, ready, seal, seal_ready
from huella.records.draft import Draft, encode
from huella.store.vault import Boxer

WORKERS = 2
PIECE = 500
"""Drafts that go to a worker at a time."""
TRANSACTION = 2_000
"""Records that are written at a time, if as many wait: each transaction waits five times for the disk."""
WORTHWHILE = 4_000_000
"""Bytes of input from which on workers pay."""
FORK = multiprocessing.get_context("fork")
"""Spawned workers would import the chain's machine first, for seconds. A forked one must not touch what does not
survive a fork: no database, no renderer, no terminal; it computes and answers."""

Sealer = Callable[[Sequence[Draft], Mapping[int, bytes]], list[Outcome]]
"""What `seal` does for drafts and their papers; refusals included, in order."""

_given = msgspec.msgpack.Decoder(list[tuple[Draft, bytes] | None])
_facts = msgspec.msgpack.Decoder(list[Ready | None])
_boxers: list[Boxer] = []


class Workers(ProcessPoolExecutor):
    """Two more processes, forked when the first piece comes; each begins with `begin(*given)`, which is inherited as it
    is and calls `begin_worker`."""

    def __init__(self, begin: Callable[..., None], *given: object) -> None:
        super().__init__(WORKERS, FORK, begin, given)


@contextmanager
def sealing(house: House, size: int) -> Iterator[Sealer]:
    """How to seal `size` bytes of input: in this process, or with workers where it is much.

    With workers a call makes several transactions of what the workers have done by then, so give it several thousand
    drafts. StoreError where a worker ends before its work: what is sealed until then stays.
    """
    if size < WORTHWHILE:
        yield lambda given, papers: seal(house, given, papers)
        return
    with Workers(_begin, house.vault.boxer) as pool:
        yield lambda given, papers: _seal_checked(house, pool, given, papers)


def _seal_checked(
    house: House, pool: ProcessPoolExecutor, given: Sequence[Draft], papers: Mapping[int, bytes]
) -> list[Outcome]:
    try:
        return _seal(house, pool, given, papers)
    except BrokenProcessPool:
        raise StoreError(
            "a worker process ended before its work was done",
            advice="Give the same file again: what is sealed stays, the rest follows. Is there enough memory?",
        ) from None


def _seal(
    house: House, pool: ProcessPoolExecutor, given: Sequence[Draft], papers: Mapping[int, bytes]
) -> list[Outcome]:
    begins = range(0, len(given), PIECE)
    packed = (_pack(given[at : at + PIECE]) for at in begins)
    waiting = deque((refused, pool.submit(_ready, piece)) for piece, refused in packed)
    outcomes: list[Outcome] = []
    with without_collecting():
        while waiting:
            made = _answer(*waiting.popleft())
            while waiting and len(made) < TRANSACTION and waiting[0][1].done():
                made += _answer(*waiting.popleft())
            at = len(outcomes)
            named = {place - at: papers[place] for place in range(at, at + len(made)) if place in papers}
            outcomes += seal_ready(house, made, named)
    return outcomes


def _answer(
    refused: dict[int, HuellaError], piece: Future[tuple[bytes, dict[int, HuellaError]]]
) -> list[Ready | HuellaError]:
    """A worker's facts in their places, with the errors of those that were refused here or there."""
    packed, others = piece.result()
    errors = refused | others
    return [errors[n] if each is None else each for n, each in enumerate(_facts.decode(packed))]


@contextmanager
def without_collecting() -> Iterator[None]:
    """Thousands of facts at a time, and no cycles among them: looking for some takes a tenth of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _pack(piece: Sequence[Draft]) -> tuple[bytes, dict[int, HuellaError]]:
    """Drafts for a worker, each with its data in canonical form, which takes them as they stand; and the places of
    those that are no JSON, with their errors."""
    refused: dict[int, HuellaError] = {}
    packed: list[tuple[Draft, bytes] | None] = []
    for n, draft in enumerate(piece):
        try:
            packed.append((msgspec.structs.replace(draft, data={}), encode(draft.data)))
        except HuellaError as error:
            refused[n] = error
            packed.append(None)
    return msgspec.msgpack.encode(packed), refused


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
    given = _given.decode(packed)
    places = [n for n, each in enumerate(given) if each is not None]
    shells, written = zip(*filter(None, given), strict=True) if places else ((), ())
    made = dict(zip(places, ready(shells, _boxers[0], written), strict=True))
    refused = {n: each for n, each in made.items() if isinstance(each, HuellaError)}
    if refused:  # an error and the place that it was raised at hold each other
        gc.collect()
    facts = [None if n in refused else made.get(n) for n in range(len(given))]
    return msgspec.msgpack.encode(facts), refused
