"""A large register is audited by several processes: they find what one finds, and say it in the same order."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from attacks.thief import Thief
from cast import fact, order, sealed
from huella.errors import StoreError
from huella.flow import recheck, subjects_audit
from huella.flow.audit import audit
from huella.flow.house import House
from huella.store.tables import annexes, disclosures, entries, items, orders, parties

Forgery = Callable[[Thief], None]
FORGERIES: dict[str, Forgery] = {
    "nothing": lambda thief: None,
    "a price": lambda thief: thief.set(items, items.c.number == 1, unit_price="1.00"),
    "an order's row": lambda thief: thief.remove(orders, orders.c.first_index == 3),
    "a row of nobody": lambda thief: thief.put(orders, **{**thief.read(orders)[0], "number": "ZZZ"}),
    "a record": lambda thief: thief.set(entries, entries.c.index == 1, record=b"{}"),
    "a column": lambda thief: thief.set(entries, entries.c.index == 2, kind="order.rejected"),
    "a box": lambda thief: thief.set(disclosures, disclosures.c.index == 0, boxes=b"\0" * 40),
    "an annex": lambda thief: thief.set(annexes, True, body=b"[]"),
    "a party": lambda thief: thief.set(parties, parties.c.entity, name="OTRA ENTIDAD"),
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recheck, "PAGE", 2)


def by_several(house: House, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    with monkeypatch.context() as patch:
        patch.setattr(recheck, "WORTHWHILE", 0)
        return audit(house).to_dict()


@pytest.mark.parametrize("name", FORGERIES)
def test_several_processes_report_what_one_reports(
    name: str, house: House, thief: Thief, monkeypatch: pytest.MonkeyPatch
) -> None:
    FORGERIES[name](thief)
    alone = audit(house).to_dict()
    assert by_several(house, monkeypatch) == alone
    assert alone["clean"] == (name == "nothing")


@pytest.mark.parametrize("name", ["nothing", "a row of nobody", "an annex"])
def test_pages_of_few_bytes_tell_the_same(
    name: str, house: House, thief: Thief, monkeypatch: pytest.MonkeyPatch
) -> None:
    FORGERIES[name](thief)
    alone = audit(house).to_dict()
    monkeypatch.setattr(recheck, "PAGE", 100)
    monkeypatch.setattr(recheck, "PAGE_BYTES", 1)
    assert by_several(house, monkeypatch) == alone


def test_a_subject_of_another_type_hides_no_record(
    house: House, thief: Thief, monkeypatch: pytest.MonkeyPatch
) -> None:
    if thief.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL refuses such a value itself")
    with thief.engine.begin() as connection:
        connection.exec_driver_sql('UPDATE entries SET subject = CAST(subject AS BLOB) WHERE "index" = 2')
    alone = audit(house).to_dict()
    assert by_several(house, monkeypatch) == alone
    assert any(found["column"] == "subject" for found in alone["findings"])


def test_facts_behind_the_first_one_are_counted_where_they_are(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = {"ruc": "20100047218", "name": "BANCO DE EJEMPLO"}
    sealed(house, order(8), fact("rights.assigned", 1, assignee=bank, account="0x" + "ab" * 20))
    report = by_several(house, monkeypatch)
    assert report == audit(house).to_dict()
    assert (report["orders"], report["clean"]) == (6, True)


def test_a_value_that_can_be_no_value_is_looked_at_where_it_was_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []

    def refuse(page: object) -> bytes:
        sent.append(page)
        raise OverflowError

    alone = audit(house).to_dict()
    monkeypatch.setattr(msgspec.msgpack, "encode", refuse)
    assert by_several(house, monkeypatch) == alone
    assert sent


def test_a_process_that_ends_before_its_work_is_an_error_and_no_clean_report(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subjects_audit.Subjects, "check", lambda _self: os._exit(1))
    with pytest.raises(StoreError, match="a worker process ended"):
        by_several(house, monkeypatch)
