"""Commands that make a register out of the chain: rebuild (a mirror), recover (the registry's own database)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from huella.cli import console, source
from huella.cli.open import Folder, Json, now, registry
from huella.cli.options import spread
from huella.cli.witness import answering
from huella.errors import LedgerUnreachable
from huella.flow import epoch, lodged, vouch
from huella.flow import recover as recovery
from huella.flow.epoch import Ended
from huella.flow.epoch_follow import origin_now
from huella.flow.fill import fill
from huella.flow.house import House
from huella.flow.make import init_mirror, prepare
from huella.flow.mirror import Plan
from huella.flow.rebuild import behind
from huella.flow.rebuild import rebuild as take_over
from huella.flow.sources import Sources, sources
from huella.flow.witness import open_witness
from huella.proof import trust
from huella.proof.checkpoint import parse_verifier_key
from huella.records.identifiers import chain_address


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("rebuild")(rebuild)
    app.command("recover")(recover)


@dataclass(frozen=True, slots=True)
class From:
    """What a mirror is made from."""

    rpc: Annotated[
        list[str] | None,
        typer.Option("--rpc", metavar="URL", help="A node of the network; repeatable: then all must agree."),
    ] = None
    chain: Annotated[
        Path | None,
        typer.Option("--chain", help="File of an embedded chain, in the place of nodes.", dir_okay=False),
    ] = None
    contract: Annotated[str, typer.Option(help="The registry contract's address.")] = ""
    trust_file: Annotated[
        Path | None,
        typer.Option("--trust", help="Trust file: log key, contract, validators.", dir_okay=False),
    ] = None
    log_key: Annotated[str, typer.Option(help="The log's verifier key, where there is no trust file.")] = ""
    records: Annotated[
        list[Path] | None,
        typer.Option(
            "--records", help="Records that the chain holds as digests only: files or a registry's folder."
        ),
    ] = None
    consensus: Annotated[str, typer.Option(help="qbft | ibft2 | none")] = "qbft"
    since: Annotated[int, typer.Option(help="A block before the contract's first event.", min=0)] = 0
    database: Annotated[str, typer.Option(help="sqlite:///FILE or postgresql+psycopg://…")] = ""

    def plan(self) -> Plan:
        """The same as a plan. BadParameter where it names nodes and a file."""
        if self.rpc and self.chain:
            raise typer.BadParameter(
                "--rpc names nodes, --chain the file of an embedded chain: give one of them"
            )
        return Plan(
            tuple(self.rpc or ()), self.chain, self.contract,
            trust.parse(source.read(self.trust_file)) if self.trust_file else None,
            parse_verifier_key(self.log_key) if self.log_key else None, self.consensus, self.since, self.database,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Following:
    """How a mirror goes on, and for whom it vouches."""

    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes onto the chain.")] = False
    every: Annotated[float, typer.Option(help="Seconds between two looks at the chain.", min=0)] = 2
    rounds: Annotated[int, typer.Option(help="End after so many looks; 0: never.", min=0)] = 0
    witness: Annotated[
        Path | None,
        typer.Option(
            "--witness", help="Folder of a witness that cosigns what this mirror verified.", file_okay=False
        ),
    ] = None
    port: Annotated[
        int, typer.Option(help="Port on loopback at which the log asks that witness.", min=0, max=65_535)
    ] = 8_300


@spread
def rebuild(given: From, on: Following, folder: Folder = Path(), json: Json = False) -> int:
    """Restore the public register from a node, checked record by record, as a mirror without keys; go on with one."""
    plan = given.plan()
    if on.witness is not None and not on.follow:
        raise typer.BadParameter("--witness cosigns while it follows: give --follow with it")
    if plan.contract:
        chain_address(plan.contract, "contract")
    made = init_mirror(folder, plan, now, os.urandom)
    with registry(folder, () if made else plan.nodes) as house, sources(given.records or ()) as beside:
        if fill(house):
            console.tell("filled")
        _tell_unknown(house)
        with _signals() as stop, _cosigning(house, on):
            taken = _go_on(house, beside, (stop, on), json)
        size, root, _ = house.journal.head()
        left = behind(house) if not on.follow else 0
    if json:
        console.emit(
            {"folder": str(folder), "size": size, "root": root.hex(), "taken": taken, "behind": left}
        )
    else:
        console.show(console.say("rebuilt", size=size, root=root.hex(), taken=taken))
    return 3 if left else 0


def recover(  # noqa: PLR0913 - one parameter an option
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]…",
            help="Receipts, evidence files, entry bundles, or folders: of files, of a mirror, of an old copy.",
        ),
    ] = None,
    nothing_behind: Annotated[
        bool,
        typer.Option(
            "--nothing-behind",
            help="The signer's folder is gone too, and I say that nothing was sealed behind what is found.",
        ),
    ] = False,
    end_epoch: Annotated[
        bool,
        typer.Option(
            "--end-epoch",
            help="Go on without what is missing: the log's epoch ends, another origin and key begin the next one.",
        ),
    ] = False,
    origin: Annotated[
        str, typer.Option("--origin", help="The next epoch's origin; the first one's and a number if none.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it ends; kept sealed on the record.")] = "",
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Bring back this registry's lost database from its chain and from what is given; until then nothing is sealed.

    With --end-epoch what nobody has any more is given up, for good and for all to see (docs/guide/recovery.md).
    """
    if (origin or reason) and not end_epoch:
        raise typer.BadParameter("--origin and --reason go with --end-epoch")
    with recovery.alone(folder), _prepared(folder) as house, sources(files or ()) as given:
        house.check_owner()
        with console.progress("rebuilding", behind(house)) as bar:
            for batch in recovery.take_back(house, given):
                bar.step(batch.size - batch.first)
        if end_epoch:
            return _ended(epoch.end_epoch(house, given, epoch.Wish(origin, reason, nothing_behind)), json)
        tail = recovery.finish(house, given, nothing_behind=nothing_behind)
        anchored = house.anchors.anchored()
    if json:
        console.emit({"size": tail.size, "anchored": anchored, "recovered": tail.recovered})
    else:
        console.show(console.say("recovered-all", size=tail.size, tail=tail.recovered))
    return 0


