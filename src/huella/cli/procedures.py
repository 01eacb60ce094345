"""An entity's and a registry's commands on a procedure: offers sent and receipts, close, open, award, cancel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from huella.cli import awards, console, source
from huella.cli.offers import offers, write_plain
from huella.cli.open import AnchorNow, Folder, Json, put_on_chain, registry
from huella.errors import HuellaError, InputError, RuleError
from huella.flow import procedure, receipt
from huella.flow.copies import open_copies
from huella.flow.house import House
from huella.flow.seal import Sealed
from huella.records import offer_file, record
from huella.records.offer_file import OfferCopy, OfferFile
from huella.records.offer_form import REFUSED
from huella.records.tender import Tender

Number = Annotated[
    str, typer.Argument(metavar="REQUIREMENT", help="A requirement's number, such as REQ-2026-1335-42.")
]


def register(app: typer.Typer) -> None:
    """Add the commands; `offer send` and `offer receipt` stand below `offer`."""
    app.command("close")(close)
    app.command("open")(open_)
    app.command("award")(award)
    app.command("cancel")(cancel)


def records_of(number: str, folder: Path) -> Tender:
    """A procedure's records and those of its claimed offers, out of the register in a folder."""
    with registry(folder) as house:
        return procedure.procedure_of(house, number)


