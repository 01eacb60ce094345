"""Procedures and offers as the public log tells them: plain values for command line, API and portal."""

from __future__ import annotations

from typing import Any

import msgspec

from huella.errors import InputError
from huella.flow import read
from huella.flow.house import House
from huella.flow.procedure import case
from huella.records import canonical


def show_procedure(house: House, number: str) -> dict[str, Any]:
    """A procedure: state, terms, the offers that it claims, award, records. Before the close it names no offer."""
    found = case(house, number)
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


def show_offer(house: House, code: str) -> dict[str, Any]:
    """An offer's records, as anybody sees them. InputError where the log has none."""
    entries = _entries(house, code)
    if not entries:
        raise InputError(
            f"no offer {code} is registered", field="offer", advice="The receipt tells its code."
        )
    return {"offer": code, "entries": entries}


def _entries(house: House, subject: str) -> list[dict[str, Any]]:
    return [read.show(house, str(entry.index))["entry"] for entry in house.journal.of_subject(subject)]
