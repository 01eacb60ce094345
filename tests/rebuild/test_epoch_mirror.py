"""A mirror across the end of an epoch: led on by the ended key's word, or by the trust file that is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cast import Clock, anchored, randomness, sealed
from cli.conftest import huella
from cli.program import Run
from huella.errors import LedgerRefused
from huella.flow.audit import audit
from huella.flow.house import open_house
from huella.flow.publish import evidence_of
from huella.flow.rebuild import rebuild
from huella.proof import trust
from huella.proof.checkpoint import parse_verifier_key
from huella.proof.verify import verify
from rebuild.losses import Loser, loser, plain, staged
from rebuild.mirrors import assert_same, empty, mirror

__all__ = ["huella", "loser", "staged"]


def gone_on(loser: Loser) -> None:
    """The registry in its second epoch: one entry kept behind the chain's end, and two more orders; all anchored."""
    loser.end(loser.receipts(3))
    with loser.opened() as house:
        sealed(house, plain(8), plain(9))
        anchored(house)


def test_a_mirror_that_follows_is_led_on(loser: Loser, tmp_path: Path) -> None:
    first = loser.trusted()
    with loser.opened() as house, mirror(tmp_path / "copy", house, trust=first, log_key=None) as copy:
        assert copy.journal.size() == 3
    gone_on(loser)
    with open_house(tmp_path / "copy", Clock(), randomness("follows")) as copy:
        assert [batch.size for batch in rebuild(copy)] == [7]
        assert list(rebuild(copy)) == []  # the same house, which began in the first epoch
    with loser.opened() as house, open_house(tmp_path / "copy", Clock(), randomness("then")) as copy:
        assert replace(copy.trust, papers=house.trust.papers) == house.trust
        assert_same(house, copy)
        assert audit(copy).findings == []
        for index in range(7):
            assert verify(evidence_of(copy, index).encode(), copy.trust).overall == "authentic"
        assert verify(loser.file("receipt", 5).read_bytes(), copy.trust).overall == "lost"


def test_a_new_mirror_comes_through_from_the_first_key(loser: Loser, tmp_path: Path) -> None:
    key = loser.trusted().log_keys[0]
    gone_on(loser)
    with loser.opened() as house, mirror(tmp_path / "copy", house, log_key=key) as copy:
        assert copy.journal.head() == house.journal.head()
    found = trust.parse((tmp_path / "copy" / "trust.json").read_bytes())
    assert (found.origin, found.epochs[0].kept) == ("example.pe/huella/2", 4)


def test_the_new_trust_file_leads_on_too(loser: Loser, tmp_path: Path) -> None:
    first = loser.trusted()
    with loser.opened() as house, mirror(tmp_path / "copy", house, trust=first, log_key=None):
        pass
    gone_on(loser)
    with loser.opened() as house:
        with mirror(tmp_path / "copy", house, trust=house.trust, log_key=None) as copy:
            assert copy.trust == house.trust
            assert audit(copy).findings == []
        with empty(tmp_path / "other", house, trust=first, log_key=None):
            pass
        stranger = replace(house.trust, epochs=())  # it does not say what became of the first epoch
        with empty(tmp_path / "other", house, trust=stranger, log_key=None) as copy:
            assert copy.trust == first


def test_nobody_is_led_on_by_a_stranger(loser: Loser, tmp_path: Path) -> None:
    """A mirror that trusts another key of that name takes nothing over, and keeps its trust file."""
    gone_on(loser)
    with loser.opened() as house:
        key = parse_verifier_key(house.signer.verifier_key)
        with empty(tmp_path / "copy", house, log_key=replace(key)) as copy:
            before = (tmp_path / "copy" / "trust.json").read_bytes()
            with pytest.raises(LedgerRefused, match="did not sign"):
                list(rebuild(copy))
            assert (tmp_path / "copy" / "trust.json").read_bytes() == before


@pytest.mark.slow
def test_the_command_follows_and_says_so(loser: Loser, tmp_path: Path, huella: Run) -> None:
    chain = loser.folder / "chain.db"
    key = loser.trusted().log_keys[0].text
    made = huella("rebuild", "--chain", chain, "--log-key", key, folder=tmp_path / "copy")
    assert made.code == 0, made.err
    gone_on(loser)
    ran = huella(
        "rebuild", "--chain", chain, "--follow", "--rounds", "2", "--every", "0", folder=tmp_path / "copy"
    )
    assert (ran.code, "this mirror follows example.pe/huella/2" in ran.err) == (0, True), ran.err
    assert huella("audit", folder=tmp_path / "copy").code == 0
