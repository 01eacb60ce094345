"""Statistics: kept while records are sealed, as if made of everything, held against the records by the audit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from cast import fact, natural_order, order, registry, sealed
from huella.flow import statistics
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.seal import seal
from huella.records import generator
from huella.records.identifiers import parse_moment
from huella.store import database, figures
from huella.store.figures import Chosen
from huella.store.tally import department_code, lima

ALL = Chosen()


def stored(house: House) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the statistics that counts anything."""
    found = {}
    with database.reading(house.engine) as connection:
        for table in figures.TABLES:
            rows = connection.execute(select(table).order_by(*table.primary_key.columns))
            width = len(table.primary_key.columns)
            found[table.name] = [tuple(row) for row in rows if any(tuple(row)[width:])]
    return found


def lived(house: House, count: int = 60) -> None:
    """Orders of every shape with their lives, sealed in several transactions."""
    drafts = list(generator.orders(count, seed=7))
    for start in range(0, count, 25):
        seal(house, drafts[start : start + 25])
    for number, draft in enumerate(drafts):
        seal(house, generator.life(draft, number))


def test_figures_kept_while_sealing_are_those_made_of_all_records(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        lived(house)
        kept = stored(house)
        assert statistics.remake(house) == 60
        assert stored(house) == kept
        assert sum(row[5] for row in kept["figures"] if row[0] == "") == 60


def test_what_happens_to_an_order_moves_it_from_one_state_to_the_next(
    tmp_path: Path, database_url: str
) -> None:
    with registry(tmp_path / "r", database_url) as house:
        sealed(house, order(1), order(2))
        sealed(house, fact("order.accepted", 1, mode="explicit"))
        states = {row["of"]: row["orders"] for row in statistics.of(house).by("state", ALL)}
    assert states == {"published": 1, "accepted": 1}


def test_two_dimensions_are_told_apart_and_a_third_is_not(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        lived(house)
        read = statistics.of(house)
        for catalogue in read.values("catalogue"):
            chosen = Chosen(values=(("catalogue", catalogue),))
            total = sum(row["orders"] for row in read.by("", chosen))
            for dimension in ("procedure", "shape", "state", "month", "catalogue"):
                assert sum(row["orders"] for row in read.by(dimension, chosen)) == total > 0
        both = Chosen(values=(("catalogue", "EXT-CE-2021-7"), ("shape", "classic")))
        assert read.by("month", both)
        assert read.by("state", both) == []


def test_a_span_of_months_is_all_its_months(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        lived(house)
        read = statistics.of(house)
        months = [row["of"] for row in read.by("month", ALL)]
        spring = read.by("month", Chosen(first="2026-03", last="2026-05"))
        assert [row["of"] for row in spring] == [m for m in months if "2026-03" <= m <= "2026-05"] != months


def test_an_order_to_two_departments_counts_in_both_with_what_each_gets(tmp_path: Path) -> None:
    parts = {
        "destinations": [
            {"number": 1, "ubigeo": "150101", "department": "LIMA", "province": "LIMA", "district": "LIMA"},
            {"number": 2, "ubigeo": "080101", "department": "CUSCO", "province": "CUSCO", "district": "CUSCO"},
        ],
        "deliveries": [
            {"number": n, "destination": n, "lines": [{"item": 1, "quantity": quantity}], "sub_total": sub,
             "vat": vat, "total": total}
            for n, quantity, sub, vat, total in (
                (1, "8", "2000.00", "360.00", "2360.00"), (2, "2", "500.00", "90.00", "590.00"),
            )
        ],
        "delivery_type": "multi_destination",
    }  # fmt: skip
    with registry(tmp_path / "r") as house:
        sealed(house, order(1, **parts))
        rows = statistics.of(house).by("department", ALL)
    assert [(row["of"], row["orders"], row["amount"]) for row in rows] == [
        ("08", 1, Decimal("590.00")), ("15", 1, Decimal("2360.00")),
    ]  # fmt: skip


def test_stages_take_calendar_days_in_lima_and_know_who_is_late(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        sealed(house, order(1))
        day = parse_moment("2026-11-22T04:00:00.000Z", "")  # the 21st in Lima
        at = [(day + timedelta(days=n)).strftime("%Y-%m-%dT%H:%M:%S.000Z") for n in (0, 21, 30, 35)]
        sealed(house, fact("order.accepted", 1, mode="explicit", effective_at=at[0]))
        sealed(house, fact("delivery.made", 1, delivery=1, effective_at=at[1]))
        sealed(house, fact("delivery.conformed", 1, delivery=1, effective_at=at[2]))
        sealed(house, fact("delivery.paid", 1, delivery=1, effective_at=at[3], amount="2950.00"))
        rows = {r["stage"]: (r["count"], r["days"], r["late"]) for r in statistics.of(house).delays(ALL)}
    assert rows == {
        "acceptance": (1, 1, 0), "delivery": (1, 21, 1), "conformity": (1, 9, 1), "payment": (1, 5, 0),
    }  # fmt: skip


def test_natural_persons_are_one_row_without_a_name(tmp_path: Path) -> None:
    with registry(tmp_path / "r") as house:
        sealed(house, natural_order(1), natural_order(2), order(3))
        rows = {row["ruc"]: row["orders"] for row in statistics.of(house).turnover("supplier", "PEN")}
        assert rows == {"": 2, "20100186170": 1}
        assert statistics.of(house).parties("supplier") == 1


def test_the_audit_finds_figures_that_do_not_add_up_and_no_others(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        lived(house, 10)
        assert audit(house).clean
        with house.engine.begin() as connection:
            connection.execute(text("UPDATE figures SET amount = amount + 100 WHERE \"by\" = '' "))
            connection.execute(text("DELETE FROM turnover WHERE role = 'entity'"))
        found = audit(house)
        assert not found.clean
        assert {finding.table for finding in found.findings if finding.cls == "tampered"} == {
            "figures",
            "turnover",
        }
        statistics.remake(house)
        assert audit(house).clean


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-01-01T04:59:59.999Z", "2025-12-31"),
        ("2026-01-01T05:00:00.000Z", "2026-01-01"),
        ("2026-01-01", "2026-01-01"),
    ],
)
def test_a_month_begins_at_midnight_in_lima(moment: str, day: str) -> None:
    assert lima(moment) == day


@pytest.mark.parametrize(
    ("ubigeo", "name", "code"),
    [
        ("150101", None, "15"),
        (None, "PROV. CONST. DEL CALLAO", "07"),
        (None, "Áncash", "02"),
        (None, "X", ""),
        (None, None, ""),
    ],
)
def test_a_department_is_known_by_code_or_name(ubigeo: str | None, name: str | None, code: str) -> None:
    assert department_code(ubigeo, name) == code
