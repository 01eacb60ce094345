"""Publish: evidence files and papers out of what is sealed and anchored. Repeating it gives the same again."""

from __future__ import annotations

from huella.errors import NotFound, ProofError, StoreError
from huella.flow.anchor import unpack_proof
from huella.flow.house import House
from huella.proof import evidence as files
from huella.proof.checkpoint import Checkpoint, LogProof, parse_checkpoint
from huella.proof.evidence import Anchor, Evidence, NamedFile
from huella.proof.issuer import check_witnessed
from huella.proof.merkle import consistency_proof, inclusion_proof, leaf_hash, verify_inclusion
from huella.records import record
from huella.store.anchors import Batch
from huella.store.journal import Entry


def evidence_of(house: House, index: int, pointers: frozenset[str] | None = frozenset()) -> Evidence:
    """The evidence of one entry: with its anchor once there is one, a receipt before.

    `pointers` are the sealed fields to disclose, None for all that the vault still opens. InputError beyond the log's
    end; StoreError where a part of the proof is missing.
    """
    entry = house.journal.entry(index)
    if entry is None:
        raise NotFound(f"the log has no entry {index}", field="index")
    found = record.parse(entry.record)
    opened = house.vault.open(index, record.sealed(found)) if pointers != frozenset() else {}
    shown = tuple(text for pointer, text in sorted(opened.items()) if pointers is None or pointer in pointers)
    annexes = tuple(_annex(house, named.sha256) for named in record.annexes(found))
    head, batch = _standing(house, index)
    tree = house.journal.tree()
    path = inclusion_proof(index, head.size, tree)
    if not verify_inclusion(leaf_hash(entry.record), index, head.size, path, head.root):
        raise StoreError(f"entry {index} is not what was sealed: no evidence is handed out for it")
    return Evidence(
        record=entry.record,
        proof=LogProof(index, tuple(path), head),
        annexes=annexes,
        disclosures=shown,
        consistency=None if batch is None else tuple(consistency_proof(head.size, batch.size, tree)),
        anchor=None if batch is None else anchor_of(house, batch),
        files=tuple(NamedFile(file.name, file.sha256) for file in record.files(found)),
    )


def _standing(house: House, index: int) -> tuple[Checkpoint, Batch | None]:
    """The signed head and the batch that evidence of an entry stands on, cosigned where witnesses did.

    Of the cosigned heads up to the entry's own batch the first one counts: it tells the earliest time. Where the trust
    file asks for witnesses and none of those has enough, it is a later head, and the batch that reaches it.
    """
    batch = house.anchors.holding(index)
    needed = house.trust.witnesses_needed
    found = _cosigned(house, index, None if batch is None else batch.size)
    if found is not None:
        return found, batch
    later = _cosigned(house, index, None) if batch is not None and needed else None
    reaching = house.anchors.reaching(later.size) if later is not None else None
    if later is not None and reaching is not None:
        return later, reaching
    note = batch.checkpoint if batch is not None else house.journal.head()[2]
    if note is None:
        raise StoreError(f"entry {index} has no signed checkpoint yet", advice="Ask again in a second.")
    return parse_checkpoint(note), batch


def _cosigned(house: House, index: int, limit: int | None) -> Checkpoint | None:
    """The first cosigned head with an entry, as the trust file wants it; None where there is none that a reader of this
    registry's trust file would take."""
    if not house.trust.witnesses:
        return None
    note = house.heads.covering(index, limit, max(1, house.trust.witnesses_needed))
    if note is None:
        return None
    try:
        head = parse_checkpoint(note)
    except ProofError:  # the audit names it
        return None
    checked = check_witnessed(head, house.trust)
    return head if (checked.status, checked.code) == ("passed", "witnessed") else None


def anchor_of(house: House, batch: Batch) -> Anchor:
    """The chain's word for a final batch, as evidence carries it."""
    if (
        batch.transaction is None
        or batch.block_number is None
        or batch.block_hash is None
        or batch.proof is None
    ):
        raise StoreError(f"the batch from entry {batch.first} is not final")
    block = unpack_proof(batch.proof)
    return Anchor(
        chain_id=house.ledger.chain_id,
        contract=house.trust.contract_at(batch.size),
        size=batch.size,
        root=batch.root,
        transaction=bytes.fromhex(batch.transaction[2:]),
        block_number=batch.block_number,
        block_hash=bytes.fromhex(batch.block_hash[2:]),
        proof_block=files.proof_block(block.number, block.header, block.account_proof, block.storage_proof),
    )


def newest_entry(house: House, number: str) -> Entry:
    """The entry that stands for an order: its newest record that tells the whole order."""
    entries = [
        entry
        for entry in house.journal.of_subject(number)
        if entry.kind in ("order.published", "order.imported")
    ]
    if not entries:
        raise NotFound(
            f"the order {number} is not registered", field="order", advice="`huella show` lists what is."
        )
    return entries[-1]


def _annex(house: House, sha256: str) -> bytes:
    body = house.journal.annex(sha256)
    if body is None:
        raise StoreError(f"the annex {sha256} is missing")
    return body
