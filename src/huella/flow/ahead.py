"""Work done ahead and behind: what waits for others (a node, a disk) and what computes overlap, in threads that end
with their user."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
_LOOK = 0.05
"""Seconds between two looks whether the other side is still there."""


@contextmanager
def ahead(source: Iterator[T], room: int) -> Iterator[Iterator[T]]:
    """`source`, run in a thread of its own, at most `room` items before they are asked for; with `room` 0 as it is.

    An error of the source comes where its item would have. The thread has ended when the block is left.
    """
    if not room:
        yield source
        return
    ready: Queue[T | _End] = Queue(room)
    left = Event()
    thread = Thread(target=_run, args=(source, ready, left), name="ahead", daemon=True)
    thread.start()
    try:
        yield _items(ready)
    finally:
        left.set()
        thread.join()


class _End:
    """The source has ended, by an error or not."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def _run(source: Iterator[T], ready: Queue[T | _End], left: Event) -> None:
    try:
        for item in source:
            if not _put(ready, item, left):
                return
        _put(ready, _End(None), left)
    except BaseException as error:  # noqa: BLE001 - whoever asks for the next item meets it
        _put(ready, _End(error), left)


def _put(ready: Queue[T | _End], item: T | _End, left: Event) -> bool:
    """False where nobody asks any more."""
    while not left.is_set():
        try:
            ready.put(item, timeout=_LOOK)
        except Full:
            continue
        return True
    return False


def _items(ready: Queue[T | _End]) -> Iterator[T]:
    while True:
        item = ready.get()
        if isinstance(item, _End):
            if item.error is not None:
                raise item.error
            return
        yield item


def behind(source: Iterator[T], work: Callable[[T], R], room: int) -> Iterator[R]:
    """The results of `work` on each item, in order, done in one thread while the source goes on; with `room` 0 at once.

    At most `room` items wait for their work. The first error of `work` ends it all: what waits behind is left undone.
    """
    if not room:
        yield from map(work, source)
        return
    failed = Event()
    done = _unless(failed, work)
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="behind") as pool:
        try:
            for item in source:
                waiting.append(pool.submit(done, item))
                while waiting and (waiting[0].done() or len(waiting) > room):
                    yield waiting.popleft().result()
        except GeneratorExit:
            failed.set()
            raise
        except Exception:
            if not failed.is_set():
                yield from _rest(
                    waiting, failed
                )  # what the source gave before it failed is done all the same
            raise
        yield from _rest(waiting, failed)


def _rest(waiting: deque[Future[R]], failed: Event) -> Iterator[R]:
    try:
        while waiting:
            yield waiting.popleft().result()
    except GeneratorExit:
        failed.set()
        raise


def _unless(failed: Event, work: Callable[[T], R]) -> Callable[[T], R]:
    """`work`, not begun any more once one failed."""

    def done(item: T) -> R:
        if failed.is_set():
            raise CancelledError
        try:
            return work(item)
        except BaseException:
            failed.set()
            raise

    return done
