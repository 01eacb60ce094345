"""Commands about signatures of papers: signatures, trust-list."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from huella.cli import console, source
from huella.cli.open import Folder, Json, now, registry
from huella.errors import InputError
from huella.flow import papers, signing
from huella.flow.sign import replace_durably
from huella.proof import trust
from huella.proof.trust import Papers


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("signatures")(signatures)
    app.command("trust-list")(trust_list)


def signatures(folder: Folder = Path(), json: Json = False) -> int:
    """What signs papers here, how many wait for it, and what is missing. Exit code 3 where something is."""
    with registry(folder) as house:
        found = signing.report(house)
    if json:
        console.emit(found)
    else:
        console.show(console.say("signatures", **found))
        if found["missing"]:
            console.tell("signatures-missing", missing=console.said(found["missing"]))
    return 3 if found["missing"] else 0


def trust_list(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list (XML, ETSI TS 119 612).")],
    signed_by: Annotated[
        Path, typer.Option("--signed-by", help="The operator's certificate, from a source that you trust.")
    ],
    into: Annotated[
        Path | None, typer.Option("--into", help="A trust file that is to accept the list's authorities.")
    ] = None,
    signer: Annotated[
        list[str] | None,
        typer.Option("--signer", help="Who counts below them: CN=…, O=…, organizationIdentifier=…, sha256:…"),
    ] = None,
    json: Json = False,
) -> int:
    """The services of a state's trust list, once its signature is checked; `--into` accepts them from now on.

    A state's authorities issue certificates for everybody: `--into` wants to be told whose signatures count.
    """
    found = papers.read_list(source.read(file), source.read(signed_by), now())
    if into is not None:
        if not signer:
            raise typer.BadParameter("--into wants --signer: below a state's authorities anybody can sign")
        trusted = trust.parse(source.read(into))
        accepted = Papers(found.authorities(), found.timestamps(), tuple(signer))
        body = replace(trusted, papers=accepted).encode()
        trust.parse(body)  # what was named has its form
        try:
            replace_durably(into, body)
        except OSError as error:
            raise InputError(f"{into.name}: {error.strerror}", field="--into") from None
    rows = [
        {
            "provider": each.provider, "name": each.name, "type": each.kind, "status": each.status,
            "since": each.since.isoformat(), "certificates": [b64encode(one).decode() for one in each.certificates],
        }
        for each in found.services
    ]  # fmt: skip
    if json:
        console.emit({"territory": found.territory, "number": found.number, "services": rows})
        return 0
    console.show(
        console.say(
            "trust-list",
            territory=found.territory,
            number=found.number,
            count=len(rows),
            operator=found.operator,
        )
    )
    for row in rows:
        console.show(f"  {row['status']:<12} {row['provider']} · {row['name']}")
    return 0
