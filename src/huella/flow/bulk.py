"""Sealing much: drafts are checked, sealed field by field and encrypted in two more processes; records are made here.

drafts ─► pieces ─► worker: `ready` ─► here, in order: a transaction for the pieces that are there
"""

from __future__ import annotations

import fcntl
import gc
import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import connection
from typing import Any, Protocol

import msgspec

from huella.errors import HuellaError, StoreError
from huella.flow.house import House
from huella.flow.seal import Outcome, Ready, ready, seal, seal_ready
from huella.records.draft import Draft, encode
from huella.store.vault import Boxer

WORKERS = 2
PIECE = 500
"""Drafts that go to a worker at a time."""
GROUP = 32
"""Drafts that a worker takes from beginning to end together: few enough that they stay near the processor, many enough
that each step's code does."""
LEAST, MOST = 2_000, 4_000
"""Records that are written at a time: each transaction waits five times for the disk, so it is made larger where the
workers are ahead."""
PIPE = 1 << 20
"""Bytes that wait between two processes: a piece comes through in two gulps instead of twenty-five."""
TURN = 0.0005
"""Seconds that a thread of this process may run on while another waits."""
PATIENCE = 2.0
"""Seconds that a pool has to end by itself after one of its processes died."""
NICE = 10
"""How much workers stand back: they wait for who began them, which should never wait for them; and who writes holds
the log's head."""
WORTHWHILE = 4_000_000
"""Bytes of input from which on workers pay."""
FORK = multiprocessing.get_context("fork")
"""Spawned workers would import the chain's machine first, for seconds. A forked one must not touch what does not
survive a fork: no database, no renderer, no terminal; it computes and answers."""

_given = msgspec.msgpack.Decoder(list[tuple[Draft, bytes] | None])
_facts = msgspec.msgpack.Decoder(list[Ready | None])
_boxers: list[Boxer] = []


class Workers(ProcessPoolExecutor):
    """Two more processes, forked when the first piece comes; each begins with `begin(*given)`, which is inherited as it
    is and calls `begin_worker`.

    An answer is taken from a pipe by a thread that has to ask this process's other thread for its turn for each part of
    it. So pipes are wide and, while workers are there, turns are short: a worker that waits for them does nothing.
    """

    def __init__(self, begin: Callable[..., None], *given: object) -> None:
        super().__init__(WORKERS, FORK, begin, given)
        for name in ("_call_queue", "_result_queue"):
            queue: Any = getattr(self, name, None)
            with suppress(AttributeError, OSError):  # not on Linux, or not allowed: then it is slower
                fcntl.fcntl(queue._writer, fcntl.F_SETPIPE_SZ, PIPE)

    def __enter__(self) -> Workers:
        self._turn = sys.getswitchinterval()
        sys.setswitchinterval(min(self._turn, TURN))
        super().__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        sys.setswitchinterval(self._turn)
        if isinstance(raised[1], BrokenProcessPool):
            self._let_go()
        super().__exit__(*raised)

    def _let_go(self) -> None:
        """Nobody reads any more what is on its way to the processes; older Pythons wait for ever for that to be read
        (gh-94777; Debian's 3.11.2 does). Newer ones see to it at once, and must not be disturbed in it."""
        manager: Any = getattr(self, "_executor_manager_thread", None)
        queue: Any = getattr(self, "_call_queue", None)
        if manager is not None and queue is not None:
            manager.join(PATIENCE)
            if manager.is_alive():
                queue._reader.close()


class Sealer(Protocol):
    """Seals drafts with their papers (by the drafts' places): outcomes in the same order, refusals included."""

    def __call__(self, given: Sequence[Draft], papers: Mapping[int, bytes]) -> list[Outcome]:
        """Seal, as `seal` does."""

    def ahead(self, given: Sequence[Draft]) -> None:
        """Tell which drafts come in the next call but one at the latest, so that workers are never idle. Those of them
        that never come are forgotten."""


@contextmanager
def sealing(house: House, size: int) -> Iterator[Sealer]:
    """How to seal `size` bytes of input: in this process, or with workers where it is much.

    With workers a call makes transactions of two to four thousand drafts, so give it as many. StoreError
    where a worker ends before its work: what is sealed until then stays.
    """
    if size < WORTHWHILE:
        yield _Alone(house)
        return
    with Workers(_begin, house.vault.boxer) as pool:
        yield _Ahead(house, pool)


