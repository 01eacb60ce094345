"""Checks 6 to 10: who stands behind the head - the log's key, the chain, its validators - and the state
now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from huella.errors import LedgerError, ProofError
from huella.proof import headers, merkle
from huella.proof.checkpoint import Checkpoint
from huella.proof.cosignature import attested
from huella.proof.epoch import Epoch
from huella.proof.evidence import Anchor, ProofBlock
from huella.proof.trust import Trust
from huella.proof.verdict import Check
from huella.records.identifiers import moment


class Node(Protocol):
    """One node of the network, asked about the contract that the trust file names.

    Each method answers from the node's own final chain or raises LedgerError, which counts as no answer.
    """

    @property
    def name(self) -> str:
        """What tells this node from others; nodes of one name count once."""
        ...

    def chain_id(self) -> int:
        """The network's chain id."""
        ...

    def root_at(self, size: int) -> bytes | None:
        """The 32-byte root that the contract holds for this size; None (or zeros) where it holds none."""
        ...

    def block_hash(self, number: int) -> bytes | None:
        """The 32-byte hash of the block of that number, None where the node has no such block yet."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """Who was asked for the subject's state and what was said: state, head (log size) and time as text.

    `mirror` is True for a mirror that is independent of the registry.
    """

    source: str
    mirror: bool
    state: str
    size: int
    time: str


def check_signature(head: Checkpoint, trust: Trust | None) -> Check:
    """6: the checkpoint is signed by a trusted log key under the trusted origin."""
    if trust is None:
        return Check(6, "unknown", "no-trust")
    found = trust.signed(head)
    if found == "good":
        return Check(6, "passed")
    if found == "untrusted":
        return Check(6, "unknown", "key-untrusted")
    return Check(6, "failed", "signature-wrong" if found == "wrong" else "other-origin")


def check_witnessed(head: Checkpoint, trust: Trust | None) -> Check:
    """6 with its second half: as many trusted witnesses cosigned the head as the trust file asks for.

    It tells the time by which they had seen it, which is a time that the registry cannot choose. A false line of a
    trusted witness fails without making anything altered: whoever passes a file on can add such a line.
    """
    signed = check_signature(head, trust)
    if signed.status != "passed" or trust is None or not trust.witnesses:
        return signed
    found = attested(head, trust.witnesses)
    if found.false:
        return Check(6, "failed", "cosignature-wrong")
    count, needed = len(found.times), trust.witnesses_needed
    time = found.by(needed)
    if time is not None:
        return Check(6, "passed", "witnessed", (count, moment(datetime.fromtimestamp(time, UTC))))
    if needed:
        return Check(6, "unknown", "witnesses-few", (count, needed))
    return Check(6, "passed", "unwitnessed")


def check_consistency(
    head: Checkpoint, consistency: tuple[bytes, ...] | None, anchor: Anchor | None
) -> Check:
    """7: the consistency proof leads from the checkpoint to the anchor's size and root."""
    if anchor is None:
        return Check(7, "unknown", "no-anchor")
    if anchor.size < head.size:
        return Check(7, "failed", "anchor-smaller")
    if anchor.size > head.size and consistency is None:
        return Check(7, "unknown", "no-consistency")
    if merkle.verify_consistency(head.size, anchor.size, head.root, anchor.root, consistency or ()):
        return Check(7, "passed")
    return Check(7, "failed", "consistency-wrong")


def cut_off(head: Checkpoint, trust: Trust | None) -> Epoch | None:
    """The ended epoch that lost this head: it is longer than what was kept. None for every other head."""
    ended = None if trust is None else trust.ended(head.origin)
    return ended if ended is not None and head.size > ended.kept else None


def check_epoch(index: int, head: Checkpoint, trust: Trust | None, seven: Check) -> Check:
    """7 where an ended epoch lost the head: nothing anchored can follow it, and it says what became of the entry.

    `seven` is what 7 said before; where the chain holds the head all the same, nothing was lost.
    """
    epoch = cut_off(head, trust)
    if epoch is None or seven.status == "passed":
        return seven
    if index >= epoch.head.size:
        return Check(7, "unknown", "beyond-head", (epoch.head.size, epoch.date))
    if index >= epoch.kept:
        return Check(7, "unknown", "lost", (epoch.date, epoch.kept, epoch.head.size - 1))
    return Check(7, "unknown", "head-lost", (epoch.date,))


def check_chain_offline(anchor: Anchor | None, trust: Trust | None) -> Check:
    """8 offline: the storage proof shows the anchor's root in the state of the header."""
    early = _before_chain(anchor, trust)
    if early is not None or anchor is None or trust is None:
        return early or Check(8, "unknown", "no-anchor")
    block = anchor.proof_block
    if block is None:
        return Check(8, "unknown", "no-proof-block")
    if block.header.number != block.number or block.number < anchor.block_number:
        return Check(8, "failed", "block-mismatch")
    try:
        account = headers.prove_account(block.header.state_root, anchor.contract, block.account_proof)
        if account is None:
            return Check(8, "failed", "storage-wrong", ("accountProof",))
        if trust.code_hash_at(anchor.size) not in (None, account.code_hash):
            return Check(8, "failed", "other-code")
        return _check_storage(anchor, block, account.storage_root)
    except ProofError as error:
        return Check(8, "failed", "storage-wrong", (str(error),))


