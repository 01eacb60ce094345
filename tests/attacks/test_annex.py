"""Somebody changes or deletes an annex: the part of a large order that does not fit into its record."""

from __future__ import annotations

import pytest

from attacks.thief import Thief, big_order, found
from cast import anchored, sealed
from huella.errors import InputError, StoreError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.publish import evidence_of
from huella.proof.verify import verify
from huella.records.draft import file_digest
from huella.store.tables import annexes


def test_a_changed_annex_is_named_with_its_order(house: House, thief: Thief) -> None:
    row = thief.read(annexes)[0]
    forged = row["body"].replace(b"250.00", b"999.00")
    thief.set(annexes, annexes.c.sha256 == row["sha256"], body=forged)
    one = found(house, "annexes", "body", row["sha256"])
    assert (one.sealed, one.present, one.entry) == (row["sha256"], file_digest(forged), 4)
    assert "OCAM-2026-1335-4-0" in one.message


def test_a_deleted_annex_is_named(house: House, thief: Thief) -> None:
    row = thief.read(annexes)[0]
    thief.remove(annexes, annexes.c.sha256 == row["sha256"])
    one = found(house, "annexes", "body", row["sha256"])
    assert (one.present, one.entry) == (None, 4)


def test_a_changed_annex_is_not_published(house: House, thief: Thief) -> None:
    sealed(house, big_order(9))
    thief.set(annexes, True, body=b'{"member":"items","value":[]}')
    with pytest.raises(StoreError, match="annex"):
        anchored(house)
    assert audit(house).anchored == 5


def test_evidence_with_a_changed_annex_does_not_verify(house: House, thief: Thief) -> None:
    thief.set(annexes, True, body=b'{"member":"items","value":[]}')
    try:
        verdict = verify(evidence_of(house, 4).encode(), house.trust)
    except (StoreError, InputError):
        return
    assert verdict.overall == "altered"
