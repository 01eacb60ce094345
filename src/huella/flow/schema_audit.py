"""The audit of the tables themselves: whether they are those that the program made, before anybody believes their rows.

A view, trigger, rule or policy in their place could show the audit one thing and people another one.
"""

from __future__ import annotations

from sqlalchemy import Connection

from huella.flow.findings import At, Report
from huella.store import shape


def check_schema(connection: Connection, report: Report) -> bool:
    """Name what is not as it was made. Whether rows can be compared all the same."""
    stops = False
    for fault in shape.faults(connection):
        stops = stops or fault.stops
        report.add(
            "tampered",
            At(fault.table, "schema", fault.part),
            fault.message,
            sealed=fault.sealed,
            present=fault.present,
        )
    if stops:
        report.add(
            "unreachable",
            At("database", "schema", "tables"),
            "the rows were not compared: put the tables right that are named, then audit again",
        )
    return not stops


def check_pages(connection: Connection, report: Report) -> None:
    """Name the indexes that do not lead to what their tables hold."""
    for line in shape.broken_pages(connection):
        report.add("tampered", At("database", "file", "pages"), "the file contradicts itself", present=line)
