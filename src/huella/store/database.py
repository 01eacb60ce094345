"""Opening a database: SQLite with full durability by default, PostgreSQL for production. Same statements on both."""

from __future__ import annotations

import functools
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import orjson
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Select,
    Table,
    Text,
    create_engine,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from huella.errors import InputError, SettingsError, StoreError
from huella.later import later

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite
else:  # the one that is in use, when it is; each brings all its drivers along
    postgresql, sqlite = later("sqlalchemy.dialects.postgresql"), later("sqlalchemy.dialects.sqlite")

BUSY_MS = 60_000
"""What a writer waits for another one at most, of its own process or of others."""
POOL, SPARE = 5, 10
"""Connections that a process keeps, and how many more it opens for a moment."""
CACHE_KB, WRITER_KB = 16_384, 65_536
"""Pages of an SQLite file that a connection keeps, and that one keeps which writes."""
_FEW = 16
"""Rows up to which PostgreSQL is told of each one; more are copied."""
_FAILED = (OperationalError, InterfaceError, PoolTimeout, sqlite3.OperationalError)  # the last: see `fetch`
_OTHER_TABLES = (ProgrammingError, NotSupportedError)
_GATE = "huella_gate"
_mine = threading.local()


def connect(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://…`. Raises SettingsError for any other."""
    try:
        backend = make_url(url).get_backend_name()
        if backend not in ("sqlite", "postgresql"):
            raise SettingsError(f"{backend} is not supported: use SQLite or PostgreSQL")
        engine = create_engine(
            url,
            pool_size=POOL,
            max_overflow=SPARE,
            pool_use_lifo=True,  # the one with the warmest cache
            pool_timeout=BUSY_MS / 1000,
            pool_pre_ping=backend != "sqlite",
            execution_options={_GATE: threading.Lock()},
        )
    except ArgumentError:
        raise SettingsError(
            "the database's address cannot be read: sqlite:///… or postgresql+psycopg://…"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    else:
        event.listen(engine, "connect", _on_postgresql)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction; on SQLite the write lock is taken at once, so that nothing read in it can be stale.

    One thread of a process writes at a time. The others wait without a connection, and what the writer reads meanwhile
    goes over its own: however small the pool is, nobody waits for a connection that a waiting one holds. StoreError
    where the wait is too long or the database fails.
    """
    gate: threading.Lock = engine.get_execution_options()[_GATE]
    if not gate.acquire(timeout=BUSY_MS / 1000):
        raise StoreError(
            f"another write of this process took longer than {BUSY_MS // 1000} s; nothing was written",
            advice="Try again in a moment.",
        )
    try:
        with (
            engine.connect().execution_options(huella_write=True) as connection,
            connection.begin(),
            _over(engine, connection),
        ):
            yield connection
    except DataError as error:  # a NUL in a text, a number beyond its column: PostgreSQL takes neither
        raise InputError("a value holds what no text or number here can") from error
    except _OTHER_TABLES as error:  # PostgreSQL's way of saying that a table is not there
        _tell_tables(engine, error)
    except _FAILED as error:
        _tell_empty(engine, error)
        raise StoreError(
            f"the database did not take the write: {_reason(error)}",
            advice="Is the disk full or the file locked?",
        ) from error
    finally:
        gate.release()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One read transaction that sees one moment of the database; inside `writing` or `moment` it is a part of that."""
    mine = _connections().get(id(engine))
    if mine is not None:
        yield mine
        return
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection
    except DataError as error:  # a NUL in a text, a number beyond its column: PostgreSQL takes neither
        raise InputError("a value holds what no text or number here can") from error
    except _OTHER_TABLES as error:  # PostgreSQL's way of saying that a table is not there
        _tell_tables(engine, error)
    except _FAILED as error:
        _tell_empty(engine, error)
        raise StoreError(
            f"the database could not be read: {_reason(error)}", advice="Is it up? Try again in a moment."
        ) from error


@contextmanager
def moment(engine: Engine) -> Iterator[None]:
    """Everything that this thread reads inside is of one moment, over one connection. Nothing is written inside."""
    with reading(engine) as connection, _over(engine, connection):
        yield


def revisions() -> tuple[str, ...]:
    """Every version of the schema that this program knows, the oldest first."""
    folder = Path(__file__).parent / "migrations" / "versions"
    return tuple(sorted(path.name[:4] for path in folder.glob("[0-9]*.py")))


def revision(engine: Engine) -> str | None:
    """The schema's version; None where the database does not answer or has none."""
    try:
        with engine.connect() as connection:
            found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    except SQLAlchemyError:
        return None
    return found


def among(connection: Connection, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a column's value is one of many, however many: they go to the database as one value."""
    if connection.dialect.name == "postgresql":
        return column == func.any(literal(list(values), ARRAY(column.type)))
    listed = func.json_each(literal(orjson.dumps(values).decode(), Text())).table_valued("value")
    return column.in_(select(listed.c.value))


def fetch(connection: Connection, chosen: Select[Any]) -> list[tuple[Any, ...]]:
    """All rows as the driver gives them: for thousands, an object for each takes longer than reading them."""
    with connection.execute(chosen) as result:
        cursor = result.cursor
        return [] if cursor is None else cast("list[tuple[Any, ...]]", cursor.fetchall())


def read_any_text(engine: Engine, error: StoreError) -> bool:
    """Whether an error came of bytes that are no text, which SQLite keeps in any column, and from now on nobody is
    stopped by them: they are read as `\\xff`. Not done from the beginning, as reading takes a tenth longer."""
    if "decode to UTF-8" not in str(error) or event.contains(engine, "checkout", _on_checkout):
        return False
    event.listen(engine, "checkout", _on_checkout)
    return True


def insert_rows(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Insert many rows given in the table's column order, as the driver takes them (amounts in hundredths)."""
    if len(rows) > _FEW and connection.dialect.name == "postgresql":
        _copy_rows(connection, table, rows)
    elif rows:
        connection.exec_driver_sql(_insert_sql(table, connection.dialect), [tuple(row) for row in rows])


def _copy_rows(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """The same by COPY: the server reads a row in a fifth of the time. Errors are those of any other statement."""
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in table.columns)
    statement = f"COPY {quote(table.name)} ({names}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except driver.Error as error:
        raise DBAPIError.instance(statement, None, error, driver.Error, dialect=connection.dialect) from error


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows by their columns' names; one whose key stands already is left as it is."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


def upsert_rows(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """The same where a row of the same primary key may stand already: the new one takes its place."""
    if rows:
        quote = connection.dialect.identifier_preparer.quote
        key = ", ".join(quote(column.name) for column in table.primary_key.columns)
        others = [quote(column.name) for column in table.columns if not column.primary_key]
        changes = ", ".join(f"{name} = excluded.{name}" for name in others)
        statement = f"{_insert_sql(table, connection.dialect)} ON CONFLICT ({key}) DO UPDATE SET {changes}"
        connection.exec_driver_sql(statement, [tuple(row) for row in rows])


@functools.cache
def _insert_sql(table: Table, dialect: Dialect) -> str:
    quote = dialect.identifier_preparer.quote
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    names = ", ".join(quote(column.name) for column in table.columns)
    marks = ", ".join(mark for _ in table.columns)
    return f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})"  # noqa: S608  (names of our own tables)


@contextmanager
def _over(engine: Engine, connection: Connection) -> Iterator[None]:
    """Whatever this thread reads inside goes over this connection."""
    mine = _connections()
    before = mine.get(id(engine))
    mine[id(engine)] = connection
    try:
        yield
    finally:
        if before is None:
            del mine[id(engine)]
        else:
            mine[id(engine)] = before


def _connections() -> dict[int, Connection]:
    """This thread's open transactions, by engine."""
    if not hasattr(_mine, "connections"):
        _mine.connections = {}
    found: dict[int, Connection] = _mine.connections
    return found


def _tell_empty(engine: Engine, error: Exception) -> None:
    """StoreError where the database answers and has nothing in it: its file was lost, or another one is named."""
    missing = "no such table" in str(error) or type(getattr(error, "orig", None)).__name__ == "UndefinedTable"
    if missing and revision(engine) is None:
        raise StoreError(
            "the database is empty: what was in it is lost, or database.url names another one",
            advice="Put a backup back or correct the name, then `huella recover`; a mirror: `huella rebuild`.",
        ) from error


def _tell_tables(engine: Engine, error: Exception) -> NoReturn:
    _tell_empty(engine, error)
    first = str(getattr(error, "orig", error)).splitlines()[0]
    raise StoreError(f"the database's tables are not those of this program: {first}") from error


def _reason(error: Exception) -> object:
    return error.orig if isinstance(error, OperationalError | InterfaceError) else error


def _on_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {BUSY_MS}")
    connection.commit()


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        # of a new database: half the processor time of a commit that writes thousands of rows, and no larger file
        "page_size=16384",
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_MS}",
        "foreign_keys=ON",
        f"cache_size=-{CACHE_KB}",
        # 80 MB of log before it is copied into the file: pages that change again and again are copied once
        "wal_autocheckpoint=5000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_checkout(connection: Any, _record: Any, _proxy: Any) -> None:
    connection.text_factory = _any_text


def _any_text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _on_begin(connection: Connection) -> None:
    wanted = connection.get_execution_options().get("huella_write")
    if wanted:
        connection.exec_driver_sql(f"PRAGMA cache_size=-{WRITER_KB}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if wanted else "BEGIN")
