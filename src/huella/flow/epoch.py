"""The end of a log's epoch: sealed entries behind the last anchor are lost for good, and the log goes on without them.

chain ─► rebuild ─► what is proven and there stays, up to the first entry that is lost ─► one transaction: that tail and
`log.recovered` behind it ─► trust.json ─► the next key ─► the signer begins anew ─► the head is signed

Until the transaction nothing has happened but a mark in the signer's folder; from its commit the epoch has ended, and
whoever was stopped goes on from the record. On the way nothing is signed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from huella.errors import (
    HuellaError,
    InputError,
    LedgerRefused,
    ProofError,
    SettingsError,
    SignerError,
    StoreError,
)
from huella.flow import log_key
from huella.flow.house import TRUST_FILE, House, signer_of
from huella.flow.mirror import refuse
from huella.flow.recover import (
    PAGE,
    annexes_of,
    check_going_on,
    check_memory,
    known_head,
    somebody_else,
    under_way,
)
from huella.flow.replay import Page, replay
from huella.flow.seal import Ready, ready, sign_head
from huella.flow.sign import LogSigner, replace_durably
from huella.flow.sources import Sources
from huella.ledger import registry
from huella.proof.checkpoint import Checkpoint, VerifierKey, parse_checkpoint, verifier_key
from huella.proof.epoch import read_end
from huella.proof.merkle import Frontier, frontier_of
from huella.records import draft as drafts
from huella.records import kinds, record
from huella.records.calendar import lima_day
from huella.records.draft import Draft
from huella.records.identifiers import moment
from huella.records.model import Recovered
from huella.records.recovery import KIND, MAX_SAVED
from huella.store.journal import Held, Journal


class Wish(NamedTuple):
    """What the operator says: the next epoch's origin (empty: the first one's and a number), why (it is sealed), and
    that nothing was sealed behind what is found, where the signer's memory is lost."""

    origin: str = ""
    reason: str = ""
    nothing_behind: bool = False


class Loss(NamedTuple):
    """The last known head; the tail that is proven and there, in order, with its leaves; and records behind the first
    hole whose bytes are there all the same, by index."""

    head: Checkpoint
    records: list[bytes]
    leaves: list[bytes]
    saved: dict[int, bytes]


class Ended(NamedTuple):
    """What was done: the `log.recovered`'s entry, what it says, and the house of the next epoch."""

    entry: int
    fact: Recovered
    house: House


def end_epoch(house: House, given: Sources, wish: Wish) -> Ended:
    """End the epoch, behind what `take_back` brought from the chain; stopped anywhere and run again it goes on.

    Raises StoreError where nothing is lost, SignerError where nobody can tell how far the log went, LedgerRefused where
    the chain holds more than what is here. Then nothing was written.
    """
    house.check_owner()
    found = under_way(house)
    if found is None:
        check_going_on(house)
        _commit(house, given, wish)
        found = under_way(house)
    if found is None:
        raise StoreError("the end of the epoch was not written")
    return Ended(*found, _settle(house, *found))


# ------------------------------------------------------------------------------------------------------ what is lost


def find_loss(house: House, given: Sources, *, nothing_behind: bool = False) -> Loss:
    """What of the tail can stay and what is lost. StoreError where everything is there."""
    known = known_head(house, given)
    begun, head = house.journal.size(), known.head
    if not nothing_behind:
        check_memory(house, max(begun, 0 if head is None else head.size))
    leaves = _proven(house, given, begun, head) if head is not None else {}
    if head is None or head.size <= begun:
        raise _nothing_lost(begun)
    found = {index: _whole(given, index, leaves[index]) for index in sorted(leaves) if index < head.size}
    kept = next(index for index in range(begun, head.size + 1) if found.get(index) is None)
    if kept == head.size:
        raise _nothing_lost(kept)
    tail = [raw for index, raw in found.items() if index < kept and raw is not None]
    saved = {index: raw for index, raw in found.items() if index > kept and raw is not None}
    return Loss(head, tail, [leaves[index] for index in range(begun, kept)], saved)


def _nothing_lost(size: int) -> StoreError:
    return StoreError(
        f"nothing that was sealed is lost: all {size} entries that are known of are there",
        advice="Run `huella recover` without --end-epoch.",
    )


def _proven(house: House, given: Sources, begin: int, head: Checkpoint) -> dict[int, bytes]:
    """The leaves of entries from one on that the log's key signed for: as the signer remembers, by a receipt's way to
    its head, by another folder's head over all its entries. SignerError where two of them contradict each other."""
    known: dict[int, bytes] = {}
    if isinstance(house.signer, LogSigner):
        signed, _ = house.signer.last()
        known |= dict(enumerate(house.signer.leaves(begin, signed) if signed > begin else [], begin))
    told = [(each.entry, each.leaf) for each in given.receipts if house.trust.holds(each.head) and each.leads]
    for journal in given.journals:
        told += _of_folder(house, journal, begin)
    for index, leaf in told:
        if index >= begin and known.setdefault(index, leaf) != leaf:
            raise SignerError(
                f"the log's key signed two records for entry {index}: the log is forked",
                advice="Keep everything that was given: it proves the fork. No end of an epoch covers it.",
            )
    return {index: leaf for index, leaf in known.items() if index < head.size}


def _of_folder(house: House, journal: Journal, begin: int) -> list[tuple[int, bytes]]:
    """Another folder's leaves from an index on, if its signed head is that of its entries; else none."""
    note = journal.head()[2]
    head = parse_checkpoint(note) if note is not None else None
    if head is None or not house.trust.holds(head) or head.size <= begin:
        return []
    frontier = Frontier(begin, list(frontier_of(begin, house.journal.tree())))
    leaves = [record.leaf_hash(entry.record) for entry in journal.entries(begin, head.size)]
    frontier.extend(leaves)
    return list(enumerate(leaves, begin)) if frontier.root() == head.root else []


