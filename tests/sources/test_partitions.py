"""A partition that another table is put in the place of: found by its rows, and named where the catalogue tells it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cast import anchored
from procurement import System
from sources.conftest import settle, system_on, told, watched

PLAN = """
[table."{at}pago"]
key = ["id"]
mode = "append-only"
clear = ["id", "orden_id", "monto"]
order = "id"
order_by = "sequence"
"""
ROWS = "INSERT INTO pago (id, orden_id, monto) VALUES (1, 1, 10), (2, 2, 20), (3, 3, 30), (150, 4, 40)"
POSTGRESQL = (
    "CREATE TABLE pago (id bigint PRIMARY KEY, orden_id bigint, monto numeric(12,2)) PARTITION BY RANGE (id)",
    "CREATE TABLE pago_1 PARTITION OF pago FOR VALUES FROM (1) TO (100)",
    "CREATE TABLE pago_2 PARTITION OF pago FOR VALUES FROM (100) TO (200)",
    "ALTER PUBLICATION huella ADD TABLE pago",
)
MYSQL = (
    """CREATE TABLE pago (id bigint PRIMARY KEY, orden_id bigint, monto decimal(12,2)) ENGINE=InnoDB
    PARTITION BY RANGE (id) (PARTITION pago_1 VALUES LESS THAN (100), PARTITION pago_2 VALUES LESS THAN (200))""",
)
SWAPPED = {
    True: (
        "CREATE TABLE falsa (LIKE pago_1 INCLUDING ALL)",
        "INSERT INTO falsa SELECT id, orden_id, monto FROM pago_1",
        "UPDATE falsa SET monto = 99 WHERE id = 2",
        "DELETE FROM falsa WHERE id = 3",
        "ALTER TABLE pago DETACH PARTITION pago_1",
        "ALTER TABLE pago_1 RENAME TO vieja",
        "ALTER TABLE falsa RENAME TO pago_1",
        "ALTER TABLE pago ATTACH PARTITION pago_1 FOR VALUES FROM (1) TO (100)",
    ),
    False: (
        "CREATE TABLE falsa (id bigint PRIMARY KEY, orden_id bigint, monto decimal(12,2)) ENGINE=InnoDB",
        "INSERT INTO falsa SELECT id, orden_id, monto FROM pago WHERE id < 100",
        "UPDATE falsa SET monto = 99 WHERE id = 2",
        "DELETE FROM falsa WHERE id = 3",
        "ALTER TABLE pago EXCHANGE PARTITION pago_1 WITH TABLE falsa",
    ),
}


@pytest.fixture(params=["streamed", "polled", "mariadb"])
def parted(request: pytest.FixtureRequest) -> Iterator[System]:
    """The system with payments in two partitions."""
    with system_on(request.param, request) as system:
        for statement in (*(POSTGRESQL if system.at else MYSQL), ROWS):
            system.run(statement)
        system.plan += PLAN.format(at=system.at)
        yield system


@pytest.mark.postgresql
@pytest.mark.slow
def test_a_partition_swapped_for_another_is_found_row_by_row(parted: System, tmp_path: Path) -> None:
    with watched(parted, tmp_path) as (house, watch):
        settle(watch)
        assert watch.audit().findings == []
        for statement in SWAPPED[bool(parted.at)]:
            parted.run(statement)
        found = told(watch.audit())
        assert {("edited", "pago", "2", "monto"), ("deleted", "pago", "3", "row")} <= found
        assert {key for _, table, key, _ in found if table == "pago"} <= {"2", "3", "*"}
        if parted.at:  # MariaDB's catalogue keeps a partition's name and bounds, whichever table it was
            assert ("swapped", "pago", "*", "partition pago_1") in found
        anchored(house)
        assert all(f.between[1] is not None for f in watch.report().findings)


@pytest.mark.postgresql
@pytest.mark.slow
def test_a_partition_that_is_added_is_how_such_a_table_grows(parted: System, tmp_path: Path) -> None:
    with watched(parted, tmp_path) as (_, watch):
        settle(watch)
        if parted.at:
            parted.run("CREATE TABLE pago_3 PARTITION OF pago FOR VALUES FROM (200) TO (300)")
        else:
            parted.run("ALTER TABLE pago ADD PARTITION (PARTITION pago_3 VALUES LESS THAN (300))")
        parted.run("INSERT INTO pago (id, orden_id, monto) VALUES (250, 5, 50)")
        settle(watch)
        assert watch.audit().findings == []
