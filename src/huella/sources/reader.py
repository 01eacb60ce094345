"""Rows of any of the three products: the statements are here, what differs stands in one module a product."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from huella.errors import SourceError
from huella.sources.plan import Plan, Table
from huella.sources.port import Mark, Raw, Row

Fetched = list[tuple[Any, ...]]


class Column(NamedTuple):
    """A column as it is read: how it is asked for, its conversion, and what a parameter compared with it looks like."""

    select: str
    convert: Callable[[Any], str]
    parameter: str


class Shape(NamedTuple):
    """How a table's rows as the driver gives them become rows: columns, their conversions, the places of the key's."""

    names: tuple[str, ...]
    converts: tuple[Callable[[Any], str], ...]
    keys: tuple[int, ...]

    def key(self, raw: Raw) -> Raw:
        """The key for the driver."""
        return tuple(raw[n] for n in self.keys)

    def rows(self, fetched: Sequence[Raw]) -> list[Row]:
        """All of them, column by column: that is how a processor does it fastest."""
        columns = [
            list(map(convert, column))
            for convert, column in zip(self.converts, zip(*fetched, strict=True), strict=False)
        ]
        values = (dict(zip(self.names, row, strict=True)) for row in zip(*columns, strict=True))
        return [Row(self.key(raw), each) for raw, each in zip(fetched, values, strict=True)]


class Product(Protocol):
    """One connection to one product, opened at the first use and again after it broke."""

    def fetch(self, statement: str, values: Sequence[object] = ()) -> Fetched:
        """All rows of a statement, as the server's own texts."""

    def columns(self, table: str) -> dict[str, Column]:
        """A table's columns by name, in their order; empty where there is none of that name."""

    def catalogue(self, table: str) -> dict[str, str]:
        """Its structure: fact to text."""

    def mark(self) -> Mark:
        """The present moment of its transactions."""

    def close(self) -> None:
        """Let the connection go; the next statement opens another."""


