"""Commands of the registry's side of the chain: ledger status, registrars, grant, revoke, rotate, succeed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from huella.cli import console
from huella.cli.open import Folder, Json, registry
from huella.flow import registrars, succession
from huella.flow.seal import Sealed

ledger = typer.Typer(no_args_is_help=True, help="Who may anchor, and what to do when a key is stolen.")

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="0x and 40 hex digits.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept sealed in the record.")]


def register(app: typer.Typer) -> None:
    """Add the commands, all below `ledger`."""
    for name, command in (
        ("status", status),
        ("registrars", listed),
        ("grant", grant),
        ("revoke", revoke),
        ("rotate", rotate),
        ("succeed", succeed),
    ):
        ledger.command(name)(command)
    app.add_typer(ledger, name="ledger")


def status(folder: Folder = Path(), json: Json = False) -> int:
    """Show the contract, up to which entry the chain holds this registry's batches, and the first one that is foreign.

    Exit code 1 where there is a foreign one.
    """
    with registry(folder) as house:
        found = succession.standing(house)
        contract = house.ledger.contract
        before = [("0x" + held.contract.hex(), held.until) for held in house.trust.predecessors]
    foreign = found.foreign and {"transaction": found.foreign.transaction, "first": found.foreign.first}
    if json:
        told = {"contract": contract, "size": found.size, "good": found.good, "foreign": foreign}
        console.emit({**told, "predecessors": [{"contract": one, "until": until} for one, until in before]})
        return 1 if foreign else 0
    for one, until in before:
        console.show(console.say("ledger-before", contract=one, until=until))
    console.show(console.say("ledger-status", contract=contract, size=found.size, good=found.good))
    if found.foreign is not None:
        named = console.say(
            "ledger-foreign", first=found.foreign.first, transaction=found.foreign.transaction
        )
        console.show(named, style="bold red")
        return 1
    return 0


def listed(folder: Folder = Path(), json: Json = False) -> int:
    """List the registrars on record, and whether the contract takes their batches.

    Exit code 1 where record and contract contradict each other.
    """
    with registry(folder) as house:
        rows = registrars.listed(house)
    wrong = [row for row in rows if row.recorded is not None and _granted(row) != row.active]
    if json:
        console.emit({"registrars": [row._asdict() for row in rows]})
        return 1 if wrong else 0
    for row in rows:
        key = "registrar-active" if row.active else "registrar-inactive"
        own = console.say("registrar-own") if row.own else ""
        console.show(
            console.say(key, account=row.account, own=own), style="bold red" if row in wrong else None
        )
    return 1 if wrong else 0


def grant(account: Account, reason: Reason = "", folder: Folder = Path(), json: Json = False) -> int:
    """Let a further account anchor for the registry: on the contract, with the administrator's key, and on record."""
    with registry(folder) as house:
        sealed = registrars.grant(house, account, reason)
    return _done("registrar-granted", account, sealed, json)


def revoke(account: Account, reason: Reason = "", folder: Folder = Path(), json: Json = False) -> int:
    """Take from an account that it anchors for the registry; what it anchored stays. Its own key: `rotate`."""
    with registry(folder) as house:
        sealed = registrars.revoke(house, account, reason)
    return _done("registrar-revoked", account, sealed, json)


def rotate(reason: Reason = "", folder: Folder = Path(), json: Json = False) -> int:
    """Give the registry a new registrar's key and revoke the old one, which stays beside it under its account's name.

    Start again what still runs with the old key: the contract refuses it.
    """
    with registry(folder) as house:
        old, new = registrars.rotate(house, reason)
    if json:
        console.emit({"old": old, "new": new})
    else:
        console.show(console.say("registrar-rotated" if old else "registrar-replaced", old=old, new=new))
    return 0


def succeed(
    reason: Reason = "",
    planned: Annotated[
        bool, typer.Option("--planned", help="Also where the chain holds nothing foreign.")
    ] = False,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Deploy a successor at the last good size under a new registrar's key, and write it into trust.json.

    For a foreign batch: docs/guide/stolen-key.md. Stop what runs first, hand the new trust.json out afterwards.
    """
    with registry(folder) as house:
        done = succession.succeed(house, reason, planned=planned)
    if json:
        untaken = [{"account": account, "reason": why} for account, why in done.untaken]
        told: dict[str, Any] = {**done._asdict(), "untaken": untaken}
        console.emit(told)
        return 0
    for account, why in done.untaken:
        console.tell("succession-untaken", account=account, reason=why)
    console.show(
        console.say("succession-done", **{k: v for k, v in done._asdict().items() if k != "untaken"})
    )
    return 0


def _granted(row: registrars.Known) -> bool:
    return row.recorded == registrars.GRANTED


def _done(key: str, account: str, sealed: Sealed | None, json: bool) -> int:
    if json:
        console.emit({"account": account, "index": None if sealed is None else sealed.index})
    elif sealed is None:
        console.show(console.say("registrar-unchanged", account=account))
    else:
        console.show(console.say(key, account=account, index=sealed.index))
    return 0
