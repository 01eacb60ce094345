"""Rebuild: the public register out of the chain alone, batch by batch, verified on the way.

chain ─► batch ─► checkpoint, leaves, root, records, tokens, proof checked ─► one transaction: entries, annexes, tiles,
derived rows, batch, checkpoint ─► next. What is committed is never read again, so that memory is that of one batch, and
whoever is killed goes on behind the last one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from typing import NamedTuple, Protocol

import msgspec

from huella.errors import LedgerRefused, LedgerUnreachable, ProofError, StoreError
from huella.flow.anchor import check_proven, pack_proof
from huella.flow.epoch_follow import led_on
from huella.flow.house import House
from huella.flow.mirror import Keyless
from huella.flow.replay import Page, replay
from huella.ledger import registry
from huella.ledger.port import Anchored
from huella.proof.checkpoint import parse_checkpoint
from huella.proof.merkle import root_of
from huella.records import kinds
from huella.records.draft import file_digest
from huella.records.record import leaf_hash
from huella.store import database
from huella.store.anchors import FINAL, Batch
from huella.store.rights import FINAL as MOVED
from huella.store.tables import batches, log

PAYLOAD = 256 * 1024 * 1024
"""Bytes that a batch's records may take at most when they are unpacked."""
_MOVES = 500


class Source(Protocol):
    """Where records come from that the chain holds as digests only."""

    def record(self, index: int, leaf: bytes) -> bytes | None:
        """The record's exact bytes, None where they are not here."""

    def annex(self, sha256: str) -> bytes | None:
        """An annex's exact bytes by digest, None where they are not here."""


class _Content(NamedTuple):
    """A batch's records in the order of its leaves, and its annexes by digest (hex)."""

    records: list[bytes]
    annexes: dict[str, bytes]


class _Named(msgspec.Struct):
    """An annex as a record names it."""

    sha256: str


class _Place(msgspec.Struct):
    """What of a record decides whether a token begins with it, and what stands beside it."""

    kind: str
    seq: int
    annexes: tuple[_Named, ...] = ()


_place = msgspec.json.Decoder(_Place)


def rebuild(house: House, source: Source | None = None) -> Iterator[Batch]:
    """Take over every batch of the chain that is not here yet; yields each once it is committed.

    `source` has the records of batches that were published as digests only. Raises LedgerRefused or ProofError where
    the chain holds what does not fit, and writes nothing of it; LedgerUnreachable where it does not answer.
    """
    check_begun(house)
    while (batch := step(house, source)) is not None:
        yield batch
    settle_moves(house)


def behind(house: House) -> int:
    """How many entries the chain holds that are not here."""
    return max(0, registry.head(house.ledger).size - house.anchors.anchored())


def check_begun(house: House) -> None:
    """LedgerRefused unless what is here is the beginning of what the chain holds."""
    size = house.anchors.anchored()
    held = _root_at(house, size) if size else None
    if size and held is None:
        raise LedgerRefused(
            f"the chain no longer holds the head at {size} that was taken over from it",
            reason="Behind",
            advice="Ask another node. If they agree, the network was rolled back: keep this folder, it is evidence.",
        )
    if held is not None and held != root_of(size, house.journal.tree()):
        raise LedgerRefused(
            f"the chain's root at {size} is not that of the records here",
            reason="Foreign",
            advice="Run `huella audit`; it names what was changed.",
        )


def _root_at(house: House, size: int) -> bytes | None:
    """The chain's root at a size at which a batch was taken over; None where it has none. Below a successor's first
    entry the contracts before it tell."""
    if size >= registry.start(house.ledger):
        held = registry.root_at(house.ledger, size)
        return None if held is None else held.root
    last = house.anchors.reaching(size)
    found = house.ledger.batch(last.first) if last is not None else None
    return found.root if found is not None and found.size == size else None


def step(house: House, source: Source | None = None) -> Batch | None:
    """Take over the next batch. None where the chain has no more. A mirror is led on where the log's epoch ended."""
    first = house.anchors.anchored()
    if registry.head(house.ledger).size <= first:
        return None
    found = house.ledger.batch(first)
    if found is None:
        raise LedgerUnreachable(f"the chain does not show the batch from entry {first}")
    house = led_on(house, found, lambda: _content(found, source).records)
    batch = _checked(house, found)
    content = _content(found, source)
    with house.journal.hold() as held:
        if house.anchors.anchored() != first:  # another process was first
            return house.anchors.at(first)
        here = min(held.size, found.size) - first  # of a backup: sealed, and anchored after it was made
        if here and house.journal.leaves(first, first + here) != list(found.leaves[:here]):
            raise StoreError(f"the database's entries from {first} on are not those that the chain holds")
        rest = Page(first + here, content.records[here:], found.leaves[here:], content.annexes)
        root = replay(house, held, rest) if rest.records else root_of(found.size, house.journal.tree())
        if root != found.root:
            raise LedgerRefused(
                f"the root over the entries up to {found.size} is not the chain's", reason="Foreign"
            )
        waiting = (batches.c.state != FINAL) & (batches.c.first < found.size)
        held.connection.execute(batches.delete().where(waiting))
        database.insert_rows(held.connection, batches, [astuple(batch)])
        if held.size == found.size:
            held.connection.execute(log.update().where(log.c.id == 1).values(checkpoint=batch.checkpoint))
    if isinstance(house.signer, Keyless):
        house.signer.remember(batch.size, batch.checkpoint)
    return batch


