"""Somebody deletes records: from the middle, and the newest, anchored or only signed."""

from __future__ import annotations

import pytest

from attacks.thief import ANCHORED, SIGNED, Thief, findings, found, refuses, relink
from huella.flow.audit import audit
from huella.flow.house import House
from huella.store.tables import entries


@pytest.mark.parametrize("place", [2, 3])
def test_a_hole_is_named_with_the_record_that_stood_there(house: House, thief: Thief, place: int) -> None:
    thief.remove(entries, entries.c.index == place)
    one = next(f for f in findings(house, "entries", "record", place) if f.present is None)
    assert (one.sealed, one.entry) == (thief.honest[place].hex(), place)
    assert "OCAM-2026-1335-" in one.message


@pytest.mark.parametrize("place", [0, 1, 3, ANCHORED])
def test_a_closed_gap_is_found_where_it_begins(house: House, thief: Thief, place: int) -> None:
    acceptance = {0: 2, 3: 6}.get(place)  # it would stand alone
    stolen = [one for n, one in enumerate(thief.steal()) if n not in (place, acceptance)]
    thief.rewrite(relink(stolen))
    assert audit(house).first_affected == place
    refuses(house, thief)


def test_the_newest_anchored_records_are_missed_by_the_chain(house: House, thief: Thief) -> None:
    thief.rewrite(thief.steal()[:3])
    report = audit(house)
    assert report.first_affected == 3
    one = next(f for f in report.findings if f.row == "3–4")
    assert (one.cls, one.sealed) == ("tampered", thief.honest[3].hex())
    assert "cut or rolled back" in one.message
    refuses(house, thief)


def test_the_newest_signed_records_are_missed_by_the_signer(house: House, thief: Thief) -> None:
    thief.rewrite(thief.steal()[:ANCHORED])
    one = found(house, "entries", "record", f"{ANCHORED}–{SIGNED - 1}")
    assert (one.cls, one.entry) == ("tampered", ANCHORED)
    refuses(house, thief)


def test_one_newest_record_is_missed_too(house: House, thief: Thief) -> None:
    thief.rewrite(thief.steal()[: SIGNED - 1])
    assert found(house, "entries", "record", SIGNED - 1).sealed == thief.honest[-1].hex()
    refuses(house, thief)


def test_everything_can_be_deleted_and_everything_is_missed(house: House, thief: Thief) -> None:
    thief.remove(entries, entries.c.index >= 0)
    assert audit(house).first_affected == 0
