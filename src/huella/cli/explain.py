"""What verify says beyond the numbered checks: the three answers, and what a failed page shows otherwise."""

from __future__ import annotations

import importlib
import re
from importlib.util import find_spec
from typing import Any

from huella.cli import console
from huella.cli.words_paper import PLACES
from huella.proof.verdict import Verdict

_COLOURS = {
    "altered": "red",
    "refused": "red",
    "forked": "red",
    "lost": "red",
    "intact": "green",
    "confirmed": "green",
}
_NUMBER = re.compile(r"/(items|deliveries)/(\d+)(/\w+)")
MOST = 12
"""Differences told to people; `--json` has all."""


def tell_parts(verdict: Verdict) -> None:
    """Integrity, issuer and state, a line each."""
    for part in verdict.parts():
        console.show("  " + part.sentence(console.language()), style=_COLOURS.get(part.word))


def reading(verdict: Verdict, evidence: bytes | None, page: bytes | None) -> dict[str, Any] | None:
    """The text of a page whose bytes are not those on record (4, 11 or 12 failed), beside the record.

    None where there is nothing to explain. It informs, and changes no check.
    """
    failed = {check.number for check in verdict.checks if check.status == "failed"}
    if page is None or evidence is None or not failed & {4, 11, 12} or not page.startswith(b"%PDF-"):
        return None
    if not find_spec("pypdfium2"):
        return {"word": "unknown", "why": "library", "differences": []}
    found = importlib.import_module("huella.flow.reading").read_page(evidence, page)
    rows = [
        {"pointer": one.pointer, "sealed": one.sealed, "present": one.present} for one in found.differences
    ]
    return {"word": found.word, "why": found.why, "differences": rows}


def tell_reading(found: dict[str, Any] | None) -> None:
    """The differences, each with its place in words."""
    if found is None:
        return
    if found["word"] == "unknown":
        key = "text-library" if found["why"] == "library" else f"text-unknown-{found['why']}"
        console.show("  " + console.say(key))
        return
    if found["word"] == "same":
        console.show("  " + console.say("text-same"))
    rows = found["differences"]
    for row in rows[:MOST]:
        key = "text-strange" if not row["pointer"] else "text-differs" if row["present"] else "text-missing"
        told = {"what": place(row["pointer"]), "sealed": row["sealed"], "present": row["present"]}
        console.show("  » " + console.say(key, **told), style="bold red")
    if len(rows) > MOST:
        console.show(console.say("more", count=len(rows) - MOST))


def place(pointer: str) -> str:
    """A place of an order's page in words: `/items/2/amount` is `product 3: amount`."""
    found = _NUMBER.fullmatch(pointer)
    key = f"/{found[1]}{found[3]}" if found else pointer
    words = PLACES.get(key, (pointer, pointer))[0 if console.language() == "es" else 1]
    return words.format(int(found[2]) + 1) if found else words
