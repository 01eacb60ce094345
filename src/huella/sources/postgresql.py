"""PostgreSQL as a source: one connection that reads only, everything as the server's own text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.types.string import StrDumper, TextLoader
from sqlalchemy.engine import URL

from huella.errors import SourceError, SourceRefused, SourceUnreachable
from huella.sources.plan import Plan
from huella.sources.port import Mark
from huella.sources.reader import Column, Fetched
from huella.sources.values import of_postgresql, plain

SESSION = {
    "TimeZone": "UTC", "DateStyle": "ISO, YMD", "IntervalStyle": "iso_8601", "bytea_output": "hex",
    "extra_float_digits": "1", "client_encoding": "UTF8",
}  # fmt: skip
"""What a value's text depends on."""
PATIENCE = 10
"""Seconds until a server that does not answer counts as away."""

_COLUMNS = """
SELECT a.attname, coalesce(b.typname, t.typname), format_type(a.atttypid, NULL)
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_FACTS = """
WITH r AS (SELECT relkind, relpersistence, relreplident, relrowsecurity, c.oid AS rel FROM pg_class c
  WHERE c.oid = to_regclass(%s))
SELECT 'kind', concat(relkind, ' ', relpersistence, ' ', relreplident, ' ', relrowsecurity) FROM r
UNION ALL SELECT 'oid', rel::text FROM r
UNION ALL SELECT 'encoding', pg_encoding_to_char(encoding) || ' ' || datcollate FROM r, pg_database
  WHERE datname = current_database()
UNION ALL SELECT 'column ' || attname, format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE ''
  END || coalesce(' collate ' || (SELECT collname FROM pg_collation k WHERE k.oid = attcollation), '')
  || coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
  || coalesce(' generated ' || nullif(attgenerated::text, ''), '')
  FROM r JOIN pg_attribute a ON a.attrelid = rel AND attnum > 0 AND NOT attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = rel AND d.adnum = attnum
UNION ALL SELECT 'trigger ' || tgname, tgenabled::text || ' ' || pg_get_triggerdef(t.oid) || ' '
  || md5(coalesce(prosrc, ''))
  FROM r JOIN pg_trigger t ON tgrelid = rel AND NOT tgisinternal JOIN pg_proc p ON p.oid = tgfoid
UNION ALL SELECT 'constraint ' || conname, pg_get_constraintdef(k.oid) FROM r JOIN pg_constraint k ON conrelid = rel
UNION ALL SELECT 'rule ' || rulename, ev_enabled::text || ' ' || md5(pg_get_ruledef(u.oid)) FROM r
  JOIN pg_rewrite u ON ev_class = rel
UNION ALL SELECT 'partition ' || p.relname, p.oid::text || ' '
  || coalesce(pg_get_expr(p.relpartbound, p.oid), '') FROM r
  JOIN pg_inherits ON inhparent = rel JOIN pg_class p ON p.oid = inhrelid"""


class PostgreSQL:
    """See reader.Product."""

    def __init__(self, url: URL, plan: Plan) -> None:
        self._url = url
        self._plan = plan
        self._connection: psycopg.Connection[Any] | None = None

    def fetch(self, statement: str, values: Sequence[object] = ()) -> Fetched:
        """See reader.Product."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            with self._connection.cursor() as cursor:
                return cursor.execute(statement.encode(), values).fetchall()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            if is_refusal(error.pgconn, str(error)):
                raise SourceRefused(f"the source refuses: {first_line(error)}") from None
            raise SourceUnreachable(f"the source gave no answer: {first_line(error)}") from None
        except psycopg.Error as error:
            raise SourceError(f"the source refuses: {first_line(error)}") from None

    def columns(self, table: str) -> dict[str, Column]:
        """See reader.Product."""
        rows = self.fetch(_COLUMNS, [quoted(table)])
        return {
            name: Column(
                quote(name), of_postgresql(kind), f"%s::{cast}".replace("%", "%%").replace("%%s", "%s")
            )
            for name, kind, cast in rows
        }

    def catalogue(self, table: str) -> dict[str, str]:
        """See reader.Product."""
        return {name: shorten(text) for name, text in self.fetch(_FACTS, [quoted(table)])}

    def mark(self) -> Mark:
        """See reader.Product."""
        ((oldest, following),) = self.fetch(
            "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text FROM pg_current_snapshot() s"
        )
        return Mark(int(oldest), int(following))

    def close(self) -> None:
        """Let the connection go; the next statement opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            **parameters(self._url), autocommit=True, context=_texts(), prepare_threshold=None,
            options=options(default_transaction_read_only="on", statement_timeout=f"{self._plan.statement_timeout}s"),
        )  # fmt: skip


def parameters(url: URL) -> dict[str, Any]:
    """What libpq connects with."""
    given = {
        "host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database,
        "connect_timeout": PATIENCE, "application_name": "huella watch",
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None} | dict(url.query)


def options(**more: str) -> str:
    """The session's settings, as libpq's option `options`."""
    named = {**SESSION, **more}
    return " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in named.items())


def quote(name: str) -> str:
    """A name in quotes, for a statement with values."""
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'


def quoted(table: str) -> str:
    """A table's whole name in quotes, as a value."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))


def back(value: str) -> object:
    """A canonical value as it is compared; the statement casts it."""
    text = plain(value)
    return None if text is None else text


def shorten(text: str) -> str:
    """A fact of the catalogue: its digest where it is long."""
    return text if len(text) <= 300 else f"sha256 {hashlib.sha256(text.encode()).hexdigest()}"


def is_refusal(connection: Any, message: str) -> bool:
    """Whether a server answered that this user may not connect, or that there is no such database. `connection` is
    libpq's, which did not come about; its server's words may be in any language."""
    if connection is None or connection.status == psycopg.pq.ConnStatus.OK:
        return False
    asked = connection.needs_password or connection.used_password
    return bool(connection.needs_password) or ("FATAL" in message and (bool(asked) or "pg_hba" in message))


def first_line(error: Exception) -> str:
    """What an error says first; never a statement or a value."""
    return first_of(str(error) or type(error).__name__)


def first_of(text: str) -> str:
    """A text's first line."""
    return (text.splitlines() or [text])[0][:200]


def _texts() -> AdaptersMap:
    """Nothing is made into an object: every value stays the server's text."""
    made = AdaptersMap()
    made.types.add(psycopg.adapters.types["text"])
    made.register_loader(0, TextLoader)
    made.register_dumper(str, StrDumper)
    return made
