"""Epochs of a log: where one ended, because sealed entries were lost for good, and what led on to the next.

The tree goes on: entries 0 … kept-1 stay what they were, entry `kept` is the next epoch's `log.recovered`. What the
ended epoch's key signed beyond `kept` is of entries that are lost; it is no part of this log.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from huella.errors import ProofError
from huella.proof.checkpoint import (
    Checkpoint,
    VerifierKey,
    b64,
    check_signatures,
    parse_checkpoint,
    parse_verifier_key,
)
from huella.proof.form import items, member
from huella.records.model import Recovered

MAX_EPOCHS = 64
SUCCESSOR = "huella-successor "
"""Begins the extension line of an epoch's last checkpoint; the next epoch's verifier key follows."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch that ended: its origin and keys, how many of its entries were kept, its last known head (signed, longer
    than what was kept), and the Lima date on which the loss was recorded (`2026-11-25`)."""

    origin: str
    log_keys: tuple[VerifierKey, ...]
    kept: int
    head: Checkpoint
    date: str

    def value(self) -> dict[str, Any]:
        """As it stands in the trust file."""
        return {
            "origin": self.origin,
            "log_keys": [key.text for key in self.log_keys],
            "kept": self.kept,
            "head": self.head.raw,
            "date": self.date,
        }


@dataclass(frozen=True, slots=True)
class End:
    """What a `log.recovered` says, its notes read: the epoch that ended and the key of the one that begins."""

    epoch: Epoch
    root: bytes
    successor: VerifierKey


def parse_epochs(value: dict[str, Any], origin: str) -> tuple[Epoch, ...]:
    """The trust file's `epochs`. ProofError names what is not in its form, or not signed by the epoch's own key."""
    if "epochs" not in value:
        return ()
    found = []
    for position, named in enumerate(items(value, "epochs", dict, MAX_EPOCHS, "")):
        place = f"/epochs/{position}"
        keys = tuple(parse_verifier_key(text) for text in items(named, "log_keys", str, 64, place))
        day = member(named, "date", str, place)
        if not is_date(day):
            raise ProofError(f"{place}/date is a date such as 2026-11-25")
        head = parse_checkpoint(member(named, "head", str, place))
        epoch = Epoch(member(named, "origin", str, place), keys, member(named, "kept", int, place), head, day)
        if {key.name for key in keys} != {epoch.origin}:
            raise ProofError(f"{place}/log_keys bear the epoch's origin as their name")
        if check_signatures(head, keys, epoch.origin) != "good" or epoch.kept >= head.size:
            raise ProofError(f"{place}/head is signed by the epoch's key, and longer than what was kept")
        found.append(epoch)
    kept = [epoch.kept for epoch in found]
    names = [origin, *(epoch.origin for epoch in found)]
    if kept != sorted(kept) or len(set(names)) != len(names):
        raise ProofError("/epochs stands in ascending order of kept, each with an origin of its own")
    return tuple(found)


def is_date(text: str) -> bool:
    """Whether a text is a calendar date, `2026-11-25`."""
    try:
        return bool(_DATE.match(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def read_end(fact: Recovered, index: int, keys: Sequence[VerifierKey]) -> End:
    """What a `log.recovered` at an index says, held against itself and the ended epoch's `keys`.

    ProofError where a note is not signed by them or does not say what the record says: then it ends no epoch.
    """
    head, last = parse_checkpoint(fact.head), parse_checkpoint(fact.handover)
    successor = parse_verifier_key(fact.successor)
    for note in (head, last):
        if check_signatures(note, keys, fact.origin) != "good":
            raise ProofError("the ended epoch's key did not sign the record's heads")
    if last.note.text != handover_text(fact.origin, index, last.root, successor):
        raise ProofError("the epoch's last checkpoint does not lead to this record's place and key")
    if fact.kept != index or fact.root != last.root.hex():
        raise ProofError("the record does not stand behind the entries that it says were kept")
    if fact.lost.first != index or fact.lost.size != head.size or head.size <= index:
        raise ProofError("the lost range is not that from what was kept to the last known head")
    if successor.name == fact.origin:
        raise ProofError("the next epoch has an origin of its own")
    epoch = Epoch(fact.origin, tuple(keys), index, head, fact.date)
    return End(epoch, last.root, successor)


def handover_text(origin: str, size: int, root: bytes, successor: VerifierKey) -> str:
    """The text of an epoch's last checkpoint, which its own key signs: where it ends and which key goes on."""
    return f"{origin}\n{size}\n{b64(root)}\n{SUCCESSOR}{successor.text}\n"
