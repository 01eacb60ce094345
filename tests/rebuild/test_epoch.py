"""Sealed entries are lost for good: the log's epoch ends, the log goes on, and everybody is told what was lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cast import anchored, sealed
from cli.conftest import huella
from cli.program import Run
from huella.errors import InputError, RuleError, SignerError, StoreError
from huella.flow.audit import audit
from huella.flow.epoch import Wish
from huella.flow.publish import evidence_of
from huella.flow.recover import finish
from huella.flow.seal import seal
from huella.flow.sources import sources
from huella.ledger import registry as contract
from huella.proof import trust
from huella.proof.checkpoint import parse_checkpoint
from huella.proof.verify import verify
from huella.records import kinds, record
from huella.records.draft import Draft
from rebuild.losses import Loser, loser, plain, staged

__all__ = ["huella", "loser", "staged"]


@pytest.mark.slow
def test_the_log_goes_on_behind_what_is_left(tmp_path: Path, database_url: str) -> None:
    loser = Loser(tmp_path / "one", database_url)
    done = loser.end(loser.receipts(3, 5, 6))
    assert (done.entry, done.fact.kept, done.fact.lost.size) == (4, 4, 7)
    assert [each.entry for each in done.fact.saved] == [5, 6]
    with loser.opened() as house:
        assert (house.trust.origin, house.signer.origin) == ("example.pe/huella/2", "example.pe/huella/2")
        sealed(house, plain(7))
        assert anchored(house) == 1
        report = audit(house)
        assert (report.findings, report.entries, report.anchored) == ([], 6, 6)
        assert contract.head(house.ledger).size == 6


def test_old_evidence_stays_and_a_lost_receipt_says_so(loser: Loser) -> None:
    loser.end(loser.receipts(3))
    with loser.opened() as house:
        anchored(house)
        old = verify(loser.file("old", 0).read_bytes(), house.trust)
        assert old.overall == "authentic"
        lost = verify(loser.file("receipt", 5).read_bytes(), house.trust)
        assert lost.overall == "lost"
        assert lost.sentence().startswith(
            "Emitido, perdido en la recuperación del 2026-11-23 (asientos 4 a 6)"
        )
        assert lost.sentence("en").startswith("Issued, lost in the recovery of 2026-11-23 (entries 4 to 6)")
        kept = verify(loser.file("receipt", 3).read_bytes(), house.trust)
        assert (kept.overall, kept.check(7).code) == ("unknown", "head-lost")
        assert verify(evidence_of(house, 3).encode(), house.trust).overall == "authentic"


@pytest.mark.slow
def test_every_entry_of_both_epochs_has_evidence(tmp_path: Path, database_url: str) -> None:
    loser = Loser(tmp_path / "one", database_url)
    loser.end([])
    with loser.opened() as house:
        sealed(house, plain(8), plain(9))
        anchored(house)
        found = [verify(evidence_of(house, index).encode(), house.trust).overall for index in range(6)]
        assert found == ["authentic"] * 6


def test_what_was_saved_stands_in_the_record_byte_for_byte(loser: Loser) -> None:
    done = loser.end(loser.receipts(5))
    held = json.loads(loser.file("receipt", 5).read_bytes())["record"]
    assert [(each.entry, each.record) for each in done.fact.saved] == [(5, held)]
    assert done.fact.kept == 3


def test_the_reason_is_sealed_and_kept(loser: Loser) -> None:
    done = loser.end([], Wish(reason="se quemó el disco", origin="example.pe/nuevo"))
    with loser.opened() as house:
        assert house.trust.origin == "example.pe/nuevo"
        entry = house.journal.entry(done.entry)
        assert entry is not None
        assert b"disco" not in entry.record
        opened = house.vault.open(done.entry, record.sealed(record.parse(entry.record)))
        assert "disco" in opened["/reason"] or opened


def test_nothing_ends_where_everything_can_be_collected(loser: Loser) -> None:
    with pytest.raises(StoreError, match="nothing that was sealed is lost: all 7"):
        loser.end(loser.receipts(3, 4, 5, 6))
    with loser.opened() as house, sources(loser.receipts(3, 4, 5, 6)) as given:
        assert (house.journal.size(), (loser.folder / "signer" / "ending").exists()) == (3, False)
        assert finish(house, given).size == 7
        sealed(house, plain(7))
        assert house.trust.epochs == ()


def test_a_second_end_finds_nothing_lost(loser: Loser) -> None:
    loser.end(loser.receipts(3))
    before = (loser.folder / "trust.json").read_bytes()
    with pytest.raises(StoreError, match="nothing that was sealed is lost"):
        loser.end(loser.receipts(3))
    assert (loser.folder / "trust.json").read_bytes() == before


@pytest.mark.slow
def test_the_database_may_be_lost_again_in_the_next_epoch(loser: Loser) -> None:
    loser.end(loser.receipts(3))
    with loser.opened() as house:
        anchored(house)
        sealed(house, plain(8))
        loser.keep(house, "receipt", 5)
    loser.lose()
    done = loser.end([])
    assert (done.fact.origin, done.fact.kept, done.house.trust.origin) == (
        "example.pe/huella/2", 5, "example.pe/huella/3",
    )  # fmt: skip
    with loser.opened() as house:
        anchored(house)
        assert audit(house).findings == []
        assert verify(loser.file("receipt", 5).read_bytes(), house.trust).overall == "lost"
        assert verify(loser.file("old", 0).read_bytes(), house.trust).overall == "authentic"


@pytest.mark.slow
def test_an_end_that_was_lost_too_is_ended_once_more(loser: Loser) -> None:
    """Nothing of the second epoch was anchored: what the first one had kept beyond the chain is lost with it."""
    loser.end(loser.receipts(3))
    loser.lose()
    done = loser.end([])
    assert [(epoch.kept, epoch.head.size) for epoch in done.house.trust.epochs] == [(3, 7), (3, 5)]
    with loser.opened() as house:
        anchored(house)
        assert audit(house).findings == []
        assert verify(loser.file("receipt", 3).read_bytes(), house.trust).overall == "lost"


def test_a_lost_signer_needs_the_operators_word(loser: Loser) -> None:
    loser.forget_signer()
    with pytest.raises(SignerError, match="memory is lost"):
        loser.end(loser.receipts(6))
    done = loser.end(loser.receipts(6), Wish(nothing_behind=True))
    assert (done.fact.kept, done.fact.lost.size, [each.entry for each in done.fact.saved]) == (3, 7, [6])
    with loser.opened() as house:
        anchored(house)
        assert audit(house).findings == []


def test_a_receipt_beyond_the_known_head_is_named(loser: Loser) -> None:
    loser.forget_signer()
    loser.end([loser.file("short", 4)], Wish(nothing_behind=True))
    with loser.opened() as house:
        found = verify(loser.file("receipt", 5).read_bytes(), house.trust)
        assert (found.overall, found.check(7).code) == ("unknown", "beyond-head")
        assert verify(loser.file("receipt", 4).read_bytes(), house.trust).overall == "lost"


def test_another_head_of_the_last_known_size_is_a_fork(loser: Loser) -> None:
    loser.end([])
    with loser.opened() as house:
        found = verify(loser.forked_receipt(), house.trust)
        assert found.overall == "forked"


def test_two_records_for_one_entry_end_nothing(loser: Loser) -> None:
    path = loser.folder.parent / "forked.huella.json"
    path.write_bytes(loser.forked_receipt())
    with pytest.raises(SignerError, match="two records for entry 6: the log is forked"):
        loser.end([path])
    with loser.opened() as house:
        assert (house.journal.size(), house.trust.epochs) == (3, ())


def test_no_origin_is_used_twice(loser: Loser) -> None:
    for name in ("example.pe/huella", "a name with spaces"):
        with pytest.raises(InputError) as caught:
            loser.end([], Wish(origin=name))
        assert caught.value.field == "--origin"
    assert loser.trusted().epochs == ()


def test_nobody_else_may_write_the_record(loser: Loser) -> None:
    done = loser.end([])
    with loser.opened() as house:
        told = record.parse(house.journal.entries(done.entry, done.entry + 1)[0].record).data
        (outcome,) = seal(house, [Draft(kind="log.recovered", subject=kinds.REGISTRY, data=told)])
        assert isinstance(outcome, RuleError)
        assert outcome.rule == "recovery-alone"


def test_the_next_key_signs_and_the_old_one_stays_aside(loser: Loser) -> None:
    before = loser.trusted()
    loser.end([])
    after = loser.trusted()
    assert after.log_keys != before.log_keys
    assert after.epochs[0].log_keys == before.log_keys
    names = sorted(path.name for path in (loser.folder / "keys").glob("log*"))
    assert len(names) == 3  # the new key, the old one under its name, the rows' MAC key
    with loser.opened() as house:
        note = house.journal.head()[2]
        assert note is not None
        head = parse_checkpoint(note)
        assert (head.origin, head.size, after.holds(head)) == ("example.pe/huella/2", 4, True)


@pytest.mark.slow
def test_the_command_ends_it_as_an_operator_would(loser: Loser, huella: Run) -> None:
    refused = huella("recover", *loser.receipts(3, 5), folder=loser.folder)
    assert (refused.code, "--end-epoch" in refused.err) == (2, True), refused.err
    done = huella("recover", *loser.receipts(3, 5), "--end-epoch", "--json", folder=loser.folder)
    assert (done.code, done.value["kept"], done.value["lost"]) == (0, 4, {"first": 4, "size": 7}), done.err
    assert (done.value["saved"], done.value["origin"]) == ([5], "example.pe/huella/2")
    assert huella("anchor", folder=loser.folder).code == 0
    assert huella("audit", folder=loser.folder).code == 0
    ran = huella(
        "verify", loser.file("receipt", 5), "--trust", loser.folder / "trust.json", folder=loser.folder
    )
    assert (ran.code, "Issued, lost in the recovery of" in ran.out) == (1, True), ran.out + ran.err
    wrong = huella("recover", "--origin", "x", folder=loser.folder)
    assert wrong.code == 2


def test_a_trust_file_with_epochs_is_read_as_it_was_written(loser: Loser) -> None:
    loser.end(loser.receipts(3))
    found = loser.trusted()
    assert trust.parse(found.encode()) == found
    assert found.epochs[0].date == "2026-11-23"
