"""Processes of one test that hand in offers, while the last of them closes their procedure.

    closers.py FOLDER NUMBER FILE…

One process for each FILE of offer files, one a line; one more closes the procedure NUMBER when half of one is answered.
Lines on standard output: `taken CODE INDEX`, `late CODE`, `closed INDEX`, `error …`.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from huella.errors import HuellaError, RuleError
from huella.flow.house import House, open_house
from huella.flow.procedure import close, submit
from huella.flow.seal import Sealed
from huella.records import offer_file

NOW = datetime(2026, 11, 25, 22, 0, 1, tzinfo=UTC)


def tell(*words: object) -> None:
    """One line, at once and whole."""
    os.write(1, (" ".join(str(word) for word in words) + "\n").encode())


def send(house: House, path: Path, half: int) -> None:
    """Hand in the offers of a file one by one; a byte into `half` when half of them are answered."""
    lines = path.read_bytes().splitlines()
    for place, line in enumerate(lines):
        if place == len(lines) // 2:
            os.write(half, b".")
        file = offer_file.read_file(line)
        (outcome,) = submit(house, [file])
        if isinstance(outcome, Sealed):
            tell("taken", file.offer.subject, outcome.index)
        elif isinstance(outcome, RuleError) and outcome.rule == "late":
            tell("late", file.offer.subject)
        else:
            raise outcome


def main(folder: Path, number: str, paths: list[Path]) -> None:
    waiting, half = os.pipe()
    for path in [*paths, None]:
        if os.fork() == 0:
            with open_house(folder, lambda: NOW, os.urandom) as house:
                try:
                    if path is None:
                        os.read(waiting, 1)
                        tell("closed", close(house, number).index)
                    else:
                        send(house, path, half)
                except HuellaError as error:
                    tell("error", type(error).__name__, error)
            os._exit(0)
    for _ in [*paths, None]:
        os.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], [Path(name) for name in sys.argv[3:]])
