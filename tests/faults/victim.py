"""A process of the tests that is killed: for each line on standard input it forks a child, which imports, seals and
anchors until it dies.

    victim.py FOLDER

A line on standard input is the first order's number. The child's lines: `pid N`, `sealed N M …` for what is
acknowledged, `anchored SIZE`. The parent writes `ended` when the child is dead.
"""

from __future__ import annotations

import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson

from cast import order
from huella.flow.anchor import step
from huella.flow.bring import bring
from huella.flow.house import House, open_house
from huella.flow.seal import Sealed, seal


def tell(*words: object) -> None:
    """One line, at once and whole."""
    os.write(1, (" ".join(str(word) for word in words) + "\n").encode())


def run(folder: Path, first: int) -> None:
    """Small chunks, by `seal` and by `import`, with a batch anchored in between."""
    rng = random.Random(first)
    tell("pid", os.getpid())
    with open_house(folder, lambda: datetime.now(UTC), os.urandom) as house:
        while True:
            numbers = list(range(first, first + rng.randint(1, 4)))
            first = numbers[-1] + 1
            (_import if rng.random() < 0.5 else _seal)(house, folder, numbers)
            tell("sealed", *numbers)
            if rng.random() < 0.6 and (batch := step(house)) is not None:
                tell("anchored", batch.size)


def _seal(house: House, _folder: Path, numbers: list[int]) -> None:
    outcomes = seal(house, [order(number) for number in numbers])
    assert all(isinstance(outcome, Sealed) for outcome in outcomes), outcomes


def _import(house: House, folder: Path, numbers: list[int]) -> None:
    drafts = [order(number) for number in numbers]
    lines = [orjson.dumps({"kind": d.kind, "subject": d.subject, "data": d.data}) for d in drafts]
    path = folder / "orders.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    brought = bring(house, path, "jsonl")
    assert brought.sealed == len(numbers), brought


def main(folder: Path) -> None:
    """A fork for each line, so that the libraries are loaded once."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                run(folder, int(line))
            finally:
                os._exit(1)
        os.waitpid(child, 0)
        tell("ended")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
