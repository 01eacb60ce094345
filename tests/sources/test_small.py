"""Plans, subjects, what looks personal, passes that go on, orders from a table: on SQLite, where that is enough."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cast import registry
from huella.errors import InputError, StoreError
from huella.flow import capture_pass as passes
from huella.flow.house import House
from huella.flow.source_watch import keep_plan, propose_plan, watching
from huella.records.rows import prefix_of, subject_of
from huella.sources import plan as plans
from sources.conftest import now, told

ORDERS = """
[table."orden".orders]
number = "numero"
entity_ruc = "ruc_entidad"
supplier_ruc = "ruc_proveedor"
total = "total"
"""


@pytest.fixture
def source(tmp_path: Path) -> sqlite3.Connection:
    """A small system in one file."""
    made = sqlite3.connect(tmp_path / "siga.db", isolation_level=None)
    made.executescript("""
      CREATE TABLE orden (id INTEGER PRIMARY KEY, numero TEXT, proveedor TEXT, contacto_correo TEXT, dato TEXT,
        ruc_entidad TEXT, ruc_proveedor TEXT, total NUMERIC);
      CREATE TABLE sin_clave (a TEXT);""")
    for n in range(1, 9):
        row = (
            n,
            f"OCAM-2026-1335-{n}-0",
            "X",
            "a@ejemplo.pe",
            "987654321",
            "20131257750",
            "20100186170",
            1475.5,
        )
        made.execute("INSERT INTO orden VALUES (?,?,?,?,?,?,?,?)", row)
    return made


def planned(house: House, more: str = "", **changes: str) -> Path:
    """A proposed plan, kept, with parts of it changed."""
    path = house.settings.folder.parent / "siga.db"
    text = propose_plan(f"sqlite:///{path}", "siga", "polling").text
    for old, new in {"safety = 10.0": "safety = 0.01", **changes}.items():
        assert old in text
        text = text.replace(old, new)
    return keep_plan(house, "siga", text + more)


def test_what_looks_personal_is_proposed_by_digest(source: Any, tmp_path: Path) -> None:
    made = propose_plan(f"sqlite:///{tmp_path / 'siga.db'}", "siga", "polling")
    plan = plans.parse(made.text)
    assert set(plan.tables["orden"].digest) == {"proveedor", "contacto_correo", "dato"}
    assert {(c, why) for _, c, why in made.personal} >= {
        ("dato", "telephone"),
        ("proveedor", "name of a person"),
    }
    assert "sin_clave" not in plan.tables


def test_a_personal_value_stands_in_no_record_and_its_edit_is_found(source: Any, tmp_path: Path) -> None:
    with registry(tmp_path / "r", clock=now) as house, watching(house, str(planned(house))) as watch:  # type: ignore[arg-type]
        watch.begin()
        assert all(b"ejemplo.pe" not in e.record for e in house.journal.entries(0, 100))
        source.execute("UPDATE orden SET contacto_correo = 'b@ejemplo.pe' WHERE id = 2")
        report = watch.audit()
        assert told(report) == {("edited", "orden", "2", "contacto_correo")}
        assert "ejemplo" not in str(report.to_dict())


def test_the_first_pass_goes_on_where_it_was_and_seals_nothing_twice(source: Any, tmp_path: Path) -> None:
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        path = str(planned(house, **{"rows_per_second = 0": "rows_per_second = 0\nchunk = 3"}))
        with watching(house, path) as watch:
            watch.capture.begin()
            assert passes.step(watch.capture, "orden")
        with watching(house, path) as watch:
            assert watch.capture.state.tables["orden"].rows == 3
            watch.begin()
            assert watch.report().versions == watch.report().rows == 8


def test_without_its_state_a_watch_seals_nothing_twice(source: Any, tmp_path: Path) -> None:
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        path = planned(house)
        with watching(house, str(path)) as watch:
            watch.begin()
        (path.parent / "siga.state.json").unlink()
        with watching(house, str(path)) as watch:
            assert watch.audit().versions == 8


def test_two_processes_do_not_watch_one_source(source: Any, tmp_path: Path) -> None:
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        path = str(planned(house))
        with watching(house, path), pytest.raises(StoreError), watching(house, path):
            pass


def test_a_mapped_table_becomes_orders_once(source: Any, tmp_path: Path) -> None:
    with registry(tmp_path / "r", clock=now) as house, watching(house, str(planned(house, ORDERS))) as watch:  # type: ignore[arg-type]
        watch.begin()
        watch.round()
        watch.round()
        assert watch.refused == {}
        assert [e.kind for e in house.journal.of_subject("OCAM-2026-1335-3-0")] == ["order.imported"]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('name = "siga"', 'name = "SIGA!"', "name"), ('key = ["id"]', 'key = ["nada"]', "table.orden.key"),
        ('ignore = []', 'ignore = ["total"]', "table.orden"), ('order = "id"', 'order = "nada"', "table.orden.order"),
        ('order = "id"', "", "table.orden.order"), ('format = "huella/source/1"', 'format = "x"', "format"),
        ('mode = ', 'modo = ', "FILE"), ('name = ', 'name == ', "FILE"),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_fit_names_its_place(
    source: Any, tmp_path: Path, old: str, new: str, field: str
) -> None:
    text = propose_plan(f"sqlite:///{tmp_path / 'siga.db'}", "siga", "polling").text
    with pytest.raises(InputError) as caught:
        plans.parse(text.replace(old, new))
    assert caught.value.field == field


@pytest.mark.parametrize("url", ["oracle://x/y", "nothing", ""])
def test_only_three_products_are_watched(url: str) -> None:
    with pytest.raises(InputError):
        plans.parse_address(url)


def test_a_subject_is_plain_where_it_can_be_and_a_digest_elsewhere() -> None:
    assert subject_of("siga", "public.oferta", ["int:42", "int:1"]) == "row/siga/public.oferta/42,1"
    others = [["text:a b"], ["null"], ["text:" + "x" * 90], ["text:ñ"]]
    made = {subject_of("siga", "t", key) for key in others}
    assert len(made) == 4
    assert all("/~" in each and len(each) <= 80 for each in made)
    assert subject_of("siga", "t", ["int:1"], b"k" * 32) != subject_of("siga", "t", ["int:1"])
    assert prefix_of("siga", "una tabla con año") != prefix_of("siga", "una tabla con ano")
