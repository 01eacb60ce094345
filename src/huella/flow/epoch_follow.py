"""How a mirror goes on where the log's epoch ended: by the ended key's own word, which stands in `log.recovered`.

a batch under an unknown key ─► the record in it that the known key's last checkpoint leads to ─► trust.json ─► batch
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from huella.errors import HuellaError, ProofError
from huella.flow.house import TRUST_FILE, House
from huella.flow.mirror import Keyless, trusted
from huella.flow.sign import replace_durably
from huella.ledger.port import Anchored
from huella.proof.checkpoint import parse_checkpoint
from huella.proof.epoch import End, read_end
from huella.proof.merkle import Frontier, frontier_of
from huella.records import kinds, record
from huella.records.model import Recovered
from huella.records.recovery import KIND


def led_on(house: House, found: Anchored, records: Callable[[], Sequence[bytes]]) -> House:
    """The house that trusts a batch's key: a mirror's trust file moves on where the batch holds the end of the epoch
    that it trusts, handed over by that epoch's key. Else the same house; then the batch is no batch of the log.

    `records` reads the batch's, which is done only where it is under another key. What serves in another process keeps
    the trust that it began with, until it is started again.
    """
    if not isinstance(house.signer, Keyless) or not house.trust.log_keys:
        return house
    path = house.settings.folder / TRUST_FILE
    try:
        note = parse_checkpoint(found.checkpoint.decode())
        if house.trust.holds(note):
            return house
        house = _trusting(house, path.read_bytes())  # an earlier look may have been led on
        if house.trust.holds(note):
            return house
        end = _end(house, found, records())
    except (HuellaError, UnicodeDecodeError):
        return house
    if end is None:
        return house
    moved = house.trust.succeeded(end.epoch, end.successor)
    if not moved.holds(note):
        return house
    replace_durably(path, moved.encode())
    return _trusting(house, moved.encode())


def origin_now(house: House) -> str:
    """The origin in the trust file as it lies on the disk: another one than the house's where a mirror was led on."""
    return trusted((house.settings.folder / TRUST_FILE).read_bytes()).origin


def _trusting(house: House, raw: bytes) -> House:
    found = trusted(raw)
    if found == house.trust or not isinstance(house.signer, Keyless):
        return house
    return replace(house, trust=found, signer=house.signer.of(found.origin, found.log_keys))


def _end(house: House, found: Anchored, records: Sequence[bytes]) -> End | None:
    """The end of the trusted epoch in a batch's records, held against the entries in front of it. None: there is none.

    ProofError where it is not what it says.
    """
    keys = tuple(key for key in house.trust.log_keys if key.name == house.trust.origin)
    frontier = Frontier(found.first, list(frontier_of(found.first, house.journal.tree())))
    for index, (raw, leaf) in enumerate(zip(records, found.leaves, strict=True), found.first):
        if b'"kind":"log.recovered"' in raw and (told := record.parse(raw)).kind == KIND:
            fact: Recovered = kinds.read(told.kind, told.data)
            end = read_end(fact, index, keys)
            if end.root != frontier.root():
                raise ProofError("the record's root is not that of the entries in front of it")
            return end
        frontier.append(leaf)
    return None
