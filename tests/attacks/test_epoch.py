"""A registry that ends an epoch, or pretends to, where nothing entitles it to: trust file, log and chain tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cast import anchored, sealed
from huella.errors import LedgerRefused, ProofError
from huella.flow.audit import audit
from huella.flow.epoch import Wish, end_epoch
from huella.flow.findings import Finding
from huella.flow.house import House
from huella.flow.replay import Page, replay
from huella.flow.seal import sign_head
from huella.flow.sources import Sources
from huella.ledger import registry as contract
from huella.proof.epoch import read_end
from huella.proof.verify import verify
from huella.records import canonical, kinds, record
from huella.records.model import Recovered
from huella.records.record import leaf_hash
from rebuild.losses import Loser, loser, plain, staged

__all__ = ["loser", "staged"]


def told(house: House, index: int) -> tuple[bytes, Recovered]:
    """A log.recovered on record: its bytes and what it says."""
    raw = house.journal.entries(index, index + 1)[0].record
    fact: Recovered = kinds.read("log.recovered", record.parse(raw).data)
    return raw, fact


def slipped_in(house: House, raw: bytes) -> int:
    """Whoever has every key and the database writes a record behind the log's end, past all rules of sealing."""
    with house.journal.hold() as held:
        tail, index = held.tails([kinds.REGISTRY])[kinds.REGISTRY], held.size
        found = {**canonical.decode(raw), "seq": tail.seq + 1, "prev": tail.leaf.hex()}
        forged = canonical.encode(found)
        replay(house, held, Page(index, [forged], [leaf_hash(forged)], {}))
    sign_head(house)
    return index


def about_epochs(house: House) -> list[Finding]:
    return [found for found in audit(house).findings if "epochs" in found.message]


def test_what_is_anchored_is_never_lost(loser: Loser) -> None:
    """The database is brought back only to entry 1 of three that the chain holds; the end would cut off the third."""
    with loser.opened() as house, pytest.raises(LedgerRefused, match="what is anchored is never lost"):
        end_epoch(house, Sources(), Wish())
    assert loser.trusted().epochs == ()


def test_a_trust_file_that_calls_an_anchored_entry_lost_is_contradicted_by_the_chain(loser: Loser) -> None:
    loser.end([])
    with loser.opened() as house:
        anchored(house)
        (ended,) = house.trust.epochs
        lying = replace(house.trust, epochs=(replace(ended, kept=0),))
        found = verify(loser.file("old", 0).read_bytes(), lying)
        assert found.overall == "authentic"
        (named,) = [each for each in about_epochs(replace(house, trust=lying)) if each.entry == 0]
        assert "no log.recovered stands there" in named.message


def test_a_made_up_end_in_the_middle_is_found(loser: Loser) -> None:
    done = loser.end([])
    with loser.opened() as house:
        sealed(house, plain(8))
        index = slipped_in(house, told(house, done.entry)[0])
        (named,) = about_epochs(house)
        assert (named.entry, named.sealed_so) == (index, True)
        assert "an epoch that the trust file does not know" in named.message


def test_the_same_record_ends_no_second_epoch(loser: Loser) -> None:
    """Its notes are of another place: no trust file that names it there is believed."""
    done = loser.end([])
    with loser.opened() as house:
        sealed(house, plain(8))
        index = slipped_in(house, told(house, done.entry)[0])
        (ended,) = house.trust.epochs
        lying = replace(house.trust, epochs=(ended, replace(ended, kept=index)))
        assert index in [each.entry for each in about_epochs(replace(house, trust=lying))]


@pytest.mark.parametrize(
    "change",
    [
        {"kept": 2},
        {"root": "0" * 64},
        {"origin": "example.pe/other"},
        {"lost": {"first": 3, "size": 6}},
        {"lost": {"first": 2, "size": 7}},
        {"handover": "head"},
        {"head": "handover"},
        {"successor": "handover"},
    ],
)
def test_a_record_that_contradicts_its_notes_ends_nothing(loser: Loser, change: dict[str, Any]) -> None:
    done = loser.end([])
    with loser.opened() as house:
        raw, fact = told(house, done.entry)
        data = record.parse(raw).data
        data |= {
            name: data.get(value, value) if isinstance(value, str) else value
            for name, value in change.items()
        }
        keys = house.trust.epochs[0].log_keys
        assert read_end(fact, done.entry, keys).epoch == house.trust.epochs[0]
        with pytest.raises(ProofError):
            read_end(kinds.read("log.recovered", data), done.entry, keys)


def test_a_reason_to_end_needs_a_head_that_the_log_signed(loser: Loser) -> None:
    """A trust file whose last known head another key signed is not read at all."""
    done = loser.end([])
    with loser.opened() as house:
        _, fact = told(house, done.entry)
        with pytest.raises(ProofError, match="did not sign"):
            read_end(fact, done.entry, house.trust.log_keys)


def test_a_lost_record_that_somebody_has_is_shown_as_issued(loser: Loser) -> None:
    """The operator does not ask for entry 4, which a supplier holds: the receipt names the loss and proves it."""
    loser.end(loser.receipts(3))
    with loser.opened() as house:
        anchored(house)
        found = verify(loser.file("receipt", 4).read_bytes(), house.trust)
        assert found.overall == "lost"
        assert [found.check(number).status for number in (2, 5, 6)] == ["passed"] * 3


def test_the_lost_head_on_the_chain_is_foreign(loser: Loser) -> None:
    """The ended epoch's key goes on signing batches: they are no batches of the log any more."""
    loser.end([])
    with loser.opened() as house:
        sealed(house, plain(8))
        end = house.journal.size()
        root, leaves = house.journal.head()[1], house.journal.leaves(3, end)
        old = loser.signed(end, root)
        call = contract.append_call(3, leaves, b"\x02", b"", old.encode())
        house.ledger.send(call, 2_000_000)
        assert "foreign" in {found.cls for found in audit(house).findings}