def settle_moves(house: House) -> None:
    """Assignments whose tokens the chain has moved: final here too. Nothing is sent."""
    for move in house.rights.moves(_MOVES):
        owner = registry.owner_of(house.ledger, move.token)
        steps = house.rights.of_token(move.token)
        done = max((n for n, each in enumerate(steps) if each.account == owner), default=-1)
        for each in steps[: done + 1]:
            if each.state != MOVED:
                house.rights.shift(each, MOVED)


# ------------------------------------------------------------------------------------------------------ one batch


def _checked(house: House, found: Anchored) -> Batch:
    """The batch's row, once its checkpoint is the log's over the chain's root, and the chain proves that root."""
    try:
        note = parse_checkpoint(found.checkpoint.decode())
    except (ProofError, UnicodeDecodeError):
        note = None
    trusted = house.trust
    signed = note is not None and (
        trusted.holds(note)
        if trusted.log_keys
        else note.origin == trusted.origin or trusted.ended(note.origin) is not None
    )
    if note is None or not signed:
        raise LedgerRefused(
            f"the log's key did not sign the batch from entry {found.first}: {found.transaction}",
            reason="Foreign",
            advice="Nothing of it was taken over. Ask the registry which contract comes after this one.",
        )
    if (note.size, note.root) != (found.size, found.root):
        raise LedgerRefused(
            f"the log's key signed another head at {note.size} than the chain holds at {found.size}",
            reason="Forked",
            advice="Keep this batch's transaction: together with the checkpoint in it, it proves a fork.",
        )
    block = house.ledger.prove(found.size)
    batch = Batch(
        found.first, found.size, found.root, found.checkpoint.decode(), FINAL, found.transaction,
        found.block_number, found.block_hash, found.time, pack_proof(block),
    )  # fmt: skip
    check_proven(house, batch, found, block)
    return batch


def _content(found: Anchored, source: Source | None) -> _Content:
    """The batch's records, each the one of its leaf, with their annexes and tokens as the chain has them."""
    count = len(found.leaves)
    if found.records:
        items = registry.unpack_records(found.records, PAYLOAD)
        if len(items) < count:
            raise ProofError(
                f"the batch from entry {found.first} holds {len(items)} records for {count} leaves"
            )
        content = _Content(items[:count], {file_digest(body): body for body in items[count:]})
    else:
        content = _given(found, source)
    for place, (raw, leaf) in enumerate(zip(content.records, found.leaves, strict=True)):
        if leaf_hash(raw) != leaf:
            raise ProofError(f"the chain's record of entry {found.first + place} does not give its leaf")
        token = bool(found.orders) and bool(found.orders[place // 8] >> place % 8 & 1)
        if token != _begins_order(found.first + place, raw):
            raise ProofError(
                f"entry {found.first + place}: record and chain do not agree on whether it is an order"
            )
    return content


def _given(found: Anchored, source: Source | None) -> _Content:
    """The records of a batch that was published as digests only, out of what was given beside the chain."""
    records: list[bytes] = []
    annexes: dict[str, bytes] = {}
    for index, leaf in enumerate(found.leaves, found.first):
        raw = source.record(index, leaf) if source is not None else None
        if raw is None:
            raise LedgerRefused(
                f"the chain holds entries {found.first} to {found.size - 1} as digests only, and the record of entry "
                f"{index} is missing",
                reason="DigestsOnly",
                advice="Give the records with --records: entry bundles, evidence files, or a registry's folder.",
            )
        records.append(raw)
        for named in _place.decode(raw).annexes if source is not None else ():
            body = source.annex(named.sha256) if source is not None else None
            if body is not None:
                annexes[named.sha256] = body
    return _Content(records, annexes)


def _begins_order(index: int, raw: bytes) -> bool:
    try:
        place = _place.decode(raw)
    except msgspec.DecodeError as error:
        raise ProofError(f"entry {index} is no record: {error}") from error
    return place.seq == 0 and place.kind in kinds.FIRST_OF_ORDER
