"""Somebody edits a record's bytes: alone, or with everything that can be derived from them."""

from __future__ import annotations

from typing import Any

import pytest

from attacks.thief import ANCHORED, SIGNED, Thief, found, refuses, relink
from cast import Clock, anchored, order, registry, sealed
from huella.errors import StoreError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.publish import evidence_of
from huella.records.record import leaf_hash
from huella.store.tables import entries


def dearer(content: dict[str, Any]) -> None:
    content["data"]["total"] = "9950.00"
    content["data"]["sub_total"] = "9500.00"


@pytest.mark.parametrize("index", [0, 3])
def test_bytes_of_an_anchored_record_show_field_old_and_new_value(
    house: House, thief: Thief, index: int
) -> None:
    forged = thief.steal()[index].forged(dearer).record
    thief.set(entries, entries.c.index == index, record=forged)
    one = found(house, "entries", "record/data/total")
    assert (one.row, one.sealed, one.present, one.entry) == (str(index), "2950.00", "9950.00", index)
    assert found(house, "entries", "record/data/sub_total").present == "9500.00"
    assert audit(house).first_affected == index


def test_a_consistent_edit_of_an_anchored_record_is_named_by_the_chains_copy(
    house: House, thief: Thief
) -> None:
    stolen = thief.steal()
    stolen[0] = stolen[0].forged(dearer)
    thief.rewrite(relink(stolen))
    one = found(house, "entries", "record/data/total")
    assert (one.cls, one.row, one.sealed, one.present) == ("tampered", "0", "2950.00", "9950.00")
    assert audit(house).first_affected == 0
    refuses(house, thief)


def test_a_consistent_edit_of_a_waiting_record_is_named_by_the_signers_leaves(
    house: House, thief: Thief
) -> None:
    stolen = thief.steal()
    stolen[ANCHORED] = stolen[ANCHORED].forged(dearer)
    thief.rewrite(relink(stolen))
    one = found(house, "entries", "record")
    assert (one.row, one.sealed) == (str(ANCHORED), thief.honest[ANCHORED].hex())
    assert one.present == leaf_hash(stolen[ANCHORED].record).hex()
    refuses(house, thief)


def test_an_edit_of_a_record_that_was_never_signed_lacks_the_mac(house: House, thief: Thief) -> None:
    thief.set(entries, entries.c.index == SIGNED - 1, mac=bytes(32))
    assert found(house, "entries", "mac").row == str(SIGNED - 1)


@pytest.mark.parametrize("junk", [b"", b"{}", b"[1]", b"\xff", b'{"data":'])
def test_bytes_that_are_no_record_are_named(house: House, thief: Thief, junk: bytes) -> None:
    thief.set(entries, entries.c.index == 1, record=junk)
    assert thief.honest[1].hex() in {f.sealed for f in audit(house).findings if f.row == "1"}
    assert audit(house).first_affected == 1


def test_the_same_content_in_other_bytes_is_named(house: House, thief: Thief) -> None:
    forged = thief.steal()[0].record.replace(b'"seq":0', b'"seq": 0')
    thief.set(entries, entries.c.index == 0, record=forged, leaf=leaf_hash(forged))
    assert audit(house).first_affected == 0
    assert {f.column for f in audit(house).findings if f.row == "0"} >= {"record", "mac"}


def test_evidence_of_a_forged_record_is_not_handed_out(house: House, thief: Thief) -> None:
    thief.set(entries, entries.c.index == 0, record=thief.steal()[0].forged(dearer).record)
    with pytest.raises(StoreError):
        evidence_of(house, 0)


def test_where_only_digests_are_published_the_digests_are_shown(database_url: str, tmp_path: Any) -> None:
    with registry(tmp_path / "registry", database_url, Clock(), ledger__publish="digests") as house:
        sealed(house, order(1))
        from_chain = house.journal.leaves(0, 1)[0].hex()
        assert anchored(house) == 1
        thief = Thief(house)
        stolen = thief.steal()
        thief.rewrite([stolen[0].forged(dearer)])
        one = found(house, "entries", "record")
        assert (one.sealed, one.present) == (from_chain, house.journal.leaves(0, 1)[0].hex())
        thief.close()
