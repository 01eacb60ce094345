"""A process that was opened before an epoch's end, or in the middle of it, never signs with the ended key."""

from __future__ import annotations

import os

import pytest

from cast import anchored, sealed
from faults.crash import Crash, Step, crash
from huella.errors import SignerError
from huella.flow import epoch as ending
from huella.flow import log_key
from huella.flow.audit import audit
from huella.flow.epoch import Wish
from huella.flow.house import House
from huella.flow.sign import LogSigner
from huella.proof.checkpoint import parse_checkpoint
from rebuild.losses import ORIGIN, Loser, loser, plain, staged

__all__ = ["loser", "staged"]
NEXT = f"{ORIGIN}/2"
STEPS = [
    Step(LogSigner, "hand_over"),
    Step(ending, "_settle"),
    Step(ending, "replace_durably"),  # trust.json names the next epoch
    Step(log_key, "write_secret", 2),  # what keys the rows' MACs
    Step(os, "link", 3),  # the old key stays beside the new one
    Step(log_key, "change"),
    Step(LogSigner, "retire"),
    Step(LogSigner, "_put_aside"),
    Step(LogSigner, "_write_head"),  # the signer's folder belongs to the next epoch
    Step(ending, "sign_head"),
]
ONLY_KEPT = [Step(os, "link", 4)]
"""The old head gets its name, behind the leaves; there is none where the memory was lost."""


def refuses(house: House) -> None:
    """What a running process does next: sign the head of what is in the database, and seal behind it."""
    size, root, _ = house.journal.head()
    with pytest.raises(SignerError):
        house.signer.sign(size, root, house.journal.sealed_leaves)
    with pytest.raises(SignerError):
        house.signer.check_extends(size, root)


@pytest.mark.slow
@pytest.mark.parametrize("happened", [False, True], ids=["failed", "failed but happened"])
@pytest.mark.parametrize(
    ("step", "memory"),
    [(step, "kept") for step in STEPS + ONLY_KEPT] + [(step, "lost") for step in STEPS],
    ids=str,
)
def test_whoever_holds_the_ended_key_signs_nothing(
    loser: Loser, step: Step, happened: bool, memory: str
) -> None:
    if memory == "lost":
        loser.forget_signer()
    wish = Wish(nothing_behind=memory == "lost")
    with loser.opened() as old:
        with crash(step, happened=happened), pytest.raises(Crash):
            loser.end(loser.receipts(3, 6), wish)
        if marked(loser):
            refuses(old)
        with loser.opened() as between:
            if marked(loser) or loser.trusted().origin != NEXT:
                loser.end(loser.receipts(3, 6), wish)
            refuses(old)
            if between.signer.verifier_key not in {key.text for key in loser.trusted().log_keys}:
                refuses(between)
    assert_ended(loser)


def marked(loser: Loser) -> bool:
    return (loser.folder / "signer" / "ending").exists()


def assert_ended(loser: Loser) -> None:
    """One end on record, the next key's head, and a log that goes on."""
    with loser.opened() as house:
        assert len(house.journal.of_kind("registry", "log.recovered")) == 1
        sealed(house, plain(8))
        anchored(house)
        note = house.journal.head()[2]
        assert note is not None
        assert parse_checkpoint(note).origin == NEXT
        assert house.trust.holds(parse_checkpoint(note))
        assert audit(house).findings == []
        assert not marked(loser)


@pytest.mark.slow
def test_a_mark_that_a_power_cut_brings_back_costs_the_next_epoch_nothing(loser: Loser) -> None:
    """The name of a deleted file can come back where the folder was not written out yet."""
    loser.end(loser.receipts(3))
    with loser.opened() as house:
        sealed(house, plain(9))
        before = house.signer.last()
    (loser.folder / "signer" / "ending").write_text(ORIGIN, encoding="utf-8")
    loser.end([])
    with loser.opened() as house:
        assert house.signer.last() == before
    assert_ended(loser)