@offers.command("send")
def send(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Offers as they were sealed.")],
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Hand offers to the registry: sealed first, then "received", then the receipt beside the file.

    Exit code 1 where one was refused; a late one's refusal is on record with an index of its own.
    """
    given = [_read(path) for path in files]
    rows: list[dict[str, Any]] = []
    with registry(folder) as house:
        for path, file, outcome in zip(files, given, procedure.submit(house, given), strict=True):
            if isinstance(outcome, Sealed):
                rows.append(_received(house, path, file, outcome))
            else:
                rows.append(_refused(house, path, file, outcome))
    if json:
        console.emit({"offers": rows})
    else:
        for row in rows:
            key = "offer-received" if row["received"] else "offer-refused"
            console.show(console.say(key, **row), style="green" if row["received"] else "bold red")
    return 0 if all(row["received"] for row in rows) else 1


@offers.command("receipt")
def receipt_(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The offer's code, OFE-….")],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="A .huella.json file, or a .pdf: one page with the evidence."),
    ],
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """The receipt of an offer's newest record; once it is anchored, with the anchor."""
    form = output.suffix
    if form != ".pdf" and not output.name.endswith(".json"):
        raise InputError("a receipt's name ends in .huella.json or .pdf", field="--output")
    with registry(folder) as house:
        entry = receipt.newest_of_offer(house, code)
        evidence = receipt.receipt(house, entry.index)
        body = receipt.receipt_paper(house, entry.index) if form == ".pdf" else evidence.encode()
    write_plain(output, body)
    told = {"file": str(output), "index": entry.index, "leaf": entry.leaf.hex(), "kind": entry.kind}
    if json:
        console.emit({**told, "anchored": evidence.anchor is not None, "size": len(body)})
    else:
        console.show(console.say("written", path=output, size=len(body)))
        console.tell("receipt-anchored" if evidence.anchor else "receipt-waiting")
    return 0


def close(number: Number, now: AnchorNow = True, folder: Folder = Path(), json: Json = False) -> int:
    """Close a procedure's offers as one set, once the deadline has come; its record names every offer."""
    with registry(folder) as house:
        sealed = procedure.close(house, number)
        claims = procedure.case(house, number).life.claims
        return _done(house, sealed, ("closed", {"number": number, "count": len(claims)}), now, json)


def open_(
    number: Number,
    key: Annotated[Path | None, typer.Option("--key", help="The opening key's private half.")] = None,
    copies: Annotated[
        list[Path] | None,
        typer.Option("--copy", help="A supplier's own copy, where the key opens nothing; repeatable."),
    ] = None,
    now: AnchorNow = True,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Open every claimed offer with the opening key. Exit code 1 where one does not open: it cannot win.

    Suppliers' own copies open their offers too, held against what was sealed, but only before any offer is open: give
    them all at once, with the key where there is one.
    """
    if key is None and not copies:
        raise typer.BadParameter("offers are opened with --key, --copy or both")
    identity = None if key is None else _identity(key)
    own = [_copy(path) for path in copies or ()]
    with registry(folder) as house:
        outcomes = open_copies(house, number, own) if own else []
        if identity is not None:
            outcomes += procedure.open_offers(house, number, identity)
        rows = [_opened(code, outcome) for code, outcome in dict(outcomes).items()]
        put_on_chain(house, now)
    if json:
        console.emit({"requirement": number, "offers": rows})
    else:
        for row in rows:
            key_ = "offer-opened" if row["opened"] else "offer-unopened"
            console.show(console.say(key_, **row), style=None if row["opened"] else "bold red")
        console.show(console.say("opened", count=sum(row["opened"] for row in rows), of=len(rows)))
    return 0 if all(row["opened"] for row in rows) else 1


def award(number: Number, now: AnchorNow = True, folder: Folder = Path(), json: Json = False) -> int:
    """Decide the award by the rule that the requirement announced, over every claimed offer."""
    with registry(folder) as house:
        sealed = procedure.decide_award(house, number)
        decided = procedure.case(house, number).award
        code = _done(house, sealed, ("awarded", {"number": number}), now, json, award=awards.plain(decided))
    if not json and decided is not None:
        awards.tell_award(decided)
    return code


def cancel(
    number: Number,
    reason: Annotated[str, typer.Option("--reason", help="Why; sealed, it may name people.")],
    now: AnchorNow = True,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """End a procedure without award. While it is open, its record claims every offer as a close does."""
    with registry(folder) as house:
        sealed = procedure.cancel(house, number, reason)
        return _done(house, sealed, ("cancelled", {"number": number}), now, json)


def _done(
    house: House, sealed: Sealed, told: tuple[str, dict[str, Any]], now: bool, json: bool, **more: Any
) -> int:
    """Anchor where that is wanted, then say what was sealed."""
    put_on_chain(house, now)
    key, values = told
    leaf = sealed.leaf.hex()
    if json:
        place = {"index": sealed.index, "leaf": leaf}
        console.emit({"requirement": values.pop("number"), **values, **place, **more})
    else:
        console.show(console.say(key, index=sealed.index, leaf=leaf, **values), style="bold")
    return 0


def _read(path: Path) -> OfferFile:
    raw = source.read(path)
    try:
        return offer_file.read_file(raw)
    except InputError as error:
        raise InputError(f"{path.name}: {error}", field=error.field, advice=error.advice) from None


def _copy(path: Path) -> OfferCopy:
    try:
        return offer_file.read_copy(source.read(path))
    except InputError as error:
        raise InputError(f"{path.name}: {error}", field=error.field, advice=error.advice) from None


def _received(house: House, path: Path, file: OfferFile, sealed: Sealed) -> dict[str, Any]:
    body = receipt.receipt(house, sealed.index).encode()
    target = path.with_name(
        path.name.removesuffix(".json").removesuffix(".huella-offer") + ".receipt.huella.json"
    )
    row = {
        "file": path.name, "received": True, "offer": file.offer.subject, "index": sealed.index,
        "leaf": sealed.leaf.hex(), "receipt": str(target),
    }  # fmt: skip
    try:
        write_plain(target, body)
    except InputError:  # the offer is sealed whatever becomes of the file
        console.tell("receipt-unwritten", **row)
        row["receipt"] = None
    return row


def _refused(house: House, path: Path, file: OfferFile, error: HuellaError) -> dict[str, Any]:
    """A refused offer, with the index of its refusal where it was late."""
    refusal = None
    if isinstance(error, RuleError) and error.rule == procedure.LATE:
        digest = offer_file.digest(file.offer)
        refusal = next((index for index, found in _refusals(house, file) if found == digest), None)
    return {
        "file": path.name, "received": False, "offer": file.offer.subject, "reason": str(error),
        "rule": error.rule if isinstance(error, RuleError) else error.code, "index": refusal,
    }  # fmt: skip


def _refusals(house: House, file: OfferFile) -> Iterator[tuple[int, str]]:
    """Index and digest of an offer's refusals, the newest first."""
    for placed in reversed(procedure.placed(house, file.offer.subject)):
        found = record.parse(placed.record)
        if found.kind == REFUSED:
            yield placed.index, str(found.data["digest"])


def _opened(code: str, outcome: Sealed | HuellaError) -> dict[str, Any]:
    if isinstance(outcome, Sealed):
        return {"offer": code, "opened": True, "index": outcome.index}
    return {"offer": code, "opened": False, "reason": str(outcome)}


def _identity(path: Path) -> str:
    """An age identity out of its file, comments left out."""
    try:
        lines = source.read(path).decode("ascii").split()
    except UnicodeDecodeError:
        lines = []
    found = [line for line in lines if line.startswith("AGE-SECRET-KEY-1")]
    if len(found) != 1:
        raise InputError(
            f"{path.name} holds no age identity", field="--key", advice="`huella opening-key` makes it."
        )
    return found[0]
