"""Commands of watched sources: init, run, audit, report. Not `huella audit --watch`, which watches this registry."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from huella.cli import console
from huella.cli.open import Folder, Json, registry
from huella.errors import InputError
from huella.flow import row_bundle, source_watch
from huella.flow.courier import Courier, post
from huella.flow.row_audit import RowReport
from huella.flow.row_values import shown
from huella.flow.source_watch import SourceWatch, watching

app = typer.Typer(
    no_args_is_help=True,
    help="Watch a database that others keep: its rows are sealed, and what is changed there afterwards is named.",
)
Source = Annotated[str, typer.Argument(metavar="SOURCE", help="The source's name, or the path of its file.")]


def register(program: typer.Typer) -> None:
    """Add the commands, all below `watch`."""
    app.command("init")(init)
    app.command("run")(run)
    app.command("audit")(audit)
    app.command("report")(report)
    program.add_typer(app, name="watch")


def init(
    url: Annotated[
        str, typer.Option("--url", help="The database's address: postgresql://…, mysql://… or sqlite:///….")
    ],
    name: Annotated[str, typer.Option("--name", help="A name for the source, such as siga.")],
    replication: Annotated[
        bool, typer.Option("--replication", help="Read PostgreSQL's own log instead of polling.")
    ] = False,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Read a database's structure and propose what to watch; what looks personal is sealed by digest."""
    with registry(folder) as house:
        made = source_watch.propose_plan(url, name, "replication" if replication else "polling")
        path = source_watch.keep_plan(house, name, made.text)
    personal = [{"table": table, "column": column, "why": why} for table, column, why in made.personal]
    if json:
        console.emit({"file": str(path), "personal": personal, "statements": made.statements})
        return 0
    console.tell("source-made", name=name, path=path, count=made.text.count("\n[table."))
    for each in personal:
        console.tell("source-personal", **{**each, "why": console.word(each["why"])})
    if made.statements:
        console.tell("source-statements")
        for statement in made.statements:
            console.show(statement)
    console.tell("source-check")
    return 0


def run(
    source: Source,
    webhook: Annotated[str, typer.Option("--webhook", help="Address that each finding is posted to.")] = "",
    webhook_key: Annotated[
        Path | None,
        typer.Option(
            "--webhook-key", help="File with the key that signs posts.", dir_okay=False, exists=True
        ),
    ] = None,
    count: Annotated[int, typer.Option("--rounds", help="End after so many rounds; 0: never.", min=0)] = 0,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Seal what appears and changes in a source until SIGTERM or SIGINT; tell each finding once."""
    key = webhook_key.read_bytes().strip() if webhook_key else None
    stop = Event()
    old = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}

    try:
        with registry(folder) as house, watching(house, source) as watch:
            watch.courier = courier = _courier(watch, webhook, key)
            try:
                source_watch.run(
                    watch, stop.is_set, lambda what, event: _tell(what, event, courier, json), count
                )
            finally:
                if courier is not None:
                    courier.close()
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
    console.tell("source-ended", source=source)
    return 0


def audit(source: Source, folder: Folder = Path(), json: Json = False) -> int:
    """Read every row of a source again and name what is not as it was sealed. Exit code 1 where there is something."""
    with (
        registry(folder) as house,
        watching(house, source) as watch,
        console.progress("comparing-source", len(watch.plan.tables)) as bar,
    ):
        found = watch.audit(lambda _: bar.step())
        for row, reason in watch.refused.items():
            console.tell("source-refused", row=row, reason=reason)
    return _report(found, json)


def report(
    source: Source,
    finding: Annotated[
        int | None, typer.Option("--finding", help="One finding, by its number in the report.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write that finding's evidence: .zip or signed .pdf."),
    ] = None,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """What is on record of a source, without reading it; with --finding and -o the evidence of one finding."""
    with registry(folder) as house:
        found = source_watch.on_record(house, source)
        wanted = -1 if finding is None and output is not None else finding
        if wanted is not None and not 0 <= wanted < len(found.findings):
            last = len(found.findings) - 1
            told = f"findings are numbered from 0 to {last}" if found.findings else "there is no finding"
            raise InputError(told, field="--finding")
        if output is not None and wanted is not None:
            body = row_bundle.bundle(house, found, wanted, output.suffix)
            output.write_bytes(body)
            console.tell("source-bundle", file=output)
            return 0
    return _report(found, json, finding)


def _courier(watch: SourceWatch, webhook: str, key: bytes | None) -> Courier | None:
    if not webhook:
        return None
    waiting = watch.waiting.get("--webhook", ())
    return Courier("--webhook", lambda body: post(webhook, body, key), _failed, waiting)


def _failed(name: str, error: Exception) -> None:
    console.tell("alert-failed", what=name, why=type(error).__name__)


def _tell(what: str, event: dict[str, Any], courier: Courier | None, json: bool) -> None:
    """One line of the log, and the alert."""
    if what != "found":
        console.tell(f"source-{what}", **event)
        return
    body = source_watch.body(event)
    if courier is not None:
        courier.put(body)
    if json:
        sys.stdout.write(body.decode() + "\n")
        sys.stdout.flush()
        return
    console.show(_line(event))


def _line(finding: dict[str, Any]) -> str:
    told = {name: finding[name] for name in ("table", "key", "column", "message")}
    told["column"] = console.word("whole-row") if told["column"] == "row" else told["column"]
    told["message"] = console.said(str(told["message"]))
    return console.say("source-found", cls=console.word(finding["class"]), **told)


def _report(found: RowReport, json: bool, only: int | None = None) -> int:
    """The findings, or one of them under its own number, and the count of all."""
    shown_ones = [(n, each) for n, each in enumerate(found.findings) if only is None or n == only]
    if json:
        console.emit({**found.to_dict(), "findings": [each.to_dict() for _, each in shown_ones]})
        return found.exit_code
    for number, finding in shown_ones:
        told = finding.to_dict()
        console.show(f"{number} {_line(told)}", style="bold red")
        if finding.sealed is not None or finding.present is not None:
            sealed, present = shown(told["sealed"], told["present"], console.language())
            console.show(console.say("source-values", sealed=sealed, present=present))
        before, after = ("—" if m is None else f"{m.block} ({m.time})" for m in finding.between)
        console.show(
            console.say("source-between", before=before, after=after, entry=finding.entry, seen=finding.seen)
        )
    _tell_counts(found)
    return found.exit_code


def _tell_counts(found: RowReport) -> None:
    for table, reason in found.unread.items():
        console.tell("source-unread", table=table, reason=reason)
    if found.counts:
        count = sum(found.counts.values())
        console.show(
            console.say("source-count", source=found.source, count=count, rows=found.rows), style="bold"
        )
    elif not found.versions:
        console.tell("source-nothing", source=found.source)
    elif not found.unread:
        figures = {"source": found.source, "rows": found.rows, "versions": found.versions}
        console.show(console.say("source-clean", **figures), style="green")
