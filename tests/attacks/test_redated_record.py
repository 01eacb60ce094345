"""Somebody dates a record back, or pushes the log's clock forward."""

from __future__ import annotations

import pytest

from attacks.thief import ANCHORED, Thief, found, refuses, relink
from cast import order
from huella.errors import StoreError
from huella.flow.house import House
from huella.flow.seal import seal
from huella.store.tables import entries, log

BEFORE = "2026-10-01T00:00:00.000Z"


def test_a_redated_column_is_named(house: House, thief: Thief) -> None:
    honest = thief.read(entries)[0]["recorded_at"]
    thief.set(entries, entries.c.index == 0, recorded_at=BEFORE)
    one = found(house, "entries", "recorded_at")
    assert (one.row, one.sealed, one.present) == ("0", honest, BEFORE)


def test_redated_bytes_are_named_with_both_times(house: House, thief: Thief) -> None:
    honest = thief.read(entries)[3]["recorded_at"]
    stolen = thief.steal()
    stolen[3] = stolen[3].forged(lambda content: content.update(recorded_at=BEFORE))
    thief.rewrite(relink(stolen))
    one = found(house, "entries", "record/recorded_at")
    assert (one.row, one.sealed, one.present) == ("3", honest, BEFORE)
    refuses(house, thief)


def test_a_redated_waiting_record_is_named(house: House, thief: Thief) -> None:
    stolen = thief.steal()
    stolen[ANCHORED] = stolen[ANCHORED].forged(lambda content: content.update(recorded_at=BEFORE))
    thief.rewrite(relink(stolen))
    assert found(house, "entries", "record").row == str(ANCHORED)
    refuses(house, thief)


def test_a_head_that_tells_another_time_is_named(house: House, thief: Thief) -> None:
    """Left alone, it would date every later record into the future."""
    thief.set(log, log.c.id == 1, recorded_at="2099-01-01T00:00:00.000Z")
    assert found(house, "log", "recorded_at").present == "2099-01-01T00:00:00.000Z"


def test_nothing_is_sealed_behind_a_head_that_tells_another_time(house: House, thief: Thief) -> None:
    thief.set(log, log.c.id == 1, recorded_at="2099-01-01T00:00:00.000Z")
    with pytest.raises(StoreError, match="head"):
        seal(house, [order(77)])
