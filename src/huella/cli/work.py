"""The commands that do what waits: worker, and tacit for one of its jobs alone."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import orjson
import typer

from huella.cli import console
from huella.cli.open import AnchorNow, Folder, Json, put_on_chain, registry
from huella.errors import HuellaError
from huella.flow import clock
from huella.flow.seal import Sealed
from huella.flow.worker import Worker, jobs

NAMES = tuple(job.name for job in jobs())


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("worker")(worker)
    app.command("tacit")(tacit)


def worker(
    every: Annotated[float, typer.Option("--every", help="Seconds between two rounds.", min=0)] = 5,
    rounds: Annotated[int, typer.Option("--rounds", help="End after so many rounds; 0: never.", min=0)] = 0,
    only: Annotated[
        list[str] | None,
        typer.Option("--job", help=f"This job alone; repeatable: {' | '.join(NAMES)}."),
    ] = None,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Do in the background what waits for nobody: closes at the deadline, acceptances by silence, erasures that were
    not finished, anchors, tokens whose collection rights moved.

    SIGTERM and SIGINT end it between two pieces of work. A job that fails is one line, stops no other job, and is tried
    again after two seconds, then later and later, at most a minute. With --json one line for each round that changed
    something, with every job's state.
    """
    unknown = sorted(set(only or ()) - set(NAMES))
    if unknown:
        raise typer.BadParameter(f"--job is one of {', '.join(NAMES)}")
    stop = Event()
    old = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with registry(folder) as house:
            chosen = [job for job in jobs() if only is None or job.name in only]
            return _loop(Worker(house, chosen, failed), stop, (every, rounds), json)
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def tacit(now: AnchorNow = True, folder: Folder = Path(), json: Json = False) -> int:
    """Seal the acceptances by silence that are due now, as the worker does.

    Exit code 1 where an order's moment cannot be computed; the others are sealed.
    """
    with registry(folder) as house:
        rows = [_row(number, outcome) for number, outcome in clock.tacit(house)]
        put_on_chain(house, now)
    if json:
        console.emit({"orders": rows})
    else:
        for row in rows:
            console.show(
                console.say("tacit-done" if row["accepted"] else "tacit-refused", **row),
                style=None if row["accepted"] else "bold red",
            )
        console.show(console.say("tacit", count=sum(row["accepted"] for row in rows)))
    return 0 if all(row["accepted"] for row in rows) else 1


def _loop(worker: Worker, stop: Event, pace: tuple[float, int], json: bool) -> int:
    every, rounds = pace
    before: list[dict[str, Any]] | None = None
    done = 0
    while not stop.is_set():
        worker.round(stop.is_set)
        done += 1
        now = worker.report()
        if json:
            if before is None or _facts(now) != _facts(before):
                sys.stdout.write(orjson.dumps({"round": done, "jobs": now}).decode() + "\n")
                sys.stdout.flush()
        else:
            _tell(before, now)
        before = now
        if done == rounds or stop.wait(every):
            break
    return worker.exit_code


def _facts(rows: list[dict[str, Any]]) -> list[Any]:
    """States without the seconds that pass by themselves."""
    return [
        {**row, "failing": [(each["item"], each["code"], each["times"]) for each in row["failing"]]}
        for row in rows
    ]


def _tell(before: list[dict[str, Any]] | None, now: list[dict[str, Any]]) -> None:
    """A line for each job that did something in this round."""
    earlier = {row["job"]: row["done"] for row in before or ()}
    for row in now:
        count = row["done"] - earlier.get(row["job"], 0)
        if count:
            console.show(console.say(f"job-{row['job']}", count=count))


def failed(job: str, item: str, error: Exception, again: float | None) -> None:
    """One line on standard error. Of what is no error of ours only the kind: its text may hold anything."""
    code = error.code if isinstance(error, HuellaError) else "internal"
    message = str(error).splitlines()[0] if isinstance(error, HuellaError) else type(error).__name__
    name = f"{job} {item}".strip()
    if again is None:
        console.tell("job-refused", name=name, message=message, code=code)
    else:
        console.tell("job-failed", name=name, message=message, code=code, seconds=round(again))


def _row(number: str, outcome: Sealed | HuellaError) -> dict[str, Any]:
    if isinstance(outcome, Sealed):
        return {"order": number, "accepted": True, "index": outcome.index, "leaf": outcome.leaf.hex()}
    return {"order": number, "accepted": False, "code": outcome.code, "reason": str(outcome)}
