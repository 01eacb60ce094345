"""Work done ahead and behind: in order, errors where they belong, and no thread left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from threading import Event

import pytest

from huella.flow.ahead import ahead, behind


def broken(good: int) -> Iterator[int]:
    yield from range(good)
    raise OSError("the source broke")


def names() -> set[str]:
    return {thread.name.split("_")[0] for thread in threading.enumerate()}


@pytest.mark.parametrize("room", [0, 1, 4])
def test_every_item_comes_once_and_in_order(room: int) -> None:
    with ahead(iter(range(50)), room) as items:
        assert list(behind(items, lambda n: n * n, room)) == [n * n for n in range(50)]
    assert not names() & {"ahead", "behind"}


@pytest.mark.parametrize("room", [0, 4])
def test_an_error_of_the_source_comes_behind_what_it_gave(room: int) -> None:
    got: list[int] = []

    def take() -> None:
        with ahead(broken(3), room) as items:
            for each in behind(items, lambda n: n, room):
                got.append(each)  # noqa: PERF402 - a list made at once would be lost with the error

    with pytest.raises(OSError, match="broke"):
        take()
    assert got == [0, 1, 2]


@pytest.mark.parametrize("room", [0, 4])
def test_behind_an_item_that_failed_nothing_is_done(room: int) -> None:
    done: list[int] = []

    def work(n: int) -> int:
        if n == 2:
            raise ValueError("bad item")
        done.append(n)
        return n

    with pytest.raises(ValueError, match="bad item"):
        list(behind(iter(range(10)), work, room))
    assert done == [0, 1]


def test_no_more_is_made_than_there_is_room_for() -> None:
    made: list[int] = []
    full = Event()

    def source() -> Iterator[int]:
        for n in range(100):
            made.append(n)
            if n == 3:
                full.set()
            yield n

    with ahead(source(), 2) as items:
        assert next(items) == 0
        assert full.wait(5)
    assert made == [0, 1, 2, 3]  # one is with us, two wait, one waits for room


def test_who_leaves_early_leaves_no_thread() -> None:
    with ahead(iter(range(1_000)), 4) as items:
        going = (each for each in behind(items, lambda n: n, 4))
        assert next(going) == 0
        going.close()
    assert not names() & {"ahead", "behind"}


def test_what_is_computed_overlaps_with_what_waits() -> None:
    """The second item is made while the first is being worked on: else this would wait for ever."""
    second = Event()

    def source() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    with ahead(source(), 1) as items:
        assert list(behind(items, lambda n: second.wait(5) and n, 1)) == [1, 2]
