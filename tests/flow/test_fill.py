"""A database of an older version: `init` upgrades it, and codes, search index and figures are made of its records."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from cast import Clock, anchored, order, randomness, registry, sealed
from huella.errors import NotFound, SettingsError
from huella.flow import codes, paper, search, statistics
from huella.flow.audit import audit
from huella.flow.fill import fill
from huella.flow.house import House, open_house
from huella.flow.publish import newest_entry
from huella.flow.search import Asked
from huella.store import database
from rebuild.mirrors import assert_same, mirror

LATER = (
    "figures", "delays", "turnover", "postings", "search_head", "lodged", "statements", "lodged_head",
)  # fmt: skip


COLUMNS = (("api_keys", "owner"), ("proposals", "party"), ("passkeys", "used_at"))
"""What later versions added to tables that were there."""


def older(house: House) -> None:
    """Take the database back to the version before figures, search index and codes, its records untouched."""
    with database.writing(house.engine) as connection:
        for table in LATER:
            connection.execute(text(f"DROP TABLE {table}"))
        for table, column in COLUMNS:
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        connection.execute(text("DELETE FROM codes"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))


def code_of(house: House) -> str:
    return str(paper.complete_data(house, newest_entry(house, "OCAM-2026-1335-1-0"))["verification_code"])


def test_an_upgraded_register_is_whole_after_init_and_not_called_tampered(
    tmp_path: Path, database_url: str
) -> None:
    with registry(tmp_path / "r", database_url, documents__order_pdf="sealing") as house:
        paper.seal_orders(house, [order(1), order(2)])
        code, before = code_of(house), statistics.overview(house)
        older(house)
    with registry(tmp_path / "r", database_url) as house:  # `init` again
        assert not audit(house).clean
        with pytest.raises(NotFound):
            codes.order_of(house, code)
        assert fill(house)
        assert audit(house).clean
        assert statistics.overview(house) == before
        assert codes.order_of(house, code)[0] == "OCAM-2026-1335-1-0"
        assert search.behind(house) == 0
        assert len(search.find(house, Asked("llanta")).firsts) == 2


def test_filling_again_or_a_register_of_today_changes_nothing(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        assert not fill(house)
        sealed(house, order(1))
        assert not fill(house)
        assert statistics.overview(house)["orders"] == 1


def test_what_was_broken_off_is_done_at_the_next_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: House) -> int:
        raise KeyboardInterrupt

    with registry(tmp_path / "r") as house:
        sealed(house, order(1))
        older(house)
    with registry(tmp_path / "r") as house:
        with monkeypatch.context() as patched:
            patched.setattr(statistics, "remake", stop)
            with pytest.raises(KeyboardInterrupt):
                fill(house)
        assert fill(house)
        assert audit(house).clean


def test_an_older_database_is_not_opened_and_the_command_that_upgrades_it_is_named(
    tmp_path: Path, database_url: str
) -> None:
    with registry(tmp_path / "r", database_url) as house:
        sealed(house, order(1))
        older(house)
    with (
        pytest.raises(SettingsError, match=r"older version \(0006\)") as caught,
        open_house(tmp_path / "r", Clock(), randomness()),
    ):
        pass
    assert f"`huella init --dir {tmp_path / 'r'}` upgrades it" in caught.value.advice
    with registry(tmp_path / "r", database_url) as house:
        assert fill(house)
        assert audit(house).clean


def test_a_newer_database_is_not_touched(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house, database.writing(house.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with (
        pytest.raises(SettingsError, match=r"newer version \(9999\)"),
        open_house(tmp_path / "r", Clock(), randomness()),
    ):
        pass


def test_a_mirror_of_an_older_version_is_upgraded_in_place_by_rebuild(
    tmp_path: Path, database_url: str
) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order(1), order(2))
        anchored(house)
        with mirror(tmp_path / "two", house, database=database_url) as copy:
            older(copy)
        with (
            pytest.raises(SettingsError, match="older version") as caught,
            open_house(tmp_path / "two", Clock(), randomness()),
        ):
            pass
        assert f"`huella rebuild --dir {tmp_path / 'two'}` upgrades it" in caught.value.advice
        with mirror(tmp_path / "two", house, database=database_url) as copy:
            assert fill(copy)
            assert audit(copy).clean
            assert_same(house, copy)
