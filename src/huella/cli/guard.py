"""The command that looks for changes: audit."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from huella.cli import console
from huella.cli.open import Folder, Json, registry
from huella.errors import InputError
from huella.flow.audit import audit as run_audit
from huella.flow.audit import size_of
from huella.flow.courier import Courier, post, run_hook
from huella.flow.findings import QUIET, Report
from huella.flow.round import SLICE
from huella.flow.watch import FILE as WATCH_FILE
from huella.flow.watch import Event as WatchEvent
from huella.flow.watch import Watch


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit)


def audit(  # noqa: PLR0913 - each is an option
    since: Annotated[int, typer.Option("--since", help="Leave out what comes before this entry.", min=0)] = 0,
    watch: Annotated[
        bool, typer.Option("--watch", help="Audit in rounds and tell each finding once.")
    ] = False,
    every: Annotated[float, typer.Option("--every", help="Seconds between two rounds.", min=0)] = 60,
    most: Annotated[
        int,
        typer.Option("--slice", help="Entries that each round looks at anew, beside what is new.", min=10),
    ] = SLICE,
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
    state: Annotated[
        Path | None,
        typer.Option("--state", help="File in which the watch goes on; FOLDER/watch.json.", dir_okay=False),
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
            patrol = Watch(house, state or house.settings.folder / WATCH_FILE, most)
            return _watch(patrol, (every, count), _couriers(patrol, (hook, webhook, key)), json)
    with registry(folder, rpc or ()) as house, console.progress("auditing", size_of(house)) as bar:
        report = run_audit(house, since, bar.step)
    if report.exit_code != 1 and since > report.entries:
        raise InputError(f"the log has {report.entries} entries: nothing was compared", field="--since")
    if json:
        console.emit(report.to_dict())
    else:
        tell(report)
    return report.exit_code


def _watch(watch: Watch, pace: tuple[float, int], couriers: list[Courier], json: bool) -> int:
    """Rounds until a signal comes or there were enough; the one that runs is always finished."""
    every, count = pace
    stop, done, code = Event(), 0, 0
    old = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not stop.is_set():
            for event in watch.round():
                _tell_event(event, json)
                for courier in couriers:
                    courier.put(event.body())
            done += 1
            code = 1 if code == 1 else watch.exit_code
            _save(watch, couriers)
            if done == count or stop.wait(every):
                break
    finally:
        for courier in couriers:
            courier.close()
        _save(watch, couriers)
        for number, handler in old.items():
            signal.signal(number, handler)
    return code


def _couriers(watch: Watch, to: tuple[str, str, bytes | None]) -> list[Courier]:
    """Those that were asked for; they begin with what an earlier run could not deliver."""
    hook, webhook, key = to
    made: dict[str, Callable[[bytes], None]] = {}
    if hook:
        made["--hook"] = lambda body: run_hook(hook, body)
    if webhook:
        made["--webhook"] = lambda body: post(webhook, body, key)
    return [Courier(name, send, _failed, watch.waiting.get(name, ())) for name, send in made.items()]


def _save(watch: Watch, couriers: list[Courier]) -> None:
    try:
        watch.save({courier.name: courier.waiting for courier in couriers})
    except OSError as error:  # the rounds go on; after a stop they would begin where the file says
        console.tell("watch-unsaved", why=type(error).__name__)


def _failed(name: str, error: Exception) -> None:
    console.tell("alert-failed", what=name, why=type(error).__name__)


def _tell_event(event: WatchEvent, json: bool) -> None:
    """One line of the log."""
    if json:
        sys.stdout.write(event.body().decode() + "\n")
        sys.stdout.flush()
        return
    finding = event.finding
    line = console.say(
        f"watch-{event.event}", cls=console.word(finding.cls), table=finding.table, row=finding.row,
        column=finding.column, message=finding.message,
    )  # fmt: skip
    console.show(line)


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
