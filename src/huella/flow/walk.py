"""From an order back to where it comes from: its award, every offer considered, and the requirement."""

from __future__ import annotations

from typing import Any

from huella.errors import InputError
from huella.flow.house import House
from huella.flow.procedure import case
from huella.flow.publish import newest_entry
from huella.flow.read import fold
from huella.store.journal import Entry


def walk(house: House, number: str) -> dict[str, Any]:
    """The entries that lead from an order to its requirement, each by index, leaf hash, kind and subject.

    `requirement`, `closed` and `award` are entries of the procedure, `offers` every claimed offer in index order, with
    its opening (None where it was not opened) and whether it was withdrawn and won. `order` is where one began. Each
    has its own evidence by its index. InputError where the order comes from no procedure held here.
    """
    life = fold(house, house.journal.of_subject(number))
    link = life.order.hashlink
    if link is None:
        raise InputError(f"{number} comes from no procedure held here", field="order")
    found = case(house, link.requirement)
    entries = {entry.leaf.hex(): entry for entry in house.journal.of_subject(link.requirement)}
    award = entries.get(link.leaf)
    if award is None or found.award is None:
        raise InputError(f"the award of {link.requirement} is not on record", field="order")
    offers = []
    for claim in found.life.claims:
        entry = house.journal.entry(claim.index)
        opened = entries.get(found.life.opened.get(claim.offer, ""))
        offers.append({
            **({} if entry is None else _told(entry)), "withdrawn": claim.withdrawn,
            "won": claim.leaf == found.award.winners[link.winner].offer, "opening": opened and _told(opened),
        })  # fmt: skip
    first = entries[found.life.leaf]
    closed = None if found.closed is None else house.journal.entry(found.closed)
    return {
        "order": _told(newest_entry(house, number)), "award": _told(award), "winner": link.winner,
        "closed": closed and _told(closed), "offers": offers, "requirement": _told(first),
    }  # fmt: skip


def _told(entry: Entry) -> dict[str, Any]:
    return {"index": entry.index, "leaf": entry.leaf.hex(), "kind": entry.kind, "subject": entry.subject}
