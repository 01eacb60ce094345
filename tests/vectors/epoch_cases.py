"""Epochs that ended: old heads up to what was kept, receipts of what was lost, and what is neither."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import vector_cast as cast
from evidence_cases import GOOD, Case, case, changed, status
from huella.proof import checkpoint, merkle
from huella.records import canonical

NEXT = "example.pe/huella/2"
DAY = "2026-11-25"
OTHER = sha256(b"another history").digest()
UNANCHORED = status(GOOD, c7="u", c8="u", c9="u")


def ended(kept: object, head: str, **changes: Any) -> dict[str, Any]:
    """The members of a trust file whose log's first epoch ended: `kept` entries stay, `head` was its last."""
    epoch = {
        "origin": cast.ORIGIN,
        "log_keys": [cast.verifier(cast.LOG)],
        "kept": kept,
        "head": head,
        "date": DAY,
    }
    found = {name: value for name, value in (epoch | changes).items() if value is not None}
    return {"origin": NEXT, "log_keys": [cast.verifier(cast.OTHER_LOG, NEXT)], "epochs": [found]}


def head(size: int, root: bytes | None = None) -> str:
    """A head of the first epoch, signed; of the cast's log where no other root is given."""
    leaves = [merkle.leaf_hash(body) for body in cast.records_with(canonical.encode(cast.ORDER), 3)]
    return checkpoint.sign(
        cast.ORIGIN, size, root or merkle.root_of(size, merkle.tree_node(leaves)), cast.LOG
    )


def epoch_cases(good: Any) -> list[Case]:
    """Evidence of entry 3 under a head of five entries, and trust files that tell how that epoch ended."""
    receipt = changed(changed(good, "anchor", drop=True), "consistency", drop=True)
    elsewhere = {**good, "anchor": cast.anchor_value(OTHER)}
    at_once = {**good, "anchor": cast.anchor_value(OTHER, size=cast.SIZE), "consistency": []}
    index, _, note = good["proof"].partition("\n\n")
    body = checkpoint.parse_checkpoint(note).note.text
    strange = cast.evidence_value(note_key=cast.OTHER_LOG)
    later = body.replace(cast.ORIGIN, NEXT)
    public = checkpoint.verifier_key(NEXT, cast.OTHER_LOG.public_key().public_bytes_raw())

    def by_next(text: str) -> Any:
        line = checkpoint.Signature(NEXT, public.key_id, cast.OTHER_LOG.sign(text.encode())).text
        return changed(good, "proof", to=f"{index}\n\n{text}\n{line}\n")

    def one(name: str, evidence: Any, kept: int, overall: str, statuses: str, last: str = head(6)) -> Case:
        return case(name, evidence, overall, statuses, trust=ended(kept, last))

    moved = status(GOOD, c7="u")
    witnessed = ended(3, head(6)) | {"witnesses": [cast.witness(cast.WITNESS, "w1")], "witnesses_needed": 1}
    return [
        one("the head of an ended epoch that was kept", good, 5, "authentic", GOOD),
        one("a head of the present epoch", by_next(later), 4, "authentic", GOOD),
        one("a receipt of an entry that was kept", receipt, 5, "unknown", UNANCHORED),
        one("a receipt of a lost entry", receipt, 3, "lost", UNANCHORED),
        one("a receipt of the first lost entry, the head the last known one", receipt, 3, "lost", UNANCHORED, head(5)),
        one("a receipt of a lost entry under a head that nobody knew", receipt, 3, "lost", UNANCHORED, head(4)),
        one("a receipt of a kept entry under a lost head", receipt, 4, "unknown", UNANCHORED),
        one("a receipt beyond the last known head", receipt, 2, "unknown", UNANCHORED, head(3)),
        one("a second head of the last known one's size", receipt, 3, "forked", UNANCHORED, head(5, OTHER)),
        one("a lost receipt whose record is changed",
            changed(receipt, "record", to=receipt["record"].replace("2690", "1690")), 3, "altered",
            status(UNANCHORED, c5="f")),
        one("a lost receipt that nobody signed", {**receipt, "proof": strange["proof"]}, 3, "unknown",
            status(UNANCHORED, c6="u")),
        one("the trust file calls lost what the chain holds", good, 3, "authentic", GOOD),
        one("a lost receipt beside an anchor of the next epoch", elsewhere, 3, "lost", moved),
        one("a lost head beside the next epoch's of that size", at_once, 3, "lost", moved),
        one("the next epoch's key under the ended one's origin", by_next(body), 5, "unknown", status(GOOD, c6="u")),
        case("a lost receipt that no witness cosigned", receipt, "lost", status(UNANCHORED, c6="u"), trust=witnessed),
    ]  # fmt: skip


def epoch_fork_cases() -> list[Case]:
    """Fork proofs with heads of an ended epoch."""
    first = sha256(b"one history").digest()
    both, chain = "pnnnnpnnn", "pnnnnpnpp"

    def fork(name: str, value: dict[str, Any], kept: int, overall: str, statuses: str) -> Case:
        return case(name, {"format": "huella/fork/1", **value}, overall, statuses, trust=ended(kept, head(6)))

    held = {"head": head(5, first), "anchor": cast.anchor_value(OTHER, size=5)}
    return [
        fork("two lost heads of one size", {"heads": [head(5, first), head(5, OTHER)]}, 3, "forked", both),
        fork("a lost head and the next epoch's anchor", held, 3, "unknown", status(chain, c7="u")),
        fork("a kept head and the chain", held, 5, "forked", chain),
    ]


def epoch_trust_cases() -> list[tuple[str, str, bool]]:
    """Trust files with epochs: name, text, whether it is read."""
    present = {"origin": NEXT, "log_keys": [cast.verifier(cast.LOG, NEXT)], "kept": 3, "date": DAY,
               "head": checkpoint.sign(NEXT, 6, OTHER, cast.LOG)}  # fmt: skip
    older = {"origin": "example.pe/0", "log_keys": [cast.verifier(cast.LOG, "example.pe/0")], "kept": 1, "date": DAY,
             "head": checkpoint.sign("example.pe/0", 6, OTHER, cast.LOG)}  # fmt: skip
    good = ended(3, head(6))
    own = good["epochs"][0]
    bad: dict[str, Any] = {
        "an epoch that lost nothing": ended(6, head(6)),
        "an epoch's head by a stranger": ended(3, checkpoint.sign(cast.ORIGIN, 6, OTHER, cast.OTHER_LOG)),
        "an epoch's head of another origin": ended(3, checkpoint.sign(NEXT, 6, OTHER, cast.LOG)),
        "an epoch's key under another name": ended(3, head(6), log_keys=[cast.verifier(cast.LOG, NEXT)]),
        "an epoch without keys": ended(3, head(6), log_keys=[]),
        "an epoch without a date": ended(3, head(6), date=None),
        "an epoch that ended on no day": ended(3, head(6), date="2026-11-31"),
        "an epoch that ended at a time": ended(3, head(6), date="2026-11-25T00:00:00Z"),
        "an epoch's kept as text": ended("3", head(6)),
        "an epoch of the present origin": {**good, "epochs": [present]},
        "an epoch twice": {**good, "epochs": [own, own]},
        "epochs in another order": {**good, "epochs": [own, older]},
        "epochs as an object": {**good, "epochs": {}},
    }
    return [
        ("with an epoch that ended", cast.dumps(cast.trust_value(**good)), True),
        ("with two epochs", cast.dumps(cast.trust_value(**{**good, "epochs": [older, own]})), True),
        *((name, cast.dumps(cast.trust_value(**change)), False) for name, change in bad.items()),
    ]
