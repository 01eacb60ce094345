"""`huella verify --scan`: a photographed or scanned paper, its QR, its record, and what the paper has to show."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from huella.cli import console, explain, source
from huella.errors import InputError, NotFound
from huella.proof.trust import Trust
from huella.proof.verdict import Verdict
from huella.proof.verify import verify

SETTINGS = "huella.toml"


class Where(NamedTuple):
    """Where the record may come from: evidence files given, a registry's folder, the portal's address (or empty)."""

    files: Sequence[Path]
    folder: Path
    portal: str


def scanned(picture: Path, where: Where, trusted: Trust | None, json: bool) -> int:
    """Look at a picture and say what its paper has to show. Exit code: the record's own; 3 where there is none.

    A picture never makes a paper authentic: whoever forges one copies the QR with it.
    """
    if not (find_spec("zxingcpp") and find_spec("PIL") and find_spec("pypdfium2")):
        raise InputError("photographs are not read here", field="--scan", advice="Install huella[scan,sign].")
    flow = importlib.import_module("huella.flow.scan")
    local = (where.folder / SETTINGS).exists()
    portal = where.portal or (_portal(where.folder) if local else "")
    seen = flow.look(source.read(picture), portal)
    found: dict[str, Any] = {"file": picture.name, "qr": seen.text or None, "found": seen.why, "record": None}
    verdict: Verdict | None = None
    if seen.why == "ours" or (seen.why == "unknown" and seen.code and where.files):
        came, evidence = _record(seen.code, where, local)
        if evidence is not None:
            verdict = verify(evidence, trusted)
            told = flow.fields(evidence)
            fields = [{"pointer": fact.pointer, "value": fact.text} for fact in told.facts]
            found["record"] = {
                "from": came,
                "order": told.number,
                "fields": fields,
                "verdict": verdict.to_dict(),
            }
    if json:
        console.emit(found)
    else:
        _tell(found, portal, seen.code, verdict)
    return 3 if verdict is None else verdict.exit_code


def _portal(folder: Path) -> str:
    with importlib.import_module("huella.cli.open").registry(folder) as house:
        return str(house.settings.text("registry.address"))


def _record(code: str, where: Where, local: bool) -> tuple[str, bytes | None]:
    """The evidence of the paper's order and where it came from: what is at hand before what has to be asked for."""
    if where.files:
        return "evidence", source.read(where.files[0])
    if local:
        opening = importlib.import_module("huella.cli.open")
        codes, publish = (importlib.import_module(f"huella.flow.{name}") for name in ("codes", "publish"))
        try:
            with opening.registry(where.folder) as house:
                number, _ = codes.order_of(house, code)
                entry = publish.newest_entry(house, number)
                return "registry", publish.evidence_of(house, entry.index).encode()
        except NotFound:
            if not where.portal:
                raise
    if where.portal:
        return "portal", importlib.import_module("huella.flow.scan").fetch(where.portal, code)
    return "", None


def _tell(found: dict[str, Any], portal: str, code: str, verdict: Verdict | None) -> None:
    console.show(found["file"])
    style = {"ours": "bold", "foreign": "bold red"}.get(found["found"], "bold yellow")
    told = console.say(f"scan-{found['found']}", code=code, text=found["qr"] or "", portal=portal)
    console.show("  " + told, style=style)
    record = found["record"]
    if record is None:
        if found["found"] == "ours":
            console.show("  " + console.say("scan-no-record"))
        return
    console.show("  " + console.say(f"scan-source-{record['from']}", portal=portal))
    if verdict is not None:
        explain.tell_parts(console.judged(verdict))
    console.show("  " + console.say("scan-paper", number=record["order"]))
    rows = [(explain.place(row["pointer"]), row["value"]) for row in record["fields"]]
    width = max(len(place) for place, _ in rows)
    for place, value in rows:
        console.show(f"    {place:<{width}}  {value}")
    console.show("  " + console.say("scan-warning"), style="bold")
