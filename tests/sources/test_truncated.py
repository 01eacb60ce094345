"""A table that is emptied while rows wait to be sealed, or before a pass: its log told of it, and hides nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cast import registry
from huella.flow import first_pass
from huella.flow.capture import Capture
from huella.flow.source_watch import SourceWatch, watching
from procurement import System, write_plan
from sources.conftest import now, system_on, told, watched
from sources.test_first_pass import orders

ROWS = 3_000


def emptied_and_filled(system: System, count: int, first: int) -> None:
    """The table is emptied, and other rows stand in it from a key on."""
    system.run("TRUNCATE orden")
    system.run(f"ALTER SEQUENCE orden_id_seq RESTART WITH {first}")
    orders(system, count)


def notes(watch: SourceWatch, name: str = "public.orden") -> set[str]:
    """Everything odd that is on record about a table's rows."""
    return {note for _, each in watch.capture.rows.all_histories(name) for v in each for note in v.notes}


@pytest.mark.postgresql
@pytest.mark.slow
@pytest.mark.parametrize("first", [1, 5_000], ids=["under the same keys", "under other keys"])
@pytest.mark.parametrize("call", [1, 3])
def test_emptied_while_pages_of_the_first_pass_wait(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, first: int, call: int
) -> None:
    """The log is read beyond what the waiting pages saw: they are sealed behind the truncation that came after them."""
    calls, real = 0, first_pass._settle

    def late(capture: Capture, name: str, page: first_pass._Page, made: first_pass._Made) -> None:
        nonlocal calls
        calls += name == "public.orden"
        if calls == call and name == "public.orden":
            emptied_and_filled(system, 5, first)
            assert capture.source.feed is not None
            capture.drain(capture.source.feed.reached())
        real(capture, name, page, made)

    monkeypatch.setattr(first_pass, "_settle", late)
    with system_on("streamed", request) as system, registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        orders(system, ROWS)
        with watching(house, str(write_plan(system, tmp_path / "r"))) as watch:
            watch.begin()
            found = told(watch.audit())
            assert "missed" not in notes(watch)
            assert ("truncated", "orden", "*", "*") in found
            assert {cls for cls, *_ in found} == {"truncated"} | ({"replaced"} if first == 1 else set())
            assert {key for cls, _, key, _ in found if cls == "replaced"} <= {"1", "2", "3", "4", "5"}
            assert told(watch.audit()) == found


@pytest.mark.postgresql
@pytest.mark.slow
@pytest.mark.parametrize("way", ["in the log", "past the log"])
def test_a_table_that_was_emptied_and_loaded_again_hides_no_later_deletion(
    tmp_path: Path, request: pytest.FixtureRequest, way: str
) -> None:
    """What was emptied explains the rows that went with it, and none that came back, whichever way they came."""
    with system_on("streamed", request) as system, watched(system, tmp_path / "r") as (_, watch):
        system.run("CREATE TABLE copia AS SELECT * FROM item")
        system.run("TRUNCATE item")
        watch.round()
        if way == "past the log":
            system.run("ALTER PUBLICATION huella DROP TABLE item")
        system.run("INSERT INTO item SELECT * FROM copia WHERE oferta_id < 20")
        if way == "past the log":
            system.run("ALTER PUBLICATION huella ADD TABLE item")
        found = told(watch.audit())
        assert ("truncated", "item", "*", "*") in found
        assert ("missed" in notes(watch, "public.item")) == (way == "past the log")
        assert not any(cls == "deleted" for cls, *_ in found)
        system.run("DELETE FROM item WHERE oferta_id = 3 AND numero = 2")
        assert ("deleted", "item", "3,2", "row") in told(watch.audit())
