"""A line of transactions under way, in the order of their nonces: how it is filled, whichever way they are sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sized
from typing import TypeVar

T = TypeVar("T")


def fill(line: Sized, room: int, back: deque[T], more: Iterator[T], extend: Callable[[T], bool]) -> bool:
    """Put orders into a line as long as there is room: those that came back first, then further ones.

    `extend` says whether one could go out already; one that could not stays the next. False where nothing is left.
    """
    while len(line) < room:
        order = back.popleft() if back else next(more, None)
        if order is None:
            break
        if not extend(order):
            back.appendleft(order)
            break
    return bool(len(line))
