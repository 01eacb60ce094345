"""Lodged digests read back: what anybody left on the chain, and which of it became a record.

chain ─► lodged ┐
                ├─► sealed, refused, or not sealed: with its age        every mirror answers it as the registry does
records ─► statements ┘

What is lodged for an offer is the SHA-256 of what its own key signs, which its supplier knows before anybody received
it (docs/spec/anchor.md, Lodged digests). Whoever holds the offer back cannot take the digest off the chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from huella.errors import HuellaError, NotFound
from huella.flow.house import House
from huella.records import act, record
from huella.records.identifiers import check_hex, moment
from huella.records.offer_form import REFUSED, SEALED_KINDS
from huella.records.record import Record
from huella.store.desk import Desk
from huella.store.journal import Entry
from huella.store.lodged import Head, Lodged, Register
from huella.store.tables_access import lodgings

SEALED, LATE, MISSING, UNKNOWN, UNLODGED = "sealed", "refused", "not-sealed", "unknown", "not-lodged"
"""What became of a digest: a record; the record of a refusal; no record in this log; not all records are looked at;
nobody lodged it."""
STEP = 500
"""Entries that one step reads."""
_ACT = b'"act":'


def follow(house: House) -> bool:
    """Take over what the chain's next blocks hold of lodged digests; whether there may be more. LedgerUnreachable."""
    kept = Register(house.engine)
    before = kept.head()
    told = house.ledger.lodged(before.block)
    rows = [
        Lodged(
            each.digest.hex(), each.by, each.transaction, each.block_number, each.block_hash, each.position, each.time
        )
        for each in told.found
    ]  # fmt: skip
    return told.until >= before.block and kept.take(before, rows, told.until + 1)


def index(house: House) -> bool:
    """Read the next entries for the digests that they are known by; whether there may be more."""
    kept = Register(house.engine)
    begin, size = kept.head().entry, house.journal.size()
    end = min(begin + STEP, size)
    if begin >= size:
        return False
    kept.index(begin, end, [row for entry in house.journal.entries(begin, end) for row in _rows(entry)])
    return end < size


def catch_up(house: House) -> Iterator[int]:
    """Everything that chain and log hold now; yields how many lodged digests each step found. LedgerUnreachable."""
    while index(house):
        pass
    kept = Register(house.engine)
    before = kept.head().kept
    while follow(house):
        now = kept.head().kept
        yield now - before
        before = now


def standing(house: House, digest: str) -> str | None:
    """The transaction with which a digest came onto the chain first, as far as the chain goes now; None where it did
    not. LedgerUnreachable."""
    while follow(house):
        pass
    found = Register(house.engine).of(digest)
    return str(found[0]["transaction"]) if found else None


def look_again(house: House) -> None:
    """The next `catch_up` begins at the chain's first block; what is known stays."""
    Register(house.engine).look_again()


def looked(house: House) -> int:
    """The last block that was looked at for lodged digests; -1 before the first."""
    return Register(house.engine).head().block - 1


def digests_of(raw: bytes) -> dict[str, str]:
    """The digests (hex) that a record is known by, and how: `leaf` and `act` of what a party signed, `refused` of what
    the registry says that it refused. None of other records, which nobody knew before they were sealed."""
    found = record.parse(raw)
    if found.kind == REFUSED:
        return {str(found.data.get("digest")): "refused"}
    if found.kind not in SEALED_KINDS and found.act is msgspec.UNSET:
        return {}
    return {record.leaf_hash(raw).hex(): "leaf", statement(found): "act"}


def statement(found: Record) -> str:
    """The SHA-256 (hex) of what a party signs of a record, without its place and time: known before it is sealed."""
    return hashlib.sha256(act.signed_bytes(msgspec.to_builtins(found))).hexdigest()