class Reader:
    """Rows of a plan's tables (port.Rows), through one product."""

    def __init__(
        self, plan: Plan, product: Product, quote: Callable[[str], str], back: Callable[[str], object]
    ) -> None:
        self._plan = plan
        self.product = product
        self._quote = quote
        self._back = back
        self._columns: dict[str, dict[str, Column]] = {}
        self._renamed: dict[str, Mapping[str, str]] = {}

    def rename(self, name: str, renamed: Mapping[str, str]) -> None:
        """Read columns of a table under other names than the plan's (plan's name to present name)."""
        self._renamed[name] = renamed
        self._columns.pop(name, None)

    def renamed(self, name: str) -> Mapping[str, str]:
        """Columns of a table that stand under other names (plan's name to present name)."""
        return self._renamed.get(name, {})

    def forget(self) -> None:
        """Ask the catalogue again: the structure may have changed."""
        self._columns.clear()

    def page(self, name: str, table: Table, over: Raw | None, most: int) -> list[Row]:
        """See port.Rows."""
        return self.shape(name, table).rows(self.page_raw(name, table, over, most))

    def page_raw(self, name: str, table: Table, over: Raw | None, most: int) -> list[Raw]:
        """The same as the driver gives it, for `shape` to convert, in whichever process."""
        key = [self._name(name, column) for column in table.key]
        condition, values = "", list[object]()
        if over is not None:
            self._known(name, table)
            condition, values = self._behind(name, table.key, over)
            condition = f" WHERE {condition}"
        order = ", ".join(key)
        return self._fetch(name, table, f"{condition} ORDER BY {order} LIMIT {most}", values)

    def shape(self, name: str, table: Table) -> Shape:
        """How rows of a table are converted, as its columns are now."""
        columns, names = self._known(name, table), table.columns
        keys = tuple(names.index(each) for each in table.key)
        return Shape(names, tuple(columns[each].convert for each in names), keys)

    def look(self, name: str, table: Table, keys: Sequence[Sequence[str]]) -> list[Row]:
        """See port.Rows."""
        found: list[Row] = []
        columns = self._known(name, table)
        marks = " AND ".join(f"{self._name(name, c)} = {columns[c].parameter}" for c in table.key)
        for piece in _pieces(keys, 500):
            if len(table.key) == 1:
                one = columns[table.key[0]].parameter
                condition = f"{self._name(name, table.key[0])} IN ({', '.join(one for _ in piece)})"
            else:
                condition = " OR ".join(f"({marks})" for _ in piece)
            values = [self._back(value) for key in piece for value in key]
            found += self._rows(name, table, f" WHERE {condition}", values)
        return found

    def body(self, name: str, table: Table, key: Sequence[str], column: str) -> bytes | None:
        """The bytes in a column of one row, by the canonical values of its key; None where there are none."""
        columns = self._known(name, table)
        marks = " AND ".join(f"{self._name(name, c)} = {columns[c].parameter}" for c in table.key)
        found = self._fetch(name, table, f" WHERE {marks}", [self._back(value) for value in key])
        value = found[0][table.columns.index(column)] if found else None
        if isinstance(value, str) and value.startswith("\\x"):  # PostgreSQL's text of it
            return bytes.fromhex(value[2:])
        return value if isinstance(value, bytes) else None

    def above(self, name: str, table: Table, column: str, floor: str | None) -> Iterator[list[Row]]:
        """See port.Rows."""
        by = (column, *(each for each in table.key if each != column))
        order = ", ".join(self._name(name, each) for each in by)
        parameter = self._known(name, table)[column].parameter
        condition, values = "", list[object]()
        if floor is not None:
            condition, values = f" WHERE {self._name(name, column)} > {parameter}", [self._back(floor)]
        while True:
            tail = f"{condition} ORDER BY {order} LIMIT {self._plan.chunk}"
            fetched = self._fetch(name, table, tail, values)
            if fetched:
                yield self.shape(name, table).rows(fetched)
            if len(fetched) < self._plan.chunk:
                return
            last = [fetched[-1][table.columns.index(each)] for each in by]
            condition, values = self._behind(name, by, last)
            condition = f" WHERE {condition}"

    def catalogue(self, name: str) -> Mapping[str, str]:
        """See port.Rows."""
        return self.product.catalogue(name)

    def _behind(self, name: str, by: Sequence[str], raw: Sequence[object]) -> tuple[str, list[object]]:
        """The condition of what comes behind a place in an order, written out: MySQL does not use an index for rows."""
        columns = self._columns[name]
        parts: list[str] = []
        values: list[object] = []
        for depth, column in enumerate(by):
            equal = "".join(f"{self._name(name, c)} = {columns[c].parameter} AND " for c in by[:depth])
            parts.append(f"({equal}{self._name(name, column)} > {columns[column].parameter})")
            values += raw[: depth + 1]
        if len(by) == 1:
            return parts[0], values
        first = f"{self._name(name, by[0])} >= {columns[by[0]].parameter}"
        return f"{first} AND ({' OR '.join(parts)})", [raw[0], *values]

    def _name(self, name: str, column: str) -> str:
        """A column in quotes, as it is called now."""
        return self._quote(self.renamed(name).get(column, column))

    def _rows(self, name: str, table: Table, tail: str, values: Sequence[object]) -> list[Row]:
        return self.shape(name, table).rows(self._fetch(name, table, tail, values))

    def _fetch(self, name: str, table: Table, tail: str, values: Sequence[object]) -> list[Raw]:
        columns = self._known(name, table)
        selected = ", ".join(columns[each].select for each in table.columns)
        where = ".".join(map(self._quote, name.split(".")))
        return self.product.fetch(f"SELECT {selected} FROM {where}{tail}", values)  # noqa: S608  (quoted names)

    def _known(self, name: str, table: Table) -> dict[str, Column]:
        """The table's columns; SourceError where one that the plan names is not there."""
        if name not in self._columns:
            found = self.product.columns(name)
            renamed = self.renamed(name)
            self._columns[name] = found | {old: found[new] for old, new in renamed.items() if new in found}
        columns = self._columns[name]
        if not columns:
            self.forget()
            raise SourceError(f"the source has no table {name}")
        missing = [each for each in table.columns if each not in columns]
        if missing:
            self.forget()
            raise SourceError(f"the table {name} has no column {missing[0]}")
        return columns


def _pieces(given: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for at in range(0, len(given), size):
        yield given[at : at + size]
