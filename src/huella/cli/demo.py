"""The demonstration: the whole road on generated data, with one forged row found at the end."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from huella.cli import console, guard
from huella.cli.demo_procedure import BEFORE, Calendar, Held, hold, lower
from huella.cli.open import Folder, Json, now
from huella.errors import InputError
from huella.flow.anchor import anchor
from huella.flow.audit import audit
from huella.flow.house import House, open_house
from huella.flow.make import init
from huella.flow.paper import order_paper, seal_orders
from huella.flow.publish import evidence_of, newest_entry
from huella.flow.seal import Sealed, seal
from huella.proof import paper
from huella.proof.verify import verify
from huella.records import generator, kinds, shapes
from huella.records.draft import Draft

ORDERS = 300
SEED = 2026
OPERATOR = "huella-demo"
CHUNK = 100


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    folder: Folder = Path("demo"),
    orders: Annotated[
        int, typer.Option(help="Generated orders besides the five shapes.", min=0, max=100_000)
    ] = ORDERS,
    json: Json = False,
) -> int:
    """The whole story in a minute: sealed offers, award, orders in five shapes, anchors, PDFs, verification, forged
    rows found."""
    _clear(folder)
    console.out().quiet = json  # then the object is all that is printed
    begun = time.monotonic()
    clock = Calendar(now() - BEFORE)
    init(
        folder,
        {"registry.origin": "demo.example.pe/huella", "registry.operator": OPERATOR},
        clock,
        os.urandom,
    )
    with open_house(folder, clock, os.urandom) as house:
        held = hold(house, folder, clock)
        clock.leave()
        told = _story(house, folder, orders, held)
    told["seconds"] = round(time.monotonic() - begun, 1)
    if json:
        console.emit(told)
    else:
        console.show(console.say("demo-end", seconds=told["seconds"]), style="bold")
        console.show(
            console.say(
                "demo-next", folder=folder, order=told["papers"][0]["order"], pdf=told["papers"][0]["file"]
            )
        )
        files = {"receipt": held.receipt, "bundle": held.bundle, "trust": folder / "trust.json"}
        for key in ("demo-next-receipt", "demo-next-award"):
            console.show(console.say(key, **files))
    return 0 if told["as_expected"] else 1


def _clear(folder: Path) -> None:
    """Take an earlier demonstration away; any other registry stays, and is an error."""
    settings = folder / "huella.toml"
    if not settings.exists():
        return
    if f'operator = "{OPERATOR}"' not in settings.read_text(encoding="utf-8"):
        advice = "Name an empty folder."
        raise InputError(
            f"there is a registry in {folder} that is no demonstration's", field="--dir", advice=advice
        )
    shutil.rmtree(folder)


def _story(house: House, folder: Path, orders: int, held: Held) -> dict[str, Any]:
    shown = list(_one_of_each())
    _chapter("demo-seal", count=len(shown) + orders)
    _sealed(seal_orders(house, shown))
    records = len(shown)
    for chunk in _chunks(generator.orders(orders, SEED)):
        _sealed(seal(house, chunk))
        records += len(chunk)
        for draft in chunk:
            facts = generator.life(draft, SEED)
            _sealed(seal(house, facts))
            records += len(facts)
    _chapter("demo-anchor", count=records)
    batches = list(anchor(house))
    _chapter("demo-papers", count=len(shown))
    papers = [_paper(house, folder, draft) for draft in shown]
    _chapter("demo-audit")
    before = audit(house)
    guard.tell(before)
    _chapter("demo-forge", order=shown[0].subject)
    old = _forge(folder / "huella.db", shown[0].subject, "1.00")
    found = audit(house)
    guard.tell(found)
    _forge(folder / "huella.db", shown[0].subject, old)
    lowered = _lowered(house, folder, held)
    after = audit(house)
    _chapter("demo-restored" if after.clean else "demo-wrong")
    expected = before.exit_code == 0 and not found.clean and after.exit_code == 0 and held.good
    expected = expected and any(each["table"] == "entries" for each in lowered)
    return {
        "records": records, "batches": len(batches), "papers": papers, "found": found.to_dict()["findings"],
        "procedure": {**held.told(), "found": lowered},
        "as_expected": expected and all(p["verdict"] == "authentic" for p in papers),
    }  # fmt: skip


def _one_of_each() -> Iterator[Draft]:
    """The first generated order of each delivery shape, and one of 60 products in 24 deliveries."""
    wanted = set(shapes.SHAPES)
    for draft in generator.orders(500, SEED, 2025):
        shape = shapes.derive(kinds.read(draft.kind, draft.data))
        if shape in wanted:
            wanted.remove(shape)
            yield draft
        if not wanted:
            break
    yield generator.combined()


def _paper(house: House, folder: Path, draft: Draft) -> dict[str, str]:
    """Write an order's PDF with its evidence, and check it as a stranger with the trust file alone."""
    copy = order_paper(house, draft.subject)
    path = folder / f"{draft.subject}.pdf"
    path.write_bytes(copy)
    ((_, evidence),) = paper.embedded(copy)
    (folder / f"{draft.subject}.huella.json").write_bytes(
        evidence_of(house, newest_entry(house, draft.subject).index).encode()
    )
    verdict = verify(evidence, house.trust, document=copy)
    shape = shapes.derive(kinds.read(draft.kind, draft.data)) or ""
    console.show(f"  {shapes.SPANISH.get(shape, shape):<55} {path}")
    console.show(f"    {verdict.sentence(console.language())}", style="green")
    return {"order": draft.subject, "shape": shape, "file": str(path), "verdict": verdict.overall}


