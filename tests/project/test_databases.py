"""The databases that every test of the store gets are new, empty and their own."""

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

import postgres


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_gets_an_empty_database(database_url: str, attempt: int) -> None:
    engine = create_engine(database_url)
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE written (attempt INTEGER)"))
    assert inspect(engine).get_table_names() == ["written"]
    engine.dispose()


@pytest.mark.postgresql
def test_a_database_is_dropped_even_while_somebody_is_connected(postgresql_server: postgres.Server) -> None:
    with postgresql_server.database() as url:
        engine = create_engine(url)
        connection = engine.connect()
        connection.execute(text("SELECT 1"))
    connection.invalidate()
    connection.close()
    engine.dispose()


@pytest.mark.postgresql
def test_the_server_listens_on_no_network_port(postgresql_server: postgres.Server) -> None:
    with postgresql_server.database() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.execute(text("SHOW listen_addresses")).scalar_one() == ""
        engine.dispose()


@pytest.mark.postgresql
def test_a_stopped_server_leaves_no_folder(postgresql_server: postgres.Server) -> None:
    programs = postgres.binaries()
    assert programs is not None
    with postgres.running(programs, durable=False) as second:
        assert second.folder != postgresql_server.folder
        number = int((second.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(number, 0)
    assert not second.folder.exists()
    assert not Path(f"/proc/{number}").exists()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(postgres.ServerFailed, match="initdb"), postgres.running(tmp_path, durable=False):
        pytest.fail("there is no server here")
