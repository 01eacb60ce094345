"""Statistics as plain values: chosen by month and up to two dimensions, told by each of them."""

from __future__ import annotations

import csv
import io
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from huella.errors import InputError
from huella.flow import statistics
from huella.flow.house import House
from huella.flow.statistics import Chosen
from huella.web import words

BREAKDOWNS = ("month", "catalogue", "department", "procedure", "shape", "state")
OTHERS = ("delays", "entities", "suppliers")
TOP = 20
"""Entities or suppliers that a list tells."""
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])\Z", re.ASCII)
_FRESH = 5.0
"""Seconds for which figures are told again although the log has grown."""
_KEPT = 256


class Asked(NamedTuple):
    """What a reader chose: months from … to, and values of dimensions; empty: all."""

    since: str = ""
    until: str = ""
    catalogue: str = ""
    department: str = ""
    procedure: str = ""
    shape: str = ""
    state: str = ""

    @property
    def chosen(self) -> Chosen:
        """The same as figures are asked. InputError where that is more than they tell apart."""
        for name in ("since", "until"):
            value = getattr(self, name)
            if value and not _MONTH.match(value):
                raise InputError(f"a month is written 2026-11, not {value[:20]!r}", field=name)
        values = [(name, getattr(self, name)) for name in BREAKDOWNS[1:] if getattr(self, name)]
        if len(values) > 2:
            raise InputError(
                "figures are told by two of catalogue, department, procedure, shape and state at once",
                field=values[2][0], advice="Choose two at most, and any months.",
            )  # fmt: skip
        return Chosen(self.since, self.until, tuple(values))

    @property
    def query(self) -> dict[str, str]:
        """What an address says of it."""
        return {name: value for name, value in self._asdict().items() if value}


class Kept:
    """Figures that were read a moment ago: the same question again costs nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: OrderedDict[Any, tuple[int, float, Any]] = OrderedDict()

    def get(self, house: House, key: Any, make: Callable[[], Any]) -> Any:
        """The value of a key, made where the log has grown for some seconds since."""
        now = time.monotonic()
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
                if now - found[1] < _FRESH:
                    return found[2]
                self._values[key] = found[0], now, found[2]  # whoever asks meanwhile need not make it too
        size = house.journal.size()
        if found is not None and found[0] == size:
            return found[2]
        value = make()
        with self._lock:
            self._values[key] = size, now, value
            while len(self._values) > _KEPT:
                self._values.popitem(last=False)
        return value


def breakdown(house: House, kept: Kept, name: str, asked: Asked) -> dict[str, Any]:
    """Figures by one dimension, stage or party: `by`, what was chosen, `rows`. InputError for another name."""
    if name not in (*BREAKDOWNS, *OTHERS):
        raise InputError(
            f"there are no figures by {name[:30]!r}", field="by",
            advice=f"There are: {', '.join((*BREAKDOWNS, *OTHERS))}.",
        )  # fmt: skip
    chosen = asked.chosen

    def make() -> dict[str, Any]:
        with house.moment():
            return {"by": name, "chosen": asked.query, "rows": _rows(house, name, chosen)}

    value: dict[str, Any] = kept.get(house, (name, chosen), make)
    return value


def overview(house: House, kept: Kept, asked: Asked) -> dict[str, Any]:
    """Orders and amounts of what was chosen, and since when; entities, suppliers, offers and procedures of all time."""
    chosen = asked.chosen

    def make() -> dict[str, Any]:
        with house.moment():
            read = statistics.of(house)
            totals = read.by("", chosen)
            every = read.by("month", Chosen())
            return {
                "chosen": asked.query,
                "orders": sum(int(row["orders"]) for row in totals),
                "amounts": [
                    {"currency": row["currency"], "orders": int(row["orders"]), "amount": row["amount"]}
                    for row in totals
                ],
                "entities": read.parties("entity"), "suppliers": read.parties("supplier"),
                "offers": sum(row["count"] for row in read.begun("offers", Chosen())),
                "procedures": sum(row["count"] for row in read.begun("procedures", Chosen())),
                "since": every[0]["of"] if every else None, "until": every[-1]["of"] if every else None,
                "entries": house.journal.size(), "anchored": house.anchors.anchored(),
            }  # fmt: skip

    value: dict[str, Any] = kept.get(house, ("", chosen), make)
    return value


def choices(house: House, kept: Kept) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen of each dimension: value and name (names of codes alone: the words are the page's)."""

    def make() -> dict[str, list[tuple[str, str]]]:
        read = statistics.of(house)
        with house.moment():
            found = {
                name: [(value, value) for value in read.values(name) if value] for name in BREAKDOWNS[1:]
            }
            names = statistics.departments()
            found["department"] = [(code, names.get(code, code)) for code, _ in found["department"]]
            called = statistics.catalogue_names(house, [value for value, _ in found["catalogue"]])
            found["catalogue"] = [(code, called.get(code, code)) for code, _ in found["catalogue"]]
            found["month"] = [(row["of"], row["of"]) for row in read.by("month", Chosen()) if row["of"]]
        return found

    value: dict[str, list[tuple[str, str]]] = kept.get(house, "choices", make)
    return value


def table(found: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """A breakdown as a table: the columns' names and its rows."""
    rows = found["rows"]
    columns = (
        [name for name in rows[0] if name != "name" or any(row["name"] for row in rows)] if rows else ["of"]
    )
    return columns, [[row[column] for column in columns] for row in rows]


def as_csv(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A CSV (UTF-8 with a mark, as spreadsheets want it) in which no value is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([value if isinstance(value, int | Decimal) else words.cell(value) for value in row])
    return "\ufeff" + out.getvalue()


def _rows(house: House, name: str, chosen: Chosen) -> list[dict[str, Any]]:
    read = statistics.of(house)
    if name == "delays":
        if not chosen.only("catalogue"):
            return []
        told = {row["stage"]: row for row in read.delays(chosen)}
        return [
            {
                "of": stage, "count": int(told[stage]["count"]), "late": int(told[stage]["late"]),
                "average_days": round(Decimal(int(told[stage]["days"])) / int(told[stage]["count"]), 1),
            }
            for stage in statistics.STAGES
            if stage in told and told[stage]["count"]
        ]  # fmt: skip
    if name in ("entities", "suppliers"):
        return _parties(house, "entity" if name == "entities" else "supplier")
    names = _names(house, name, rows := read.by(name, chosen))
    return [
        {
            "of": row["of"], "name": names.get(row["of"], ""), "currency": row["currency"],
            "orders": int(row["orders"]), "amount": row["amount"],
        }
        for row in rows
    ]  # fmt: skip


def _parties(house: House, role: str) -> list[dict[str, Any]]:
    rows = statistics.of(house).turnover(role, "PEN", TOP)
    names = house.index.party_names([row["ruc"] for row in rows if row["ruc"]])
    return [
        {
            "of": row["ruc"], "name": names.get(row["ruc"], ""), "currency": "PEN",
            "orders": int(row["orders"]), "amount": row["amount"],
        }
        for row in rows
    ]  # fmt: skip


def _names(house: House, name: str, rows: Iterable[Any]) -> dict[str, str]:
    if name == "department":
        return statistics.departments()
    return statistics.catalogue_names(house, [row["of"] for row in rows]) if name == "catalogue" else {}
