"""A process of the tests: appends batches to a chain until it is killed or has its count, and tells each.

    appender.py CHAIN BATCHES SIZE NAME

One line on standard output for each acknowledged batch: its first leaf's index. Where another process was first, it
reads the head and goes on from there, as a worker does.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from huella.errors import LedgerRefused
from huella.ledger import registry
from huella.ledger.embedded import EmbeddedLedger
from huella.ledger.signer import Registrar

CHAIN_ID = 1337


def tell(word: object) -> None:
    """One line, at once."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(chain: Path, batches: int, size: int, name: str) -> None:
    """Appends `batches` batches of `size` leaves that carry `name`."""
    ledger = EmbeddedLedger.open(chain, Registrar(b"\x01" * 32), lambda: datetime.now(UTC), CHAIN_ID)
    tell("ready")
    done = 0
    while done < batches:
        first = registry.head(ledger).size
        leaves = [sha256(f"{name} {first + at}".encode()).digest() for at in range(size)]
        try:
            data = registry.append_call(first, leaves, b"\xff" * (size // 8), name.encode(), b"")
            ledger.send(data, 10_000_000)
        except LedgerRefused as error:
            if error.reason != "WrongSize":
                raise
            continue
        tell(first)
        done += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
