"""Commands that give papers and evidence: pdf, evidence."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from huella.cli import console, source
from huella.cli.look import Output
from huella.cli.open import Folder, Json, registry
from huella.errors import InputError
from huella.flow import book, constancia, issue, signing, stamping
from huella.flow.paper import order_paper, public_paper
from huella.flow.privilege import DISCLOSED, note, note_paper
from huella.flow.publish import evidence_of, newest_entry

Order = Annotated[
    str, typer.Argument(metavar="ORDER", help="An order's number, such as OCAM-2026-1335-17-0.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("pdf")(pdf)
    app.command("evidence")(evidence)
    app.command("stamp")(stamp)


def pdf(
    order: Order,
    output: Output,
    original: Annotated[
        bool, typer.Option("--original", help="The registered bytes alone, without the evidence.")
    ] = False,
    public: Annotated[
        bool, typer.Option("--public", help="For everybody: without personal data and without the code.")
    ] = False,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """The order's PDF with QR; its evidence is attached once it is sealed, with the anchor once it is anchored.

    Where it shows personal data, that it was read goes on record before the file is written.
    """
    if original and public:
        raise typer.BadParameter(
            "--original is the document on record, --public another one: give one of them"
        )
    with registry(folder) as house:
        if public:
            return _write(output, public_paper(house, order), json)
        body = order_paper(house, order, original)
        note_paper(house, order)
    return _write(output, body, json)


def stamp(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The PDF that somebody else made.")],
    order: Annotated[
        str, typer.Option("--order", help="The number of the order, which is not registered yet.")
    ],
    output: Output,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Put QR and a fresh verification code onto an agency's own PDF, before it is registered; its content stays.

    `huella seal … --paper` or `huella import … --paper` then registers the order with the stamped PDF as its file; the
    agency may sign it before. A PDF that is signed already, encrypted, damaged or a dynamic form is refused.
    """
    with registry(folder) as house:
        made, code = stamping.stamp_order(house, source.read(file), order)
    try:
        output.write_bytes(made.body)
    except OSError as error:
        raise InputError(f"{output}: {error.strerror}", field="--output") from None
    if json:
        console.emit(
            {
                "file": str(output),
                "size": len(made.body),
                "code": code,
                "page": made.page,
                "added": made.added,
            }
        )
    else:
        console.show(
            console.say("stamped-sheet" if made.added else "stamped", path=output, code=code, page=made.page)
        )
    return 0


def evidence(  # noqa: PLR0913 - one parameter an option
    order: Annotated[
        str,
        typer.Argument(
            metavar="[ORDER|INDEX|renew]", help="An order's number or an entry's index; or `renew`."
        ),
    ] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write.")] = None,
    day: Annotated[
        str,
        typer.Option("--day", metavar="DATE", help="The book of hashes of a Lima day, such as 2026-11-24."),
    ] = "",
    volume: Annotated[
        int, typer.Option("--volume", help="Which volume of a day's book, where it has several.", min=1)
    ] = 1,
    english: Annotated[bool, typer.Option("--english", help="The constancia in English.")] = False,
    disclose: Annotated[
        bool, typer.Option("--disclose", help="With every sealed field that the vault opens.")
    ] = False,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """By the file's name: the evidence file (.huella.json) of an order's newest full record or of one entry; the signed
    constancia (.pdf) of an order, which shows what is public; with --day the signed book of hashes (.pdf) of everything
    anchored on a day that is over.

    `huella evidence renew` puts a new archive time stamp on the signed papers whose proof ends soon. A paper whose
    entry is not anchored, or that nothing can sign now, waits and is not written: exit code 3.
    """
    if order == "renew":
        return _renew(folder, json)
    if output is None:
        raise typer.BadParameter("--output names the file to write")
    if bool(order) == bool(day):
        raise typer.BadParameter("an order, an entry or --day says what the evidence is of: one of them")
    if day:
        return _book(day, volume, output, folder, json)
    if output.name.endswith(".pdf"):
        return _constancia(order, english, output, folder, json)
    if not output.name.endswith(".json"):
        raise InputError(
            "an evidence file's name ends in .huella.json, a constancia's in .pdf", field="--output"
        )
    with registry(folder) as house:
        index = int(order) if order.isascii() and order.isdigit() else newest_entry(house, order).index
        body = evidence_of(house, index, None if disclose else frozenset()).encode()
        if disclose:  # on record before anybody sees it
            note(house, DISCLOSED, str(index))
    return _write(output, body, json)


def _constancia(order: str, english: bool, output: Path, folder: Path, json: bool) -> int:
    with registry(folder) as house:
        index = constancia.newest(house, order)
        body = issue.issued(house, constancia.KINDS["en" if english else "es"], index)
    return _write(output, body, json)


def _book(day: str, volume: int, output: Path, folder: Path, json: bool) -> int:
    if not output.name.endswith(".pdf"):
        raise InputError("a book's file name ends in .pdf", field="--output")
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise InputError("a day is written as 2026-11-24", field="--day") from None
    with registry(folder) as house:
        found = book.of_day(house, wanted, volume)
        body = issue.issued(house, book.KIND, found.entry)
    return _write(output, body, json)


def _renew(folder: Path, json: bool) -> int:
    count = 0
    with registry(folder) as house:
        while names := signing.ending(house):
            with signing.signing(house) as how:
                done = sum(signing.renew_paper(house, name, how) for name in names)
            count += done
            if signing.ending(house) == names:  # its authority's certificate ends soon itself
                break
    if json:
        console.emit({"renewed": count})
    else:
        console.show(console.say("job-renew", count=count))
    return 0


def _write(path: Path, body: bytes, json: bool) -> int:
    try:
        path.write_bytes(body)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", field="--output") from None
    if json:
        console.emit({"file": str(path), "size": len(body)})
    else:
        console.show(console.say("written", path=path, size=len(body)))
    return 0
