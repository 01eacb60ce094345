"""A plan proposed from a database's structure: keys, orders, and what looks personal sealed by digest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import Date, DateTime, Integer, LargeBinary

from huella.errors import InputError, SourceError, SourceRefused, SourceUnreachable
from huella.sources import mysql, postgresql
from huella.sources.plan import FORMAT, REPLICATION, Plan, Table
from huella.sources.postgresql import PATIENCE, quoted

Personal = tuple[str, str, str]
"""Table, column, why it looks personal."""

_NAMES = (
    (
        "name of a person",
        r"nombre|apellid|proveedor|razon_social|contacto|representante|titular|responsable|usuario",
    ),
    ("e-mail", r"correo|e?_?mail"),
    ("telephone", r"telefono|celular|movil|fono|phone"),
    ("identity document", r"dni|documento_identidad|num_doc|nro_doc|pasaporte|carnet"),
    ("account number", r"cuenta|cci\b|iban|tarjeta"),
    ("address", r"direccion|domicilio|address"),
    ("free text", r"observaci|comentario|nota(s)?\b|motivo"),
)
_VALUES = (
    ("RUC of a natural person", re.compile(r"(10|15|16|17)\d{9}\Z", re.ASCII)),
    ("e-mail", re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}\Z", re.IGNORECASE)),
    ("telephone", re.compile(r"(\+?51)?[ -]?9\d{2}[ -]?\d{3}[ -]?\d{3}\Z", re.ASCII)),
    ("identity document", re.compile(r"\d{8}\Z", re.ASCII)),
    (
        "account number",
        re.compile(r"(\d{20}|\d{3}-\d{3}-\d{12}-\d{2}|[A-Z]{2}\d{2}[A-Z0-9]{11,30})\Z", re.ASCII),
    ),
)
_ANNOUNCES = re.compile(r"(actualizad|modificad|updated|version\Z|last_mod)", re.IGNORECASE)
_DATED = re.compile(r"(cread|registrad|presentad|publicad|emitid|created|fecha)", re.IGNORECASE)
SAMPLE = 200
STREAMED, POLLED = 0.2, 1.0
"""Seconds between two looks: the log is streamed in any case, while each poll asks every table."""
ASKED = "Check the address after --url, with its user, password and database; nothing was written."


def propose(url: URL, written: str, name: str, capture: str) -> tuple[Plan, list[Personal]]:
    """The plan of all tables that have a key, and the columns that look personal. `written` stands in the file."""
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise InputError(f"there is no file {url.database}", field="--url")  # SQLite would make one
    patience = {} if url.get_backend_name() == "sqlite" else {"connect_timeout": PATIENCE}
    engine = create_engine(url, connect_args=patience)
    try:
        seen = inspect(engine)
        schemas = [None] if url.get_backend_name() != "postgresql" else _schemas(seen)
        tables: dict[str, Table] = {}
        personal: list[Personal] = []
        with engine.connect() as connection:
            for schema in schemas:
                for table in sorted(seen.get_table_names(schema)):
                    full = table if schema is None else f"{schema}.{table}"
                    made = _table(seen, connection, table, schema)
                    if made is not None:
                        tables[full] = made[0]
                        personal += [(full, column, why) for column, why in made[1]]
    except SQLAlchemyError as error:
        raise _unanswered(error) from None
    finally:
        engine.dispose()
    if not tables:
        raise InputError("no table with a primary key is to be seen there", field="--url")
    slot = f"huella_{name.replace('-', '_')}"
    plan = Plan(
        FORMAT, name, tables, written, capture=capture, slot=slot, publication=slot,  # type: ignore[arg-type]
        interval=STREAMED if capture == REPLICATION else POLLED,
    )  # fmt: skip
    return plan, personal


def statements(url: URL, plan: Plan) -> list[str]:
    """What the source's administrator runs once, so that a user who reads only can watch."""
    if url.get_backend_name() == "sqlite":
        return []
    if url.get_backend_name() != "postgresql":
        return [
            "CREATE USER huella_lector IDENTIFIED BY '…';",
            f"GRANT SELECT ON {url.database}.* TO huella_lector;",
            "GRANT PROCESS ON *.* TO huella_lector;  -- to see since when transactions are open, nothing else",
        ]
    names = ", ".join(map(quoted, plan.tables))
    made = ["CREATE USER huella_lector PASSWORD '…';", f"GRANT SELECT ON {names} TO huella_lector;"]
    if plan.capture == REPLICATION:
        made += [
            "ALTER USER huella_lector REPLICATION;  -- and in postgresql.conf: wal_level = logical",
            f"CREATE PUBLICATION {plan.publication} FOR TABLE {names} WITH (publish_via_partition_root = true);",
        ]
    return made


def _unanswered(error: SQLAlchemyError) -> SourceError:
    """The driver's error as one of ours: refused, or no answer."""
    said = getattr(error, "orig", None) or error
    if postgresql.is_refusal(getattr(said, "pgconn", None), str(said)) or mysql.is_refusal(said):
        return SourceRefused(f"the source refuses: {mysql.first_line(said)}", advice=ASKED)
    return SourceUnreachable(f"the source gave no answer: {mysql.first_line(said)}", advice=ASKED)


def _schemas(seen: Any) -> list[str | None]:
    return [s for s in seen.get_schema_names() if s != "information_schema" and not s.startswith("pg_")]


def _table(
    seen: Any, connection: Any, table: str, schema: str | None
) -> tuple[Table, list[tuple[str, str]]] | None:
    key = tuple(seen.get_pk_constraint(table, schema)["constrained_columns"])
    columns = seen.get_columns(table, schema)
    types = {column["name"]: column["type"] for column in columns}
    if not key or any(isinstance(types[column], LargeBinary) for column in key):
        return None
    personal = _personal(connection, table, schema, types)
    names = [column["name"] for column in columns]
    hidden = tuple(name for name in names if name in personal)
    order = key[0] if len(key) == 1 and isinstance(types[key[0]], Integer) else ""
    moments = [name for name in names if isinstance(types[name], DateTime | Date)]
    announce = next((name for name in names if _ANNOUNCES.search(name)), "")
    dated = next((name for name in moments if _DATED.search(name) and name != announce), "")
    return (
        Table(
            key=key, mode="versioned" if announce else "append-only", digest=hidden,
            clear=tuple(name for name in names if name not in personal), order=order,
            order_by="sequence" if order else "log", dated=dated, announce=announce,
        ),
        list(personal.items()),
    )  # fmt: skip


def _personal(connection: Any, table: str, schema: str | None, types: dict[str, Any]) -> dict[str, str]:
    """Columns that look personal, by their name or by what stands in the first rows; with the reason."""
    found = {}
    for name in types:
        for told, pattern in _NAMES:
            if re.search(pattern, name, re.IGNORECASE) and not re.search(r"ruc|_id\Z", name, re.IGNORECASE):
                found[name] = told
                break
    prepare = connection.dialect.identifier_preparer
    where = prepare.quote(table) if schema is None else f"{prepare.quote(schema)}.{prepare.quote(table)}"
    for row in connection.exec_driver_sql(f"SELECT * FROM {where} LIMIT {SAMPLE}"):  # noqa: S608  (quoted names)
        for name, value in zip(types, row, strict=False):
            if name in found or not isinstance(value, str):
                continue
            why = next((why for why, pattern in _VALUES if pattern.match(value.strip())), None)
            if why is not None:
                found[name] = why
    return found
