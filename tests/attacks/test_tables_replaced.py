"""Somebody puts something else in a table's place, or hangs something on it: named before rows are believed."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import Engine

from attacks.thief import SIGNED, Thief, findings, found, on_chain
from cast import anchored, order
from huella.errors import StoreError
from huella.flow.audit import audit
from huella.flow.findings import Finding
from huella.flow.house import House
from huella.flow.seal import seal
from huella.store import database, shape
from huella.store.tables import orders

OWN = {
    "sqlite": ["CREATE TRIGGER own AFTER INSERT ON {0} BEGIN DELETE FROM {0}; END"],
    "postgresql": [
        "CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER own BEFORE INSERT ON {0} FOR EACH ROW EXECUTE FUNCTION own()",
    ],
}


def run(engine: Engine, *statements: str) -> None:
    """SQL as the database's owner."""
    with closing(engine.raw_connection()) as connection:
        for statement in statements:
            connection.cursor().execute(statement)
        connection.commit()


def only(thief: Thief, dialect: str) -> None:
    if thief.engine.dialect.name != dialect:
        pytest.skip(f"{dialect} alone has this")


def stopped(house: House, table: str, part: str) -> Finding:
    """The finding at a table's part; rows were not compared, and that is said."""
    one = found(house, table, part, "schema")
    assert audit(house).counts["unreachable"] == 1
    return one


def test_the_untouched_tables_are_those_of_the_program(house: House, thief: Thief) -> None:
    with thief.engine.connect() as connection:
        assert [*shape.faults(connection), *shape.broken_pages(connection)] == []


def test_what_an_administrator_adds_for_himself_is_no_finding(house: House, thief: Thief) -> None:
    run(
        thief.engine, "CREATE VIEW report AS SELECT number, total FROM orders",
        "CREATE INDEX report_by_total ON orders (total)", "ALTER TABLE orders ADD COLUMN remark TEXT",
        "CREATE TABLE remarks (number TEXT)",
    )  # fmt: skip
    assert audit(house).clean


@pytest.mark.parametrize("table", ["entries", "log", "orders", "figures", "codes", "postings"])
def test_a_view_in_a_table_s_place_is_named_although_it_shows_the_same_rows(
    house: House, thief: Thief, table: str
) -> None:
    run(thief.engine, f"ALTER TABLE {table} RENAME TO kept", f"CREATE VIEW {table} AS SELECT * FROM kept")
    one = found(house, table, "table", "schema")
    assert (one.cls, one.sealed, one.present) == ("tampered", "table", "view")


@pytest.mark.parametrize("table", ["entries", "orders", "figures"])
def test_a_trigger_is_named_before_it_did_anything(house: House, thief: Thief, table: str) -> None:
    run(thief.engine, *(each.format(table) for each in OWN[thief.engine.dialect.name]))
    assert found(house, table, "trigger own", "schema").present == "trigger own"


@pytest.mark.parametrize("table", ["entries", "log", "tiles", "orders", "figures", "codes", "postings"])
def test_a_dropped_table_is_named_and_nothing_ends_in_a_traceback(
    house: House, thief: Thief, table: str
) -> None:
    run(thief.engine, f"DROP TABLE {table}")
    assert stopped(house, table, "table").present is None
    if table in ("entries", "log", "orders", "figures"):
        with pytest.raises(StoreError):
            seal(house, [order(77)])
    assert house.signer.last()[0] <= SIGNED + 1


@pytest.mark.parametrize(
    ("change", "column"),
    [("DROP COLUMN total", "total"), ("RENAME COLUMN vat TO tax", "vat")],
)
def test_a_column_that_is_gone_is_named(house: House, thief: Thief, change: str, column: str) -> None:
    run(thief.engine, f"ALTER TABLE orders {change}")
    assert stopped(house, "orders", column).present is None
    with pytest.raises(StoreError):
        seal(house, [order(77)])


@pytest.mark.parametrize(
    ("table", "change", "column"),
    [
        ("orders", "ALTER COLUMN total TYPE text", "total"), ("entries", "ALTER COLUMN seq TYPE text", "seq"),
        ("entries", 'ALTER COLUMN "index" TYPE numeric', "index"),
        ("entries", "ALTER COLUMN record DROP NOT NULL", "record"),
        ("orders", 'ALTER COLUMN number TYPE text COLLATE "en-x-icu"', "number"),
        ("entries", "DROP CONSTRAINT one_seq_a_subject", "key seq, subject"),
        ("log", "DROP CONSTRAINT log_pkey", "key id"),
    ],
)  # fmt: skip
def test_a_column_s_or_key_s_nature_is_compared(
    house: House, thief: Thief, table: str, change: str, column: str
) -> None:
    only(thief, "postgresql")
    run(thief.engine, f"ALTER TABLE {table} {change}")
    assert stopped(house, table, column).cls == "tampered"


