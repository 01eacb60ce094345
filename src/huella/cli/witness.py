"""Commands of a witness: init, run, show. They need the verifier alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any

import typer

from huella.cli import console, source
from huella.errors import InputError
from huella.flow import witness as witnesses
from huella.flow.witness import Kept, Reply, Witness
from huella.flow.witness_server import Server
from huella.records.identifiers import moment

app = typer.Typer(no_args_is_help=True, help="Run a witness that cosigns the heads of logs.")

Place = Annotated[
    Path, typer.Option("--dir", envvar="HUELLA_WITNESS", help="Folder of the witness.", file_okay=False)
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
FOLDER = Path("witness")
_QUIET = (404, 405, 411, 413)


def register(program: typer.Typer) -> None:
    """Add the commands, all below `witness`."""
    app.command("init")(init)
    app.command("run")(run)
    app.command("show")(show)
    program.add_typer(app, name="witness")


def init(
    name: Annotated[str, typer.Option("--name", help="The witness's name, such as witness.example/w1.")] = "",
    log: Annotated[
        list[str] | None, typer.Option("--log", help="Verifier key of a log to witness; repeatable.")
    ] = None,
    trust_file: Annotated[
        list[Path] | None, typer.Option("--trust", help="Trust file of a log to witness; repeatable.")
    ] = None,
    folder: Place = FOLDER,
    json: Json = False,
) -> int:
    """Make a witness with a key of its own, or let the one in the folder know further logs."""
    logs = list(log or ())
    for path in trust_file or ():
        trusted = source.trusted(path, folder)
        logs += [key.text for key in trusted.log_keys] if trusted is not None else []
    if not name and not (folder / witnesses.CONFIG).exists():
        raise InputError("a new witness needs a name", field="--name")
    made = witnesses.init(folder, name, logs, os.urandom)
    found = witnesses.open_witness(folder, _now)
    if json:
        console.emit({"made": made, **_told(found)})
        return 0
    console.tell("witness-made", name=found.name, folder=folder)
    console.show(found.verifier_key)
    console.tell("witness-knows", count=len(found.logs))
    return 0


def run(
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; loopback if none.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port; 0: a free one.", min=0, max=65_535)] = 8_300,
    folder: Place = FOLDER,
) -> int:
    """Answer `POST /add-checkpoint` (C2SP tlog-witness) until SIGTERM or SIGINT. TLS is a proxy's work.

    `GET /` tells the verifier key, `GET /heads/SHA-256-OF-ORIGIN` the last head that was cosigned.
    """
    found = witnesses.open_witness(folder, _now)
    stop = Event()
    old = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with answering(host, port, found):
            stop.wait()
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
    console.tell("witness-ended")
    return 0


def show(
    origin: Annotated[str, typer.Option("--log", help="Print this log's last head as it was cosigned.")] = "",
    folder: Place = FOLDER,
    json: Json = False,
) -> int:
    """Its verifier key, the last head of each log, and forks that it was shown. Exit code 1 where there are forks."""
    found = witnesses.open_witness(folder, _now)
    kept = {each.origin: each for each in found.heads()}
    forks = [str(path) for path in found.forks()]
    if json:
        heads = [_row(each) for each in kept.values()]
        console.emit({**_told(found), "heads": heads, "forks": forks})
    elif origin:
        if origin not in kept:
            raise InputError(f"nothing of the log {origin} was cosigned", field="--log")
        console.show(kept[origin].note.removesuffix("\n"))
    else:
        console.show(found.verifier_key)
        for name in sorted({key.name for key in found.logs}):
            if name in kept:
                console.show(console.say("witness-log", **_row(kept[name])))
            else:
                console.show(console.say("witness-nothing", origin=name))
        for path in forks:
            console.show(console.say("witness-fork", path=path), style="bold red")
    return 1 if forks else 0


@contextmanager
def answering(host: str, port: int, found: Witness) -> Iterator[None]:
    """The witness answers at an address while the block runs. InputError where the address cannot be had."""
    try:
        server = Server(host, port, found, _said)
    except OSError as error:
        raise InputError(f"{host}:{port}: {error.strerror}", field="--port") from None
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
        thread.start()
        console.tell("witness-runs", name=found.name, host=host, port=server.server_port)
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def _said(reply: Reply) -> None:
    """One line for each answer about a log that is known; who asks is not told."""
    if reply.status not in _QUIET:
        console.tell("witness-said", status=reply.status, origin=reply.origin or "—", size=reply.size)


def _told(found: Witness) -> dict[str, Any]:
    logs = [key.text for key in found.logs]
    return {"name": found.name, "verifier_key": found.verifier_key, "logs": logs}


def _row(kept: Kept) -> dict[str, Any]:
    time = moment(datetime.fromtimestamp(kept.time, UTC))
    return {"origin": kept.origin, "size": kept.size, "time": time, "note": kept.note}


def _now() -> datetime:
    return datetime.now(UTC)
