"""What an audit reports: findings as data, each with its place, both values and a class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from huella.records.identifiers import moment

Class = Literal["tampered", "foreign", "forked", "behind", "unreachable", "noted"]
QUIET = ("behind", "unreachable", "noted")
"""Classes of what contradicts nothing that was sealed. `behind` and `unreachable` mean: compare again later.
`noted` stays as it is, and who relies on it should know: a close not attested in time, an offer that nobody opened."""

LONGEST = 200
"""Characters of a text that are shown of it at most."""
KEPT = 1_000
"""Findings that a report holds in full; more are counted only, so that memory stays flat."""


class Moment(NamedTuple):
    """An anchor as the chain tells it: the block's number and its time (UTC, as in records)."""

    block: int
    time: str


class At(NamedTuple):
    """A place in the database or on the chain."""

    table: str
    row: object
    column: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit: `table`, `row` and `column` where, `sealed` and `present` value (None: absent).

    `entry` is the first record affected. Values of sealed fields are never shown, only digests. `sealed_so`: it was
    wrong when it was sealed; else it was right then and changed later. `between` tells since when: the last anchor
    before it was wrong and the first one behind; None where there is no anchor yet, on the right also where nothing
    but this audit tells it.
    """

    cls: Class
    table: str
    row: str
    column: str
    sealed: str | None
    present: str | None
    entry: int | None
    message: str
    sealed_so: bool = False
    between: tuple[Moment | None, Moment | None] = (None, None)


@dataclass(slots=True)
class Report:
    """The result of an audit: what was read, what was found."""

    entries: int = 0
    anchored: int = 0
    batches: int = 0
    orders: int = 0
    disclosures: int = 0
    documents: int = 0
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(
        self, cls: Class, at: At, message: str, *,
        sealed: object = None, present: object = None, entry: int | None = None,
    ) -> None:  # fmt: skip
        """Note one finding; values are shown as text."""
        self._keep(_finding(cls, at, (sealed, present), entry, message))

    def add_sealed(
        self, at: At, message: str, entry: int, sealed: object = None, present: object = None
    ) -> None:
        """Note what was wrong when it was sealed: no thief of the database, the registry itself said it."""
        self._keep(replace(_finding("tampered", at, (sealed, present), entry, message), sealed_so=True))

    def _keep(self, finding: Finding) -> None:
        self.counts[finding.cls] += 1
        if len(self.findings) < KEPT:
            self.findings.append(replace(finding, message=_shown(finding.message)))

    def date(self, anchors: Callable[[int], Sequence[tuple[int, int] | None]]) -> None:
        """Say of each finding since when: `anchors` gives the last anchor before an entry and its own, as block
        number and time in seconds since 1970."""
        for place, finding in enumerate(self.findings):
            if finding.entry is not None and finding.cls not in QUIET:
                before, own = map(_moment, anchors(finding.entry))
                between = (before, own) if finding.sealed_so else (own or before, None)
                self.findings[place] = replace(finding, between=between)

    @property
    def clean(self) -> bool:
        """Nothing contradicts what was sealed; something may still wait for its anchor."""
        return not any(count for cls, count in self.counts.items() if cls not in QUIET)

    @property
    def first_affected(self) -> int | None:
        """The lowest entry that a finding names, those aside that contradict nothing."""
        named = [f.entry for f in self.findings if f.entry is not None and f.cls not in QUIET]
        return max(0, min(named)) if named else None  # somebody may have put a row below all others

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 3 where something could not be compared yet."""
        if not self.clean:
            return 1
        return 3 if self.counts["behind"] or self.counts["unreachable"] else 0

    def to_dict(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "clean": self.clean, "entries": self.entries, "anchored": self.anchored, "batches": self.batches,
            "orders": self.orders, "disclosures": self.disclosures, "documents": self.documents,
            "counts": dict(self.counts), "first_affected": self.first_affected,
            "findings": [
                {**asdict(f), "class": f.cls, "between": [m and m._asdict() for m in f.between]}
                for f in self.findings
            ],
        }  # fmt: skip


def _finding(cls: Class, at: At, values: tuple[object, object], entry: int | None, message: str) -> Finding:
    table, row, column = map(_shown, at)
    sealed, present = map(_text, values)
    return Finding(cls, table, row, column, sealed, present, entry, message)


def differences(sealed: Any, present: Any, pointer: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each place (JSON pointer) where two JSON values differ, with both values; None where one has nothing."""
    if isinstance(sealed, dict) and isinstance(present, dict):
        for name in sorted({*sealed, *present}):
            yield from differences(sealed.get(name), present.get(name), f"{pointer}/{name}")
    elif isinstance(sealed, list) and isinstance(present, list) and len(sealed) == len(present):
        for position, (left, right) in enumerate(zip(sealed, present, strict=True)):
            yield from differences(left, right, f"{pointer}/{position}")
    elif sealed != present:
        yield pointer or "/", sealed, present


def _moment(anchor: tuple[int, int] | None) -> Moment | None:
    """None where the outbox tells no time that a clock can have: then that is a finding of its own."""
    try:
        return anchor and Moment(anchor[0], moment(datetime.fromtimestamp(anchor[1], UTC)))
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _text(value: object) -> str | None:
    if value is None:
        return None
    return _shown(value.hex() if isinstance(value, bytes | memoryview) else value)


def _shown(value: object) -> str:
    """A value as text; of a long one its beginning, as somebody may have put megabytes there."""
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "…"
