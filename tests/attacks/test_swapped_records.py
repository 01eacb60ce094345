"""Somebody swaps two records, so that one order stands before another."""

from __future__ import annotations

import pytest

from attacks.thief import Thief, findings, refuses, relink
from huella.flow.audit import audit
from huella.flow.house import House


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 3), (3, 5)])
def test_two_swapped_records_are_named_at_both_places(
    house: House, thief: Thief, one: int, other: int
) -> None:
    stolen = thief.steal()
    stolen[one], stolen[other] = stolen[other], stolen[one]
    thief.rewrite(relink(stolen))
    assert {f.row for f in findings(house, "entries", "mac")} >= {str(one), str(other)}
    assert audit(house).first_affected == one
    refuses(house, thief)


def test_a_swap_names_what_the_chain_holds_there(house: House, thief: Thief) -> None:
    stolen = thief.steal()
    stolen[0], stolen[1] = stolen[1], stolen[0]
    thief.rewrite(relink(stolen))
    subjects = findings(house, "entries", "record/subject")
    assert [(f.row, f.sealed, f.present) for f in subjects] == [
        ("0", "OCAM-2026-1335-1-0", "OCAM-2026-1335-2-0"),
        ("1", "OCAM-2026-1335-2-0", "OCAM-2026-1335-1-0"),
    ]
