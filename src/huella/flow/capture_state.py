"""How far the watch of a source has come. It lies in a file of the registry, out of reach of the source's administrator
and of the database's: neither can move it."""

from __future__ import annotations

import fcntl
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from huella.errors import StoreError
from huella.flow.sign import replace_durably
from huella.records.rows import NULL
from huella.sources.plan import Table

FOLDER = "sources"
"""In the registry's folder: plans, and how far each watch is."""
MOST_MARKS = 100


class Kept(msgspec.Struct, frozen=True):
    """A moment: seconds since 1970 here, the source's first transaction behind it, the highest value sealed by then."""

    at: float
    next: float
    top: str


class Track(msgspec.Struct):
    """How far the values of one column have come: the highest one sealed, and the one up to which all have appeared."""

    top: str = ""
    floor: str = ""
    marks: list[Kept] = []

    def saw(self, by: str, value: str) -> None:
        """Remember the highest value sealed."""
        if higher(by, value, self.top):
            self.top = value

    def mark(self, at: float, next_: float) -> None:
        """Remember this moment: whoever begins later comes behind what is sealed now."""
        if not self.top:
            return
        self.marks.append(Kept(at, next_, self.top))
        if len(self.marks) > MOST_MARKS:  # older ones stand further apart
            del self.marks[1 : MOST_MARKS // 2 : 2]

    def raise_floor(self, oldest: float, before: float) -> None:
        """Whoever was open at a moment before `before` has ended: what is not above its top has appeared."""
        passed = min(self._until(oldest), bisect_right(self.marks, before, key=lambda kept: kept.at))
        if passed:
            self.floor = self.marks[passed - 1].top

    def floor_for(self, begun: float, safety: float) -> str:
        """The value above which a transaction that began then must insert; empty where nothing is known."""
        known = self._until(begun)
        if not known:
            return ""
        earlier = bisect_right(self.marks, self.marks[known - 1].at - safety, key=lambda kept: kept.at)
        return self.marks[earlier - 1].top if earlier else ""

    def _until(self, begun: float) -> int:
        """How many marks lie before everything that began then."""
        return bisect_right(self.marks, begun, key=lambda kept: kept.next)


class TableState(msgspec.Struct):
    """One table: the pass that reads all of it, and how far its rows have appeared.

    `lap` counts whole passes, `phase` is what the present one walks: the source's rows, or the log's.
    """

    lap: int = 0
    phase: str = "source"
    cursor: list[str | int | float | None] | None = None
    subject: str = ""
    begun: float = 0.0
    anchored: int = 0
    """Entries that were anchored when the present pass began; `whole` is the same of the last one that ended."""
    whole: int = 0
    rows: int = 0
    order: Track = msgspec.field(default_factory=Track)
    announce: Track = msgspec.field(default_factory=Track)
    dated: str = ""
    renamed: dict[str, str] = {}

    def saw(self, table: Table, values: Mapping[str, str]) -> None:
        """Remember the highest values of what is sealed."""
        if table.order:
            self.order.saw(table.order_by, values.get(table.order, NULL))
        if table.announce:
            self.announce.saw("", values.get(table.announce, NULL))
        if table.dated and higher("", values.get(table.dated, NULL), self.dated):
            self.dated = values[table.dated]

    def take(self, table: Table, top: TableState) -> None:
        """Remember the highest values that another one saw."""
        self.order.saw(table.order_by, top.order.top)
        self.announce.saw("", top.announce.top)
        if higher("", top.dated, self.dated):
            self.dated = top.dated


class State(msgspec.Struct, forbid_unknown_fields=True):
    """The file: whose it is, since when its slot is read, and each table."""

    registry: str
    epoch: int = 0
    tables: dict[str, TableState] = {}
    told: list[str] = []
    """Findings that were told, so that none is told twice."""
    waiting: dict[str, list[str]] = {}
    aside: dict[str, str] = {}
    """Tables that could not be read any more, with the reason; empty as soon as they can."""


def load(path: Path, registry: str) -> State:
    """The state in a file; a new one where there is none, or it is another registry's."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=State)
    except (OSError, msgspec.DecodeError):
        return State(registry)
    return found if found.registry == registry else State(registry)


def save(path: Path, state: State) -> None:
    """Keep it, durably."""
    replace_durably(path, msgspec.json.encode(state))


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process watches a source at a time. StoreError for the second one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(
                "another process watches this source", advice="End `huella watch run` first, or wait for it."
            ) from None
        yield


def higher(by: str, value: str, than: str) -> bool:
    """Whether a canonical value is above another one; NULL is above nothing."""
    if value == NULL or not value:
        return False
    return not than or than == NULL or rank(by, value) > rank(by, than)


def rank(by: str, value: str) -> tuple[Decimal, str]:
    """What orders canonical values: numbers by size, moments and texts as they are written."""
    kind, _, text = value.partition(":")
    if by == "sequence" or kind in ("int", "dec", "float"):
        try:
            return Decimal(text), ""
        except ArithmeticError:
            return Decimal(0), text
    return Decimal(0), text


def before(value: str, top: str, seconds: int) -> bool:
    """Whether a moment lies more than so many seconds before another one."""
    try:
        early, late = (datetime.fromisoformat(each.partition(":")[2]) for each in (value, top))
        return (late - early).total_seconds() > seconds
    except (ValueError, TypeError):
        return False
