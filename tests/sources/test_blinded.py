"""Who would blind the watch of a source: a table, a column, a slot, a publication or a password taken away stops
nothing else and is told; what is not delivered yet outlives the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mariadb
from huella.errors import SourceError, SourceRefused
from huella.flow import capture_state, source_watch
from huella.flow.courier import Courier
from huella.flow.source_watch import SourceWatch
from procurement import System
from sources.conftest import settle, system_on, told, watched

INSERT = (
    "INSERT INTO requerimiento (codigo, entidad, ruc_entidad, creado_en)"
    " VALUES ('REQ-NUEVO', 'SUNAT', '20131312955', CURRENT_TIMESTAMP)"
)
PRICE = "UPDATE oferta SET precio = 7 WHERE id = 3"


@pytest.fixture(params=["streamed", "mariadb", "sqlite"])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """The system, streamed and polled."""
    with system_on(request.param, request) as found:
        yield found


@pytest.fixture
def streamed(request: pytest.FixtureRequest) -> Iterator[System]:
    """The system whose log is read."""
    with system_on("streamed", request) as found:
        yield found


def rounds(watch: SourceWatch, until: Callable[[list[tuple[str, dict[str, Any]]]], bool]) -> list[Any]:
    """What a run tells, until that is enough; a hundred rounds at most."""
    heard: list[tuple[str, dict[str, Any]]] = []
    source_watch.run(watch, lambda: until(heard), lambda what, event: heard.append((what, event)), 100)
    assert until(heard), heard
    return heard


def named(heard: list[Any], what: str) -> list[dict[str, Any]]:
    """Of what was told, one kind."""
    return [event for kind, event in heard if kind == what]


def test_a_column_that_went_blinds_nobody_to_the_other_tables(system: System, tmp_path: Path) -> None:
    with watched(system, tmp_path) as (_, watch):
        system.run("ALTER TABLE requerimiento DROP COLUMN entidad")
        system.run(PRICE)
        report = watch.audit()
        assert ("edited", "oferta", "3", "precio") in told(report)
        assert ("column", "requerimiento", "*", "column entidad") in told(report)
        assert "has no column entidad" in report.unread[f"{system.at}requerimiento"]
        assert not report.to_dict()["clean"]


def test_a_table_that_went_is_told_while_the_others_are_sealed_on(system: System, tmp_path: Path) -> None:
    with watched(system, tmp_path) as (_, watch):
        system.run("ALTER TABLE item RENAME TO item_viejo")
        system.run(INSERT)
        heard = rounds(
            watch, lambda heard: bool(named(heard, "sealed")) and "dropped" in str(named(heard, "found"))
        )
        assert [each["table"] for each in named(heard, "found")] == [f"{system.at}item"]
        assert watch.audit().unread == {f"{system.at}item": f"the source has no table {system.at}item"}
        system.run("ALTER TABLE item_viejo RENAME TO item")
        assert watch.audit().unread == {}


def test_a_column_under_another_name_is_followed_at_once(system: System, tmp_path: Path) -> None:
    with watched(system, tmp_path) as (_, watch):
        system.run("ALTER TABLE oferta RENAME COLUMN correo TO e_correo")
        system.run(PRICE)
        settle(watch, 0.5)
        assert watch.capture.aside == {}
        assert {("renamed", "oferta", "*", "correo"), ("edited", "oferta", "3", "precio")} <= told(
            watch.audit()
        )


def test_a_table_that_was_never_there_ends_the_watch_with_its_name(system: System, tmp_path: Path) -> None:
    system.run("DROP TABLE item")
    with (
        pytest.raises(SourceError, match=f"(no table|not name).*{system.at or 'item'}"),
        watched(system, tmp_path),
    ):
        pass


def test_a_slot_that_was_dropped_is_made_anew_and_the_pass_finds_the_rest(
    streamed: System, tmp_path: Path
) -> None:
    with watched(streamed, tmp_path) as (_, watch):
        watch.capture.source.close()
        streamed.run(
            "DO $$ BEGIN FOR n IN 1..3000 LOOP"
            " EXIT WHEN NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'huella' AND active);"
            " PERFORM pg_sleep(0.01); END LOOP; END $$"
        )
        streamed.run("SELECT pg_drop_replication_slot('huella')")
        streamed.run(PRICE)
        heard = rounds(watch, lambda heard: bool(named(heard, "found")))
        assert named(heard, "gap")
        assert [(each["key"], each["column"]) for each in named(heard, "found")] == [("3", "precio")]


def test_a_publication_that_was_dropped_is_asked_for_and_nothing_is_lost(
    streamed: System, tmp_path: Path
) -> None:
    with watched(streamed, tmp_path) as (_, watch):
        streamed.run("DROP PUBLICATION huella")
        streamed.run(PRICE)
        heard = rounds(watch, lambda heard: "CREATE PUBLICATION" in str(heard))
        assert "does not name" in named(heard, "away")[-1]["reason"]
        streamed.run("CREATE PUBLICATION huella FOR TABLE requerimiento, oferta, item, adjudicacion, orden")
        heard = rounds(watch, lambda heard: bool(named(heard, "found")))
        assert [(each["key"], each["column"]) for each in named(heard, "found")] == [("3", "precio")]


def test_a_table_that_is_taken_out_of_the_publication_is_told_and_asked_for(
    streamed: System, tmp_path: Path
) -> None:
    with watched(streamed, tmp_path) as (_, watch):
        streamed.run("ALTER PUBLICATION huella DROP TABLE item")
        watch._looked = 0.0  # ten seconds later
        (told,) = named(rounds(watch, lambda heard: bool(named(heard, "untold"))), "untold")
        assert 'does not name "public"."item"' in told["reason"]
        assert "ALTER PUBLICATION" in told["advice"]


def test_a_publication_that_lacks_a_table_is_refused_at_the_beginning(
    streamed: System, tmp_path: Path
) -> None:
    streamed.run("ALTER PUBLICATION huella DROP TABLE item")
    with (
        pytest.raises(SourceError, match="does not name") as raised,
        watched(streamed, tmp_path),
    ):
        pass
    assert (
        raised.value.advice == 'Its administrator runs: ALTER PUBLICATION "huella" ADD TABLE "public"."item";'
    )


def test_a_password_that_was_changed_is_waited_for_and_refused_at_the_beginning(
    mariadb_server: mariadb.Server, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    def password(word: str) -> None:
        with mariadb_server.connect() as root, root.cursor() as cursor:
            cursor.execute(f"ALTER USER lector@'%' IDENTIFIED BY '{word}'")

    with system_on("mariadb", request) as system, watched(system, tmp_path) as (_, watch):
        heard: list[tuple[str, dict[str, Any]]] = []

        def hear(what: str, event: dict[str, Any]) -> None:
            heard.append((what, event))
            password("clave")

        watch.round = lambda: _cut(watch, password)  # type: ignore[method-assign]
        try:
            source_watch.run(watch, lambda: "back" in dict(heard), hear, 100)
            password("otra")
            watch.capture.source.close()
            with pytest.raises(SourceRefused, match="Access denied"):
                source_watch.run(watch, lambda: False, hear, 1)
        finally:
            password("clave")
        assert "Access denied" in named(heard, "away")[0]["reason"]


def _cut(watch: SourceWatch, password: Callable[[str], None]) -> int:
    """A round before which the connection ends and the password is another one; only this one."""
    del watch.round
    password("otra")
    watch.capture.source.close()
    return watch.round()


def test_an_alert_that_is_not_delivered_outlives_the_process(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    def away(_: bytes) -> None:
        raise OSError

    with system_on("sqlite", request) as system, watched(system, tmp_path) as (house, watch):
        watch.courier = Courier("--webhook", away, lambda *_: None)
        watch.courier.put(b"{}")
        watch.save()  # as each round does; nothing is done at the end of a process that is killed
        kept = next((house.settings.folder / "sources").glob("*.state.json"))
        assert capture_state.load(kept, watch.capture.state.registry).waiting == {"--webhook": ["{}"]}