class _Alone:
    def __init__(self, house: House) -> None:
        self._house = house

    def __call__(self, given: Sequence[Draft], papers: Mapping[int, bytes]) -> list[Outcome]:
        return seal(self._house, given, papers)

    def ahead(self, given: Sequence[Draft]) -> None:
        pass


class _Piece:
    """Some drafts at a worker, or back from it."""

    def __init__(self, pool: Workers, drafts: Sequence[Draft]) -> None:
        packed, self._errors = _pack(drafts)
        self._drafts = drafts  # alive, so that no other draft gets the identity of one of them
        self._answer = pool.submit(_ready, packed)
        self._facts: list[Ready | None] | None = None

    def done(self) -> bool:
        return self._answer.done()

    def fact(self, place: int) -> Ready | HuellaError:
        """What became of one draft, told once. Waits for the worker, if it must."""
        if self._facts is None:
            packed, errors = self._answer.result()
            self._facts = [fact for group in packed for fact in _facts.decode(group)]
            self._errors |= errors
        fact, self._facts[place] = self._facts[place], None
        return fact or self._errors[place]


@contextmanager
def _named_end() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool:
        raise StoreError(
            "a worker process ended before its work was done",
            advice="Give the same file again: what is sealed stays, the rest follows. Is there enough memory?",
        ) from None


class _Ahead:
    """Pieces are at workers while their results, in order, are written here."""

    def __init__(self, house: House, pool: Workers) -> None:
        self._house = house
        self._pool = pool
        self._told: deque[dict[int, tuple[_Piece, int]]] = deque([{}, {}], maxlen=2)
        """By identity, the drafts of the last two times that some were told of."""

    def ahead(self, given: Sequence[Draft]) -> None:
        with _named_end():
            self._told.append(self._submit(given))

    def __call__(self, given: Sequence[Draft], papers: Mapping[int, bytes]) -> list[Outcome]:
        with _named_end(), without_collecting():
            return self._seal(given, papers)

    def _submit(self, given: Sequence[Draft]) -> dict[int, tuple[_Piece, int]]:
        pieces = ((_Piece(self._pool, some), some) for some in _pieces(given))
        return {id(draft): (piece, n) for piece, some in pieces for n, draft in enumerate(some)}

    def _seal(self, given: Sequence[Draft], papers: Mapping[int, bytes]) -> list[Outcome]:
        told = self._told[0] | self._told[1]
        told |= self._submit([draft for draft in given if id(draft) not in told])
        places = deque(told[id(draft)] for draft in given)
        outcomes: list[Outcome] = []
        while places:
            made: list[Ready | HuellaError] = []
            while places and len(made) < MOST and (len(made) < LEAST or places[0][0].done()):
                piece, place = places.popleft()
                made.append(piece.fact(place))
            at = len(outcomes)
            named = {place - at: papers[place] for place in range(at, at + len(made)) if place in papers}
            outcomes += seal_ready(self._house, made, named)
        return outcomes


def _pieces(given: Sequence[Draft]) -> Iterator[Sequence[Draft]]:
    return (given[at : at + PIECE] for at in range(0, len(given), PIECE))


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
    os.nice(NICE)
    gc.freeze()
    gc.disable()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _ready(packed: bytes) -> tuple[list[bytes], dict[int, HuellaError]]:
    """Packed drafts to packed facts by groups, with nothing in the places of the refused ones, and these."""
    given = _given.decode(packed)
    groups: list[bytes] = []
    refused: dict[int, HuellaError] = {}
    for first in range(0, len(given), GROUP):
        facts: list[Ready | None] = []
        for place, made in enumerate(_group(given[first : first + GROUP]), first):
            if isinstance(made, HuellaError):
                refused[place] = made
            facts.append(None if isinstance(made, HuellaError) else made)
        groups.append(msgspec.msgpack.encode(facts))
    if refused:  # an error and the place that it was raised at hold each other
        gc.collect()
    return groups, refused


def _group(given: Sequence[tuple[Draft, bytes] | None]) -> list[Ready | HuellaError | None]:
    """What becomes of some drafts, in their order; nothing of those that are none."""
    shells, written = zip(*filter(None, given), strict=True) if any(given) else ((), ())
    made = iter(ready(shells, _boxers[0], written))
    return [None if each is None else next(made) for each in given]
