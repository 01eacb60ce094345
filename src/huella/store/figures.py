"""The tables of the statistics: written by differences in the transaction that seals, read without touching orders."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Dialect, Engine, RowMapping, Table, delete, func, select

from huella.store import database
from huella.store.tables import Big, Cents, Words, metadata, orders, procedures
from huella.store.tally import DIMENSIONS, Key, Tally

# Orders and amount by month; `by` names one dimension, two joined by +, or none, `a` and `b` are their values.
figures = Table(
    "figures",
    metadata,
    Column("by", Words, primary_key=True),
    Column("a", Words, primary_key=True),
    Column("b", Words, primary_key=True),
    Column("month", Words, primary_key=True),
    Column("currency", Words, primary_key=True),
    Column("orders", Big, nullable=False),
    Column("amount", Cents, nullable=False),
    sqlite_with_rowid=False,
)

# Stages that ended in a month: how many, calendar days altogether, how many of them late.
delays = Table(
    "delays",
    metadata,
    Column("stage", Words, primary_key=True),
    Column("catalogue", Words, primary_key=True),
    Column("month", Words, primary_key=True),
    Column("count", Big, nullable=False),
    Column("days", Big, nullable=False),
    Column("late", Big, nullable=False),
    sqlite_with_rowid=False,
)

# Orders and amount of each entity and supplier; an empty RUC stands for all natural persons together.
turnover = Table(
    "turnover",
    metadata,
    Column("role", Words, primary_key=True),
    Column("ruc", Words, primary_key=True),
    Column("currency", Words, primary_key=True),
    Column("orders", Big, nullable=False),
    Column("amount", Cents, nullable=False),
    sqlite_with_rowid=False,
)

TABLES = (figures, delays, turnover)


class Chosen(NamedTuple):
    """What figures are asked for: months (YYYY-MM) from the first to the last one, and a value of up to two dimensions;
    empty: all."""

    first: str = ""
    last: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def only(self, *dimensions: str) -> bool:
        """Whether nothing is chosen but values of these dimensions."""
        return all(name in dimensions for name, _ in self.values)


def add(connection: Connection, made: Tally) -> None:
    """Add a transaction's differences to the tables."""
    for table, rows in _rows(made).items():
        if rows:
            connection.exec_driver_sql(_add_sql(table, connection.dialect), rows)


def replace(connection: Connection, made: Tally) -> None:
    """Put figures made of everything in the place of those that are there."""
    for table in TABLES:
        connection.execute(delete(table))
    add(connection, made)


def _rows(made: Tally) -> Mapping[Table, list[tuple[Any, ...]]]:
    given: tuple[tuple[Table, Mapping[Key, list[int]]], ...] = (
        (figures, made.figures), (delays, made.delays), (turnover, made.turnover),
    )  # fmt: skip
    # in the key's order, which the table's tree is in too
    return {
        table: [(*key, *numbers) for key, numbers in sorted(rows.items()) if any(numbers)]
        for table, rows in given
    }


def expected(made: Tally) -> dict[Table, list[tuple[Any, ...]]]:
    """The rows that the tables must hold where these are the differences of everything, in the key's order."""
    return dict(_rows(made))


@functools.cache
def _add_sql(table: Table, dialect: Dialect) -> str:
    quote = dialect.identifier_preparer.quote
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    names = ", ".join(quote(column.name) for column in table.columns)
    key = ", ".join(quote(column.name) for column in table.primary_key.columns)
    numbers = [quote(column.name) for column in table.columns if not column.primary_key]
    changes = ", ".join(f"{name} = {quote(table.name)}.{name} + excluded.{name}" for name in numbers)
    marks = ", ".join(mark for _ in table.columns)
    return (
        f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks}) "  # noqa: S608  (names of our own tables)
        f"ON CONFLICT ({key}) DO UPDATE SET {changes}"
    )