def check_chain_online(anchor: Anchor | None, trust: Trust | None, nodes: Sequence[Node]) -> Check:
    """8 online: `agree` of the nodes hold this root in this block of this network."""
    early = _before_chain(anchor, trust)
    if early is not None or anchor is None or trust is None:
        return early or Check(8, "unknown", "no-anchor")
    distinct = list({node.name: node for node in reversed(nodes)}.values())
    answers = [_ask(node, anchor) for node in distinct]
    count, agree, contradict = len(answers), answers.count(True), answers.count(False)
    if count >= trust.agree:
        if agree >= trust.agree:
            return Check(8, "passed", "nodes-agree", (agree, count))
        if contradict > count - trust.agree:
            return Check(8, "failed", "nodes-contradict", (contradict, count))
    return Check(8, "unknown", "nodes-unsure", (agree, count, trust.agree))


def check_seals(anchor: Anchor | None, trust: Trust | None, *, offline: bool) -> Check:
    """9: the header's hash is right and ceil(2N/3) distinct trusted validators sealed it."""
    if trust is None:
        return Check(9, "unknown", "no-trust")
    if trust.consensus == "none":
        return Check(9, "not asked", "no-consensus")
    if anchor is None:
        return Check(9, "unknown", "no-anchor")
    if not offline:
        return Check(9, "not asked", "online")
    block = anchor.proof_block
    if block is None:
        return Check(9, "unknown", "no-proof-block")
    validators = trust.validators_at(block.header.number)
    if validators is None:
        return Check(9, "unknown", "no-validators")
    try:
        sealed = headers.read_seals(block.header, trust.consensus)
    except ProofError as error:
        return Check(9, "failed", "seals-form", (str(error),))
    if block.number == anchor.block_number and sealed.block_hash != anchor.block_hash:
        return Check(9, "failed", "hash-wrong")
    count, needed = headers.count_trusted(sealed.signers, validators), headers.quorum(len(validators))
    if count < needed:
        return Check(9, "failed", "seals-few", (count, needed))
    return Check(9, "passed", "seals-good", (count,))


def check_state(answers: Sequence[Answer], trust: Trust | None) -> Check:
    """10: what the subject's state is now, by whom. Passes where `agree` distinct mirrors say the same."""
    if not answers:
        return Check(10, "not asked", "not-consulted")
    said: dict[str, set[str]] = {}
    for answer in answers:
        if answer.mirror:
            said.setdefault(answer.state, set()).add(answer.source)
    ranked = sorted(said.items(), key=lambda item: -len(item[1]))
    # the most agreed on; two states that as many mirrors tell agree on nothing
    if trust is not None and ranked and len(ranked[0][1]) >= trust.agree:
        state, sources = ranked[0]
        if len(ranked) == 1 or len(ranked[1][1]) < len(sources):
            # the oldest head of those who agree: that far all of them vouch
            oldest = min((a for a in answers if a.mirror and a.state == state), key=lambda a: a.size)
            return Check(10, "passed", "state-agreed", (state, len(sources), oldest.size, oldest.time))
    for answer in answers:
        if not answer.mirror:
            return Check(10, "unknown", "state-told", (answer.state, answer.size, answer.time))
    first = answers[0]
    return Check(10, "unknown", "state-mirrors", (first.state, first.source, first.size, first.time))


def _before_chain(anchor: Anchor | None, trust: Trust | None) -> Check | None:
    """What 8 says before the chain is looked at; None where it has to be."""
    if trust is None:
        return Check(8, "unknown", "no-trust")
    if anchor is None:
        return Check(8, "unknown", "no-anchor")
    if anchor.chain_id != trust.chain_id or anchor.contract != trust.contract_at(anchor.size):
        return Check(8, "failed", "other-network")
    return None


def _check_storage(anchor: Anchor, block: ProofBlock, storage_root: bytes) -> Check:
    root_slot, time_slot = headers.head_slots(anchor.size)
    root = headers.prove_storage(storage_root, root_slot, block.root_proof)
    time = headers.prove_storage(storage_root, time_slot, block.time_proof)
    if root.to_bytes(32, "big") != anchor.root or not root:
        return Check(8, "failed", "storage-wrong", ("root",))
    if not 0 < time < 2**64:
        return Check(8, "failed", "storage-wrong", ("time",))
    return Check(8, "passed")


def _ask(node: Node, anchor: Anchor) -> bool | None:
    """Whether a node confirms the anchor; None where it does not answer or has not come that far."""
    try:
        if node.chain_id() != anchor.chain_id:
            return False
        block = node.block_hash(anchor.block_number)
        if block is None:
            return None
        return block == anchor.block_hash and node.root_at(anchor.size) == anchor.root != bytes(32)
    except LedgerError:
        return None