def _forge(database: Path, order: str, total: str) -> str:
    """What somebody with the database's password does: one UPDATE. Returns the amount that stood there."""
    cents = int(total.replace(".", ""))
    with sqlite3.connect(database) as thief:
        (before,) = thief.execute("SELECT total FROM orders WHERE number = ?", (order,)).fetchone()
        thief.execute("UPDATE orders SET total = ? WHERE number = ?", (cents, order))
    thief.close()
    return f"{before / 100:.2f}"


def _lowered(house: House, folder: Path, held: Held) -> list[dict[str, Any]]:
    """What the audit finds where an opened offer's price was lowered in the database. The row is put back."""
    _chapter("demo-lowered", offer=held.rival)
    with sqlite3.connect(folder / "huella.db") as thief:
        (before,) = thief.execute('SELECT record FROM entries WHERE "index" = ?', (held.opened,)).fetchone()
        forged, price, lowered = lower(before)
        thief.execute('UPDATE entries SET record = ? WHERE "index" = ?', (forged, held.opened))
    found = audit(house)
    for finding in found.findings[:1]:
        told = {
            "table": finding.table,
            "row": finding.row,
            "column": finding.column,
            "message": finding.message,
        }
        console.show(console.say("finding", cls=console.word(finding.cls), **told), style="bold red")
    console.show(console.say("finding-values", sealed=price, present=lowered))
    console.show(
        console.say("audit-found", count=len(found.findings), first=found.first_affected), style="bold"
    )
    with thief:
        thief.execute('UPDATE entries SET record = ? WHERE "index" = ?', (before, held.opened))
    thief.close()
    return list(found.to_dict()["findings"])


def _sealed(outcomes: Iterable[object]) -> None:
    for outcome in outcomes:
        if not isinstance(outcome, Sealed):
            raise outcome if isinstance(outcome, Exception) else TypeError(outcome)


def _chunks(drafts: Iterator[Draft]) -> Iterator[list[Draft]]:
    while chunk := list(islice(drafts, CHUNK)):
        yield chunk


def _chapter(key: str, **values: object) -> None:
    console.show(console.say(key, **values), style="bold")
