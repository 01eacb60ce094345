"""Vouch: a mirror as a witness. It cosigns only heads over records that it took over from the chain and checked.

the log asks ─► signed by its key ─► taken over here? ─► the root of our own records ─► extends the last one ─► cosigned

A witness alone believes the log's proof that nothing before was changed; a mirror has the records and needs no proof.
"""

from __future__ import annotations

from dataclasses import replace

from huella.errors import InputError
from huella.flow.house import House
from huella.flow.witness import Doubt, Reply, Witness
from huella.proof.checkpoint import Checkpoint, parse_checkpoint
from huella.proof.merkle import root_of

TOO_EARLY = 425


def witness(mirror: House, alone: Witness) -> Witness:
    """A witness that doubts every head that this mirror did not verify. InputError where it does not know the log."""
    if not any(key.name == mirror.trust.origin for key in alone.logs):
        raise InputError(
            f"the witness {alone.name} does not know the log {mirror.trust.origin}", field="--witness",
            advice="Let it know the log: `huella witness init --dir FOLDER --trust trust.json`.",
        )  # fmt: skip
    return replace(alone, doubt=lambda head: _doubt(mirror, head))


def _doubt(mirror: House, head: Checkpoint) -> Doubt | None:
    if head.origin != mirror.trust.origin:
        return Doubt(Reply(404, b"this mirror follows another log\n"))
    if head.size > mirror.anchors.anchored():
        return Doubt(Reply(TOO_EARLY, b"this mirror has not taken that over from the chain yet\n"))
    if root_of(head.size, mirror.journal.tree()) == head.root:
        return None
    held = mirror.anchors.reaching(head.size)
    other = parse_checkpoint(held.checkpoint) if held is not None and held.size == head.size else None
    return Doubt(Reply(422, b"the records on the chain give another root at this size\n"), other)
