"""The counter: what several threads of one process hand in at the same time is done together.

thread ─► slip ─► whoever finds the counter free takes everything that waits ─► done at once ─► each its own answers
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from huella.errors import StoreError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST = 256
"""Items that are done together at most; who hands in more at once has the counter for itself."""
WAIT = 180.0
"""Seconds that one waits at the counter at most: longer than a writer waits for the database."""


class _Slip:
    """One thread's items. `answers` stay None where the group that they were done with failed."""

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = items
        self.answers: list[Any] | None = None
        self.done = False


class Counter:
    """Groups the work of concurrent threads, in the order of arrival. A thread alone waits for nobody."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: list[_Slip] = []
        self._busy = False
        self._turn = threading.Condition()

    def hand_in(
        self, items: Sequence[Item], work: Callable[[list[Item]], list[Answer]]
    ) -> list[Answer] | None:
        """The answers to these items, in their order, by one call of `work` for all that wait now.

        Every thread gives the same `work`: one of them does it for the others. None where it failed: then nobody knows
        what happened, and each asks for itself. StoreError where the wait is too long.
        """
        if not items:
            return []
        slip = _Slip(items)
        with self._turn:
            self._waiting.append(slip)
        while group := self._group(slip):
            self._do(group, work)
        return slip.answers

    def _group(self, slip: _Slip) -> list[_Slip]:
        """Wait until the slip is done (nothing to do then), or the counter is free: then all that is to be done now."""
        with self._turn:
            if not self._turn.wait_for(lambda: slip.done or not self._busy, WAIT):
                self._give_up(slip)
            if slip.done:
                return []
            self._busy = True
            group: list[_Slip] = []
            room = self._most
            while self._waiting and (not group or len(self._waiting[0].items) <= room):
                group.append(self._waiting.pop(0))
                room -= len(group[-1].items)
            return group

    def _do(self, group: list[_Slip], work: Callable[[list[Any]], list[Any]]) -> None:
        answers: list[Any] | None = None
        try:
            with suppress(Exception):  # whoever caused it meets it again alone; it is not everybody's
                answers = work([item for slip in group for item in slip.items])
        finally:
            with self._turn:
                for slip in group:
                    if answers is not None:
                        slip.answers, answers = answers[: len(slip.items)], answers[len(slip.items) :]
                    slip.done = True
                self._busy = False
                self._turn.notify_all()

    def _give_up(self, slip: _Slip) -> None:
        if slip in self._waiting:
            self._waiting.remove(slip)
            what = "nothing of this was written"
        else:
            what = "it is not known whether this was written"
        raise StoreError(
            f"what was handed in before took longer than {WAIT:.0f} s; {what}",
            advice="Ask for the receipt, or hand the same in again: what stands in the log is never sealed twice.",
        )
