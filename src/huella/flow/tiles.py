"""The log as C2SP tlog-tiles: hashes 256 at a time, and the records themselves in bundles of as many.

Only what the newest signed checkpoint covers is served: nobody gets a hash that no signature stands behind.
"""

from __future__ import annotations

from typing import NamedTuple

from huella.errors import NotFound
from huella.flow.house import House
from huella.proof.checkpoint import parse_checkpoint

WIDTH = 256
LEVELS = 6
"""Of tiles: beyond them a log has more than 2**48 entries."""


class Place(NamedTuple):
    """A tile: its level (None: the bundle of entries), number, and how many of its 256 parts."""

    level: int | None
    number: int
    width: int = WIDTH


def checkpoint(house: House) -> str:
    """The newest signed checkpoint. NotFound where nothing was signed yet."""
    note = house.journal.head()[2]
    if note is None:
        raise NotFound("the log is empty: nothing was signed yet", field="checkpoint")
    return note


def tile(house: House, place: Place) -> bytes:
    """A tile's bytes: its hashes in a row, or its entries, each with its length (two bytes, big-endian) in front.

    NotFound beyond the signed head.
    """
    level = place.level or 0
    first = place.number * WIDTH
    end = first + place.width
    with house.moment():
        size = parse_checkpoint(checkpoint(house)).size
        if end > size >> (8 * level):
            raise NotFound("the log has no such tile yet", field="tile")
        if place.level is None:
            rows = [entry.record for entry in house.journal.entries(first, end)]
            return b"".join(len(row).to_bytes(2, "big") + row for row in rows)
        if level == 0:
            return b"".join(house.journal.leaves(first, end))
        tree = house.journal.tree()
        return b"".join(tree(8 * level, index) for index in range(first, end))
