"""Commands that erase what is sealed, on request and by two persons: erase list, request, approve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huella.cli import console
from huella.cli.offers import load_key
from huella.cli.open import Folder, Json, registry
from huella.flow import erase

Mine = Annotated[Path, typer.Option("--key", help="Your own private key (PEM), on record as an operator's.")]

erasures = typer.Typer(
    no_args_is_help=True, help="Erase a sealed field: one operator asks, another approves."
)


def register(app: typer.Typer) -> None:
    """Add the commands below `erase`."""
    app.add_typer(erasures, name="erase")


@erasures.command("request")
def request(
    index: Annotated[int, typer.Argument(metavar="INDEX", help="The entry, as `show` tells it.", min=0)],
    pointer: Annotated[
        str, typer.Argument(metavar="POINTER", help="The sealed field, such as /supplier/contact/email.")
    ],
    key: Mine,
    reason: Annotated[str, typer.Option("--reason", help="Why; sealed, it may name people.")],
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Ask that a sealed field of an entry be erased, signed. Nothing is erased before another operator approves."""
    with registry(folder) as house:
        sealed = erase.request(house, load_key(key), index, pointer, reason)
    if json:
        console.emit({"request": sealed.index, "index": index, "pointer": pointer})
    else:
        console.show(console.say("erasure-asked", request=sealed.index, index=index, pointer=pointer))
    return 0


@erasures.command("approve")
def approve(
    asked: Annotated[int, typer.Argument(metavar="REQUEST", help="The request's entry.", min=0)],
    key: Mine,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Approve what another operator asked for: it goes on record, then the field is destroyed for good.

    Refused for who asked, while a procedure is open or may be disputed, and for what an award was decided on.
    """
    with registry(folder) as house:
        sealed = erase.confirm(house, load_key(key), asked)
    if json:
        console.emit({"request": asked, "index": None if sealed is None else sealed.index, "erased": True})
    elif sealed is None:
        console.show(console.say("erased-again", request=asked))
    else:
        console.show(console.say("erased", request=asked, index=sealed.index))
    return 0


@erasures.command("list")
def list_(folder: Folder = Path(), json: Json = False) -> int:
    """The requests that wait for another operator's approval."""
    with registry(folder) as house:
        rows = erase.requests(house)
    if json:
        console.emit({"requests": rows})
        return 0
    for row in rows:
        console.show(console.say("erasure-waits", **row))
    if not rows:
        console.show(console.say("erasure-none"))
    return 0
