"""The ten numbered checks and their verdict: the one procedure of specification, code, portal and command
line.

    1 form · 2 record · 3 disclosures · 4 document · 5 inclusion · 6 signature · 7 consistency · 8 chain · 9
    seals · 10 state

Nothing here reads a file, asks a network or looks at a clock: nodes and answers come in as arguments.
"""

from __future__ import annotations

from collections.abc import Sequence

from huella.errors import ProofError
from huella.proof import evidence as files
from huella.proof.checkpoint import Checkpoint
from huella.proof.evidence import Evidence, Fork
from huella.proof.integrity import check_disclosures, check_document, check_inclusion, check_record
from huella.proof.issuer import (
    Answer,
    Node,
    check_chain_offline,
    check_chain_online,
    check_consistency,
    check_epoch,
    check_seals,
    check_signature,
    check_state,
    check_witnessed,
    cut_off,
)
from huella.proof.trust import Trust
from huella.proof.verdict import Check, Verdict, judge

__all__ = ["Answer", "Node", "verify", "verify_fork"]


def verify(
    evidence: bytes | Evidence,
    trust: Trust | None,
    *,
    document: bytes | None = None,
    nodes: Sequence[Node] = (),
    offline: bool = True,
    states: Sequence[Answer] = (),
) -> Verdict:
    """Check an evidence file (its bytes, or read already) and give the verdict.

    `document` is a file that claims to be the recorded one. Offline the chain speaks by the file's own
    proof; with
    `offline=False` the `nodes` are asked instead, of which `trust.agree` must agree. Raises nothing for a
    bad file: that is check 1.
    """
    attested = trust is None or trust.consensus != "none"
    if isinstance(evidence, bytes):
        try:
            evidence = files.parse(evidence)
        except ProofError as error:
            return _unreadable(error, attested)
    head, anchor = evidence.proof.checkpoint, evidence.anchor
    read = check_record(evidence)
    opened = check_disclosures(evidence, read)
    chain = check_chain_offline(anchor, trust) if offline else check_chain_online(anchor, trust, nodes)
    checks = (
        Check(1, "passed"),
        read.check,
        opened.check,
        check_document(document, read, opened),
        check_inclusion(evidence),
        check_witnessed(head, trust),
        check_epoch(evidence.proof.index, head, trust, check_consistency(head, evidence.consistency, anchor)),
        chain,
        check_seals(anchor, trust, offline=offline),
        check_state(states, trust),
    )
    # an evidence file that holds a head and an anchor in contradiction is a fork proof itself, witnessed or not
    signed = check_signature(head, trust).status == "passed"
    forked = (
        _contradicts(Fork((head,), anchor)) and cut_off(head, trust) is None and _all_passed(checks, 8, 9)
    )
    return judge(
        checks, attested=attested, forked=signed and (forked or _is_second(head, trust)), issued=signed
    )


def verify_fork(proof: bytes | Fork, trust: Trust | None) -> Verdict:
    """Check a fork proof: two trusted heads of one size and different roots, or a head and what the chain
    holds.

    The chain speaks by the file's own proof only (8 and 9), since a fork is shown to others. A proof that
    does not hold gives `unknown`, or `altered` where a signature under a trusted key is false. Witnesses are
    not asked for: the log's own key accuses it.
    """
    attested = trust is None or trust.consensus != "none"
    if isinstance(proof, bytes):
        try:
            proof = files.parse_fork(proof)
        except ProofError as error:
            return _unreadable(error, attested)
    signatures = [check_signature(head, trust) for head in proof.heads]
    # the worst of the two speaks for check 6
    signature = max(signatures, key=lambda check: ("passed", "unknown", "failed").index(check.status))
    contradiction = _contradicts(proof)
    seven = Check(7, "not asked", "ok" if contradiction else "no-contradiction")
    lost = None if proof.anchor is None else cut_off(proof.heads[0], trust)
    if lost is not None:  # that the chain went another way is on record: the epoch ended
        contradiction, seven = False, Check(7, "unknown", "head-lost", (lost.date,))
    skipped = {number: Check(number, "not asked", "not-needed") for number in (2, 3, 4, 5, 8, 9)}
    if proof.anchor is not None:
        skipped[8] = check_chain_offline(proof.anchor, trust)
        skipped[9] = check_seals(proof.anchor, trust, offline=True)
    checks = (
        Check(1, "passed"),
        *(skipped[number] for number in (2, 3, 4, 5)),
        signature,
        seven,
        skipped[8],
        skipped[9],
        Check(10, "not asked", "not-consulted"),
    )
    holds = _all_passed(checks, 6) if proof.anchor is None else _all_passed(checks, 6, 8, 9)
    return judge(checks, attested=attested, forked=contradiction and holds)


def _contradicts(proof: Fork) -> bool:
    """Whether the two words are of one size and different roots; nothing else contradicts without more
    proof.
    """
    heads = [(head.size, head.root) for head in proof.heads]
    if proof.anchor is not None:
        heads.append((proof.anchor.size, proof.anchor.root))
    return len(heads) == 2 and heads[0][0] == heads[1][0] and heads[0][1] != heads[1][1]


def _is_second(head: Checkpoint, trust: Trust | None) -> bool:
    """Whether a head is of the size of its ended epoch's last known one, and another."""
    epoch = cut_off(head, trust)
    return epoch is not None and head.size == epoch.head.size and head.root != epoch.head.root


def _all_passed(checks: Sequence[Check], *numbers: int) -> bool:
    return all(checks[number - 1].status == "passed" for number in numbers)


def _unreadable(error: ProofError, attested: bool) -> Verdict:
    rest = tuple(Check(number, "unknown", "not-reached") for number in range(2, 10))
    last = Check(10, "not asked", "not-consulted")
    return judge((Check(1, "failed", "form", (str(error),)), *rest, last), attested=attested)
