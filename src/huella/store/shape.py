"""What a database says its tables are, held against what this program made: in a few queries, without reading rows.

Whoever may change tables may put a view, trigger, rule or policy in their place, which shows one thing to the audit and
another one to people, or changes what is written after it was checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Dialect, MetaData, Table, UniqueConstraint, text

from huella.store import figures, lodged, search, tables_access  # noqa: F401  (their tables are the schema's too)
from huella.store.tables import metadata


class Fault(NamedTuple):
    """What of a table is not as it was made: what part of it (such as `trigger t`), what it should be and is (None: not
    there). `stops`: nobody can compare rows before it is put right."""

    table: str
    part: str
    message: str
    sealed: str | None
    present: str | None
    stops: bool


class _Seen(NamedTuple):
    """A table as the database tells it: what it is, columns by name with type, whether NULL may stand in them and
    whether they are computed, the sets of columns that are unique, and what hangs on the table."""

    what: str
    columns: dict[str, tuple[str, bool, bool]]
    unique: set[frozenset[str]]
    hung: list[str]


def faults(connection: Connection, made: MetaData = metadata) -> Iterator[Fault]:
    """Everything that is not as this program made it. Further tables, columns, views and indexes are no faults."""
    look = _postgresql if connection.dialect.name == "postgresql" else _sqlite
    seen = look(connection, sorted(made.tables))
    for name, table in sorted(made.tables.items()):
        found = seen.get(name)
        if found is None:
            yield Fault(name, "table", "the whole table is gone", "table", None, True)
            continue
        if found.what != "table":
            yield Fault(
                name, "table", "something else stands in the table's place", "table", found.what, False
            )
        else:
            yield from _keys(table, found)
        yield from _columns(table, found, connection.dialect)
        for each in found.hung:
            yield Fault(
                name, each, "this hangs on the table, and the program did not make it", None, each, False
            )


def _keys(table: Table, found: _Seen) -> Iterator[Fault]:
    wanted = [frozenset(column.name for column in table.primary_key.columns)]
    wanted += [
        frozenset(column.name for column in each.columns)
        for each in table.constraints
        if isinstance(each, UniqueConstraint)
    ]
    for key in wanted:
        if key not in found.unique:
            named = ", ".join(sorted(key))
            yield Fault(
                table.name, f"key {named}", "a key is gone: rows may stand there twice", named, None, True
            )


def _columns(table: Table, found: _Seen, dialect: Dialect) -> Iterator[Fault]:
    for column in table.columns:
        wanted = _type(column, dialect)
        present = found.columns.get(column.name)
        if present is None:
            yield Fault(table.name, column.name, "the column is gone", wanted, None, True)
            continue
        kind, empty, computed = present
        if computed:
            yield Fault(
                table.name, column.name, "the database computes the column", wanted, f"{kind}, computed", True
            )
        elif found.what == "table" and (kind != wanted or (empty and not column.nullable)):
            told = f"{kind}, may be null" if empty and not column.nullable else kind
            yield Fault(table.name, column.name, "the column is of another type", wanted, told, True)


def _type(column: Column[Any], dialect: Dialect) -> str:
    """The first word of a column's type, and its collation where it is not the database's own."""
    told = column.type.compile(dialect=dialect).lower().replace('"', "").split()
    return " ".join(told) if "collate" in told else told[0]


def _sqlite(connection: Connection, names: list[str]) -> dict[str, _Seen]:
    seen: dict[str, _Seen] = {}
    masters = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM main.sqlite_master").all()
    for kind, name, _, sql in masters:
        if name in names and kind in ("table", "view"):
            virtual = kind == "table" and (sql or "").upper().startswith("CREATE VIRTUAL")
            odd = re.findall(r"\bCOLLATE\s+\w+", sql or "", re.IGNORECASE) if kind == "table" else []
            seen[name] = _Seen("virtual table" if virtual else kind, {}, set(), odd)
    for kind, name, owner, _ in masters:
        if kind == "trigger" and owner in seen:
            seen[owner].hung.append(f"trigger {name}")
    _sqlite_columns(connection, seen)
    return seen


def _sqlite_columns(connection: Connection, seen: dict[str, _Seen]) -> None:
    """Columns and what is unique, of the tables that are seen."""
    keys: dict[tuple[str, str], set[str]] = {}
    for owner, name, kind, filled, key, hidden in connection.exec_driver_sql(_SQLITE_COLUMNS):
        if owner in seen:
            seen[owner].columns[name] = (kind.split("(")[0], not filled and not key, hidden > 1)
        if key:
            keys.setdefault((owner, ""), set()).add(name)
    for owner, index, name in connection.exec_driver_sql(_SQLITE_UNIQUE):
        keys.setdefault((owner, index), set()).add(name)
    for (owner, _), columns in keys.items():
        if owner in seen:
            seen[owner].unique.add(frozenset(columns))


_SQLITE_COLUMNS = """
SELECT m.name, c.name, lower(c.type), c."notnull", c.pk, c.hidden
FROM main.sqlite_master m JOIN pragma_table_xinfo(m.name) c WHERE m.type IN ('table', 'view')
"""
_SQLITE_UNIQUE = """
SELECT m.name, l.name, i.name
FROM main.sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i
WHERE m.type = 'table' AND l."unique" AND NOT l.partial
"""
_WHAT = {"r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "f": "foreign table"}
_RELATIONS = """
SELECT n.name, c.oid, c.relkind::text, c.relrowsecurity
FROM unnest(CAST(:names AS text[])) AS n(name) JOIN pg_class c ON c.oid = to_regclass(quote_ident(n.name))
"""
_ATTRIBUTES = """
SELECT a.attrelid, a.attname, format_type(a.atttypid, NULL), a.attnotnull, a.attgenerated::text, l.collname, l.oid = 100
FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE a.attrelid = ANY(CAST(:oids AS oid[])) AND a.attnum > 0 AND NOT a.attisdropped
"""
_UNIQUE = """
SELECT i.indrelid, i.indexrelid, a.attname
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indrelid = ANY(CAST(:oids AS oid[])) AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
"""
_HUNG = """
SELECT tgrelid, 'trigger ' || tgname FROM pg_trigger WHERE tgrelid = ANY(CAST(:oids AS oid[])) AND NOT tgisinternal
UNION ALL
SELECT ev_class, 'rule ' || rulename FROM pg_rewrite
WHERE ev_class = ANY(CAST(:oids AS oid[])) AND rulename <> '_RETURN'
UNION ALL
SELECT inhparent, 'heir ' || inhrelid::regclass FROM pg_inherits WHERE inhparent = ANY(CAST(:oids AS oid[]))
UNION ALL
SELECT polrelid, 'policy ' || polname FROM pg_policy WHERE polrelid = ANY(CAST(:oids AS oid[]))
ORDER BY 2
"""


def _postgresql(connection: Connection, names: list[str]) -> dict[str, _Seen]:
    seen: dict[int, _Seen] = {}
    by_name: dict[str, _Seen] = {}
    for name, oid, kind, secured in connection.execute(text(_RELATIONS), {"names": names}):
        hung = ["row security"] if secured else []
        by_name[name] = seen[oid] = _Seen(_WHAT.get(kind, kind), {}, set(), hung)
    oids = {"oids": list(seen)}
    for oid, name, kind, filled, computed, collation, own in connection.execute(text(_ATTRIBUTES), oids):
        told = kind if collation is None or own else f"{kind} collate {collation.lower()}"
        seen[oid].columns[name] = (told, not filled, bool(computed))
    unique: dict[tuple[int, int], set[str]] = {}
    for oid, index, name in connection.execute(text(_UNIQUE), oids):
        unique.setdefault((oid, index), set()).add(name)
    for (oid, _), columns in unique.items():
        seen[oid].unique.add(frozenset(columns))
    for oid, told in connection.execute(text(_HUNG), oids):
        seen[oid].hung.append(told)
    return by_name


def broken_pages(connection: Connection, most: int = 20) -> list[str]:
    """What SQLite itself says of pages and indexes that do not hold what their tables hold; empty where all is well and
    on PostgreSQL, whose indexes nobody changes by SQL."""
    if connection.dialect.name != "sqlite":
        return []
    told = connection.exec_driver_sql(f"PRAGMA main.integrity_check({most})").scalars().all()
    return [] if told == ["ok"] else [str(line) for line in told]
