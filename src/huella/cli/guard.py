"""The command that looks for changes: audit."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import Annotated

import orjson
import typer

from huella.cli import console
from huella.cli.open import Folder, Json, registry
from huella.flow.audit import audit as run_audit
from huella.flow.findings import QUIET, Finding, Report
from huella.flow.house import House
from huella.flow.watch import Watch, post, rounds, run_hook


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit)


def audit(  # noqa: PLR0913 - each is an option
    since: Annotated[int, typer.Option("--since", help="Leave out what comes before this entry.", min=0)] = 0,
    watch: Annotated[
        bool, typer.Option("--watch", help="Audit in rounds and tell each finding once.")
    ] = False,
    every: Annotated[float, typer.Option("--every", help="Seconds between two rounds.", min=0)] = 60,
    full_every: Annotated[
        int, typer.Option("--full-every", help="Every so many rounds a full one.", min=1)
    ] = 60,
    count: Annotated[int, typer.Option("--rounds", help="End after so many rounds; 0: never.", min=0)] = 0,
    hook: Annotated[
        str, typer.Option("--hook", help="Command that gets each finding on standard input.")
    ] = "",
    webhook: Annotated[str, typer.Option("--webhook", help="Address that each finding is posted to.")] = "",
    webhook_key: Annotated[
        Path | None,
        typer.Option(
            "--webhook-key", help="File with the key that signs posts.", dir_okay=False, exists=True
        ),
    ] = None,
    rpc: Annotated[
        list[str] | None,
        typer.Option("--rpc", metavar="URL", help="A node to ask instead of the settings' ones; repeatable."),
    ] = None,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Compare database, records, log and chain; name every change with its place, both values and its class."""
    if watch:
        key = webhook_key.read_bytes().strip() if webhook_key else None
        with registry(folder, rpc or ()) as house:
            return _watch(house, (every, full_every, count), (hook, webhook, key), json)
    with registry(folder, rpc or ()) as house, console.progress("auditing", house.journal.size()) as bar:
        report = run_audit(house, since, bar.step)
    if json:
        console.emit(report.to_dict())
    else:
        tell(report)
    return report.exit_code


def _watch(house: House, pace: tuple[float, int, int], to: tuple[str, str, bytes | None], json: bool) -> int:
    every, full_every, count = pace
    stop, state, code = Event(), Watch(), 0
    old = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}

    def wait(seconds: float) -> bool:
        return state.done == count or stop.wait(seconds)

    try:
        for report, fresh in rounds(house, state, wait, every, full_every):
            code = 1 if code == 1 else report.exit_code
            for finding in fresh:
                _alert(finding, to, json)
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
    return code


def _alert(finding: Finding, to: tuple[str, str, bytes | None], json: bool) -> None:
    hook, webhook, key = to
    value = {**asdict(finding), "class": finding.cls, "between": [m and m._asdict() for m in finding.between]}
    body = orjson.dumps(value)
    if json:
        sys.stdout.write(body.decode() + "\n")
        sys.stdout.flush()
    else:
        place = f"{finding.table} {finding.row} {finding.column}"
        console.show(f"{console.word(finding.cls)} {place}: {console.said(finding.message)}")
    try:
        if hook:
            run_hook(hook, body)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        console.tell("alert-failed", what="--hook", why=type(error).__name__)
    try:
        if webhook:
            post(webhook, body, key)
    except (OSError, ValueError) as error:
        console.tell("alert-failed", what="--webhook", why=type(error).__name__)


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
