"""Anchor: batches of entries go on the chain, each exactly once, whatever dies in between.

due ─► sent ─► final. Every step asks the chain first: the contract's size decides, never a guess. Several batches may
be sent before the first is final; each extends the one before, so the contract refuses those behind one that failed.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec
import orjson

from huella.errors import LedgerRefused, LedgerUnreachable, StoreError
from huella.flow import chain
from huella.flow.ahead import ahead, behind
from huella.flow.house import House
from huella.flow.seal import sign_head
from huella.ledger import registry
from huella.ledger.port import Anchored, Call, Landed, ProofBlock
from huella.proof import evidence as files
from huella.proof import issuer
from huella.proof.checkpoint import parse_checkpoint
from huella.proof.evidence import Anchor
from huella.proof.merkle import root_of
from huella.records import kinds, record
from huella.records.draft import file_digest
from huella.store.anchors import DUE, FINAL, SENT, Batch
from huella.store.journal import Entry

_AHEAD = 4
"""Batches read and packed before there is room for them under way: a node's answer takes as long as making one."""
_CALL_OVERHEAD = 1_000
"""Bytes of a transaction besides its leaves, order bitmap, records and checkpoint."""
_SHRINK = 1 / 6
"""Records seldom shrink to less of themselves; the batch before tells better."""


def anchor(house: House, again: Callable[[LedgerUnreachable], None] | None = None) -> Iterator[Batch]:
    """Put everything sealed on the chain, batch by batch, until nothing waits. Yields each batch once it is final.

    A batch that the chain has lost since is yielded first, `due` again: an alarm, since operators rolled it back.
    `again` hears that the chain does not answer, lets time pass, and the chain is asked again; without it the error
    is raised.
    """
    house.check_owner()
    sign_head(house)
    while True:
        try:
            yield from recall(house)
            yield from _bring(house)
        except LedgerUnreachable as error:
            if again is None:
                raise
            again(error)
        else:
            return


def recall(house: House) -> list[Batch]:
    """Batches that were final and that the chain no longer holds, due again, first to last.

    Nothing is lost by it when the chain comes back after all: the next step then finds them where they were.
    """
    anchored = house.anchors.anchored()
    head = registry.head(house.ledger) if anchored else None
    if head is None or head.size >= anchored:
        return []
    gone = [batch for batch in _final(house, head.size, anchored) if batch.size > head.size]
    forgotten: dict[str, Any] = {
        "transaction": None, "block_number": None, "block_hash": None, "block_time": None, "proof": None
    }  # fmt: skip
    moved = [batch for batch in reversed(gone) if house.anchors.move(batch, DUE, **forgotten)]
    return [found for batch in reversed(moved) if (found := house.anchors.at(batch.first)) is not None]


def _final(house: House, start: int, end: int) -> Iterator[Batch]:
    """The final batches that reach beyond entry `start`, up to `end`."""
    first = house.anchors.holding(start)
    at = first.first if first is not None else start
    while at < end and (rows := house.anchors.after(at, 100)):
        yield from (row for row in rows if row.state == FINAL)
        at = rows[-1].first + 1


def step(house: House) -> Batch | None:
    """Bring one batch to its end: the first one under way, or the next. None where nothing waits."""
    return next(_bring(house), None)


def _bring(house: House) -> Iterator[Batch]:
    """Bring batches to their end, in order, until nothing waits; each once it is final.

    Raises LedgerRefused (reason `Foreign`) where the chain holds what this log did not put there: anchoring stops.
    """
    while True:
        size = _check_chain(house)
        begun = house.anchors.open()
        at = house.anchors.anchored() if begun is None else begun.first
        while at < size:  # it came onto the chain behind our back, or we died before we could tell
            batch = house.anchors.at(at) or _plan(house, at)[0]
            if batch is None:
                break
            if batch.state != FINAL:
                batch = _finish(house, batch)
                yield batch
            at = batch.size
        count, line = 0, deque[Batch]()
        room = _AHEAD if chain.on_nodes(house.settings) else 0
        with ahead(_calls(house, at, line), room) as calls:
            landed = ((line.popleft(), each) for each in _through(house, house.ledger.send_all(calls), line))
            for batch in behind(landed, lambda pair: _keep(house, *pair), 2 * room):
                count += 1
                yield batch
        if not count and not line:
            return


