"""How the audit cuts a register into pages: no entry left out, none too large, small ones at both ends."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from msgspec import structs

from huella.flow import recheck
from huella.flow.findings import Report
from huella.flow.house import House
from huella.flow.recheck import Recheck, Span
from huella.flow.subjects_audit import Subjects
from huella.store import database
from huella.store.journal import Entry
from huella.store.snapshot import Snapshot

Cut = list[tuple[list[list[Entry]], Span]]


@pytest.fixture
def snapshot(house: House) -> Iterator[Snapshot]:
    with database.reading(house.engine) as connection:
        yield Snapshot(connection)


def cut(house: House, snapshot: Snapshot, groups: list[list[Entry]]) -> Cut:
    report = Report(entries=sum(map(len, groups)))
    return list(Recheck(house, snapshot, report, 0)._cut(groups, (None, None)))


def many(snapshot: Snapshot, count: int) -> list[list[Entry]]:
    [one] = snapshot.entries(0, 1)
    return [[structs.replace(one, subject=f"{n:09}", index=n)] for n in range(count)]


def test_pages_hold_every_subject_once_and_span_all_between(house: House, snapshot: Snapshot) -> None:
    groups = many(snapshot, 9_000)
    pages = cut(house, snapshot, groups)
    assert [group for page, _ in pages for group in page] == groups
    ends = [page[-1][0].subject for page, _ in pages]
    assert [span for _, span in pages] == list(zip([None, *ends[:-1]], [*ends[:-1], None], strict=True))


def test_pages_are_small_at_both_ends(house: House, snapshot: Snapshot) -> None:
    sizes = [len(page) for page, _ in cut(house, snapshot, many(snapshot, 30_000))]
    assert max(sizes) == recheck.PAGE
    assert sizes[0] <= recheck.PAGE // 4
    assert sizes[-1] <= recheck.PAGE // 10
    assert sizes[-9:] == sorted(sizes[-9:], reverse=True)


def test_a_page_ends_where_its_records_and_annexes_are_many_bytes(
    house: House, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = list(snapshot.groups(snapshot.names("", 9)))
    monkeypatch.setattr(recheck, "PAGE", 100)
    monkeypatch.setattr(recheck, "PAGE_BYTES", 30_000)
    pages = cut(house, snapshot, groups)
    assert [len(page) for page, _ in pages] == [4, 1]  # the fourth one has an annex
    assert [page[-1][0].index for page, _ in pages] == [4, 5]


def test_a_checked_page_is_let_go_at_once(house: House, snapshot: Snapshot) -> None:
    """The processes never look for cycles: one in what checks a page would keep every page."""
    report = Report(entries=7)
    audited = Recheck(house, snapshot, report, 0)
    groups = list(snapshot.groups(snapshot.names("", 9)))
    checked = Subjects(audited._read(groups, (None, None)), audited._law, {}, report)
    checked.check()
    gone = weakref.ref(checked)
    gc.disable()
    try:
        del checked
        assert gone() is None
    finally:
        gc.enable()


def test_an_entry_weighs_what_its_annexes_weigh_and_one_that_is_no_record_its_bytes(
    snapshot: Snapshot,
) -> None:
    plain, big = (snapshot.entries(n, n + 1)[0] for n in (0, 4))
    assert recheck._weight(plain) == len(plain.record)
    assert recheck._weight(big) > len(big.record) + 30_000
    assert recheck._weight(structs.replace(big, record=b'{"annexes":')) == 11


def test_kinds_that_no_entry_has_are_not_looked_for(house: House, snapshot: Snapshot) -> None:
    rows = snapshot.entries(0, 99)
    accepted = [(row.index, row.record) for row in rows if row.kind == "order.accepted"]
    assert accepted
    assert list(snapshot.placed(("order.accepted", "log.recovered"))) == accepted
    assert list(snapshot.placed(("order.accepted",), accepted[0][0] + 1)) == accepted[1:]
    assert not list(snapshot.placed(("log.recovered",)))
    assert not list(snapshot.refusals(0)) + list(snapshot.submissions(("offer.received",), 0))
