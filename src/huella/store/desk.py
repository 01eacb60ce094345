"""Rows of the tables beside the register: found, put, changed by compare-and-swap and a row count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Engine,
    RowMapping,
    Table,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from huella.store import database

Where = Mapping[str, Any]
Place = tuple[Any, Any]
"""Where a page ended: the values of its last row in the two columns that order it."""


class Rows(NamedTuple):
    """A page of rows, and the place of its last one where more follow."""

    rows: list[RowMapping]
    end: Place | None


class Desk:
    """Reads and writes those tables; every change is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def one(self, table: Table, where: Where) -> RowMapping | None:
        """The row with these values."""
        with database.reading(self._engine) as connection:
            return connection.execute(select(table).where(*_all(table, where))).mappings().first()

    def many(self, table: Table, where: Where, *, order: str, limit: int | None = None) -> list[RowMapping]:
        """The rows with these values, by a column: all of them, or the first so many."""
        chosen = select(table).where(*_all(table, where)).order_by(table.c[order]).limit(limit)
        with database.reading(self._engine) as connection:
            return list(connection.execute(chosen).mappings())

    def page(
        self, table: Table, where: Where, order: tuple[str, str], behind: Place | None, limit: int
    ) -> Rows:
        """Up to `limit` of the rows with these values, the highest first by two columns that name a row, from behind a
        place on. What is added meanwhile moves no row to another page."""
        columns = tuple_(*(table.c[name] for name in order))
        chosen = select(table).where(*_all(table, where))
        if behind is not None:
            chosen = chosen.where(columns < tuple_(*behind))
        chosen = chosen.order_by(*(table.c[name].desc() for name in order)).limit(limit + 1)
        with database.reading(self._engine) as connection:
            rows = list(connection.execute(chosen).mappings())
        kept = rows[:limit]
        end = (kept[-1][order[0]], kept[-1][order[1]]) if len(rows) > limit else None
        return Rows(kept, end)

    def upto(self, table: Table, where: Where, column: str, value: str, limit: int) -> list[RowMapping]:
        """The rows with these values whose `column` is at most `value`, the lowest first."""
        chosen = select(table).where(*_all(table, where), table.c[column] <= value)
        with database.reading(self._engine) as connection:
            return list(connection.execute(chosen.order_by(table.c[column]).limit(limit)).mappings())

    def counts(self, table: Table, column: str) -> dict[str, int]:
        """How many rows there are of each value of a column."""
        chosen = select(table.c[column], func.count()).group_by(table.c[column])
        with database.reading(self._engine) as connection:
            return {str(value): int(count) for value, count in connection.execute(chosen)}

    def put(self, table: Table, values: Where) -> bool:
        """Add a row; False where one of its key stands already."""
        try:
            with database.writing(self._engine) as connection:
                connection.execute(insert(table).values(**values))
        except IntegrityError:
            return False
        return True

    def put_all(self, table: Table, rows: list[dict[str, Any]], then: tuple[Table, Where, Where]) -> bool:
        """Add rows and change another one, all or nothing: False, and nothing added, where that one has changed."""
        other, where, values = then
        with database.writing(self._engine) as connection:
            if connection.execute(update(other).where(*_all(other, where)).values(**values)).rowcount != 1:
                return False
            if rows:
                connection.execute(insert(table), rows)
        return True

    def change(self, table: Table, where: Where, values: Where) -> bool:
        """Change the rows that still have these values; whether there was one."""
        with database.writing(self._engine) as connection:
            return connection.execute(update(table).where(*_all(table, where)).values(**values)).rowcount > 0

    def drop(self, table: Table, where: Where) -> bool:
        """Delete the rows with these values; whether there was one."""
        with database.writing(self._engine) as connection:
            return connection.execute(delete(table).where(*_all(table, where))).rowcount > 0

    def drop_before(self, table: Table, column: str, value: str) -> int:
        """Delete the rows whose `column` is below `value`; how many there were."""
        with database.writing(self._engine) as connection:
            return connection.execute(delete(table).where(table.c[column] < value)).rowcount


def _all(table: Table, where: Where) -> list[ColumnElement[bool]]:
    return [
        table.c[name].is_(None) if value is None else table.c[name] == value for name, value in where.items()
    ]
