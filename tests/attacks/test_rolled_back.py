"""Somebody puts yesterday's database back, whole and consistent."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, delete, insert

from attacks.thief import SIGNED, Thief, refuses
from cast import Clock, anchored, order, sealed
from huella.flow.audit import audit
from huella.flow.house import House
from huella.store import database
from huella.store.tables import metadata

Copy = dict[Table, list[dict[str, Any]]]


def copy(thief: Thief) -> Copy:
    return {table: thief.read(table) for table in metadata.sorted_tables}


def put_back(thief: Thief, kept: Copy) -> None:
    with database.writing(thief.engine) as connection:
        for table, rows in kept.items():
            connection.execute(delete(table))
            if rows:
                connection.execute(insert(table), rows)


def test_yesterday_is_missed_by_the_chain(house: House, thief: Thief, clock: Clock) -> None:
    yesterday = copy(thief)
    clock.forward(days=1)
    sealed(house, order(8), order(9))
    anchored(house)
    thief.honest = house.journal.leaves(0, SIGNED + 2)
    put_back(thief, yesterday)
    report = audit(house)
    assert report.first_affected == 5  # its batch is not in yesterday's outbox
    assert {f.row for f in report.findings if f.table == "entries"} == {str(SIGNED), str(SIGNED + 1)}
    refuses(house, thief)


def test_an_hour_ago_is_missed_by_the_signer_before_anything_was_anchored(
    house: House, thief: Thief, clock: Clock
) -> None:
    an_hour_ago = copy(thief)
    clock.forward(hours=1)
    sealed(house, order(8), order(9))
    put_back(thief, an_hour_ago)
    assert audit(house).first_affected == SIGNED
    refuses(house, thief)


def test_other_records_cannot_take_the_place_of_those_rolled_back(
    house: House, thief: Thief, clock: Clock
) -> None:
    before = copy(thief)
    sealed(house, order(8))
    put_back(thief, before)
    refuses(house, thief)  # so that order 8 cannot be given out again with other content
    assert house.signer.last()[0] == SIGNED + 1
