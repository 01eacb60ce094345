"""Procedures and offers as the public log tells them: plain values for command line, API and portal."""

from __future__ import annotations

from typing import Any

import msgspec

from huella.errors import InputError, NotFound
from huella.flow import erase, read
from huella.flow.house import House
from huella.flow.procedure import case
from huella.records import canonical, record
from huella.records.tender import Case


def show_procedure(house: House, number: str) -> dict[str, Any]:
    """A procedure: state, terms, the offers that it claims, award, records. Before the close it names no offer.
    NotFound where it is not published."""
    return told_procedure(house, case_of(house, number), number)


def case_of(house: House, number: str) -> Case:
    """A procedure by its number. NotFound where it is not published."""
    try:
        return case(house, number)
    except InputError:
        raise NotFound(f"{number} is not registered", field="requirement") from None


def told_procedure(house: House, found: Case, number: str) -> dict[str, Any]:
    """A procedure, folded already, as everybody is told it."""
    life, wanted = found.life, found.life.requirement
    return {
        "procedure": {
            "number": number, "status": life.status, "entity": wanted.entity.name, "closes_at": wanted.closes_at,
            "procedure": wanted.procedure, "contracting_type": wanted.contracting_type,
            "currency": wanted.currency, "rule": f"{wanted.rule.name}/{wanted.rule.version}",
            "sealing": wanted.sealing, "opening_key": wanted.opening_key, "head": life.head,
        },
        "offers": [
            {
                "offer": claim.offer, "leaf": claim.leaf, "index": claim.index, "withdrawn": claim.withdrawn,
                "opened": claim.offer in life.opened,
            }
            for claim in life.claims
        ],
        "award": None if found.award is None else msgspec.json.decode(canonical.encode(found.award)),
        "entries": _entries(house, number),
    }  # fmt: skip


def with_erasures(house: House, found: dict[str, Any]) -> dict[str, Any]:
    """What was shown, each entry with `erased`: pointer, entry of the erasure and moment of what is gone for good."""
    gone = erase.on_record(house)
    for entry in [found["entry"]] if "entry" in found else found["entries"]:
        entry["erased"] = [
            {"pointer": each["pointer"], "entry": each["entry"], "recorded_at": each["recorded_at"]}
            for each in gone
            if each["index"] == entry["index"]
        ]
    return found


def show_entry(house: House, index: str) -> dict[str, Any]:
    """One entry, with the pointers that it seals. InputError where the log has none."""
    found = read.show(house, index)
    entry = house.journal.entry(int(index))
    if entry is not None:
        found["entry"]["sealed"] = sorted(record.sealed(record.parse(entry.record)))
    return found


def show_offer(house: House, code: str) -> dict[str, Any]:
    """An offer's records, as anybody sees them. InputError where the log has none."""
    entries = _entries(house, code)
    if not entries:
        raise NotFound(f"no offer {code} is registered", field="offer", advice="The receipt tells its code.")
    return {"offer": code, "entries": entries}


def _entries(house: House, subject: str) -> list[dict[str, Any]]:
    return read.told_entries(house, house.journal.of_subject(subject))
