"""Somebody changes what people find things by: codes of papers, the search, further heads; values without measure."""

from __future__ import annotations

from typing import Any

import pytest

from attacks.thief import ANCHORED, SIGNED, Thief, findings, found
from cast import anchored, order, sealed
from huella.errors import StoreError
from huella.flow import search
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.paper import order_paper
from huella.records import record
from huella.store.search import postings, search_head
from huella.store.tables import batches, entries, log, orders
from huella.store.tables_access import codes
from people import erasure_on_record

NUMBER = "OCAM-2026-1335-1-0"


@pytest.fixture
def indexed(house: House) -> House:
    """Every order is found by its words, and one has a paper with a code."""
    order_paper(house, NUMBER)
    while search.step(house):
        pass
    assert audit(house).clean
    return house


def test_a_code_that_leads_to_another_order_is_named_with_both_entries(indexed: House, thief: Thief) -> None:
    (kept,) = thief.read(codes)
    thief.set(codes, True, entry=3)
    one = found(indexed, "codes", "entry", kept["digest"])
    assert (one.cls, one.sealed, one.present, one.entry) == (
        "tampered",
        str(kept["entry"]),
        "3",
        kept["entry"],
    )


def test_a_code_that_is_gone_or_invented_is_named(indexed: House, thief: Thief) -> None:
    (kept,) = thief.read(codes)
    thief.put(codes, digest="ab" * 32, entry=3)
    assert found(indexed, "codes", "entry", "ab" * 32).sealed is None
    thief.remove(codes, codes.c.digest == kept["digest"])
    assert found(indexed, "codes", "entry", kept["digest"]).present is None


def test_an_erased_code_is_no_finding(indexed: House, thief: Thief) -> None:
    (kept,) = thief.read(codes)
    erasure_on_record(indexed, kept["entry"], "/verification_code")
    entry = indexed.journal.entry(kept["entry"])
    assert entry is not None
    indexed.vault.erase(entry.index, record.sealed(record.parse(entry.record)), "/verification_code")
    assert [f for f in audit(indexed).findings if f.table == "codes"] == []


@pytest.mark.parametrize("places", [b"", b"\x00\x00", b"\x01", b"\x03\x00\x00\x00", b"\x00\x00\x63\x00"])
def test_forged_lists_of_the_search_are_named(indexed: House, thief: Thief, places: bytes) -> None:
    thief.set(postings, postings.c.term == search.ALL, places=places)
    assert {f.row for f in findings(indexed, "postings", "places")} == {"*/0"}


def test_an_emptied_search_is_named_with_the_first_order_it_hides(indexed: House, thief: Thief) -> None:
    thief.remove(postings, postings.c.block == 0)
    assert found(indexed, "postings", "places").entry == 0


def test_a_word_that_leads_to_no_order_is_named(indexed: House, thief: Thief) -> None:
    thief.put(postings, term="FALSO", block=7, places=b"\x01\x00")
    assert found(indexed, "postings", "places", "FALSO/7").entry == 7 * 16_384 + 1


@pytest.mark.parametrize("end", [-1, 999, 2**40])
def test_a_search_that_has_read_what_is_not_there_is_named(indexed: House, thief: Thief, end: int) -> None:
    thief.set(search_head, True, next=end)
    assert found(indexed, "search_head", "next").present == f"1: {end}"


def test_a_search_without_a_head_or_with_two_is_named(indexed: House, thief: Thief) -> None:
    thief.put(search_head, id=2, next=0)
    assert found(indexed, "search_head", "next").cls == "tampered"
    thief.remove(search_head, search_head.c.id > 0)
    assert found(indexed, "search_head", "next").present is None


def test_a_search_that_is_a_step_behind_is_no_finding(indexed: House) -> None:
    sealed(indexed, order(50))
    assert audit(indexed).clean


@pytest.mark.parametrize("number", [0, 2])
def test_a_second_head_is_named_and_changes_nothing(house: House, thief: Thief, number: int) -> None:
    row = {**thief.read(log)[0], "id": number, "size": 3}
    thief.put(log, **row)
    assert found(house, "log", "row", number).entry == SIGNED
    sealed(house, order(77))
    anchored(house)
    assert [each for each in thief.read(log) if each["id"] == number] == [row]


def test_a_batch_of_a_time_that_no_clock_has_is_named(house: House, thief: Thief) -> None:
    thief.set(batches, batches.c.first == 0, block_time=99_999_999_999_999)
    thief.set(orders, orders.c.number == NUMBER, status="paid")
    assert found(house, "batches", "block_time").present == "99999999999999"
    assert found(house, "orders", "status").between == (None, None)


def test_a_value_of_a_megabyte_is_shown_by_its_beginning(house: House, thief: Thief) -> None:
    long: Any = "X" * 2_000  # an index of PostgreSQL takes no more
    thief.set(entries, entries.c.index == 3, subject=long)
    shown = audit(house)
    assert not shown.clean
    told = [
        value
        for f in shown.findings
        for value in (f.row, f.column, f.message, f.sealed or "", f.present or "")
    ]
    assert max(map(len, told)) <= 200


def test_a_row_far_below_the_log_gives_no_number_below_zero(house: House, thief: Thief) -> None:
    row = thief.read(entries)[3]
    thief.put(entries, **{**row, "index": -(2**60), "subject": "X"})
    assert audit(house).first_affected == 0


def test_missing_tiles_and_entries_are_errors_with_words(house: House, thief: Thief) -> None:
    thief.remove(entries, entries.c.index >= ANCHORED)
    with pytest.raises(StoreError, match="not all there"):
        anchored(house)
    thief.remove(entries, entries.c.index >= 0)
    with pytest.raises(StoreError, match="not all there"):
        anchored(house)
