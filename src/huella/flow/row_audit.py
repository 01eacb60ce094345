"""What happened to a watched source: told by the sealed versions alone. Who writes the source cannot change them.

A pass (capture_pass) has sealed what stands there now; here it is read and named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from huella.flow.capture_state import State, TableState
from huella.flow.findings import Moment
from huella.flow.house import House
from huella.flow.row_values import changes, difference, recoded
from huella.flow.rows import Rows, Version
from huella.records.identifiers import moment
from huella.records.rows import CATALOGUE
from huella.sources.plan import APPEND_ONLY, Table

KEPT = 1_000
"""Findings of a table that are told one by one; further ones are counted."""
HIDDEN = "sealed"
"""Shown in the place of a personal value; evidence discloses it to those with the right."""

CLASSES: dict[str, str] = {
    "edited": "a sealed column was edited",
    "moved": "the row was moved to another parent",
    "redated": "the row's date or place in the order was changed",
    "recoded": "the text was changed from one character set to another",
    "deleted": "the row was deleted",
    "rekeyed": "the row stands under another key",
    "replaced": "the row was deleted and another one put under its key",
    "rewritten": "the row was deleted and inserted again with what was sealed",
    "reverted": "the row was changed and changed back",
    "unannounced": "the row was changed without the column that announces changes",
    "inserted": "the row was inserted where all rows had appeared before",
    "backdated": "the row bears a date from before rows that were sealed earlier",
    "hidden": "the source's own log did not tell of the row",
    "shifted": "many rows were changed by the same amount",
    "truncated": "the table was emptied",
    "restored": "the table was put back to an earlier state",
    "renamed": "a column was renamed",
    "retyped": "a column's type, text order or default was changed",
    "column": "a column appeared or went",
    "trigger": "a trigger or rule was made, changed, disabled or dropped",
    "swapped": "a partition or the whole table is another one than was sealed",
    "structure": "the table's structure was changed",
    "dropped": "the table is gone",
}
"""What a watch can find, and what it means."""
WHOLE = ("truncated", "restored", "shifted", "swapped", "renamed", "dropped")
"""Classes that are about a whole table: what they explain is told under them."""


@dataclass(frozen=True, slots=True)
class RowFinding:
    """One thing that happened: table, key and column where, `sealed` and `present` value, the entries that prove both.

    `between` are the last anchor at which it was right and the first one at which it was not; None where there is none
    yet. `count` is of the rows that a finding of a whole table stands for.
    """

    cls: str
    table: str
    key: str
    column: str
    sealed: str | None
    present: str | None
    entry: int | None
    seen: int
    message: str
    subject: str
    count: int = 1
    between: tuple[Moment | None, Moment | None] = (None, None)

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "class": self.cls, "table": self.table, "key": self.key, "column": self.column, "sealed": self.sealed,
            "present": self.present, "entry": self.entry, "seen": self.seen, "count": self.count,
            "message": self.message, "subject": self.subject, "between": [m and m._asdict() for m in self.between],
        }  # fmt: skip


class Case(NamedTuple):
    """A row that was not left as it was sealed: its versions, the one that was right, the one of now."""

    subject: str
    versions: Sequence[Version]
    good: Version
    now: Version


@dataclass
class RowReport:
    """What a source's versions tell."""

    source: str
    rows: int = 0
    versions: int = 0
    tables: dict[str, dict[str, int]] = field(default_factory=dict)
    findings: list[RowFinding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unread: dict[str, str] = field(default_factory=dict)
    """Tables that could not be read at last, with the reason: nothing is said of what stands there now."""

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 3 not everything could be read."""
        return 1 if self.counts else 3 if self.unread else 0

    def to_dict(self) -> dict[str, Any]:
        """For programs, and for the portal's page."""
        return {
            "source": self.source, "clean": not self.exit_code, "rows": self.rows, "versions": self.versions,
            "tables": self.tables, "counts": dict(self.counts), "unread": self.unread,
            "findings": [f.to_dict() for f in self.findings],
        }  # fmt: skip


def report(house: House, rows: Rows, state: State) -> RowReport:
    """Everything that the versions of a source tell, table by table. Reads the log, not the source."""
    made = RowReport(rows.plan.name, unread=dict(state.aside))
    for name, table in rows.plan.tables.items():
        found = _Reading(rows, name, table)
        made.rows += found.rows
        made.versions += found.versions
        made.tables[name] = {"rows": found.rows, "versions": found.versions}
        kept = state.tables.get(name, TableState())
        for finding in found.findings():
            made.counts[finding.cls] += finding.count if finding.cls not in WHOLE else 1
            made.findings.append(_dated(house, finding, kept))
    return made


class _Reading:
    """One table: its rows' histories walked once, what is odd about them kept."""

    def __init__(self, rows: Rows, name: str, table: Table) -> None:
        self.name, self.table, self._rows = name, table, rows
        self.rows = self.versions = 0
        self.structure = rows.history(rows.structure_of(name))
        self.parents = _foreign(self.structure)
        self.cases: list[Case] = []
        self.beyond: Counter[str] = Counter()
        self.newest = -1
        for subject, versions in rows.all_histories(name):
            self.rows += 1
            self.versions += len(versions)
            case = self._case(subject, versions)
            if case is None:
                self.newest = max(self.newest, versions[0].entry)
            elif len(self.cases) < KEPT * 10:
                self.cases.append(case)
            else:
                self.beyond["edited"] += 1

    def _case(self, subject: str, versions: Sequence[Version]) -> Case | None:
        noted = [version for version in versions if version.notes]
        if not noted:
            return None
        first = versions[0]
        if self.table.mode == APPEND_ONLY or noted[0] is first:
            return Case(subject, versions, first, versions[-1])
        at = versions.index(noted[0])
        return Case(subject, versions, versions[at - 1], versions[-1])

    def findings(self) -> Iterator[RowFinding]:
        """What is to be told, whole tables first."""
        yield from structural(self.name, self.structure)
        left = list(self.cases)
        emptied = [v for v in self.structure if v.seen == "truncate"]
        yield from self._whole(left, emptied)
        yield from self._rekeyed(left)
        for place, case in enumerate(left):
            if place < KEPT:
                yield from self.of_case(case)
            else:
                self.beyond["edited"] += 1
        for cls, count in self.beyond.items():
            yield self._told(cls, None, "*", None, None, count=count)

    def _whole(self, left: list[Case], emptied: Sequence[Version]) -> Iterator[RowFinding]:
        """Truncation, restoration and shifts; the cases that they explain are taken away."""
        _take(left, [case for case in left if _went_with(emptied, case)])
        yield from self._restored(left)
        if emptied:
            last = emptied[-1]
            yield self._told(
                "truncated", None, "*", f"{self.rows} rows", None, seen=last.entry, count=self.rows
            )
        yield from self._shifted(left)

    def _restored(self, left: list[Case]) -> Iterator[RowFinding]:
        """An older state put back, or all rows written again: one finding for the rows that this explains."""
        gone = [case for case in left if case.now.gone]
        again = [case for case in left if not case.now.gone and "reused" in case.now.notes and _equal(case)]
        older = [case for case in left if self._went_back(case)]
        if not gone:
            if len(again) > 1:
                yield self._told("restored", again[0].good, "*", "all rows", "all rows, written again",
                                 seen=again[0].now.entry, count=len(again))  # fmt: skip
                _take(left, again)
            return
        newest = max([self.newest, *(case.good.entry for case in again)])
        first = min(case.good.entry for case in gone)
        if first > newest >= 0 and (again or older or len(gone) > 1):
            yield self._told("restored", gone[0].good, "*", f"entry {newest}", f"{len(gone)} rows gone",
                             seen=gone[0].now.entry, count=len(gone) + len(older), entry=first)  # fmt: skip
            _take(left, [*gone, *again, *older])

    def _went_back(self, case: Case) -> bool:
        """Whether a row holds an older sealed version of itself again."""
        before = case.versions[:-1]
        return (
            len(case.versions) > 2 and not case.now.gone and any(v.same(case.now.values) for v in before[:-1])
        )

    def _shifted(self, left: list[Case]) -> Iterator[RowFinding]:
        """One column of many rows, changed by the same amount."""
        groups: dict[tuple[str, str], list[Case]] = {}
        for case in left:
            changed = changes(case.good, case.now)
            if len(changed) == 1 and (by := difference(*changed[0][1:])):
                groups.setdefault((changed[0][0], by), []).append(case)
        for (column, by), cases in groups.items():
            if len(cases) >= 3:
                first = cases[0]
                yield self._told("shifted", first.good, column, "as sealed", f"{by} in {len(cases)} rows",
                                 seen=first.now.entry, count=len(cases))  # fmt: skip

    def _rekeyed(self, left: list[Case]) -> Iterator[RowFinding]:
        """A row that went and one that came with the same values but the key."""
        gone = {self._rest(case.good): case for case in left if case.now.gone}
        if not gone or () in gone:
            return
        came: dict[str, list[tuple[str, Version]]] = {}
        for subject, versions in self._rows.all_histories(self.name):
            case = gone.get(self._rest(versions[0]))
            if case is not None and subject != case.subject:
                came.setdefault(case.subject, []).append((subject, versions[0]))
        for case in gone.values():
            others = came.get(case.subject, [])
            if len(others) != 1 or others[0][1].entry < case.good.entry:
                continue  # nothing is told by rows that are all alike
            subject, now = others[0]
            yield self._told(
                "rekeyed",
                case.good,
                "/".join(self.table.key),
                self._key(case.good),
                self._key(now),
                seen=now.entry,
            )
            _take(left, [case, *(each for each in left if each.subject == subject)])

    def _rest(self, version: Version) -> tuple[Any, ...]:
        return tuple(sorted((k, v) for k, v in version.values.items() if k not in self.table.key))

    def of_case(self, case: Case) -> Iterator[RowFinding]:
        """What happened to one row."""
        first, now = case.versions[0], case.now
        for note, cls in (("late", "inserted"), ("backdated", "backdated"), ("missed", "hidden")):
            if note in first.notes:
                value = first.values.get(self.table.dated if note == "backdated" else self.table.order)
                yield self._told(cls, first, self.table.order or "row", None, value, seen=first.entry)
        later = [v for v in case.versions if v.notes and v is not first]
        if not later:
            return
        if now.gone:
            yield self._told("deleted", case.good, "row", self._key(case.good), None, seen=now.entry)
            return
        replaced = any("reused" in version.notes for version in later)
        changed = changes(case.good, now)
        if not changed:
            yield self._reverted(case, later, replaced)
        for column, sealed, present in changed:
            cls = "replaced" if replaced else self._class(column, sealed, present, later)
            hidden = column in now.personal
            shown = (HIDDEN, "another value") if hidden else (sealed, present)
            yield self._told(cls, case.good, column, *shown, seen=later[0].entry)

    def _reverted(self, case: Case, later: Sequence[Version], replaced: bool) -> RowFinding:
        """A row that holds again what was sealed, and did not between."""
        if replaced:
            return self._told("rewritten", case.good, "row", self._key(case.good), None, seen=later[-1].entry)
        between = next((v for v in later if not v.same(case.good.values)), later[0])
        column, sealed, other = (changes(case.good, between) or [("row", None, None)])[0]
        if column in between.personal:
            sealed, other = HIDDEN, "another value"
        return self._told("reverted", case.good, column, sealed, other, seen=between.entry)

    def _class(self, column: str, sealed: str | None, present: str | None, later: Sequence[Version]) -> str:
        if any("unannounced" in version.notes for version in later):
            return "unannounced"
        if column in (self.table.order, self.table.dated):
            return "redated"
        if column in self.parents:
            return "moved"
        return "recoded" if recoded(sealed, present) else "edited"

    def _key(self, version: Version) -> str:
        """A row's key as people read it; a personal one by nothing but its being one."""
        if self.table.secret:
            return HIDDEN
        return ",".join(version.values.get(column, "null").partition(":")[2] for column in self.table.key)

    def _told(  # noqa: PLR0913 - a finding has as many sides
        self, cls: str, good: Version | None, column: str, sealed: str | None, present: str | None, *,
        seen: int = -1, count: int = 1, entry: int | None = None,
    ) -> RowFinding:  # fmt: skip
        key = "*" if good is None or (count > 1 and cls in WHOLE) else self._key(good)
        at = good.entry if entry is None and good is not None else entry
        return RowFinding(cls, self.name, key, column, sealed, present, at, seen, CLASSES[cls], "", count)


def structural(name: str, versions: Sequence[Version]) -> Iterator[RowFinding]:
    """What changed in a table's structure, fact by fact."""
    before: Version | None = None
    for version in versions:
        if version.seen == "truncate":
            continue
        if before is not None and version.gone and not before.gone:
            yield _structure("dropped", name, "table", name, None, before, version)
        elif before is not None and not before.gone and not version.gone:
            yield from _facts(name, before, version)
        before = version


def _facts(name: str, before: Version, now: Version) -> Iterator[RowFinding]:
    renamed = {f: v for f, v in now.values.items() if f.startswith("renamed ") and f not in before.values}
    moved = {f"column {fact[8:]}" for fact in renamed} | {
        f"column {v.partition(':')[2]}" for v in renamed.values()
    }
    for fact, value in renamed.items():
        yield _structure("renamed", name, fact[8:], fact[8:], value.partition(":")[2], before, now)
    swapped = before.values.get("oid") != now.values.get("oid")
    for fact in sorted({*before.values, *now.values}):
        old, new = before.values.get(fact), now.values.get(fact)
        if old == new or fact in moved or fact.startswith("renamed "):
            continue
        if fact.startswith("partition ") and old is None and not swapped:
            continue  # a new partition is how such a table grows
        yield _structure(_class_of(fact, old, new), name, fact, old, new, before, now)


def _class_of(fact: str, old: str | None, new: str | None) -> str:
    """What it is that a fact of a table's structure came, went or changed."""
    kind = fact.partition(" ")[0]
    if kind in ("column", "encoding"):
        return "retyped" if old and new else "column"
    return {"trigger": "trigger", "rule": "trigger", "partition": "swapped", "oid": "swapped"}.get(
        kind, "structure"
    )


def _structure(  # noqa: PLR0913 - a finding has as many sides
    cls: str, name: str, fact: str, old: str | None, new: str | None, before: Version, now: Version
) -> RowFinding:
    return RowFinding(
        cls, name, "*", fact, old, new, before.entry, now.entry, CLASSES[cls], f"{CATALOGUE}/{name}"
    )


def _foreign(structure: Sequence[Version]) -> set[str]:
    """Columns that lead to a parent, by the foreign keys in a table's structure."""
    found: set[str] = set()
    for version in structure[:1]:
        for fact, text in version.values.items():
            if fact.startswith("constraint ") and "FOREIGN KEY (" in text:
                inside = text.partition("FOREIGN KEY (")[2].partition(")")[0]
                found |= {part.strip(' "`') for part in inside.split(",")}
    return found


def _equal(case: Case) -> bool:
    return case.good.same(case.now.values)


def _went_with(emptied: Sequence[Version], case: Case) -> bool:
    """Whether a pass missed a row, and the source's log had told that the table was emptied behind its last version."""
    if not case.now.gone or len(case.versions) < 2 or not case.now.position.endswith("-read"):
        return False
    return any(v.position != "read" and case.versions[-2].position < v.position for v in emptied)


def _take(left: list[Case], explained: Sequence[Case]) -> None:
    subjects = {case.subject for case in explained}
    left[:] = [case for case in left if case.subject not in subjects]


def _dated(house: House, finding: RowFinding, state: TableState) -> RowFinding:
    """The anchors between which it happened: the last one at which it was right, the first one at which it was not."""
    sealed = house.anchors.holding(finding.entry) if finding.entry is not None else None
    looked = house.anchors.holding(state.whole - 1) if state.whole and state.whole <= finding.seen else None
    before = max((b for b in (sealed, looked) if b is not None), key=lambda b: b.size, default=None)
    after = house.anchors.holding(finding.seen) if finding.seen >= 0 else None
    return replace(finding, between=(_moment(before), _moment(after)))


def _moment(batch: Any) -> Moment | None:
    if batch is None or batch.block_number is None or batch.block_time is None:
        return None
    return Moment(batch.block_number, moment(datetime.fromtimestamp(batch.block_time, UTC)))
