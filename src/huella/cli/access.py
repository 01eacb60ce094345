"""The commands for who may do what over HTTP: access."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from huella.cli import console
from huella.cli.open import Folder, Json, registry
from huella.errors import InputError
from huella.flow import access as keys
from huella.flow import people, provider

access = typer.Typer(no_args_is_help=True, help="API keys and people of `huella serve`.")
Scopes = Annotated[list[str], typer.Option("--scope", help=f"One of {', '.join(keys.SCOPES)}; repeatable.")]
Ruc = Annotated[str, typer.Option("--ruc", help="The party (RUC) that it speaks for.")]
KeyId = Annotated[str, typer.Argument(metavar="KEY", help="The key's id.")]
Login = Annotated[str, typer.Argument(metavar="LOGIN", help="The person's login.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="File with the password; asked for on the terminal without it."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(access, name="access")


@access.command("key")
def key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    scopes: Scopes,
    ruc: Ruc = "",
    days: Annotated[
        int, typer.Option("--days", help="Days until it ends; 0: never.", min=0, max=keys.DAYS)
    ] = 0,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Make an API key. It is shown once and kept nowhere. It is the host's until `huella access owner` gives it to
    somebody: where something takes two persons, all keys of one owner are one person."""
    with registry(folder) as house:
        house.check_owner()
        made = keys.make_key(house, name, scopes, ruc or None, days or None)
    return _shown(made, json)


@access.command("owner")
def owner(key: KeyId, login: Login, folder: Folder = Path(), json: Json = False) -> int:
    """Say whose an API key is: who has it, and answers for what is done with it."""
    with registry(folder) as house:
        keys.give(house, key, people.person_of(house, login)["id"])
    return _done("key-given", login, json)


@access.command("rotate")
def rotate(
    key: KeyId,
    hours: Annotated[
        int, typer.Option("--hours", help="Hours that the old key goes on.", min=0, max=keys.HOURS)
    ] = 0,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Make a new key with the rights of an old one, which ends now or after some hours."""
    with registry(folder) as house:
        made = keys.rotate_key(house, key, hours)
    return _shown(made, json)


@access.command("revoke")
def revoke(key: KeyId, folder: Folder = Path(), json: Json = False) -> int:
    """End an API key now."""
    with registry(folder) as house:
        keys.revoke_key(house, key)
    return _done("key-ended", key, json)


@access.command("person")
def person(
    login: Login,
    scopes: Scopes,
    ruc: Ruc = "",
    password: PasswordFile = None,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Make a person, who sets up the second factor when signing in for the first time."""
    with registry(folder) as house:
        house.check_owner()
        people.make_person(house, login, _password(password), scopes, ruc or None)
    return _done("person-made", login, json)


@access.command("password")
def password_(
    login: Login, password: PasswordFile = None, folder: Folder = Path(), json: Json = False
) -> int:
    """Set a person's password; every session ends."""
    with registry(folder) as house:
        people.set_password(house, login, _password(password))
    return _done("password-set", login, json)


@access.command("subject")
def subject(
    login: Login,
    name: Annotated[
        str, typer.Argument(metavar="[SUBJECT]", help="What the identity provider calls the person (`sub`).")
    ] = "",
    remove: Annotated[
        bool, typer.Option("--remove", help="Tie the person to no subject; sessions end.")
    ] = False,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Say who a person is at the identity provider (`oidc.issuer`): who signs in there as that is that person here."""
    if bool(name) == remove:
        raise InputError("give a subject or --remove", field="SUBJECT")
    with registry(folder) as house:
        house.check_owner()
        people.link_subject(house, login, None if remove else provider.subject_of(house, name))
    return _done("person-untied" if remove else "person-tied", login, json)


@access.command("disable")
def disable(login: Login, folder: Folder = Path(), json: Json = False) -> int:
    """End a person's rights and sessions now."""
    with registry(folder) as house:
        people.disable(house, login)
    return _done("person-ended", login, json)


@access.command("list")
def list_(folder: Folder = Path(), json: Json = False) -> int:
    """Every key and person, with scopes and dates; no secret can be read again."""
    with registry(folder) as house:
        found: dict[str, list[dict[str, Any]]] = {
            "keys": keys.list_keys(house),
            "people": people.list_people(house),
        }
    if json:
        console.emit(found)
        return 0
    for row in found["keys"]:
        ended = row["revoked_at"] or row["expires_at"] or ""
        console.show(f"{row['id']}  {row['name']}  {' '.join(row['scopes'])}  {row['ruc'] or ''}  {ended}")
    for row in found["people"]:
        console.show(
            f"{row['login']}  {' '.join(row['scopes'])}  {row['ruc'] or ''}  {row['disabled_at'] or ''}"
        )
    return 0


def _shown(made: keys.Made, json: bool) -> int:
    if json:
        console.emit({"id": made.id, "key": made.text})
    else:
        console.show(made.text)
        console.tell("key-once", id=made.id)
    return 0


def _done(word: str, name: str, json: bool) -> int:
    if json:
        console.emit({"done": word, "of": name})
    else:
        console.show(console.say(word, name=name))
    return 0


def _password(path: Path | None) -> str:
    """Out of a file, its last line break left out, or typed twice."""
    if path is None:
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=True))
    try:
        return path.read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path.name} cannot be read", field="--password-file") from None
