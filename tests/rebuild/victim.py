"""A mirror that is killed: takes over what the chain holds, batch by batch, until it dies.

victim.py FOLDER         a line on standard input begins one life; a line `taken SIZE` for each batch
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from huella.flow.house import open_house
from huella.flow.rebuild import rebuild


def live(folder: Path) -> None:
    """One life."""
    os.write(1, b"pid %d\n" % os.getpid())
    with open_house(folder, lambda: datetime.now(UTC), os.urandom) as house:
        for batch in rebuild(house):
            os.write(1, b"taken %d\n" % batch.size)
    os.write(1, b"done\n")


def main(folder: Path) -> None:
    """A fork for each line, so that the libraries are loaded once."""
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                live(folder)
            finally:
                os._exit(1)
        os.waitpid(child, 0)
        os.write(1, b"ended\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