def _through(house: House, sent: Iterator[Landed], line: Sequence[Batch]) -> Iterator[Landed]:
    """Where the line's batches are, each once it is on the chain. Ends early where another worker was first: the chain
    has to be asked again. What was behind a batch that did not get through is due again."""
    try:
        yield from sent
    except LedgerRefused:
        size = registry.head(house.ledger).size
        for batch in reversed(house.anchors.sent()):
            if batch.first >= size:
                house.anchors.move(batch, DUE, transaction=None)
        if line and size > line[0].first:
            return
        raise


class _Drawn(NamedTuple):
    """Entries of a batch as they were read, and their records as the chain keeps them."""

    rows: Sequence[Entry]
    payload: bytes


def _calls(house: House, at: int, line: deque[Batch]) -> Iterator[Call]:
    """The calls of the batches from entry `at` on, those in the outbox first; each batch is put at the line's end."""
    shrink = _SHRINK
    while True:
        batch, drawn = house.anchors.at(at), None
        if batch is None:
            batch, drawn = _plan(house, at, full=bool(line), shrink=shrink)
            shrink = shrink if drawn is None else _shrunk(drawn)
        if batch is None:
            return
        if batch.state != FINAL:
            data, gas = call_of(house, batch, drawn)
            line.append(batch)
            yield Call(data, gas, partial(_mark_sent, house, batch.first))
        at = batch.size


def _mark_sent(house: House, first: int, transaction: str) -> None:
    batch = house.anchors.at(first)
    if batch is not None and batch.state != FINAL:
        house.anchors.move(batch, SENT, transaction=transaction)


def _plan(
    house: House, first: int, *, full: bool = False, shrink: float = _SHRINK
) -> tuple[Batch | None, _Drawn | None]:
    """The next batch into the outbox: as many entries as fit into leaves, bytes and gas of one transaction.

    With `full` nothing where it would not be full: while others are under way more entries may come, and fewer batches
    cost less. Records are taken to shrink to that share of themselves.
    """
    signed, _ = house.signer.last()
    most = house.settings.number("anchor.max_leaves")
    waiting = min(signed, house.journal.size())
    end = min(waiting, first + most)
    if end <= first or (full and end == waiting < first + most):
        return None, None
    waiting_rows = house.journal.entries(first, end)
    if len(waiting_rows) != end - first:
        raise StoreError(f"entries {first} to {end - 1} are not all there")
    drawn = _draw(house, _likely(house, waiting_rows, shrink))
    while len(drawn.rows) > 1 and (over := _over(house, drawn)) > 1:
        # a little room, because small batches compress less
        drawn = _draw(house, drawn.rows[: max(1, int(len(drawn.rows) * 0.97 / over))])
    size = drawn.rows[-1].index + 1
    root = root_of(size, house.journal.tree())
    note = house.signer.sign(size, root, house.journal.sealed_leaves)
    house.anchors.plan(Batch(first, size, root, note))
    return house.anchors.at(first), drawn  # ours, or that of a worker that was first


def call_of(house: House, batch: Batch, drawn: _Drawn | None = None) -> tuple[bytes, int]:
    """Call data and gas limit of a batch: the same bytes at every try. `drawn` is what it was just planned with."""
    if drawn is None or (drawn.rows[0].index, len(drawn.rows)) != (batch.first, batch.size - batch.first):
        drawn = _draw(house, house.journal.entries(batch.first, batch.size))
    rows, payload = drawn
    if len(rows) != batch.size - batch.first:
        raise StoreError(f"entries {batch.first} to {batch.size - 1} are not all there")
    _check_signed(house, batch, rows)
    flags = [_is_order(row) for row in rows]
    data = registry.append_call(
        batch.first,
        [row.leaf for row in rows],
        registry.orders_bitmap(flags),
        payload,
        batch.checkpoint.encode(),
    )
    gas = registry.gas_for(len(rows), sum(flags), len(payload) + len(batch.checkpoint), batch.first)
    return data, gas


