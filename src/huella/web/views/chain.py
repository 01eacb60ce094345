"""What the chain says now, for pages that must not wait for it: asked in short time, remembered for some seconds."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from huella.errors import HuellaError
from huella.flow import on_chain
from huella.flow.house import House
from huella.network import health

PATIENCE = 1.5
"""Seconds that a page waits for the chain at most; then it says that there was no answer."""
KEPT = 10.0
"""Seconds for which an answer, or its absence, stands."""
_MOST = 2_000
_WORKERS = 4


class Remembered:
    """Answers by key, each asked at most once in KEPT seconds and waited for at most PATIENCE seconds; None: no answer.

    An answer that comes later is kept for whoever asks next.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._under_way: set[Hashable] = set()
        self._workers = ThreadPoolExecutor(_WORKERS, "chain")

    def ask(self, key: Hashable, question: Callable[[], Any], patience: float = PATIENCE) -> Any:
        """The answer to a question; HuellaError of the question counts as no answer."""
        with self._lock:
            at, answer = self._kept.get(key, (float("-inf"), None))
            if self._clock() - at < KEPT or key in self._under_way:
                return answer
            self._under_way.add(key)
        wait([self._workers.submit(self._find, key, question)], patience)
        with self._lock:
            return self._kept.get(key, (0.0, None))[1]

    def close(self, wait: bool = False) -> None:
        """Take no more questions; with `wait`, after those under way are answered. What is kept can still be read."""
        self._workers.shutdown(wait=wait)

    def _find(self, key: Hashable, question: Callable[[], Any]) -> None:
        answer = None
        try:
            answer = question()
        except HuellaError:
            pass
        finally:
            with self._lock:
                self._under_way.discard(key)
                self._kept[key] = (self._clock(), answer)
                self._kept.move_to_end(key)
                while len(self._kept) > _MOST:
                    self._kept.popitem(last=False)


def nodes(house: House, kept: Remembered) -> dict[str, Any] | None:
    """Each node with height, size of the log in its contract and whether it `agrees` with the registry; `forked` where
    nodes contradict each other. None where the chain gave no answer in time."""
    found: dict[str, Any] | None = kept.ask("nodes", lambda: _nodes(house))
    return found


def holder(house: House, kept: Remembered, token: int) -> dict[str, Any] | None:
    """A token's holder by the chain; None where it gave no answer in time."""
    found: dict[str, Any] | None = kept.ask(("holder", token), lambda: on_chain.holder(house, token))
    return found


def token(house: House, kept: Remembered, told: dict[str, Any], anchored: bool) -> dict[str, Any]:
    """A token as the records tell it, with its holder by the chain (`held`) and whether both are the same
    (`agreement`, see `compare`)."""
    held = holder(house, kept, told["id"]) if anchored else None
    return told | {"held": held, "agreement": compare(told, held)}


def compare(owner: dict[str, Any], told: dict[str, Any] | None) -> str:
    """Whether the chain's holder is that of the records: `same`, `other`, `waits` (a transfer is not on the chain yet,
    or the order is not anchored), or `unknown` where the chain gave no answer."""
    if told is None:
        return "unknown"
    moves = owner["history"]
    by_records = owner["account"]
    if by_records is None:
        same = told["custodian"] or told["owner"] is None
    else:
        same = (told["owner"] or "").lower() == by_records.lower()
    if same:
        return "same" if told["owner"] else "waits"
    return "waits" if moves and moves[-1]["state"] != "final" else "other"


def _nodes(house: House) -> dict[str, Any]:
    asked = on_chain.wanted(house)
    if not asked.nodes:
        return {
            "nodes": [{"name": "", "height": None, "error": False, **on_chain.own_head(house)}],
            "forked": False,
        }
    expected = health.Registry(asked.contract, asked.size, asked.root)
    found = health.look(asked.nodes, expected, PATIENCE / 3)
    return {
        "nodes": [
            {
                "name": on_chain.name(node.url), "height": None if node.error else node.height,
                "anchored": node.anchored, "agrees": node.agrees, "error": bool(node.error),
            }
            for node in found.nodes
        ],
        "forked": found.forked,
    }  # fmt: skip