@contextmanager
def _prepared(folder: Path) -> Iterator[House]:
    prepare(folder, os.urandom)
    with registry(folder) as house:
        yield house


def _ended(done: Ended, json: bool) -> int:
    fact = done.fact
    if json:
        lost = {"first": fact.lost.first, "size": fact.lost.size}
        told = {"entry": done.entry, "kept": fact.kept, "lost": lost, "date": fact.date}
        told |= {"saved": [each.entry for each in fact.saved], "origin": done.house.trust.origin}
        console.emit({**told, "log_key": fact.successor, "size": done.house.journal.size()})
        return 0
    places = {"first": fact.lost.first, "last": fact.lost.size - 1, "entry": done.entry}
    console.show(console.say("epoch-ended", kept=fact.kept, **places))
    if fact.saved:
        console.show(console.say("epoch-saved", count=len(fact.saved)))
    console.show(console.say("epoch-begun", key=fact.successor))
    return 0


def _go_on(house: House, given: Sources, until: tuple[Event, Following], json: bool) -> int:
    """Looks at the chain until it is stopped, or one where it does not follow; how many entries came."""
    stop, on = until
    taken, looks, origin = 0, 0, house.trust.origin
    while True:
        taken += _round(house, given, (stop, on.follow), json)
        if (present := origin_now(house)) != origin:
            console.tell("epoch-followed", ended=origin, origin=present)
            origin = present
        looks += 1
        if not on.follow or looks == on.rounds or stop.wait(on.every):
            return taken


def _round(house: House, given: Sources, until: tuple[Event, bool], json: bool) -> int:
    """Everything that the chain has and we have not; how many entries it was. While following, a node that does not
    answer is waited for."""
    taken = 0
    stop, follow = until
    try:
        with console.progress("rebuilding", behind(house)) as bar:
            for batch in take_over(house, given):
                taken += batch.size - batch.first
                bar.step(batch.size - batch.first)
                if not json:
                    console.tell(
                        "taken-over", first=batch.first, last=batch.size - 1, block=batch.block_number
                    )
                if stop.is_set():
                    break
        for _ in () if stop.is_set() else lodged.catch_up(house):
            if stop.is_set():
                break
    except LedgerUnreachable as error:
        if not follow:
            raise
        console.tell("mirror-waits", message=console.said(str(error)))
    return taken


@contextmanager
def _cosigning(house: House, on: Following) -> Iterator[None]:
    """The witness that is named answers while the block runs, for heads that this mirror verified alone."""
    if on.witness is None:
        yield
        return
    with answering("127.0.0.1", on.port, vouch.witness(house, open_witness(on.witness, now))):
        yield


def _tell_unknown(house: House) -> None:
    if not house.trust.log_keys:
        console.tell("mirror-key-unknown")
    if not house.trust.validators and house.trust.consensus != "none":
        console.tell("mirror-seals-unknown")


@contextmanager
def _signals() -> Iterator[Event]:
    """An event that SIGINT and SIGTERM set: the batch under way is always finished."""
    stop = Event()
    old = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
