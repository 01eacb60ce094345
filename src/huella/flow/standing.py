"""How the register stands, for everybody to see: the watch's findings, the head, the newest anchors, witnesses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from huella.flow import cosign, watch
from huella.flow.findings import QUIET
from huella.flow.house import House
from huella.records.identifiers import moment

ANCHORS = 10
SHOWN = 100
"""Findings that are told one by one."""


def of(house: House) -> dict[str, Any]:
    """`log`, `chain`, `anchors` (newest first), `witnesses`, and `watch`: None where no watch ever ran here."""
    with house.moment():
        size, root, note = house.journal.head()
        last = house.anchors.last()
        anchors: list[dict[str, Any]] = []
        at = size
        while len(anchors) < ANCHORS and at > 0:
            batch = house.anchors.holding(at - 1)
            if batch is None:
                if last is None or at <= last.first:
                    break
                at = last.first
                continue
            anchors.append({
                "first": batch.first, "size": batch.size, "root": batch.root.hex(), "state": batch.state,
                "block_number": batch.block_number, "block_time": batch.block_time and _time(batch.block_time),
                "transaction": batch.transaction,
            })  # fmt: skip
            at = batch.first
        anchored = house.anchors.anchored()
    return {
        "log": {"size": size, "root": root.hex(), "note": note, "origin": house.trust.origin},
        "chain": {
            "kind": house.settings.text("ledger.kind"), "id": house.ledger.chain_id,
            "contract": house.ledger.contract, "anchored": anchored, "waiting": size - anchored,
            "nodes": len([each for each in house.settings.text("ledger.nodes").split(",") if each.strip()]),
        },
        "anchors": anchors,
        "witnesses": {
            "needed": house.trust.witnesses_needed, "trusted": len(house.trust.witnesses),
            "asked": [{"url": url, "size": house.heads.held_by(url)} for url in cosign.urls(house)],
        },
        "watch": _watched(house),
    }  # fmt: skip


def _watched(house: House) -> dict[str, Any] | None:
    path = house.settings.folder / watch.FILE
    try:
        state = msgspec.json.decode(path.read_bytes(), type=watch.State)
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, msgspec.DecodeError):
        return None
    findings = [each.finding for each in state.open]
    told = [
        {
            "class": each.cls,
            "table": each.table,
            "row": each.row,
            "column": each.column,
            "entry": each.entry,
            "message": each.message,
        }
        for each in findings[:SHOWN]
    ]
    return {
        "round": state.place.round, "at": moment(when), "seen": state.place.size, "count": len(findings),
        "clean": all(each.cls in QUIET for each in findings), "findings": told,
    }  # fmt: skip


def _time(seconds: int) -> str:
    return moment(datetime.fromtimestamp(seconds, UTC))
