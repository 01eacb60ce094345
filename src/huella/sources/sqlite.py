"""SQLite as a source: the file is opened for reading only."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.engine import URL

from huella.errors import SourceError, SourceUnreachable
from huella.sources.plan import Plan
from huella.sources.port import Mark
from huella.sources.postgresql import first_line, shorten
from huella.sources.reader import Column, Fetched
from huella.sources.values import of_sqlite, to_sqlite


class SQLite:
    """See reader.Product."""

    def __init__(self, url: URL, plan: Plan) -> None:
        self._path = Path(url.database or "")
        self._timeout = plan.statement_timeout
        self._connection: sqlite3.Connection | None = None

    def fetch(self, statement: str, values: Sequence[object] = ()) -> Fetched:
        """See reader.Product."""
        try:
            if self._connection is None:
                address = f"{self._path.absolute().as_uri()}?mode=ro"
                self._connection = sqlite3.connect(
                    address, uri=True, timeout=self._timeout, isolation_level=None
                )
                self._connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            return self._connection.execute(statement, tuple(values)).fetchall()
        except sqlite3.Error as error:
            self.close()
            if "no such" in str(error) or "syntax" in str(error):
                raise SourceError(f"the source refuses: {first_line(error)}") from None
            raise SourceUnreachable(f"the source gave no answer: {first_line(error)}") from None

    def columns(self, table: str) -> dict[str, Column]:
        """See reader.Product."""
        rows = self.fetch("SELECT name FROM pragma_table_xinfo(?)", [table])
        return {name: Column(quote(name), of_sqlite, "?") for (name,) in rows}

    def catalogue(self, table: str) -> dict[str, str]:
        """See reader.Product."""
        rows = self.fetch(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", [table]
        )
        columns = self.fetch('SELECT name, type, "notnull", dflt_value FROM pragma_table_xinfo(?)', [table])
        facts = {f"{kind} {name}": shorten(sql) for kind, name, sql in rows if kind != "index"}
        facts |= {
            f"column {n}": f"{t}{' not null' if k else ''}{f' default {d}' if d else ''}"
            for n, t, k, d in columns
        }
        return facts

    def mark(self) -> Mark:
        """One writer at a time: whatever commits later has begun to write later."""
        now = time.time()
        return Mark(now, now)

    def close(self) -> None:
        """Let the file go; the next statement opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def quote(name: str) -> str:
    """A name in backquotes: one in double quotes that is no column any more SQLite takes for a text."""
    return "`" + name.replace("`", "``") + "`"


back = to_sqlite
