"""A watch tells each finding once, new ones in the next round, old ones in the next full pass."""

from decimal import Decimal
from pathlib import Path

from sqlalchemy import update

from cast import anchored, order, registry, sealed
from huella.flow.house import House
from huella.flow.watch import Watch, rounds
from huella.store import database
from huella.store.tables import orders


def forge(house: House, number: int) -> None:
    with database.writing(house.engine) as connection:
        where = orders.c.number == f"OCAM-2026-1335-{number}-0"
        assert connection.execute(update(orders).where(where).values(total=Decimal("0.01"))).rowcount == 1


def test_an_old_forgery_is_told_once_and_in_the_full_pass(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order(1))
        anchored(house)
        watch = rounds(house, Watch(), lambda _: False, 0, 3)
        assert next(watch)[1] == []
        forge(house, 1)
        told = [next(watch)[1] for _ in range(6)]
        assert [bool(found) for found in told] == [False, False, True, False, False, False]


def test_a_new_forgery_is_told_in_the_next_round(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order(1))
        anchored(house)
        watch = rounds(house, Watch(), lambda _: False, 0, 100)
        assert next(watch)[1] == []
        sealed(house, order(2))
        forge(house, 2)
        assert [f.table for f in next(watch)[1]] == ["orders"]
        assert next(watch)[1] == []


def test_a_watch_stops_between_rounds(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        waits: list[float] = []

        def wait(seconds: float) -> bool:
            waits.append(seconds)
            return len(waits) == 2

        assert len(list(rounds(house, Watch(), wait, 7, 2))) == 2
        assert waits == [7, 7]