@pytest.mark.parametrize(("table", "key"), [("entries", "index"), ("log", "id"), ("orders", "number")])
def test_a_copy_without_keys_is_named(house: House, thief: Thief, table: str, key: str) -> None:
    """Rows may stand there twice, and nothing where something must stand."""
    only(thief, "sqlite")
    run(thief.engine, f"ALTER TABLE {table} RENAME TO kept", f"CREATE TABLE {table} AS SELECT * FROM kept")
    assert stopped(house, table, f"key {key}").cls == "tampered"


def test_two_heads_stop_whoever_writes(house: House, thief: Thief) -> None:
    copied = [
        "ALTER TABLE log RENAME TO kept",
        "CREATE TABLE log AS SELECT * FROM kept",
        "INSERT INTO log SELECT * FROM kept",
    ]
    run(thief.engine, *copied)
    with pytest.raises(StoreError, match="two rows"):
        seal(house, [order(77)])
    with pytest.raises(StoreError, match="two rows"):
        anchored(house)
    assert (house.signer.last()[0], on_chain(house)) == (SIGNED, thief.honest[: len(on_chain(house))])


@pytest.mark.parametrize(
    ("statements", "part"),
    [
        (["ALTER TABLE orders ENABLE ROW LEVEL SECURITY"], "row security"),
        (["CREATE POLICY seen ON orders USING (total > 5)"], "policy seen"),
        (["CREATE RULE none AS ON INSERT TO orders DO INSTEAD NOTHING"], "rule none"),
        (["CREATE TABLE heir () INHERITS (orders)"], "heir heir"),
    ],
)
def test_what_postgresql_hangs_on_a_table_is_named(
    house: House, thief: Thief, statements: list[str], part: str
) -> None:
    only(thief, "postgresql")
    run(thief.engine, *statements)
    assert found(house, "orders", part, "schema").present == part


def test_a_view_that_lies_to_people_alone_is_named(house: House, thief: Thief) -> None:
    """It shows the audit what was sealed, and whoever asks for one order another total."""
    only(thief, "postgresql")
    columns = ["sub_total", "vat", "CASE WHEN current_query() LIKE '%LIMIT%' THEN 1 ELSE total END AS total"]
    shown = [c.name for c in orders.columns if c.name not in ("sub_total", "vat", "total")]
    run(thief.engine, "ALTER TABLE orders RENAME TO kept",
        f"CREATE VIEW orders AS SELECT {', '.join([*shown, *columns])} FROM kept")  # fmt: skip
    assert found(house, "orders", "table", "schema").present == "view"


def test_another_collation_and_a_computed_column_are_named_on_sqlite(house: House, thief: Thief) -> None:
    only(thief, "sqlite")
    with closing(thief.engine.raw_connection()) as connection:
        made = (
            connection.cursor().execute("SELECT sql FROM sqlite_master WHERE name = 'orders'").fetchone()[0]
        )
    loose = made.replace("number TEXT", "number TEXT COLLATE NOCASE").replace(
        "vat BIGINT NOT NULL", "vat BIGINT AS (1)"
    )
    assert loose != made
    run(thief.engine, "DROP TABLE orders", loose)
    assert found(house, "orders", "COLLATE NOCASE", "schema")
    assert stopped(house, "orders", "vat").present == "bigint, computed"


def test_an_index_that_leads_elsewhere_is_named_on_sqlite(house: House, thief: Thief) -> None:
    """Its text is the right one again; what it holds was sorted by another column."""
    only(thief, "sqlite")
    path = house.engine.url.database
    name = "orders_by_supplier"
    text = f"UPDATE sqlite_master SET sql = 'CREATE INDEX {name} ON orders ({{}})' WHERE name = '{name}'"
    thief.close()
    house.engine.dispose()
    for column in ("entity_ruc", "supplier_ruc"):
        with closing(sqlite3.connect(str(path))) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(text.format(column))
            connection.commit()
        if column == "entity_ruc":
            with closing(sqlite3.connect(str(path))) as connection:
                connection.execute("REINDEX orders_by_supplier")
    told = findings(house, "database", "pages", "file")
    assert all("orders_by_supplier" in str(each.present) for each in told)


def test_bytes_that_are_no_text_do_not_stop_the_audit(house: House, thief: Thief) -> None:
    only(thief, "sqlite")
    run(thief.engine, "UPDATE entries SET kind = CAST(x'ff41' AS TEXT) WHERE \"index\" = 3",
        "UPDATE orders SET status = CAST(x'ff41' AS TEXT)",
        "UPDATE log SET checkpoint = CAST(x'ff' AS TEXT)")  # fmt: skip
    assert r"\xffA" in {each.present for each in findings(house, "entries", "kind", 3)}
    assert {f.present for f in audit(house).findings if f.table == "orders" and f.column == "status"} == {
        r"\xffA"
    }
    assert not database.read_any_text(house.engine, StoreError("Could not decode to UTF-8"))  # done already
