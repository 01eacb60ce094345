"""Opening a registry for a command: the folder, the clock and the randomness of the real world."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from huella.cli import console
from huella.errors import LedgerError
from huella.flow.anchor import anchor
from huella.flow.house import House, open_house

Folder = Annotated[
    Path, typer.Option("--dir", envvar="HUELLA_DIR", help="Folder of the registry.", file_okay=False)
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
AnchorNow = Annotated[
    bool, typer.Option("--anchor/--no-anchor", help="Put it on the chain at once, with all that waits.")
]


def now() -> datetime:
    """The present moment, aware UTC."""
    return datetime.now(UTC)


@contextmanager
def registry(folder: Path, nodes: Sequence[str] = ()) -> Iterator[House]:
    """The registry in a folder, opened for one command; `nodes` are asked instead of those of its settings."""
    with open_house(folder, now, os.urandom, nodes) as house:
        yield house


def put_on_chain(house: House, wanted: bool) -> None:
    """Anchor everything that waits, where that is wanted. What was sealed before stays sealed, whatever the chain
    does: the reader is told that it waits."""
    try:
        for _ in anchor(house) if wanted else ():
            pass
    except LedgerError as error:
        console.tell("sealed-waits", message=error)
