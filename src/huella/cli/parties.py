"""Commands on parties at the registry: keys on record (key), and whom an order's money goes to (assign)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from huella.cli import console
from huella.cli.offers import json_object, load_key
from huella.cli.open import AnchorNow, Folder, Json, put_on_chain, registry
from huella.errors import InputError
from huella.flow import keys
from huella.flow.assign import follow
from huella.flow.seal import Sealed, seal
from huella.records import actors
from huella.records.disclosure import unb64
from huella.records.draft import Draft
from huella.records.identifiers import moment

Public = Annotated[str, typer.Argument(metavar="KEY", help="The public key, as `party-key` prints it.")]
Whose = Annotated[
    Path | None,
    typer.Option("--party", help="Whose key: ruc, name as JSON, told as in orders; see `seal`."),
]
Operator = Annotated[
    str,
    typer.Option("--operator", metavar="NAME", help="Instead of a party: a person of the registry, by role."),
]
ALGORITHMS = {32: "ed25519", 65: "es256"}
"""By a public key's bytes."""

key_commands = typer.Typer(no_args_is_help=True, help="Keys of parties and operators on record.")


def register(app: typer.Typer) -> None:
    """Add the commands; those below `key` stand in `key_commands`."""
    app.add_typer(key_commands, name="key")
    app.command("assign")(assign)


@key_commands.command("authorise")
def authorise(
    key: Public, party: Whose = None, operator: Operator = "", folder: Folder = Path(), json: Json = False
) -> int:
    """Tie a public key to a party: from then on nobody states that party's acts without it."""
    with registry(folder) as house:
        sealed = keys.authorise(house, _party(party, operator), key, algorithm(key))
    return _done("key-authorised", key, sealed, json)


@key_commands.command("revoke")
def revoke(
    key: Public, party: Whose = None, operator: Operator = "", folder: Folder = Path(), json: Json = False
) -> int:
    """Take a key from its party: what it signed stays, what it signs from now on is refused."""
    with registry(folder) as house:
        sealed = keys.revoke(house, _party(party, operator), key, algorithm(key))
    return _done("key-revoked", key, sealed, json)


@key_commands.command("rotate")
def rotate(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The public key that goes.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The public key that comes.")],
    party: Whose = None,
    operator: Operator = "",
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Put a new key in the place of an old one, at once: the party is never without a key."""
    with registry(folder) as house:
        came, went = keys.rotate(house, _party(party, operator), old, (new, algorithm(new)))
    if json:
        console.emit({"key": new, "index": came.index, "revoked": old, "revoked_index": went.index})
    else:
        console.show(console.say("key-authorised", key=new, index=came.index))
        console.show(console.say("key-revoked", key=old, index=went.index))
    return 0


@key_commands.command("show")
def show(key: Public, folder: Folder = Path(), json: Json = False) -> int:
    """What is public of a key: whose it is (a person's is not told), and which entries authorised and revoked it."""
    with registry(folder) as house:
        found = keys.known(house, key)
    if json:
        console.emit(found)
        return 0
    holder = found["holder"] or console.say("key-of-person")
    console.show(console.say("key-shown", key=key, alg=found["alg"], holder=holder, index=found["entry"]))
    if found["revoked"] is not None:
        console.show(console.say("key-revoked", key=key, index=found["revoked"]), style="bold red")
    return 0


def assign(  # noqa: PLR0913 - one parameter an option
    order: Annotated[str, typer.Argument(metavar="ORDER", help="An order's number, OCAM-….")],
    to: Annotated[Path, typer.Option("--to", help="Who is to be paid: ruc, name as JSON.")],
    account: Annotated[
        str,
        typer.Option(
            "--account", metavar="0x…", help="The assignee's account: the order's token moves there."
        ),
    ] = "",
    key: Annotated[
        Path | None,
        typer.Option("--key", help="The supplier's private key (PEM), where it has one on record."),
    ] = None,
    now: AnchorNow = True,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Assign the right to an order's payment to somebody else. Once it is anchored the order's token follows."""
    with registry(folder) as house:
        data: dict[str, Any] = {"assignee": json_object(to, "--to"), "effective_at": moment(house.now())}
        draft = Draft(
            kind="rights.assigned", subject=order, data=data | ({"account": account} if account else {})
        )
        (outcome,) = seal(house, [keys.sign(house, draft, load_key(key)) if key else draft])
        if not isinstance(outcome, Sealed):
            raise outcome
        put_on_chain(house, now)
        moved = follow(house, outcome.index)
    told = {"order": order, "index": outcome.index, "leaf": outcome.leaf.hex()}
    if json:
        console.emit({**told, "account": account or None, "moved": moved})
        return 0
    console.show(console.say("assigned", **told), style="bold")
    if account:
        console.show(console.say("token-moved" if moved else "token-waits", account=account))
    return 0


def algorithm(key: str) -> str:
    """The algorithm that a public key (base64url) is of, by its size. InputError where it is none."""
    try:
        return ALGORITHMS[len(unb64(key))]
    except (ValueError, KeyError):
        raise InputError(
            "this is no public key", field="KEY", advice="`huella party-key` prints the public half."
        ) from None


def _party(party: Path | None, operator: str) -> dict[str, Any]:
    if (party is None) == (not operator):
        raise typer.BadParameter("whose the key is: --party FILE or --operator NAME")
    return {"identifier": actors.OPERATOR + operator} if party is None else json_object(party, "--party")


def _done(key: str, public: str, sealed: Sealed, json: bool) -> int:
    if json:
        console.emit({"key": public, "index": sealed.index, "leaf": sealed.leaf.hex()})
    else:
        console.show(console.say(key, key=public, index=sealed.index))
    return 0
