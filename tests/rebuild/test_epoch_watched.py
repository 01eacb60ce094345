"""Witnesses and watches across the end of an epoch."""

from __future__ import annotations

from pathlib import Path

from attacks.test_epoch import slipped_in, told
from cast import Clock, anchored, sealed
from flow.test_witness import serving, trusting, witness
from huella.flow import cosign
from huella.flow.publish import evidence_of
from huella.flow.rights_audit import Known
from huella.flow.round import ALWAYS, Place, look
from huella.proof.verify import verify
from rebuild.losses import Loser, loser, plain, staged

__all__ = ["loser", "staged"]


def test_a_witness_takes_the_next_epoch_as_a_new_log(loser: Loser, tmp_path: Path) -> None:
    loser.end(loser.receipts(3))
    with loser.opened() as house:
        anchored(house)
        sealed(house, plain(8))
        anchored(house)
        own = witness(tmp_path, house, Clock())
        with serving(own) as url:
            asking = trusting(house, [url], own)
            house.heads.note_held(url, 3)  # what a backup remembers of the first epoch
            assert [size for _, size in cosign.cosign(asking)] == [5, 6]
            assert cosign.due(asking) == []
        assert [(kept.origin, kept.size) for kept in own.heads()] == [("example.pe/huella/2", 6)]
        found = [verify(evidence_of(asking, index).encode(), asking.trust) for index in range(6)]
        assert [each.overall for each in found] == ["authentic"] * 6
        assert found[5].check(6).code == "witnessed"


def test_a_watch_goes_through_the_end_and_finds_a_made_up_one(loser: Loser) -> None:
    done = loser.end(loser.receipts(3))
    with loser.opened() as house:
        anchored(house)
        known = Known()
        first = look(house, Place(), known, 100)
        assert [each for report in first.reports.values() for each in report.findings] == []
        index = slipped_in(house, told(house, done.entry)[0])
        second = look(house, first.place, known, 100)
        named = [found.entry for found in second.reports[ALWAYS].findings if "epochs" in found.message]
        assert named == [index]
