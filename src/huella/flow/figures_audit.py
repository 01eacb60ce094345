"""The audit of the statistics: made again out of all records, held against what the tables say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from huella.flow.findings import At, Report
from huella.store import figures
from huella.store.snapshot import Snapshot
from huella.store.tally import Tally


def check_figures(snapshot: Snapshot, report: Report, made: Tally) -> None:
    """Every figure against the records of the whole log.

    Where entries themselves were changed the figures are not judged: they follow from records, and those are named.
    """
    if any(found.cls == "tampered" and found.table in ("entries", "annexes") for found in report.findings):
        return
    for table, wanted in figures.expected(made).items():
        width = len(table.primary_key.columns)
        names = [column.name for column in table.columns][width:]
        sealed = {row[:width]: row[width:] for row in wanted}
        present = {
            row[:width]: row[width:] for row in snapshot.rows(table, table.columns[0].name, None, None)
        }
        zero = (0,) * len(names)
        for key in sorted(sealed.keys() | present.keys(), key=str):
            at = At(table.name, "/".join(map(str, key)), "")
            _compare(report, at, names, sealed.get(key, zero), present.get(key, zero))


def _compare(
    report: Report, row: At, names: Sequence[str], sealed: Sequence[Any], present: Sequence[Any]
) -> None:
    for name, told, stands in zip(names, sealed, present, strict=True):
        if told != stands:
            message = "the figure is not what the records add up to"
            report.add("tampered", row._replace(column=name), message, sealed=told, present=stands)
