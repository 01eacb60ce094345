"""Pages of the lists beside the register: the newest first, each with the mark behind which the next one begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, Table

from huella.errors import InputError
from huella.flow.house import House
from huella.store.desk import Desk, Place

ROWS = 100
"""Rows of a page, at most."""
_MARK = "~"


class Page(NamedTuple):
    """Rows, and the mark to ask for those behind them with; None where there are none."""

    rows: list[dict[str, Any]]
    following: str | None


class Asked(NamedTuple):
    """Which page: how many rows, behind which mark."""

    behind: str | None = None
    limit: int = ROWS


FIRST = Asked()


def page(
    house: House,
    table: Table,
    where: Mapping[str, Any],
    asked: Asked,
    order: tuple[str, str] = ("created_at", "id"),
) -> tuple[list[RowMapping], str | None]:
    """Rows of a table with these values, and the mark of those behind them. InputError for a mark that is none."""
    place = None if asked.behind is None else _place(table, order, asked.behind)
    found = Desk(house.engine).page(table, where, order, place, min(max(asked.limit, 1), ROWS))
    return found.rows, None if found.end is None else _MARK.join(str(value) for value in found.end)


def _place(table: Table, order: tuple[str, str], mark: str) -> Place:
    parts = mark.split(_MARK)
    if len(parts) != len(order) or len(mark) > 200 or not mark.isprintable():
        raise InputError("a page begins behind the mark that the page before it told", field="before")
    first, second = (_value(table, name, part) for name, part in zip(order, parts, strict=True))
    return first, second


def _value(table: Table, name: str, text: str) -> Any:
    if table.c[name].type.python_type is not int:
        return text
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise InputError("a page begins behind the mark that the page before it told", field="before")
    return int(text)
