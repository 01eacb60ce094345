"""Recover: the registry's own database, after it was lost. Nothing is sealed before everything sealed is back.

chain ─► rebuild ─► what the signer remembers, and heads on receipts, tell how far the log went ─► the records of that
tail out of receipts, entry bundles and other folders ─► the root must be the signed one ─► the log goes on
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from huella import settings
from huella.errors import SignerError, StoreError
from huella.flow.house import House
from huella.flow.mirror import Keyless
from huella.flow.rebuild import rebuild
from huella.flow.replay import Page, replay
from huella.flow.seal import sign_head
from huella.flow.sign import LogSigner
from huella.flow.sources import Sources
from huella.proof.checkpoint import Checkpoint, parse_checkpoint
from huella.records import kinds, record
from huella.records.model import Recovered
from huella.records.recovery import KIND
from huella.store.anchors import Batch

PAGE = 500
_LOCK = "recover.lock"
"""In the registry's folder. Its lock is the system's: it ends with the process that has it."""


class Known(NamedTuple):
    """The newest head that the log's key is known to have signed, None where there is none; and whether the signer
    itself remembers it."""

    head: Checkpoint | None
    by_signer: bool


class Tail(NamedTuple):
    """What was recovered behind the last anchor, and how far the log went: equal where nothing is missing."""

    size: int
    wanted: int
    recovered: int


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While it runs nobody else recovers this registry. StoreError where somebody does already; SettingsError where
    there is no registry in the folder."""
    settings.read(folder, os.environ)
    with (folder / _LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                "another `huella recover` is at work on this registry",
                advice="Let it end and look at what it says; run this one again if anything is still missing.",
            ) from None
        yield


def take_back(house: House, given: Sources) -> Iterator[Batch]:
    """Everything that the chain holds, into the registry's own database, batch by batch. What a backup has stays."""
    if isinstance(house.signer, Keyless):
        house.check_owner()
    yield from rebuild(house, given)


def known_head(house: House, given: Sources) -> Known:
    """How far the log went: by the signer's memory, by the heads on what was given, and by those in other folders."""
    size, note = house.signer.last()
    best = parse_checkpoint(note) if note is not None else None
    others = [receipt.head for receipt in given.receipts]
    others += [
        parse_checkpoint(kept) for journal in given.journals if (kept := journal.head()[2]) is not None
    ]
    for head in others:
        if not house.trust.holds(head):
            continue
        if best is None or head.size > best.size:
            best = head
    return Known(best, best is not None and best.size == size)


def finish(house: House, given: Sources, *, nothing_behind: bool = False) -> Tail:
    """Bring back the tail behind the last anchor and sign the head, so that the log can go on.

    StoreError where records of the tail are missing: their range and the last known head are named, nothing of the tail
    is written, and nothing can be sealed. SignerError where the signer's memory is lost too: then only the operator can
    say that nothing was sealed behind what is here (`nothing_behind`).
    """
    check_going_on(house)
    known = known_head(house, given)
    begun, wanted = house.journal.size(), known.head.size if known.head is not None else 0
    if not nothing_behind:
        check_memory(house, max(begun, wanted))
    recovered = 0
    if known.head is not None and wanted > begun:
        _write_tail(house, given, known.head, begun)
        recovered = wanted - begun
    sign_head(house)
    return Tail(house.journal.size(), max(wanted, begun), recovered)


def under_way(house: House) -> tuple[int, Recovered] | None:
    """The `log.recovered` whose consequences are not all drawn yet, and its index; None where there is none."""
    ending = house.signer.ending() if isinstance(house.signer, LogSigner) else None
    newest = house.journal.of_kind(kinds.REGISTRY, KIND)[-1:] if ending is not None else []
    for row in newest:
        found = record.parse(row.record)
        bodies = [house.journal.annex(named.sha256) or b"" for named in record.annexes(found)]
        fact: Recovered = kinds.read(found.kind, record.effective_data(found, bodies))
        if fact.origin == ending:
            return row.index, fact
    return None


