"""A watch finds what is forged in what is new at once, anything else within a lap; a quiet round costs the same in a
register of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, event, insert, update

from cast import Clock, anchored, order, registry, sealed
from huella.errors import LedgerUnreachable
from huella.flow.house import House
from huella.flow.round import PARTS
from huella.flow.watch import Watch
from huella.ledger.port import Anchored
from huella.store import database
from huella.store.tables import batches, disclosures, entries, items, log, orders, parties

MOST = 10
Change = tuple[Table, str, dict[str, object]]


def forge(house: House, number: int, total: str = "0.01") -> None:
    with database.writing(house.engine) as connection:
        where = orders.c.number == f"OCAM-2026-1335-{number}-0"
        assert connection.execute(update(orders).where(where).values(total=Decimal(total))).rowcount == 1


def fill(house: House, first: int, end: int) -> None:
    """Orders, in batches of few."""
    for start in range(first, end, 5):
        sealed(house, *(order(number) for number in range(start, min(start + 5, end))))
        anchored(house)


def watch(house: House, folder: Path) -> Watch:
    return Watch(house, folder / "watch.json", MOST)


def lap(entries_held: int) -> int:
    """Rounds within which everything is looked at once more: the longest part's, and one that is under way."""
    return 2 * (-(-entries_held // max(1, MOST // 4)) + 1)


@dataclass
class Cost:
    """What was asked of a database: statements, and rows that came back."""

    statements: int = 0
    rows: int = 0


@contextmanager
def counted(engine: Engine) -> Iterator[Cost]:
    """What is asked while the block runs; the rows of each statement are counted by asking it once more."""
    cost = Cost()

    def after(_: object, cursor: Any, statement: str, values: Any, *_more: object) -> None:
        if statement.startswith("SELECT"):
            again = cursor.connection.cursor()
            cost.rows += len(again.execute(statement, values).fetchall())
            cost.statements += 1

    event.listen(engine, "after_cursor_execute", after)
    yield cost
    event.remove(engine, "after_cursor_execute", after)


def test_what_is_forged_in_new_entries_is_told_in_the_next_round_and_once(
    database_url: str, tmp_path: Path
) -> None:
    with registry(tmp_path, database_url) as house:
        fill(house, 1, 20)
        patrol = watch(house, tmp_path)
        assert patrol.round() == []
        sealed(house, order(30))
        forge(house, 30)
        told = [(each.event, each.finding.table, each.finding.column) for each in patrol.round()]
        assert told == [("found", "orders", "total")]
        assert [patrol.round() for _ in range(lap(20))] == [[]] * lap(20)
        assert patrol.exit_code == 1


CHANGES: dict[str, Change] = {
    "order": (orders, "number", {"status": "paid"}),
    "item": (items, "order", {"description": "OTRA COSA"}),
    "party": (parties, "ruc", {"name": "OTRA EMPRESA SAC"}),
    "leaf": (entries, "index", {"leaf": b"?" * 32}),
    "record": (entries, "index", {"record": b"{}"}),
    "subject": (entries, "index", {"kind": "order.paid"}),
    "boxes": (disclosures, "index", {"boxes": b"?"}),
    "batch": (batches, "first", {"transaction": "0x" + "00" * 32}),
    "head": (log, "id", {"recorded_at": "2020-01-01T00:00:00.000Z"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_forged_later_is_found_within_a_lap_wherever_the_slice_is(
    name: str, database_url: str, tmp_path: Path
) -> None:
    table, key, values = CHANGES[name]
    with registry(tmp_path, database_url) as house:
        fill(house, 1, 14)
        patrol = watch(house, tmp_path)
        for _ in range(4):
            assert patrol.round() == []
        with database.writing(house.engine) as connection:
            one = connection.exec_driver_sql(f'SELECT min("{key}") FROM {table.name}').scalar_one()
            connection.execute(update(table).where(table.c[key] == one).values(**values))
        found = [each for _ in range(lap(13)) for each in patrol.round()]
        assert {each.event for each in found} == {"found"}
        assert table.name in {each.finding.table for each in found}


@pytest.mark.parametrize("place", [1, 7, 13])
def test_a_forged_row_is_found_at_any_place_and_told_as_resolved_when_it_is_put_right(
    place: int, database_url: str, tmp_path: Path
) -> None:
    with registry(tmp_path, database_url) as house:
        fill(house, 1, 14)
        patrol = watch(house, tmp_path)
        patrol.round()
        forge(house, place)
        found = [each for _ in range(lap(13)) for each in patrol.round()]
        assert [(each.event, each.finding.row) for each in found] == [("found", f"OCAM-2026-1335-{place}-0")]
        forge(house, place, "2950.00")
        gone = [each for _ in range(lap(13)) for each in patrol.round()]
        assert [(each.event, each.finding.row) for each in gone] == [
            ("resolved", f"OCAM-2026-1335-{place}-0")
        ]
        assert patrol.exit_code == 0


def test_a_row_without_a_record_is_found_within_a_lap(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        fill(house, 1, 14)
        patrol = watch(house, tmp_path)
        patrol.round()
        with database.writing(house.engine) as connection:
            row = ("20999999999", "NADIE", True, False, 3)
            connection.execute(insert(parties).values(row))
            connection.execute(insert(disclosures).values(index=77, key=1, boxes=b""))
        found = {each.finding.table for _ in range(lap(13)) for each in patrol.round()}
        assert found == {"parties", "disclosures"}


def test_a_quiet_round_costs_the_same_in_a_register_of_any_size(tmp_path: Path) -> None:
    costs = []
    with registry(tmp_path) as house:
        patrol = watch(house, tmp_path)
        for start in (1, 41):
            fill(house, start, start + 40)
            for _ in range(3):
                assert patrol.round() == []
            asked: list[int] = []
            house.ledger.batch = _counting(house.ledger.batch, asked)  # type: ignore[assignment,method-assign]
            with counted(house.engine) as seen:
                for _ in range(6):
                    assert patrol.round() == []
            del house.ledger.batch
            costs.append((seen.statements, seen.rows, len(asked)))
    few, more = costs
    assert all(late <= early * 1.1 for early, late in zip(few, more, strict=True)), costs
    assert more[2] <= 6 * MOST // 5


def _counting(ask: Callable[[int], Anchored | None], asked: list[int]) -> Callable[[int], Anchored | None]:
    def batch(first: int) -> Anchored | None:
        asked.append(first)
        return ask(first)

    return batch


def test_a_watch_goes_on_after_a_stop_where_it_was(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        fill(house, 1, 14)
        patrol = watch(house, tmp_path)
        patrol.round()
        forge(house, 13)
        events = []
        for _ in range(lap(13)):  # stopped and started behind every round
            patrol.save({})
            patrol = watch(house, tmp_path)
            events += patrol.round()
        assert [(each.event, each.finding.table) for each in events] == [("found", "orders")]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"registry":"another","place":{"round":9}}', b"\xff"])
def test_a_state_that_is_not_this_registrys_is_no_state(body: bytes, tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        fill(house, 1, 4)
        forge(house, 2)
        (tmp_path / "watch.json").write_bytes(body)
        assert [each.finding.table for each in watch(house, tmp_path).round()] == ["orders"]


def test_rows_that_the_thief_puts_behind_the_end_do_not_move_the_watch(
    database_url: str, tmp_path: Path
) -> None:
    with registry(tmp_path, database_url) as house:
        fill(house, 1, 14)
        patrol = watch(house, tmp_path)
        patrol.round()
        far = house.journal.entries(0, 1)[0]
        row = (10**12, far.leaf, far.record, far.kind, "A", 0, far.recorded_at, far.mac)
        with database.writing(house.engine) as connection:
            database.insert_rows(connection, entries, [row])
        assert ("entries", str(10**12)) in {(e.finding.table, e.finding.row) for e in patrol.round()}
        sealed_before = house.journal.size()
        assert patrol.round() == []
        assert sealed_before == 13


def test_a_chain_that_is_away_is_told_once_and_again_when_it_is_back(tmp_path: Path) -> None:
    def away(data: bytes) -> bytes:
        raise LedgerUnreachable(f"nobody answers {len(data)} bytes")

    with registry(tmp_path) as house:
        fill(house, 1, 14)
        patrol = watch(house, tmp_path)
        patrol.round()
        house.ledger.call = away  # type: ignore[method-assign]
        told = [each for _ in range(lap(13)) for each in patrol.round()]
        assert {(each.event, each.finding.cls) for each in told} == {("found", "unreachable")}
        places = [(each.finding.row, each.finding.column) for each in told]
        assert len(places) == len(set(places))
        assert patrol.exit_code == 3
        del house.ledger.call
        back = [each for _ in range(lap(13)) for each in patrol.round()]
        assert {each.event for each in back} == {"resolved"}
        assert patrol.exit_code == 0


def test_a_database_that_is_away_ends_nothing(tmp_path: Path) -> None:
    file = tmp_path / "huella.db"
    with registry(tmp_path) as house:
        fill(house, 1, 4)
        patrol = watch(house, tmp_path)
        patrol.round()
        house.engine.dispose()
        file.rename(tmp_path / "away")
        file.mkdir()
        assert [each.finding.cls for each in patrol.round()] == ["unreachable"]
        assert patrol.round() == []
        file.rmdir()
        (tmp_path / "away").rename(file)
        assert [each.event for each in patrol.round()] == ["resolved"]
        forge(house, 1)
        assert [each.event for _ in range(lap(3)) for each in patrol.round()] == ["found"]


def test_a_table_that_the_thief_drops_ends_nothing(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        fill(house, 1, 4)
        patrol = watch(house, tmp_path)
        patrol.round()
        with database.writing(house.engine) as connection:
            connection.exec_driver_sql("ALTER TABLE orders RENAME TO gone")
        assert [each.finding.cls for each in patrol.round()] == ["unreachable"]
        with database.writing(house.engine) as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO orders")
        assert [each.event for each in patrol.round()] == ["resolved"]


def test_every_part_comes_round(tmp_path: Path) -> None:
    with registry(tmp_path, clock=Clock()) as house:
        fill(house, 1, 14)
        patrol = watch(house, tmp_path)
        for _ in range(lap(13)):
            patrol.round()
        assert set(patrol.place.done) == set(PARTS)