class Figures:
    """Reads of the statistics: work that grows with months and values, never with orders."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def missing(self) -> bool:
        """Whether there are orders or procedures, and nothing was ever counted: as in a database of before."""
        with database.reading(self._engine) as connection:
            told = [
                connection.execute(select(table).limit(1)).first() for table in (orders, procedures, figures)
            ]
        return any(told[:2]) and not told[2]

    def by(self, dimension: str, chosen: Chosen) -> list[RowMapping]:
        """Value (`of`), currency, orders and amount of each value of a dimension, or of each `month`, in its order.

        Nothing where more is chosen than the figures tell apart: they know two dimensions at once.
        """
        asked = [*chosen.values, *([(dimension, None)] if dimension in DIMENSIONS else [])]
        if len({name for name, _ in asked}) < len(asked):  # the dimension itself is chosen
            asked = list(chosen.values)
        if len(asked) > 2:
            return []
        asked.sort(key=lambda each: each[0])
        columns = dict(zip((name for name, _ in asked), (figures.c.a, figures.c.b), strict=False))
        of = figures.c.month if dimension == "month" else columns.get(dimension, figures.c.by)
        query = (
            select(
                of.label("of"), figures.c.currency,
                func.sum(figures.c.orders).label("orders"), func.sum(figures.c.amount).label("amount"),
            )
            .where(figures.c.by == "+".join(columns), figures.c.orders > 0, *_months(figures, chosen))
            .where(*(columns[name] == value for name, value in chosen.values))
            .group_by(of, figures.c.currency)
            .order_by(of, figures.c.currency)
        )  # fmt: skip
        return self._read(query)

    def begun(self, family: str, chosen: Chosen) -> list[RowMapping]:
        """Month (`of`) and count of subjects of a family, `offers` or `procedures`, by their first record."""
        query = select(figures.c.month.label("of"), figures.c.orders.label("count"))
        return self._read(query.where(figures.c.by == family, *_months(figures, chosen)).order_by("of"))

    def delays(self, chosen: Chosen) -> list[RowMapping]:
        """Stage, count, days altogether and late ones, by the months in which they ended; a catalogue may be chosen."""
        sums = [func.sum(delays.c[name]).label(name) for name in ("count", "days", "late")]
        query = select(delays.c.stage, *sums).where(*_months(delays, chosen))
        query = query.where(*(delays.c.catalogue == value for name, value in chosen.values))
        return self._read(query.group_by(delays.c.stage))

    def parties(self, role: str) -> int:
        """How many entities or suppliers with a public RUC have orders."""
        query = select(func.count(turnover.c.ruc.distinct())).where(
            turnover.c.role == role, turnover.c.orders > 0, turnover.c.ruc != ""
        )
        with database.reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def turnover(self, role: str, currency: str, most: int | None = None) -> list[RowMapping]:
        """RUC, orders and amount of entities or suppliers, the largest amounts first; an empty RUC is that of all
        natural persons together."""
        columns = turnover.c.ruc, turnover.c.orders, turnover.c.amount
        query = select(*columns).where(
            turnover.c.role == role, turnover.c.currency == currency, turnover.c.orders > 0
        )
        return self._read(query.order_by(turnover.c.amount.desc(), turnover.c.ruc).limit(most))

    def values(self, dimension: str) -> list[str]:
        """All values of a dimension that any order has, in order."""
        query = select(figures.c.a).where(figures.c.by == dimension, figures.c.orders > 0).distinct()
        with database.reading(self._engine) as connection:
            return list(connection.execute(query.order_by(figures.c.a)).scalars())

    def _read(self, query: Any) -> list[RowMapping]:
        with database.reading(self._engine) as connection:
            return list(connection.execute(query).mappings())


def _months(table: Table, chosen: Chosen) -> Sequence[Any]:
    return [
        *([table.c.month >= chosen.first] if chosen.first else []),
        *([table.c.month <= chosen.last] if chosen.last else []),
    ]
