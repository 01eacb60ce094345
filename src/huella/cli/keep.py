"""Commands that write: init, import, seal, anchor, refused."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from huella.cli import console, source
from huella.cli.open import Folder, Json, now, registry
from huella.errors import InputError, LedgerUnreachable
from huella.flow import drift, make, stamped
from huella.flow.anchor import anchor as anchor_all
from huella.flow.bring import Brought, bring, check_files, refused_rows
from huella.flow.fill import fill

Papers = Annotated[
    list[Path] | None,
    typer.Option(
        "--paper", help="A PDF that `huella stamp` stamped for an order of these files; repeatable."
    ),
]
Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files to read.")]
_AGAIN = 5.0
"""Seconds between two attempts to reach the chain."""
FORMS = ("auto", "perucompras", "portal", "ocds", "jsonl")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(init)
    app.command("import")(import_)
    app.command("seal")(seal)
    app.command("anchor")(anchor)
    app.command("refused")(refused)


def init(  # noqa: PLR0913 - one parameter an option
    folder: Folder = Path(),
    origin: Annotated[str, typer.Option(help="Origin line of the log, such as example.pe/huella.")] = "",
    operator: Annotated[str, typer.Option(help="Who keeps the register, in every record.")] = "",
    address: Annotated[str, typer.Option(help="Public address of the portal; QR codes lead there.")] = "",
    database: Annotated[str, typer.Option(help="sqlite:///FILE or postgresql+psycopg://…")] = "",
    node: Annotated[
        list[str] | None,
        typer.Option("--node", metavar="URL", help="A node of the network that is the chain; repeatable."),
    ] = None,
    contract: Annotated[
        str, typer.Option(help="Address of a registry contract that is there already; else one is deployed.")
    ] = "",
    agree: Annotated[int, typer.Option(help="So many of the nodes must say the same.", min=1)] = 2,
    consensus: Annotated[str, typer.Option(help="qbft | ibft2 | none")] = "qbft",
    json: Json = False,
) -> int:
    """Make a registry in a folder: settings, database, keys, ledger, contract, trust.json. Twice changes nothing."""
    given: dict[str, str | int] = {
        "registry.origin": origin, "registry.operator": operator, "registry.address": address, "database.url": database
    }  # fmt: skip
    if node:
        given |= {
            "ledger.nodes": ",".join(node), "ledger.agree": min(agree, len(node)), "ledger.contract": contract,
            "ledger.consensus": consensus,
        }  # fmt: skip
    elif contract:
        raise typer.BadParameter("--contract is on a network: name its nodes with --node")
    made = make.init(folder, {name: value for name, value in given.items() if value}, now, os.urandom)
    with registry(folder) as house:
        filled = fill(house)
        key = house.signer.verifier_key
    if json:
        console.emit({"folder": str(folder), "made": made, "filled": filled, "log_key": key})
        return 0
    for name in made:
        console.tell("made", name=name)
    if filled:
        console.tell("filled")
    if not made and not filled:
        console.tell("unchanged", folder=folder)
    console.show(console.say("ready", folder=folder, key=key))
    return 0


def import_(
    files: Files,
    form: Annotated[str, typer.Option("--format", help=" | ".join(FORMS))] = "auto",
    paper: Papers = None,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Read orders of foreign forms and seal them. Refused rows go to a file beside the input; the others are sealed."""
    return _bring(files, form, paper, folder, json)


def seal(files: Files, paper: Papers = None, folder: Folder = Path(), json: Json = False) -> int:
    """Seal records in our own input form, one JSON object a line, all kinds.

    With --paper an order's file on record is the PDF that was stamped for it, as it is.
    """
    return _bring(files, "jsonl", paper, folder, json)


def anchor(
    wait: Annotated[
        bool, typer.Option("--wait", help="Go on until everything is final, however long the nodes are away.")
    ] = False,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Put everything sealed on the chain, batch by batch."""
    done = []
    with registry(folder) as house:
        waiting = house.journal.size() - house.anchors.anchored()
        with console.progress("anchoring", waiting) as bar:
            for batch in anchor_all(house, _again if wait else None):
                if batch.state != "final":
                    console.tell("recalled", first=batch.first, last=batch.size - 1)
                    continue
                bar.step(batch.size - batch.first)
                done.append(batch)
                if not json:
                    console.tell(
                        "batch", first=batch.first, last=batch.size - 1, block=batch.block_number,
                        transaction=batch.transaction,
                    )  # fmt: skip
        size = house.anchors.anchored()
        drifted = drift.of_newest(house)
    if drifted is not None:
        console.tell("alarm", message=str(drifted), code=drifted.code)
    if json:
        rows = [
            {
                "first": b.first,
                "size": b.size,
                "root": b.root.hex(),
                "transaction": b.transaction,
                "block": b.block_number,
            }
            for b in done
        ]
        console.emit({"anchored": size, "waited": wait, "batches": rows})
    else:
        console.show(console.say("anchored", size=size))
    return 0


def _again(error: LedgerUnreachable) -> None:
    console.tell("waiting", message=error)
    time.sleep(_AGAIN)


def refused(
    file: Annotated[Path, typer.Argument(help="A .refused.jsonl file.")], folder: Folder = Path()
) -> int:
    """Show the rows of a file of refused rows, opened with the vault's key."""
    with registry(folder) as house:
        console.emit({"rows": list(refused_rows(house, file))})
    return 0


def _bring(files: list[Path], form: str, papers: list[Path] | None, folder: Path, json: bool) -> int:
    given = stamped.numbered([(path.name, source.read(path)) for path in papers or ()])
    bodies = {number: body for number, (_, body) in given.items()}
    if form not in FORMS:
        raise typer.BadParameter(f"--format is one of {', '.join(FORMS)}")
    check_files(files)
    results: list[Brought] = []
    told: list[dict[str, Any]] = []
    with registry(folder) as house:
        for path in files:
            try:
                with console.progress("sealing", None) as bar:
                    brought = bring(house, path, form, bar.step, bodies)
            except InputError as error:
                if len(files) == 1:
                    raise
                console.complain(error, json=False)  # one file that cannot be read does not stop the others
                told.append({"file": path.name, "error": console.problem(error)})
                continue
            results.append(brought)
            told.append(asdict(brought))
            if not json:
                _tell(brought)
    if json:
        console.emit({"files": told})
    idle = stamped.left_over(given, {number for brought in results for number in brought.taken})
    for name in idle:
        console.tell("paper-idle", name=name)
    if len(results) < len(files):
        return 2
    return 1 if idle or any(brought.refused for brought in results) else 0


def _tell(brought: Brought) -> None:
    console.show(
        console.say(
            "imported", file=brought.file, form=brought.form, read=brought.read, sealed=brought.sealed,
            known=brought.known, refused=brought.refused,
        )
    )  # fmt: skip
    for key, rows, count in (
        ("refused-row", brought.refusals, brought.refused), ("warned-row", brought.warnings, brought.warned),
    ):  # fmt: skip
        for row in rows:
            console.tell(key if row["field"] else f"{key}-whole", **row)
        if count > len(rows):
            console.tell("more", count=count - len(rows))
    if brought.refused_file:
        console.tell("refused-file", path=brought.refused_file)