def _check_signed(house: House, batch: Batch, rows: Sequence[Entry]) -> None:
    """What is published can never be taken back: it is what the signer signed for, whatever the database says now."""
    if house.signer.sign(batch.size, batch.root, house.journal.sealed_leaves) != batch.checkpoint:
        raise StoreError(f"the outbox's batch from entry {batch.first} is not the one that was planned")
    for row, signed in zip(rows, house.signer.leaves(batch.first, batch.size), strict=True):
        if not record.leaf_hash(row.record) == row.leaf == signed:
            raise StoreError(
                f"the bytes of entry {row.index} do not give its leaf: they were changed after sealing"
            )


def _finish(house: House, batch: Batch) -> Batch:
    """Compare what the chain holds with the batch, and keep the chain's proof of it: we did not see it arrive."""
    found = house.ledger.batch(batch.first)
    if found is None:
        raise LedgerRefused(
            f"the chain does not show the batch from entry {batch.first} yet", reason="Pending"
        )
    expected = house.journal.leaves(batch.first, batch.size)
    told = (
        found.size,
        found.root,
        found.checkpoint,
    )  # a thief may append our own leaves, but signs no checkpoint
    if told != (batch.size, batch.root, batch.checkpoint.encode()) or list(found.leaves) != expected:
        raise LedgerRefused(
            f"the chain holds another batch from entry {batch.first}: {found.transaction}",
            reason="Foreign",
            advice="Anchoring has stopped. Run `huella audit`, then follow the runbook for a foreign batch.",
        )
    return _keep(house, batch, found)


def _keep(house: House, batch: Batch, found: Anchored | Landed) -> Batch:
    """Keep where a batch is, with the chain's proof of its root: that is the proof of its leaves too."""
    block = house.ledger.prove(batch.size)
    check_proven(house, batch, found, block)
    values: dict[str, Any] = {
        "transaction": found.transaction, "block_number": found.block_number,
        "block_hash": found.block_hash, "block_time": found.time, "proof": pack_proof(block),
    }  # fmt: skip
    current = house.anchors.at(batch.first)
    while current is not None and current.state != FINAL:
        house.anchors.move(current, FINAL, **values)
        current = house.anchors.at(batch.first)
    if current is None:
        raise StoreError(f"the batch from entry {batch.first} disappeared from the outbox")
    return current


def check_proven(house: House, batch: Batch, found: Anchored | Landed, block: ProofBlock) -> None:
    """A batch is final once the verifier's own checks 7 to 9 pass on it, as a stranger will run them.

    Where nobody's seals are known (the embedded chain, or no validators in the trust file) 9 has nothing to say, and
    the ledger's word counts: of nodes that is M of N.
    """
    anchored = Anchor(
        house.ledger.chain_id, house.trust.contract_at(batch.size), batch.size, batch.root,
        bytes.fromhex(found.transaction[2:]), found.block_number, bytes.fromhex(found.block_hash[2:]),
        files.proof_block(block.number, block.header, block.account_proof, block.storage_proof),
    )  # fmt: skip
    checks = (
        issuer.check_consistency(parse_checkpoint(batch.checkpoint), (), anchored),
        issuer.check_chain_offline(anchored, house.trust),
        issuer.check_seals(anchored, house.trust, offline=True),
    )
    for check in checks:
        if check.status == "failed" or (check.status == "unknown" and check.number != 9):
            raise LedgerRefused(
                f"the chain's proof of the batch from entry {batch.first} does not hold: {check.reason('en')}",
                reason="Unproven",
                advice="Compare trust.json with the network's contract and validators before anchoring goes on.",
            )


