"""Somebody inserts a record that was never sealed."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from attacks.thief import ANCHORED, SIGNED, Thief, findings, refuses, relink
from huella.errors import SignerError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.seal import sign_head
from huella.store import database
from huella.store.tables import entries

INVENTED = "OCAM-2026-1335-66-0"


@pytest.mark.parametrize("place", [1, ANCHORED, SIGNED - 1])
def test_a_record_in_the_middle_moves_the_others_and_is_named(house: House, thief: Thief, place: int) -> None:
    stolen = thief.steal()
    stolen.insert(place, stolen[0].forged(lambda content: content.update(subject=INVENTED)))
    thief.rewrite(relink(stolen))
    assert audit(house).first_affected == place
    assert {f.row for f in findings(house, "entries", "mac")} == {str(n) for n in range(place, SIGNED + 1)}
    refuses(house, thief)


def test_a_record_at_the_end_lacks_the_mac_and_is_never_signed(house: House, thief: Thief) -> None:
    stolen = thief.steal()
    stolen.append(stolen[0].forged(lambda content: content.update(subject=INVENTED)))
    thief.rewrite(relink(stolen))
    (one,) = findings(house, "entries", "mac")
    assert (one.row, one.entry) == (str(SIGNED), SIGNED)
    with pytest.raises(SignerError, match="entry 7 was not sealed by this registry"):
        sign_head(house)
    assert house.signer.last()[0] == SIGNED


def test_a_record_far_behind_the_end_is_named(house: House, thief: Thief) -> None:
    row = thief.read(entries)[0]
    row |= {"index": 100, "subject": INVENTED}
    with database.writing(thief.engine) as connection:
        connection.execute(insert(entries).values(**row))
    assert findings(house, "entries", "row", 100)
    assert audit(house).first_affected == SIGNED
