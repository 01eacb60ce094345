"""The audit's look at what stands around the entries: the log's row, tiles, newest checkpoint, outbox of anchoring."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from huella.errors import ProofError
from huella.flow.anchor import unpack_proof
from huella.flow.findings import At, Report
from huella.flow.house import House
from huella.ledger.port import Anchored
from huella.proof import headers
from huella.proof.checkpoint import Checkpoint, parse_checkpoint
from huella.proof.merkle import Frontier
from huella.store.anchors import DUE, FINAL, SENT
from huella.store.snapshot import Snapshot

_MISSING = At("log", 1, "row")


def check_head(snapshot: Snapshot, report: Report, frontier: Frontier, last: str | None) -> None:
    """The log's row against the entries: `frontier` is theirs, `last` the newest one's recorded_at."""
    for number in snapshot.other_heads():
        report.add("tampered", At("log", number, "row"), "the log has one head, not two", entry=frontier.size)
    head = snapshot.head()
    if head is None:
        report.add("tampered", _MISSING, "the row of the log's head is gone", sealed=frontier.size, entry=0)
        return
    if (head.size, head.frontier) != (frontier.size, b"".join(frontier.hashes)):
        report.add(
            "tampered",
            At("log", 1, "frontier"),
            "the head's row is not that of the entries",
            sealed=frontier.root(),
            present=head.frontier,
            entry=frontier.size,
        )
    if head.recorded_at != (last or ""):
        report.add(
            "tampered",
            At("log", 1, "recorded_at"),
            "the head's time is not that of the newest entry",
            sealed=last,
            present=head.recorded_at,
            entry=frontier.size,
        )


def check_tiles(snapshot: Snapshot, report: Report, size: int) -> None:
    """The stored tiles against the leaves, level by level."""
    check_some_tiles(snapshot, report, (-1, -1), None)
    check_tile_counts(snapshot, report, size)


def check_tile_counts(snapshot: Snapshot, report: Report, size: int) -> None:
    """As many tiles of each level as a log of so many entries has."""
    level, expected = 0, size // 256
    while expected or level == 0:
        present = snapshot.tile_count(level)
        if present != expected:
            report.add(
                "tampered",
                At("tiles", str(level), "number"),
                "tiles are missing, or too many",
                sealed=expected,
                present=present,
                entry=min(min(expected, present) << 8 * (level + 1), size - 1),
            )
        level, expected = level + 1, expected // 256


def check_some_tiles(
    snapshot: Snapshot, report: Report, over: tuple[int, int], most: int | None
) -> tuple[int, int] | None:
    """So many stored tiles behind one, in the order of level and number, against what is below them.

    Returns the last one, None where there are no more.
    """
    last = over
    for place, (level, number, root, hashes) in enumerate(snapshot.tiles(over), 1):
        inner = Frontier()
        inner.extend(hashes[at : at + 32] for at in range(0, len(hashes), 32))
        below = snapshot.tile_hashes(level, number)
        if len(below) != 256 or hashes != b"".join(below) or inner.root() != root:
            report.add(
                "tampered",
                At("tiles", f"{level}/{number}", "hashes"),
                "the tile is not that of the leaves below it",
                sealed=b"".join(below),
                present=hashes,
                entry=number << 8 * (level + 1),
            )
        last = level, number
        if place == most:
            return last
    return None


def check_checkpoint(
    house: House, snapshot: Snapshot, report: Report, signed: tuple[int, str | None]
) -> None:
    """The newest checkpoint that the database hands out against what the signer signed."""
    head = snapshot.head()
    size, note = signed
    if head is None or head.checkpoint is None or head.checkpoint == note:
        return
    kept = _signed_by_us(house, head.checkpoint)
    if kept is None:
        report.add(
            "tampered",
            At("log", 1, "checkpoint"),
            "the newest checkpoint is not signed by the log",
            sealed=note,
            present=head.checkpoint,
            entry=size,
        )
    elif kept.size == size or kept.size > house.signer.last()[0]:  # it may have signed on meanwhile
        report.add(
            "forked",
            At("log", 1, "checkpoint"),
            "two heads of one size are signed, or one that the signer does not remember",
            sealed=note,
            present=head.checkpoint,
            entry=min(size, kept.size),
        )


def check_batch(house: House, snapshot: Snapshot, report: Report, found: Anchored) -> None:
    """The outbox's row of a batch that the chain holds."""
    row = snapshot.batch(found.first)
    if row is None:
        report.add(
            "tampered",
            At("batches", found.first, "row"),
            "the chain holds a batch that the outbox lacks",
            sealed=found.transaction,
            entry=found.first,
        )
        return
    chain: dict[str, Any] = {
        "size": found.size,
        "root": found.root,
        "checkpoint": found.checkpoint.decode(),
    }
    if row["state"] == FINAL:
        chain |= {
            "transaction": found.transaction,
            "block_number": found.block_number,
            "block_hash": found.block_hash,
            "block_time": found.time,
        }
    for column, value in chain.items():
        if row[column] != value:
            report.add(
                "tampered",
                At("batches", found.first, column),
                "the outbox does not tell what the chain holds",
                sealed=value,
                present=row[column],
                entry=found.first,
            )
    if row["state"] == FINAL and not _proves(house, row["proof"], found):
        report.add(
            "tampered",
            At("batches", found.first, "proof"),
            "the kept proof does not lead to what the chain holds",
            entry=found.first,
        )


def check_outbox(
    house: House, snapshot: Snapshot, report: Report, ours: Set[int], span: tuple[int, int | None]
) -> None:
    """Rows without a batch on the chain: planned ones carry a checkpoint of ours, none is final.

    `span` is the first leaf of the batches that are looked at, and the one before which they begin (None: no end).
    """
    for first, size, root, note, state in snapshot.outbox(*span):
        if state not in (DUE, SENT, FINAL):
            report.add(
                "tampered",
                At("batches", first, "state"),
                "there is no such state",
                present=state,
                entry=first,
            )
        if first in ours:
            continue
        if state == FINAL:
            report.add(
                "tampered",
                At("batches", first, "state"),
                "marked final, but the chain does not hold it",
                present=FINAL,
                entry=first,
            )
            continue
        planned = _signed_by_us(house, note)
        if planned is None or (planned.size, planned.root) != (size, root):
            report.add(
                "tampered",
                At("batches", first, "row"),
                "a planned batch is not what the log's key signed",
                sealed=planned and planned.root,
                present=root,
                entry=first,
            )


def _signed_by_us(house: House, note: str) -> Checkpoint | None:
    try:
        head = parse_checkpoint(note)
    except ProofError:
        return None
    return head if of_the_log(house, head) else None


def of_the_log(house: House, head: Checkpoint) -> bool:
    """Whether the log's key signed a head; in a mirror that does not know the key, whether it is the log's by name."""
    if not house.trust.log_keys:
        return head.origin == house.trust.origin or house.trust.ended(head.origin) is not None
    return house.trust.holds(head)


def _proves(house: House, kept: bytes | None, found: Anchored) -> bool:
    """Whether a kept proof block shows the batch's root and time (EIP-1186)."""
    try:
        block = unpack_proof(kept or b"")
        state = headers.parse_header(block.header).state_root
        account = headers.prove_account(state, house.trust.contract_at(found.size), block.account_proof)
        if account is None:
            return False
        told = [
            headers.prove_storage(account.storage_root, slot, proof)
            for slot, proof in zip(headers.head_slots(found.size), block.storage_proof, strict=True)
        ]
    except (ProofError, ValueError, KeyError, TypeError):
        return False
    return told == [int.from_bytes(found.root, "big"), found.time]