def check_going_on(house: House) -> None:
    """Take back an end of the epoch that was begun and is not on record; SignerError where it is on record.

    Decided while the head row is held: whoever writes the record holds it from before the mark until the commit, so a
    mark without a record is one whose writer is gone, never one that is still at it.
    """
    signer = house.signer
    if not isinstance(signer, LogSigner) or signer.ending() is None:
        return
    with house.journal.hold():
        if under_way(house) is not None:
            raise SignerError(
                "the end of this log's epoch is on record and not through",
                advice="Run `huella recover --end-epoch` again; it goes on where it was stopped.",
            )
        signer.go_on()


def somebody_else() -> StoreError:
    """The log is not any more as it was found when the recovery began."""
    return StoreError("somebody else writes in this registry: stop everything else first")


def check_memory(house: House, wanted: int) -> None:
    """SignerError where the signer does not remember how far the log went."""
    if house.signer.last()[0] < house.journal.size():
        raise SignerError(
            f"the signer's memory is lost or older: nobody can tell whether entries were sealed behind {wanted - 1}",
            advice="Bring back the signer's folder. If it is gone, ask every holder of a receipt for it, then say "
            "--nothing-behind.",
        )


def _write_tail(house: House, given: Sources, head: Checkpoint, begun: int) -> None:
    """The entries from the log's end, at `begun`, to a signed head, in one transaction: all of them, and its root, or
    nothing."""
    with house.journal.hold() as held:
        if held.size != begun:
            raise somebody_else()
        leaves = _leaves(house, given, begun, head)
        records = [given.record(begun + n, leaf) if leaf else None for n, leaf in enumerate(leaves)]
        missing = [begun + n for n, raw in enumerate(records) if raw is None]
        if missing:
            raise _lost(missing, head)
        found = [(raw, leaf) for raw, leaf in zip(records, leaves, strict=True) if raw is not None and leaf]
        root = b""
        for start in range(0, len(found), PAGE):
            page = found[start : start + PAGE]
            bodies = annexes_of(given, [raw for raw, _ in page])
            root = replay(
                house, held, Page(held.size, [r for r, _ in page], [leaf for _, leaf in page], bodies)
            )
        if root != head.root:
            raise StoreError(
                f"the records that were given do not lead to the head signed at {head.size}",
                advice="One of the given folders or files is not of this log; leave it out.",
            )


def _leaves(house: House, given: Sources, begin: int, head: Checkpoint) -> list[bytes | None]:
    """The leaf of each entry from one to the head's end, as far as signer, receipts or other folders know it. Whether
    they are right the root decides."""
    known: dict[int, bytes] = {}
    for journal in given.journals:
        for entry in journal.entries(begin, head.size):
            known[entry.index] = record.leaf_hash(entry.record)
    for receipt in given.receipts:
        if house.trust.holds(receipt.head):
            known[receipt.entry] = receipt.leaf
    if not isinstance(house.signer, Keyless):
        signed, _ = house.signer.last()
        known |= dict(enumerate(house.signer.leaves(begin, signed) if signed > begin else [], begin))
    return [known.get(index) for index in range(begin, head.size)]


def annexes_of(given: Sources, records: list[bytes]) -> dict[str, bytes]:
    """The annexes that records name and that were given, by digest (hex)."""
    found: dict[str, bytes] = {}
    for raw in records:
        for named in record.annexes(record.parse(raw)):
            body = given.annex(named.sha256)
            if body is not None:
                found[named.sha256] = body
    return found


def _lost(missing: list[int], head: Checkpoint) -> StoreError:
    """Which entries are missing, as ranges, and the last known head."""
    ends = [a for a, b in pairwise(missing) if b != a + 1] + [missing[-1]]
    starts = [missing[0]] + [b for a, b in pairwise(missing) if b != a + 1]
    ranges = ", ".join(f"{a}–{b}" if a != b else str(a) for a, b in list(zip(starts, ends, strict=True))[:20])
    return StoreError(
        f"{len(missing)} sealed entries are missing behind the last anchor: {ranges}; the last known head is "
        f"{head.size} {head.root.hex()}",
        advice="Nothing is sealed until they are back. Give receipts, entry bundles or copies of the folder that hold "
        "them; ask their holders. If nobody has them any more: --end-epoch.",
    )