def find(house: House, digest: str, requirement: str | None = None) -> dict[str, Any]:
    """What became of a digest (64 hex digits), as far as chain and log were looked at. NotFound where nothing is known.

    `requirement` is the procedure that its owner says it is an offer for: then the answer has its deadline, and whether
    the digest stood on the chain before.
    """
    check_hex(digest, "digest")
    index(house)
    with house.moment():
        told = _told(house, digest, Register(house.engine).head())
        handed = Desk(house.engine).one(lodgings, {"digest": digest})
        procedure = None if requirement is None else house.tenders.procedure(requirement)
        closes_at = None if procedure is None else str(procedure["closes_at"])
    if handed is not None:
        told["handed_in"] = {name: handed[name] for name in ("lodged_at", "state", "transaction")}
    elif told["state"] in (UNLODGED, UNKNOWN) and not told["lodged"]:
        raise NotFound(
            f"nobody lodged the digest {digest} up to block {told['blocks'] - 1}", field="digest",
            advice="Blocks come with the worker, with `rebuild --follow` and with `huella lodged`.",
        )  # fmt: skip
    if requirement is not None:
        told["procedure"] = _deadline(requirement, closes_at, told["lodged"])
    return told


def page(house: House, first: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Lodged digests from a number on, each once, as they were taken over, with what became of them; where to go on.

    That is the order of the chain, but for what a second look at old blocks brought later: numbers never change.
    """
    index(house)
    with house.moment():
        kept = Register(house.engine)
        head = kept.head()
        rows = kept.page(first, limit)
        told = [{"number": row["number"], **_told(house, row["digest"], head)} for row in rows]
    return told, rows[-1]["number"] + 1 if rows else first


def _told(house: House, digest: str, head: Head) -> dict[str, Any]:
    kept = Register(house.engine)
    places = [
        {
            "account": row["account"], "block": row["block_number"], "block_hash": row["block_hash"],
            "transaction": row["transaction"], "time": moment(datetime.fromtimestamp(row["block_time"], UTC)),
        }
        for row in kept.of(digest)
    ]  # fmt: skip
    records = [_record(house, digest, entry) for entry in kept.entries(digest)]
    found = [each for each in records if each is not None]
    size = house.journal.size()
    told = {"digest": digest, "state": _state(found, places, head.entry < size), "lodged": places,
            "records": found, "blocks": head.block, "entries": min(head.entry, size)}  # fmt: skip
    if told["state"] == MISSING:
        first = kept.of(digest)[0]["block_time"]
        told["age_seconds"] = max(0, int(house.now().timestamp()) - first)
    return told


def _state(found: list[dict[str, Any]], places: list[dict[str, Any]], behind: bool) -> str:
    if any(each["known_by"] != "refused" for each in found):
        return SEALED
    if found:
        return LATE
    if behind:
        return UNKNOWN
    return MISSING if places else UNLODGED


def _record(house: House, digest: str, at: int) -> dict[str, Any] | None:
    """What an entry tells, if its record gives the digest: a row that somebody wrote hides nothing."""
    entry = house.journal.entry(at)
    by = dict(_rows_of(entry)).get(digest) if entry is not None else None
    if entry is None or by is None:
        return None
    return {
        "index": entry.index, "kind": entry.kind, "subject": entry.subject, "recorded_at": entry.recorded_at,
        "known_by": by,
    }  # fmt: skip


def _rows(entry: Entry) -> list[tuple[str, int]]:
    return [(digest, entry.index) for digest, _ in _rows_of(entry)]


def _rows_of(entry: Entry) -> list[tuple[str, str]]:
    if entry.kind not in SEALED_KINDS and entry.kind != REFUSED and _ACT not in entry.record:
        return []
    try:
        return list(digests_of(entry.record).items())
    except HuellaError:  # the audit names it
        return []


def _deadline(number: str, closes_at: str | None, places: list[dict[str, Any]]) -> dict[str, Any]:
    """The deadline of a procedure, and whether a digest was on the chain before it; None where one is not known."""
    before = None if closes_at is None or not places else places[0]["time"] <= closes_at
    return {"number": number, "closes_at": closes_at, "lodged_before": before}
