"""No attack: the oracle itself must not cry wolf, and the thief's tools must be good enough to fool it."""

from __future__ import annotations

from attacks.thief import ANCHORED, SIGNED, Thief, on_chain, relink
from cast import anchored
from huella.flow.audit import audit
from huella.flow.house import House


def test_the_untouched_registry_is_clean_and_only_waits(house: House) -> None:
    report = audit(house)
    assert (report.clean, report.anchored, report.entries) == (True, ANCHORED, SIGNED)
    assert [f.cls for f in report.findings] == ["behind"]
    assert anchored(house) == 1
    assert audit(house).exit_code == 0
    assert len(on_chain(house)) == SIGNED


def test_a_thief_who_changes_nothing_derives_exactly_what_stood_there(house: House, thief: Thief) -> None:
    thief.rewrite(relink(thief.steal()))
    assert audit(house).clean
    assert anchored(house) == 1
    assert audit(house).exit_code == 0
