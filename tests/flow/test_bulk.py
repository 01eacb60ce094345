"""Sealing much: with worker processes the same comes out as in one process, whatever befalls a draft or a worker."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cast import Clock, fact, order, registry
from huella.errors import InputError, RuleError, StoreError
from huella.flow import bulk
from huella.flow.audit import audit
from huella.flow.bulk import sealing
from huella.flow.house import House, open_house
from huella.flow.make import init
from huella.flow.seal import Sealed
from huella.flow.seal import seal as seal_few
from huella.records.draft import file_digest
from huella.records.generator import combined, orders
from huella.store.tables import key_metadata, metadata

MUCH = bulk.WORTHWHILE


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PIECE", 7)
    monkeypatch.setattr(bulk, "LEAST", 15)
    monkeypatch.setattr(bulk, "MOST", 30)


def test_workers_seal_every_draft_in_its_order_and_the_audit_is_clean(
    database_url: str, tmp_path: Path
) -> None:
    given = list(orders(60, 3))
    with registry(tmp_path, database_url) as house, sealing(house, MUCH) as seal:
        outcomes = seal(given, {})
        assert [each.index for each in outcomes if isinstance(each, Sealed)] == list(range(60))
        assert [entry.subject for entry in house.journal.entries(0, 60)] == [draft.subject for draft in given]
        report = audit(house)
        assert report.clean
        assert report.disclosures > 60


def contents(house: House) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the database and of the vault's keys, by table."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for engine, tables in (
        (house.engine, metadata.sorted_tables),
        (house.vault._keys, key_metadata.sorted_tables),
    ):
        with engine.connect() as connection:
            for table in tables:
                rows = connection.execute(select(table).order_by(*table.primary_key.columns))
                found[table.name] = [tuple(row) for row in rows]
    return found


def test_sealing_in_bulk_leaves_byte_for_byte_what_sealing_one_by_one_leaves(
    database_url: str, tmp_path: Path
) -> None:
    given = [
        *orders(40, 3), combined(), order(1), fact("order.accepted", 1, mode="explicit"), order(2), order(1),
        order(3, total="1.00"), order(4, total="2950.000"), fact("order.accepted", 9, mode="explicit"),
        order(5, contracting_type="package"), *orders(20, 4, year=2027),
    ]  # fmt: skip
    left: list[dict[str, list[tuple[Any, ...]]]] = []
    told: list[list[str]] = []
    for name, url in (("one", None), ("bulk", database_url)):
        settings = {"documents.order_pdf": "request", "registry.origin": "example.pe/huella"}
        settings |= {} if url is None else {"database.url": url}
        init(tmp_path / name, settings, Clock(), same)
        with open_house(tmp_path / name, Clock(), same) as house, sealing(house, MUCH) as seal:
            if name == "one":
                outcomes = [each for draft in given for each in seal_few(house, [draft])]
            else:
                seal.ahead(given[:30])
                seal.ahead(given[30:])
                outcomes = seal(given[:45], {}) + seal(given[45:], {})
            left.append(contents(house))
            told.append([repr(each) for each in outcomes])
    assert told[0] == told[1]
    assert len(left[0]["entries"]) == 64
    assert left[0]["annexes"]
    for table, rows in left[0].items():
        assert left[1][table] == rows, table


def same(size: int) -> bytes:
    """No randomness at all, so that nothing but the way of sealing could make a difference."""
    return b"\x07" * size


def test_a_refused_draft_has_its_error_in_its_place_and_spoils_no_other(
    database_url: str, tmp_path: Path
) -> None:
    given = [order(number) for number in range(1, 31)]
    given[3] = order(4, total="1.00")  # refused by a worker
    given[8] = order(9, note=object())  # no JSON: never reaches one
    given[20] = order(1)  # refused under the head: it is registered by then
    with registry(tmp_path, database_url) as house, sealing(house, MUCH) as seal:
        outcomes = seal(given, {})
        assert isinstance(outcomes[3], InputError)
        assert outcomes[3].field == "/total"
        assert isinstance(outcomes[8], InputError)
        assert outcomes[8].field == "/data"
        assert isinstance(outcomes[20], RuleError)
        assert house.journal.size() == 27 == sum(isinstance(each, Sealed) for each in outcomes)
        assert audit(house).clean


def test_papers_reach_the_drafts_that_they_belong_to(tmp_path: Path) -> None:
    given = [order(number) for number in range(1, 31)]
    papers = {2: b"%PDF two", 29: b"%PDF twenty-nine"}
    with registry(tmp_path) as house, sealing(house, MUCH) as seal:
        seal(given, papers)
        for body in papers.values():
            assert house.index.document(file_digest(body)) == body


def test_a_worker_that_ends_before_its_work_is_one_clear_error_and_the_rest_follows(tmp_path: Path) -> None:
    given = [order(number) for number in range(1, 31)]
    with registry(tmp_path) as house:
        with sealing(house, MUCH) as seal:
            seal(given[:3], {})
            for worker in multiprocessing.active_children():
                worker.kill()
            with pytest.raises(StoreError, match="a worker process ended"):
                seal(given[3:], {})
        assert house.journal.size() == 3
        assert gc.isenabled()
        with sealing(house, MUCH) as seal:
            seal(given[3:], {})
        assert house.journal.size() == 30
        assert audit(house).clean


def test_threads_take_short_turns_while_there_are_workers_and_as_before_afterwards() -> None:
    before = sys.getswitchinterval()
    with bulk.Workers(bulk.begin_worker) as pool:
        assert sys.getswitchinterval() == pytest.approx(bulk.TURN)
        assert pool.submit(os.getpriority, os.PRIO_PROCESS, 0).result() > os.getpriority(os.PRIO_PROCESS, 0)
    assert sys.getswitchinterval() == pytest.approx(before)
