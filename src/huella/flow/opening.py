"""Opening the disclosures of many records for the audit: here, or in one more process where there are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

import msgspec

from huella.errors import StoreError
from huella.flow.bulk import FORK, begin_worker
from huella.store.vault import unbox

WORTHWHILE = 5_000
"""Entries from which on a process of its own pays."""

Kept = tuple[dict[str, str], bytes, bytes]
"""Of one record: its digests by pointer, its disclosures' keys, and their boxes."""
Opener = Callable[[list[Kept]], "Future[list[list[str]]]"]
"""For each record, the pointers whose box does not open to its digest."""

_records = msgspec.msgpack.Decoder(list[Kept])


@contextmanager
def opening(entries: int) -> Iterator[Opener]:
    """How to open the boxes of so many entries. StoreError where the other process ends before its work."""
    if entries < WORTHWHILE:
        yield _here
        return
    try:
        with ProcessPoolExecutor(1, FORK, begin_worker) as pool:
            yield lambda records: pool.submit(_packed, msgspec.msgpack.encode(records))
    except BrokenProcessPool:
        raise StoreError(
            "a worker process ended before its work was done",
            advice="Run the audit again. Is there enough memory?",
        ) from None


def shut(records: list[Kept]) -> list[list[str]]:
    """For each record, the pointers whose box does not open."""
    return [
        [pointer for pointer, text in unbox(sealed, keys, boxes).items() if text is None]
        for sealed, keys, boxes in records
    ]


def _here(records: list[Kept]) -> Future[list[list[str]]]:
    done: Future[list[list[str]]] = Future()
    done.set_result(shut(records))
    return done


def _packed(records: bytes) -> list[list[str]]:
    return shut(_records.decode(records))
