"""MySQL and MariaDB as sources: one connection that reads only, everything as the server's own text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pymysql
from sqlalchemy.engine import URL

from huella.errors import SourceError, SourceRefused, SourceUnreachable
from huella.sources.plan import Plan
from huella.sources.port import Mark
from huella.sources.postgresql import PATIENCE, first_of, shorten
from huella.sources.reader import Column, Fetched
from huella.sources.values import of_mysql, plain

_AWAY = frozenset((1040, 1053, 1152, 1184, 1205, 1213, 1317, 1927, 1969, 2002, 2003, 2006, 2013, 2055, 3024))
"""Error numbers of a server that is away, stops, is too busy or ends a connection or statement."""
_REFUSED = frozenset((1044, 1045, 1049, 1130, 1698, 3118, 4151))
"""Of one that does not let this user in, or has no such database."""

_COLUMNS = """SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = database() AND table_name = %s ORDER BY ordinal_position"""
_FACTS = """
SELECT 'kind', concat(table_type, ' ', coalesce(engine, ''), ' ', coalesce(table_collation, '')) FROM
  information_schema.tables WHERE table_schema = database() AND table_name = %s
UNION ALL SELECT concat('column ', column_name), concat(column_type, if(is_nullable = 'NO', ' not null', ''),
  coalesce(concat(' ', collation_name), ''), coalesce(concat(' default ', column_default), ''), ' ', extra)
  FROM information_schema.columns WHERE table_schema = database() AND table_name = %s
UNION ALL SELECT concat('trigger ', trigger_name), concat(action_timing, ' ', event_manipulation, ' ',
  md5(action_statement)) FROM information_schema.triggers WHERE event_object_schema = database()
  AND event_object_table = %s
UNION ALL SELECT concat('constraint ', constraint_name), concat(if(max(referenced_table_name) IS NULL, 'KEY (',
  'FOREIGN KEY ('), group_concat(column_name ORDER BY ordinal_position), ') ', coalesce(max(referenced_table_name), ''))
  FROM information_schema.key_column_usage WHERE table_schema = database() AND table_name = %s GROUP BY constraint_name
UNION ALL SELECT concat('partition ', partition_name), concat(partition_method, ' ',
  coalesce(partition_description, '')) FROM information_schema.partitions WHERE table_schema = database()
  AND table_name = %s AND partition_name IS NOT NULL"""


class MySQL:
    """See reader.Product."""

    def __init__(self, url: URL, plan: Plan) -> None:
        self._url = url
        self._plan = plan
        self._connection: Any = None
        self._sees_transactions = True

    def fetch(self, statement: str, values: Sequence[object] = ()) -> Fetched:
        """See reader.Product."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            with self._connection.cursor() as cursor:
                cursor.execute(statement, tuple(values))
                return list(cursor.fetchall())
        except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError) as error:
            number = error.args[0] if error.args else 0
            if number in _AWAY or not isinstance(number, int) or number == 0:
                self.close()
                raise SourceUnreachable(f"the source gave no answer: {first_line(error)}") from None
            raise _refusal(error) from None
        except pymysql.err.MySQLError as error:
            raise _refusal(error) from None

    def columns(self, table: str) -> dict[str, Column]:
        """See reader.Product."""
        found = {}
        for name, kind in self.fetch(_COLUMNS, [table]):
            # a FLOAT is printed with six digits; as a DOUBLE it is whole
            select = f"CAST({quote(name)} AS DOUBLE)" if kind == "float" else quote(name)
            found[name] = Column(select, of_mysql(kind), "%s")
        return found

    def catalogue(self, table: str) -> dict[str, str]:
        """See reader.Product."""
        facts = {name: shorten(text or "") for name, text in self.fetch(_FACTS, [table] * 5)}
        ((shown,),) = self.fetch("SELECT @@character_set_database")
        return {**facts, "encoding": shown} if facts else {}

    def mark(self) -> Mark:
        """The server's time, and since when its oldest open transaction has run, where this user may see that."""
        try:
            asked = "SELECT UNIX_TIMESTAMP(NOW(6)), UNIX_TIMESTAMP(MIN(trx_started)) FROM information_schema.innodb_trx"
            if self._sees_transactions:
                ((now, oldest),) = self.fetch(asked)
                return Mark(float(now if oldest is None else oldest), float(now))
        except SourceUnreachable:
            raise
        except SourceError:
            self._sees_transactions = False
        ((now,),) = self.fetch("SELECT UNIX_TIMESTAMP(NOW(6))")
        return Mark(float(now), float(now))

    def close(self) -> None:
        """Let the connection go; the next statement opens another."""
        if self._connection is not None:
            self._connection._force_close()
            self._connection = None

    def _connect(self) -> Any:
        url, query = self._url, dict(self._url.query)
        connection = pymysql.connect(
            host=url.host, user=url.username, password=url.password or "", database=url.database,
            port=url.port or 3306, unix_socket=query.get("unix_socket"), charset="utf8mb4", conv={},
            autocommit=True, connect_timeout=PATIENCE, read_timeout=self._plan.statement_timeout + PATIENCE,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SET time_zone = '+00:00'")
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY")
            limit = self._plan.statement_timeout
            mariadb = "MariaDB" in connection.get_server_info()  # type: ignore[no-untyped-call]
            cursor.execute(
                f"SET max_statement_time = {limit}" if mariadb else f"SET max_execution_time = {limit}000"
            )
        return connection


def is_refusal(error: object) -> bool:
    """Whether a driver's error says that this user may not connect, or that there is no such database."""
    return not _REFUSED.isdisjoint(each for each in getattr(error, "args", ())[:1] if isinstance(each, int))


def first_line(error: Exception) -> str:
    """What an error says first; never a statement or a value."""
    told = next((each for each in error.args if isinstance(each, str)), str(error))
    return first_of(told or type(error).__name__)


def _refusal(error: Exception) -> SourceError:
    if is_refusal(error):
        return SourceRefused(f"the source refuses: {first_line(error)}")
    return SourceError(f"the source refuses: {first_line(error)}")


def quote(name: str) -> str:
    """A name in backquotes, for a statement with values."""
    return "`" + name.replace("`", "``").replace("%", "%%") + "`"


def back(value: str) -> object:
    """A canonical value as it is compared: moments without the letters that MySQL does not read."""
    kind, _, text = value.partition(":")
    if kind in ("datetime", "instant"):
        return text.replace("T", " ").removesuffix("Z")
    return plain(value)
