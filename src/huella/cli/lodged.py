"""The command that reads lodged digests back: what anybody left on the chain, and which of it was never sealed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from huella.cli import console, source
from huella.cli.open import Folder, Json, registry
from huella.errors import InputError, LedgerUnreachable
from huella.flow import lodged as reading
from huella.flow.house import House
from huella.records import disclosure, offer_file
from huella.records.offer_file import OfferCopy, OfferFile
from huella.records.offer_form import Tie, read_as

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_PAGE = 500


class _Asked(NamedTuple):
    """A digest, and the procedure that the offer's file names."""

    digest: str
    requirement: str | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lodged")(lodged)


def lodged(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DIGEST|FILE]…",
            help="A digest in hex, an offer's file (.huella-offer.json) or your copy of it; all if none.",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List what was sealed too.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Read the chain's blocks from the first one on.")
    ] = False,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """What became of digests that somebody lodged on the chain: sealed, refused, or not sealed, and for how long.

    Exit code 1 where a digest that is asked for was refused or not sealed, 3 where that is not known yet. A list of
    what was not sealed accuses nobody: anybody can lodge anything. Who shows the offer of a digest proves it.
    """
    asked = [_read(text) for text in what or ()]
    with registry(folder) as house:
        waits = _take_over(house, again)
        if not asked:
            return _list(house, everything, json)
        found = [reading.find(house, each.digest, each.requirement) for each in asked]
    if json:
        console.emit({"lodged": found})
    else:
        for each in found:
            _show(each)
    states = {each["state"] for each in found}
    if states & {reading.MISSING, reading.LATE}:
        return 1
    return 3 if waits or states - {reading.SEALED} else 0


def _take_over(house: House, again: bool) -> bool:
    """What came onto the chain since the last time; whether it does not answer now."""
    if again:
        reading.look_again(house)
    try:
        for _ in reading.catch_up(house):
            pass
    except LedgerUnreachable as error:
        console.tell("lodged-waits", message=str(error), block=reading.looked(house))
        return True
    return False


def _list(house: House, everything: bool, json: bool) -> int:
    first, rows = 0, []
    while True:
        page, following = reading.page(house, first, _PAGE)
        rows += [row for row in page if everything or row["state"] == reading.MISSING]
        if following == first:
            break
        first = following
    if json:
        console.emit({"lodged": rows})
    elif not rows:
        console.show(console.say("lodged-none", block=reading.looked(house)))
    for row in () if json else rows:
        _show(row)
    return 0


def _show(told: dict[str, Any]) -> None:
    """One digest, where it was lodged, what became of it."""
    given = {name: told[name] for name in ("digest", "entries")}
    if told["records"]:
        given |= told["records"][0]
    style = "bold red" if told["state"] in (reading.MISSING, reading.LATE) else "bold"
    text = console.say(f"lodged-{told['state']}", age=_age(told.get("age_seconds", 0)), **given)
    console.show(text, style=style)
    for place in told["lodged"]:
        console.show(console.say("lodged-at", **place))
    procedure = told.get("procedure", {})
    if procedure.get("lodged_before") is not None:
        key = "lodged-before" if procedure["lodged_before"] else "lodged-after"
        console.show(console.say(key, number=procedure["number"], closes_at=procedure["closes_at"]))


def _age(seconds: int) -> str:
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours < 48:
        return console.say("age-hours", hours=hours, minutes=minutes)
    return console.say("age-days", days=hours // 24, hours=hours % 24)


def _read(text: str) -> _Asked:
    """A digest, or the file of an offer, which tells its own and the procedure that it is for."""
    if _DIGEST.match(text):
        return _Asked(text, None)
    if not Path(text).is_file():
        raise InputError(f"{text} is neither 64 hex digits nor a file", field="DIGEST")
    raw = source.read(Path(text))
    own = offer_file.COPY_FORMAT.encode() in raw
    given: OfferCopy | OfferFile = offer_file.read_copy(raw) if own else offer_file.read_file(raw)
    tie = read_as(disclosure.parse(given.tie).value, Tie, "/requirement")
    return _Asked(offer_file.digest(given.offer), tie.subject)
