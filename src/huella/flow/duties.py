"""What the worker still has to do, for who runs the register: anchors, papers, posts, lodged digests, closes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from huella.flow.house import House
from huella.records.identifiers import moment
from huella.store.desk import Desk
from huella.store.papers import Papers
from huella.store.tables_access import lodgings, posts


def of(house: House) -> dict[str, Any]:
    """`size`, `anchored` and `oldest` (the moment of the first entry without anchor, None: all have one), `batch` (the
    one under way), `last` (the newest final one's block and time), papers, posts and lodgings by state, and the
    procedures whose deadline has passed and whose close is missing."""
    desk = Desk(house.engine)
    with house.moment():
        size, anchored = house.journal.size(), house.anchors.anchored()
        first = house.journal.entry(anchored) if anchored < size else None
        under_way, last = house.anchors.open(), house.anchors.reaching(anchored) if anchored else None
    return {
        "size": size, "anchored": anchored, "oldest": first and first.recorded_at,
        "batch": under_way and {
            "first": under_way.first, "size": under_way.size, "state": under_way.state,
            "transaction": under_way.transaction,
        },
        "last": last and last.block_number is not None and {
            "block": last.block_number,
            "at": last.block_time and moment(datetime.fromtimestamp(last.block_time, UTC)),
        },
        "papers": Papers(house.engine).counts(), "posts": desk.counts(posts, "state"),
        "lodgings": desk.counts(lodgings, "state"), "due": house.tenders.due(moment(house.now())),
    }  # fmt: skip
