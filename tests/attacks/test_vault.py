"""Somebody changes, deletes, swaps or erases what the vault holds."""

from __future__ import annotations

from sqlalchemy import select

from attacks.thief import Thief, findings, found
from cast import anchored, fact, sealed
from huella.flow.audit import audit
from huella.flow.house import House
from huella.records import record
from huella.store.tables import disclosure_keys, disclosures
from people import erasure_on_record


def named(house: House, index: int) -> dict[str, str]:
    entry = house.journal.entry(index)
    assert entry is not None
    return record.sealed(record.parse(entry.record))


def test_changed_boxes_are_named_with_pointer_and_digest(house: House, thief: Thief) -> None:
    row = thief.read(disclosures)[0]
    thief.set(disclosures, disclosures.c.index == 0, boxes=row["boxes"][:-1] + bytes([row["boxes"][-1] ^ 1]))
    (one,) = findings(house, "disclosures")
    assert (one.row, one.entry, one.sealed) == ("0", 0, named(house, 0)[one.column])


def test_deleted_boxes_are_named(house: House, thief: Thief) -> None:
    thief.remove(disclosures, disclosures.c.index == 0)
    assert {f.column for f in findings(house, "disclosures", row=0)} == set(named(house, 0))


def test_boxes_swapped_between_records_are_named_at_both(house: House, thief: Thief) -> None:
    first, second = thief.read(disclosures)[:2]
    for to, of in ((first, second), (second, first)):
        thief.set(disclosures, disclosures.c.index == to["index"], key=of["key"], boxes=of["boxes"])
    assert {f.row for f in findings(house, "disclosures")} == {str(first["index"]), str(second["index"])}


def test_boxes_swapped_inside_a_record_are_named(house: House, thief: Thief) -> None:
    boxes = thief.read(disclosures)[0]["boxes"]
    cut = 4 + int.from_bytes(boxes[:4], "big")
    thief.set(disclosures, disclosures.c.index == 0, boxes=boxes[cut:] + boxes[:cut])
    assert len(findings(house, "disclosures", row=0)) == len(named(house, 0))


def test_cut_boxes_and_keys_do_not_stop_the_audit(house: House, thief: Thief) -> None:
    thief.set(disclosures, disclosures.c.index == 0, boxes=b"\xff\xff")
    thief.set(disclosure_keys, disclosure_keys.c.key == 2, engine=thief.vault, wrapped=b"short")
    assert {f.row for f in findings(house, "disclosures")} == {"0", "1"}


def test_deleted_keys_are_named_as_gone_without_an_erasure(house: House, thief: Thief) -> None:
    thief.remove(disclosure_keys, disclosure_keys.c.key == 1, engine=thief.vault)
    assert "no erasure is on record" in findings(house, "disclosures")[0].message


def test_an_erasure_without_its_record_is_named_and_with_it_is_none(house: House, thief: Thief) -> None:
    sealed_fields = named(house, 0)
    pointer = min(sealed_fields)
    house.vault.erase(0, sealed_fields, pointer)
    assert found(house, "disclosures", pointer).row == "0"
    erasure_on_record(house, 0, pointer)
    assert audit(house).clean


def test_an_erased_key_that_opens_again_is_named_with_its_erasure(house: House, thief: Thief) -> None:
    """Somebody kept the key's row from before the erasure, and puts it back."""
    sealed_fields = named(house, 0)
    pointer = min(sealed_fields)
    (row,) = thief.read(disclosures, disclosures.c.index == 0)
    chosen = disclosure_keys.c.key == row["key"]
    with thief.vault.connect() as connection:
        before = connection.execute(select(disclosure_keys.c.wrapped).where(chosen)).scalar_one()
    house.vault.erase(0, sealed_fields, pointer)
    erasure_on_record(house, 0, pointer)
    erased = house.journal.size() - 1
    anchored(house)
    thief.set(disclosure_keys, chosen, engine=thief.vault, wrapped=before)
    one = found(house, "disclosures", pointer)
    assert (one.cls, one.entry, one.sealed) == ("tampered", erased, sealed_fields[pointer])
    assert one.between[0] is not None


def test_an_erasure_on_record_excuses_no_other_field(house: House, thief: Thief) -> None:
    sealed_fields = named(house, 0)
    erased, other = sorted(sealed_fields)[:2]
    erasure_on_record(house, 0, erased)
    house.vault.erase(0, sealed_fields, erased)
    house.vault.erase(0, sealed_fields, other)
    assert found(house, "disclosures", other).cls == "tampered"


def test_boxes_of_no_sealed_record_are_named(house: House, thief: Thief) -> None:
    thief.put(disclosures, index=2, key=1, boxes=b"anything")
    assert found(house, "disclosures", "row").present == str(len(thief.read(disclosures)))


def test_a_record_may_stand_on_after_the_vault_was_robbed(house: House, thief: Thief) -> None:
    """The vault's loss touches no proof: sealing goes on, the audit names what is gone."""
    thief.remove(disclosure_keys, disclosure_keys.c.key > 0, engine=thief.vault)
    sealed(house, fact("order.accepted", 5, mode="explicit"))
    assert {f.table for f in audit(house).findings if f.cls == "tampered"} == {"disclosures"}
