"""What an audit reports: findings as data, each with its place, both values and a class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

Class = Literal["tampered", "foreign", "forked", "behind", "unreachable"]

KEPT = 1_000
"""Findings that a report holds in full; more are counted only, so that memory stays flat."""


class At(NamedTuple):
    """A place in the database or on the chain."""

    table: str
    row: object
    column: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit: `table`, `row` and `column` where, `sealed` and `present` value (None: absent).

    `entry` is the first record affected. Values of sealed fields are never shown, only digests.
    """

    cls: Class
    table: str
    row: str
    column: str
    sealed: str | None
    present: str | None
    entry: int | None
    message: str


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
        self.counts[cls] += 1
        if len(self.findings) < KEPT:
            values = _text(sealed), _text(present)
            self.findings.append(Finding(cls, at.table, str(at.row), at.column, *values, entry, message))

    @property
    def clean(self) -> bool:
        """Nothing contradicts what was sealed; something may still wait for its anchor."""
        return not any(count for cls, count in self.counts.items() if cls not in ("behind", "unreachable"))

    @property
    def first_affected(self) -> int | None:
        """The lowest entry that a finding other than `behind` names."""
        named = [
            f.entry for f in self.findings if f.entry is not None and f.cls not in ("behind", "unreachable")
        ]
        return min(named, default=None)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 3 where something could not be compared yet."""
        if not self.clean:
            return 1
        return 3 if self.counts else 0

    def to_dict(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "clean": self.clean, "entries": self.entries, "anchored": self.anchored, "batches": self.batches,
            "orders": self.orders, "disclosures": self.disclosures, "documents": self.documents,
            "counts": dict(self.counts), "first_affected": self.first_affected,
            "findings": [{**asdict(f), "class": f.cls} for f in self.findings],
        }  # fmt: skip


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


def _text(value: object) -> str | None:
    if value is None:
        return None
    text = value.hex() if isinstance(value, bytes | memoryview) else str(value)
    return text if len(text) <= 200 else text[:197] + "…"
