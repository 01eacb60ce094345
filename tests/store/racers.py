"""Processes of the tests that do the same thing at the same time on one registry.

    racers.py FOLDER WORK…

One process for each WORK: `seal:FIRST:COUNT` seals COUNT orders one by one, each followed by a record on the subject
that all share; `import:FILE` imports a file; `anchor` anchors until the sealers are done and nothing waits. Lines on
standard output: `sealed NUMBER INDEX`, `brought SEALED KNOWN`, `anchored FIRST SIZE`, `error …`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cast import order
from huella.errors import HuellaError
from huella.flow.anchor import step
from huella.flow.bring import bring
from huella.flow.house import House, open_house
from huella.flow.seal import Sealed, seal
from huella.records.draft import Draft


def tell(*words: object) -> None:
    """One line, at once and whole."""
    os.write(1, (" ".join(str(word) for word in words) + "\n").encode())


def sealing(first: int, count: int) -> Callable[[House], None]:
    def work(house: House) -> None:
        for number in range(first, first + count):
            acted = Draft(
                kind="operator.acted", subject="registry", data={"action": "test", "role": f"p{first}"}
            )
            for outcome in seal(house, [order(number), acted]):
                if not isinstance(outcome, Sealed):
                    raise outcome
                tell("sealed", number, outcome.index)

    return work


def bringing(path: Path) -> Callable[[House], None]:
    def work(house: House) -> None:
        brought = bring(house, path, "auto")
        tell("brought", brought.sealed, brought.known)

    return work


def anchoring(house: House) -> None:
    idle = 0
    while idle < 3:
        batch = step(house)
        idle = idle + 1 if batch is None else 0
        if batch is not None:
            tell("anchored", batch.first, batch.size)


def doing(name: str, *given: str) -> Callable[[House], None]:
    if name == "anchor":
        return anchoring
    return bringing(Path(given[0])) if name == "import" else sealing(int(given[0]), int(given[1]))


def race(folder: Path, works: list[str]) -> None:
    """Fork one child a work; all begin once the last one has opened the registry."""
    waiting, go = os.pipe()
    ready, told = os.pipe()
    for work in works:
        if os.fork() == 0:
            os.close(go)
            parts = work.split(":")
            do = doing(*parts)
            with open_house(folder, lambda: datetime.now(UTC), os.urandom) as house:
                os.write(told, b".")
                os.read(waiting, 1)  # ends when the parent closes `go`
                try:
                    do(house)
                except HuellaError as error:
                    tell("error", type(error).__name__, error)
            os._exit(0)
    for _ in works:
        os.read(ready, 1)
    os.close(go)
    for _ in works:
        os.wait()


if __name__ == "__main__":
    race(Path(sys.argv[1]), sys.argv[2:])
