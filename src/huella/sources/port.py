"""What watching asks of a source, whatever its product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from huella.sources.plan import Table

Raw = tuple[object, ...]
"""A key as the driver gives and takes it."""


class Row(NamedTuple):
    """A row that stands in the source: its key for the driver, and its canonical values by column."""

    key: Raw
    values: dict[str, str]


class Mark(NamedTuple):
    """A moment of the source: transactions older than `oldest` have all ended, those from `next` on have not begun.

    Numbers of transactions where the product tells them, else moments (seconds since 1970 on the source's clock).
    """

    oldest: float
    next: float


class Rows(Protocol):
    """Reads rows. Guarantees: nothing is written, no statement takes longer than the plan allows, and what is given is
    committed. SourceUnreachable where the source does not answer, SourceError where a table or column is not there."""

    def page(self, name: str, table: Table, over: Raw | None, most: int) -> list[Row]:
        """The next rows by key behind one, at most so many; fewer means that the table ends there."""

    def look(self, name: str, table: Table, keys: Sequence[Sequence[str]]) -> list[Row]:
        """Rows by the canonical values of their keys; what is not there is missing."""

    def above(self, name: str, table: Table, column: str, floor: str | None) -> Iterator[list[Row]]:
        """Rows whose column is above a canonical value (None: all), in the order of that column, in pieces."""

    def catalogue(self, name: str) -> Mapping[str, str]:
        """A table's structure as the source's own catalogue tells it: fact to text. Empty where there is no table."""


class Event(NamedTuple):
    """A change of one row, or a table emptied (`truncate`), as the source's own log tells it, in the order of commits.

    `old` is the key (or the whole row) before an update or deletion, where the log tells it.
    """

    seen: Literal["insert", "update", "delete", "truncate"]
    table: str
    position: str
    at: datetime
    xid: int
    old: Mapping[str, str]
    new: Mapping[str, str]


class Feed(Protocol):
    """The source's own log. Guarantees: every committed change once in order, again from the last confirmed one on
    after a break; nothing is confirmed but by `confirm`."""

    def events(self, upto: int | None) -> Iterator[Event]:
        """What there is now; with `upto` (a position of `reached`) at least everything until it."""

    def confirm(self) -> None:
        """All that was given so far is sealed: the source may forget it."""