def _check_chain(house: House) -> int:
    """The chain's size; the log's root at it must be the chain's, else anchoring stops."""
    head = registry.head(house.ledger)
    if head.size > house.journal.size():
        raise LedgerRefused(
            f"the chain holds {head.size} entries, the database {house.journal.size()}",
            reason="Ahead",
            advice="The database was rolled back or cut, or the chain holds a foreign batch. Run `huella audit`.",
        )
    if head.size and root_of(head.size, house.journal.tree()) != head.root:
        raise LedgerRefused(
            f"the chain's root at {head.size} is not the log's",
            reason="Foreign",
            advice="Run `huella audit`.",
        )
    return head.size


def pack_proof(block: ProofBlock) -> bytes:
    """A proof block as it is kept with its batch (JSON)."""
    return orjson.dumps({
        "number": block.number,
        "header": block.header.hex(),
        "account_proof": [node.hex() for node in block.account_proof],
        "storage_proof": [[node.hex() for node in proof] for proof in block.storage_proof],
    })  # fmt: skip


def unpack_proof(kept: bytes) -> ProofBlock:
    """A kept proof block."""
    found = orjson.loads(kept)
    root, time = (tuple(bytes.fromhex(node) for node in proof) for proof in found["storage_proof"])
    account = tuple(bytes.fromhex(node) for node in found["account_proof"])
    return ProofBlock(found["number"], bytes.fromhex(found["header"]), account, (root, time))


class _Place(msgspec.Struct):
    """Of a record, what decides whether a token begins with it."""

    kind: str
    seq: int


_place = msgspec.json.Decoder(_Place)


def _is_order(row: Entry) -> bool:
    """Out of the bytes: the columns could have been changed, and a token cannot be taken back."""
    place = _place.decode(row.record)
    return place.seq == 0 and place.kind in kinds.FIRST_OF_ORDER


def _likely(house: House, rows: Sequence[Entry], shrink: float) -> Sequence[Entry]:
    """Not more rows than may fit: trying costs time."""
    room = 0.98 * (house.settings.number("anchor.max_bytes") - _CALL_OVERHEAD) / shrink
    ends = itertools.accumulate(len(row.record) for row in rows)
    return rows[: max(1, sum(end <= room for end in ends))]


def _shrunk(drawn: _Drawn) -> float:
    """What a batch takes in its transaction, to what its records take."""
    return max((len(drawn.payload) + 33 * len(drawn.rows)) / sum(len(row.record) for row in drawn.rows), 0.01)


def _draw(house: House, rows: Sequence[Entry]) -> _Drawn:
    if house.settings.text("ledger.publish") == "digests":
        return _Drawn(rows, b"")
    bodies: dict[str, bytes] = {}
    for row in rows:
        if b'"annexes":[{' in row.record:
            for annex in record.annexes(record.parse(row.record)):
                body = house.journal.annex(annex.sha256)
                if body is None:
                    raise StoreError(f"entry {row.index} names the annex {annex.sha256}, which is missing")
                if file_digest(body) != annex.sha256:
                    raise StoreError(f"the annex {annex.sha256} was changed after sealing")
                bodies[annex.sha256] = body
    return _Drawn(rows, registry.pack_records([row.record for row in rows], list(bodies.values())))


def _over(house: House, drawn: _Drawn) -> float:
    """What the entries take as one batch, in bytes or gas, to what it may take: above 1 they do not fit."""
    rows, payload = drawn
    gas = registry.gas_for(
        len(rows), sum(_is_order(row) for row in rows), len(payload) + _CALL_OVERHEAD, rows[0].index
    )
    size = len(payload) + 33 * len(rows) + _CALL_OVERHEAD
    limits = [
        house.settings.number(name)
        for name in ("anchor.max_gas", "ledger.gas_per_block", "ledger.gas_per_minute")
    ]
    return max(size / house.settings.number("anchor.max_bytes"), gas / min(filter(None, limits)))
