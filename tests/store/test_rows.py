"""Many rows at once: the same rows and the same errors as few, and lists of any length in a question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from huella.store import database, upgrade
from huella.store.tables import claims, entries

MANY = 3 * database._FEW
HOSTILE = "tab\tline\nreturn\rslash\\N quote'\"; Ñandú \u2028 \U0001f600"


@pytest.fixture
def engine(database_url: str | None, tmp_path: Path) -> Iterator[Engine]:
    made = database.connect(database_url or f"sqlite:///{tmp_path / 'rows.db'}")
    upgrade.upgrade(made)
    yield made
    made.dispose()


def rows(count: int) -> list[tuple[object, ...]]:
    """Entries with every kind of value that is hard to write down."""
    return [
        (n, bytes([n]) * 32, b"\x00\\x0a\n\t" + bytes(range(256)), HOSTILE, f"subject {n}", 0, "", b"")
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [database._FEW, MANY])
def test_rows_are_kept_as_they_were_given_however_many(engine: Engine, count: int) -> None:
    with database.writing(engine) as connection:
        database.insert_rows(connection, entries, rows(count))
    with database.reading(engine) as connection:
        assert [*map(tuple, connection.execute(select(entries).order_by(entries.c.index)))] == rows(count)


def test_nothing_and_truth_are_kept_too(engine: Engine) -> None:
    given = [("REQ-2026-1-1", n, "OFE-1", "", n, n % 2 == 0, False) for n in range(MANY)]
    with database.writing(engine) as connection:
        database.insert_rows(connection, claims, given)
    with database.reading(engine) as connection:
        assert [*map(tuple, connection.execute(select(claims).order_by(claims.c.number)))] == given


@pytest.mark.parametrize("count", [database._FEW, MANY])
def test_a_row_that_stands_already_is_an_error_of_its_own_and_nothing_of_the_others_stays(
    engine: Engine, count: int
) -> None:
    given = rows(count)
    with pytest.raises(IntegrityError), database.writing(engine) as connection:
        database.insert_rows(connection, entries, [*given, (count, *given[0][1:])])
    with database.reading(engine) as connection:
        assert connection.execute(select(entries)).first() is None


def test_a_value_is_found_among_thousands_that_hold_quotes(engine: Engine) -> None:
    wanted = [f"subject {n}" for n in range(0, 40_000, 3)] + [HOSTILE]
    with database.writing(engine) as connection:
        database.insert_rows(connection, entries, rows(10))
        chosen = select(entries.c.index).where(database.among(connection, entries.c.subject, wanted))
        assert sorted(connection.execute(chosen).scalars()) == [0, 3, 6, 9]
        chosen = select(entries.c.index).where(database.among(connection, entries.c.kind, [HOSTILE]))
        assert len(connection.execute(chosen).all()) == 10
        chosen = select(entries.c.index).where(database.among(connection, entries.c.subject, []))
        assert connection.execute(chosen).first() is None
