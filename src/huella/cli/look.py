"""Commands that read: show, stats, export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from huella.cli import console
from huella.cli.open import Folder, Json, registry
from huella.errors import InputError
from huella.flow import ocds, read, receipt, statistics
from huella.flow import show as shown

Output = Annotated[Path, typer.Option("-o", "--output", help="File to write.", dir_okay=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("show")(show)
    app.command("stats")(stats)
    app.command("export")(export)


def show(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ORDER|REQUIREMENT|OFFER|INDEX", help="A number, an offer's code or an entry's index."
        ),
    ],
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Its records, state, deliveries or offers, token and anchor; what was erased on request is told."""
    with registry(folder) as house:
        if what.startswith("REQ-"):
            found = shown.show_procedure(house, what)
        elif what.startswith("OFE-"):
            found = shown.show_offer(house, what)
        elif what.isascii() and what.isdigit():
            found = shown.show_entry(house, what)
        else:
            found = read.show(house, what)
        found = shown.with_erasures(house, found)
    if json:
        console.emit(found)
    elif "entry" in found:
        _show_entry(found["entry"])
        for pointer in found["entry"]["sealed"]:
            console.show("    " + console.say("sealed-field", pointer=pointer))
    elif "order" in found:
        _show_order(found)
    else:
        _show_procedure(found)
    return 0


def stats(
    remake: Annotated[bool, typer.Option(help="Make the figures anew out of all records first.")] = False,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """The register's figures."""
    with registry(folder) as house:
        if remake:
            statistics.remake(house)
        found = read.stats(house)
    if json:
        console.emit(found)
        return 0
    console.show(console.say("stats-head", entries=found["entries"], anchored=found["anchored"]))
    for row in found["amounts"]:
        console.show(f"  {row['currency']}  {row['orders']:>8,}  {row['total']:>20,.2f}")
    for name in ("by_status", "by_shape", "by_catalogue", "by_department", "by_month"):
        console.show(console.word(name))
        for row in found[name]:
            console.show(
                f"  {console.word(row['of'] or '—'):<32} {row['orders']:>8,}  {row['currency']} {row['total']:>18,.2f}"
            )
    return 0


def export(
    form: Annotated[
        str,
        typer.Argument(
            metavar="csv|ocds|bundle",
            help="csv: one row an order, in the open-data shape. ocds: a release a change. bundle: a procedure "
            "with its evidence.",
        ),
    ],
    output: Output,
    number: Annotated[
        str, typer.Argument(metavar="[REQUIREMENT]", help="The requirement's number, for a bundle.")
    ] = "",
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Open data out of the register, or one procedure as a bundle; nothing sealed is in it."""
    if form == "bundle" and number:
        return _export_bundle(number, output, folder, json)
    if form not in ("csv", "ocds") or number:
        raise typer.BadParameter("csv, ocds, or bundle and a requirement's number, is what can be exported")
    try:
        with registry(folder) as house, output.open("wb") as file:
            count = _write_lines(read.csv_lines(house) if form == "csv" else ocds.lines(house), file)
    except OSError as error:
        raise InputError(f"{output}: {error.strerror}", field="--output") from None
    if json:
        console.emit({"file": str(output), "rows": count})
    else:
        console.show(console.say("exported", count=count, path=output))
    return 0


def _write_lines(lines: Iterator[bytes], file: BinaryIO) -> int:
    """Write a file whose first line is no row; how many rows it has."""
    count = 0
    for count, line in enumerate(lines):  # noqa: B007
        file.write(line)
    return count


def _export_bundle(number: str, output: Path, folder: Path, json: bool) -> int:
    with registry(folder) as house:
        bundle = receipt.bundle_of(house, number)
    body = bundle.encode()
    try:
        output.write_bytes(body)
    except OSError as error:
        raise InputError(f"{output}: {error.strerror}", field="--output") from None
    if json:
        counts = {"records": len(bundle.procedure), "offers": len(bundle.offers)}
        console.emit({"file": str(output), "size": len(body), **counts})
    else:
        console.show(console.say("written", path=output, size=len(body)))
    return 0


def _show_order(found: dict[str, Any]) -> None:
    order = found["order"]
    console.show(f"{order['number']}  {console.word(order['status'])}", style="bold")
    for name in (
        "entity_ruc",
        "supplier_ruc",
        "agreement",
        "catalogue",
        "shape",
        "published_at",
        "accepted_at",
    ):
        if order[name] is not None:
            console.show(f"  {console.word(name):<16} {console.word(order[name])}")
    parts = f"{order['sub_total']:,.2f} + IGV {order['vat']:,.2f}"
    console.show(f"  {console.word('total'):<16} {order['currency']} {order['total']:,.2f} ({parts})")
    for row in found["deliveries"]:
        place = " / ".join(row[n] for n in ("department", "province", "district") if row[n])
        console.show(
            f"  {row['number']:>3}  {row['state']:<34} {row['due'] or '':<10} {row['total']:>14,.2f}  {place}"
        )
        if row["days_late"]:
            console.show(console.say("late", days=row["days_late"], penalty=row["penalty"] or "—"))
    token = found["token"]
    console.show(f"  token {token['id']}  {token['owner'] or '—'}")
    for entry in found["entries"]:
        _show_entry(entry)


def _show_procedure(found: dict[str, Any]) -> None:
    """A procedure with the offers that it claims, or an offer: the records are all that is public of it."""
    if "procedure" in found:
        told = found["procedure"]
        console.show(f"{told['number']}  {console.word(told['status'])}", style="bold")
        for name in ("entity", "closes_at", "contracting_type", "currency", "rule", "sealing", "opening_key"):
            console.show(f"  {console.word(name):<16} {told[name]}")
        for row in found["offers"]:
            state = "withdrawn" if row["withdrawn"] else "opened" if row["opened"] else "unopened"
            console.show(f"  {row['offer']}  #{row['index']}  {row['leaf'][:16]}…  {console.word(state)}")
        for winner in (found["award"] or {}).get("winners", ()):
            console.show(
                "  " + console.say("winner", bidder=winner["bidder"], total=winner["total"]), style="bold"
            )
    for entry in found["entries"]:
        _show_entry(entry)


def _show_entry(entry: dict[str, Any]) -> None:
    anchor = entry["anchor"]
    where = f"block {anchor['block_number']} {anchor['transaction']}" if anchor else "—"
    head = f"#{entry['index']} {entry['kind']} {entry['subject']}"
    said = f" · {console.say('asserted')}" if entry["asserted_by_operator"] else ""
    console.show(f"  {head} · {entry['recorded_at']} · {entry['leaf'][:16]}… · {where}{said}")
    for gone in entry["erased"]:
        console.show("    " + console.say("erased-on-request", **gone), style="yellow")