def _whole(given: Sources, index: int, leaf: bytes) -> bytes | None:
    """A record's bytes, None where they or an annex are not there."""
    raw = given.record(index, leaf)
    if raw is None:
        return None
    bodies = annexes_of(given, [raw])
    named = record.annexes(record.parse(raw))
    return raw if all(each.sha256 in bodies for each in named) else None


# ---------------------------------------------------------------------------------------------------------- the end


def _commit(house: House, given: Sources, wish: Wish) -> None:
    """The kept tail and `log.recovered`, in one transaction; from its commit the epoch has ended."""
    begun = house.journal.size()
    held_there = registry.head(house.ledger).size
    if held_there > begun:
        raise LedgerRefused(
            f"the chain holds {held_there} entries and only {begun} are here: what is anchored is never lost",
            reason="Behind",
            advice="Run `huella recover` again; it takes over from the chain what is missing.",
        )
    found = find_loss(house, given, nothing_behind=wish.nothing_behind)
    successor = _successor(house, wish.origin)
    with house.journal.hold() as held:
        if held.size != begun or _signer(house).ending() is not None:
            raise somebody_else()
        _write_tail(house, held, given, found)
        handover = _signer(house).hand_over(held.size, held.root(), successor.text)
        data = _data(house, (held.size, held.root()), found, successor)
        fact = data | {"handover": handover} | ({"reason": wish.reason} if wish.reason else {})
        _append(house, held, fact)


def _successor(house: House, origin: str) -> VerifierKey:
    """The next epoch's verifier key. InputError where its origin is none, or an earlier one's."""
    trusted = house.trust
    first = trusted.epochs[0].origin if trusted.epochs else trusted.origin
    name = origin or f"{first}/{len(trusted.epochs) + 2}"
    if name in (trusted.origin, *(each.origin for each in trusted.epochs)):
        raise InputError("the next epoch has an origin of its own", field="--origin")
    key = log_key.following(house.settings, house.randomness)
    try:
        return verifier_key(name, key.public_key().public_bytes_raw())
    except ProofError:
        raise InputError("an origin has no space and no plus sign", field="--origin") from None


def _write_tail(house: House, held: Held, given: Sources, found: Loss) -> None:
    for start in range(0, len(found.records), PAGE):
        records, leaves = found.records[start : start + PAGE], found.leaves[start : start + PAGE]
        replay(house, held, Page(held.size, records, leaves, annexes_of(given, records)))


def _data(house: House, kept: tuple[int, bytes], found: Loss, successor: VerifierKey) -> dict[str, object]:
    size, root = kept
    saved = [{"entry": index, "record": raw.decode()} for index, raw in list(found.saved.items())[:MAX_SAVED]]
    data: dict[str, object] = {
        "date": lima_day(house.now()).isoformat(), "origin": house.trust.origin, "kept": size, "root": root.hex(),
        "head": found.head.raw, "lost": {"first": size, "size": found.head.size}, "successor": successor.text,
    }  # fmt: skip
    return data | {"saved": saved} if saved else data


def _append(house: House, held: Held, data: dict[str, object]) -> None:
    """The record behind the log's end; the disclosure of the reason with it."""
    (made,) = ready([Draft(kind=KIND, subject=kinds.REGISTRY, data=dict(data))], house.vault.boxer)
    if isinstance(made, HuellaError):
        raise made
    last, tail = held.last(), held.tails([kinds.REGISTRY]).get(kinds.REGISTRY)
    now = max(moment(house.now()), "" if last is None else last.recorded_at)
    index, fact = held.size, made.fact
    raw = drafts.finish(
        fact, seq=0 if tail is None else tail.seq + 1, prev=None if tail is None else tail.leaf.hex(),
        recorded_at=now, recorded_by=house.operator,
    )  # fmt: skip
    bodies = {drafts.file_digest(body): body for body in fact.annexes}
    replay(house, held, Page(index, [raw], [record.leaf_hash(raw)], bodies))
    _keep(house, held, index, made)


def _keep(house: House, held: Held, index: int, made: Ready) -> None:
    if made.boxed is not None:
        (locked,) = house.vault.lock([made.boxed])
        house.vault.keep(held.connection, [(index, locked)])


# ------------------------------------------------------------------------------------------------- the next one begins


def _settle(house: House, index: int, fact: Recovered) -> House:
    """Trust file, key, signer and head of the next epoch; each step leaves a state in which nothing is signed."""
    if house.trust.origin == fact.origin:
        keys = tuple(key for key in house.trust.log_keys if key.name == fact.origin)
        end = read_end(fact, index, keys)
        house = replace(house, trust=house.trust.succeeded(end.epoch, end.successor))
        replace_durably(house.settings.folder / TRUST_FILE, house.trust.encode())
    successor = next((key for key in house.trust.log_keys if key.text == fact.successor), None)
    ended = house.trust.ended(fact.origin)
    if ended is None or successor is None:
        raise SettingsError(
            f"{TRUST_FILE} is not that of the epoch that the log's record names",
            advice="Bring back trust.json as it was when the epoch's end was recorded.",
        )
    name = ended.log_keys[0].key_id.hex()
    log_key.change(house.settings, successor.public_key, name)
    signer = signer_of(house.settings, successor.name)
    signer.retire(name)
    house = replace(house, signer=signer)
    sign_head(house)
    return house


def _signer(house: House) -> LogSigner:
    if not isinstance(house.signer, LogSigner):
        refuse()
    return house.signer
