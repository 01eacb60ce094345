"""The command that looks for changes: audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huella.cli import console
from huella.cli.open import Folder, Json, registry
from huella.flow.audit import audit as run_audit
from huella.flow.findings import QUIET, Report


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit)


def audit(
    since: Annotated[int, typer.Option("--since", help="Leave out what comes before this entry.", min=0)] = 0,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Compare database, records, log and chain; name every change with its place, both values and its class."""
    with registry(folder) as house, console.progress("auditing", house.journal.size()) as bar:
        report = run_audit(house, since, bar.step)
    if json:
        console.emit(report.to_dict())
    else:
        tell(report)
    return report.exit_code


def tell(report: Report) -> None:
    """A report for people."""
    for finding in report.findings:
        console.show(
            console.say(
                "finding", cls=console.word(finding.cls), table=finding.table, row=finding.row, column=finding.column,
                message=finding.message,
            ),
            style="yellow" if finding.cls in QUIET else "bold red",
        )  # fmt: skip
        if finding.sealed is not None or finding.present is not None:
            values = {"sealed": finding.sealed or "—", "present": finding.present or "—"}
            console.show(console.say("finding-values", **values))
    shown = sum(report.counts.values()) - len(report.findings)
    if shown > 0:
        console.show(console.say("more", count=shown))
    if not report.clean:
        count = sum(count for cls, count in report.counts.items() if cls not in QUIET)
        console.show(console.say("audit-found", count=count, first=report.first_affected), style="bold")
        return
    figures = {
        name: getattr(report, name) for name in ("entries", "anchored", "batches", "orders", "disclosures")
    }
    console.show(console.say("audit-clean", **figures), style="green")
    if report.counts:
        console.show(console.say("audit-waiting"))
