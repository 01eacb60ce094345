"""Drift: the registry's clock against the chain's. A record's time is only as good as the clock that it is from."""

from __future__ import annotations

from huella.errors import ClockDrift, InputError
from huella.flow.house import House
from huella.records.identifiers import lasting, moment, parse_moment


def ahead(recorded_at: str, block_time: int) -> int:
    """Seconds by which a record is later than the block (seconds since 1970) that holds it; negative where earlier."""
    return int(parse_moment(recorded_at, "recorded_at").timestamp()) - block_time


def between(house: House, recorded_at: str, index: int, block: tuple[int, int]) -> ClockDrift | None:
    """What is wrong with the clocks by an entry and the final block that holds it, by its number and time; None where
    they agree within `ledger.drift`.

    A block is later than each record in it, and never later than now: whatever is beyond that is drift.
    """
    limit, (number, time) = house.settings.number("ledger.drift"), block
    try:
        early = ahead(recorded_at, time)
    except InputError:  # what stands there is no moment: the audit names it
        early = 0
    if early > limit:
        return ClockDrift(f"the registry's clock is {lasting(early)} ahead of the chain's, by entry {index}")
    late = -ahead(moment(house.now()), time)
    if late > limit:
        return ClockDrift(f"the registry's clock is {lasting(late)} behind the chain's, by block {number}")
    return None


def of_newest(house: House) -> ClockDrift | None:
    """What the newest final batch says of the clocks."""
    anchored = house.anchors.anchored()
    batch = house.anchors.reaching(anchored) if anchored else None
    last = house.journal.entry(anchored - 1) if anchored else None
    if batch is None or last is None or batch.block_number is None or batch.block_time is None:
        return None
    return between(house, last.recorded_at, last.index, (batch.block_number, batch.block_time))


def check(house: House) -> None:
    """ClockDrift where the newest final batch shows that the clocks are too far apart."""
    found = of_newest(house)
    if found is not None:
        raise found
