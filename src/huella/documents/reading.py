"""The text of an order's page beside its record: tells a reader why a hash failed, and never that a file is authentic.

PDF ─► text (PDFium) ─► figures and names that should stand there ─► what is missing, what stands there instead
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import pypdfium2  # type: ignore[import-untyped]

from huella.documents.told import Fact, also, facts
from huella.records.model import Order

MAX_PAGES, MAX_TEXT = 500, 4_000_000
OURS = "huellaorder/"
"""Stands in small letters on every page that documents/order.py makes: no other page has our words and places."""
_FIGURE = re.compile(r"(?<![\w.,/-])(?:\d\d/\d\d/\d{4}(?: \d\d:\d\d)?|\d[\d,]*(?:\.\d+)?)(?![\w/-]|\.\d)")
_LATIN = 0x17F


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the page shows otherwise. `pointer` is empty where the record has nothing like it, `present` where
    nothing on the page takes its place."""

    pointer: str
    sealed: str
    present: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text says: `same` is no proof, `unknown` names why (unread, foreign, kind)."""

    word: Literal["same", "differs", "unknown"]
    differences: tuple[Difference, ...] = ()
    why: str = ""


def text(document: bytes) -> str | None:
    """The text that a reader sees on all pages, None where there is none or it cannot be read."""
    try:
        with pypdfium2.PdfDocument(document) as pdf:
            if len(pdf) > MAX_PAGES:
                return None
            found = "\n".join(page.get_textpage().get_text_bounded() for page in pdf)
    except (pypdfium2.PdfiumError, ValueError, OSError):
        return None
    found = found.replace("\u200b", "").replace("\ufffe", "")
    return found if found.strip() and len(found) <= MAX_TEXT else None


def compare(document: bytes, order: Order, number: str) -> Reading:
    """The page's text beside the complete (or public) order. Of a page that is not ours nothing can be said."""
    found = text(document)
    if found is None:
        return Reading("unknown", why="unread")
    if OURS not in _letters(found):
        return Reading("unknown", why="foreign")
    expected = facts(order, number)
    figures = [
        fact for fact in expected if _FIGURE.fullmatch(fact.text) and not fact.pointer.endswith("/ruc")
    ]
    names = [fact for fact in expected if fact not in figures]
    shown = _FIGURE.findall(" ".join(found.split()))
    wrong = [*_names(names, found), *_figures(figures, shown, also(order))]
    return Reading("differs" if wrong else "same", tuple(wrong))


def _names(wanted: Sequence[Fact], found: str) -> list[Difference]:
    """Names and numbers that stand nowhere; what the page may have to draw otherwise is left out."""
    page = _letters(found)
    plain = [fact for fact in wanted if all(ord(each) <= _LATIN for each in fact.text)]
    due = Counter(_letters(fact.text) for fact in plain)
    return [
        Difference(fact.pointer, fact.text, "")
        for fact in plain
        if page.count(_letters(fact.text)) < due[_letters(fact.text)]
    ]


def _figures(wanted: Sequence[Fact], shown: list[str], free: set[str]) -> list[Difference]:
    """Figures that stand there less often than they should, each with what took its place; then those of nobody."""
    due = Counter(fact.text for fact in wanted)
    missing = due - Counter(shown)
    idle = [figure for figure in shown if figure not in due and figure not in free]
    found = []
    for fact, here in _unmatched(wanted, shown):
        if missing[fact.text] <= 0:
            continue
        missing[fact.text] -= 1
        near = [figure for figure in here if figure in idle]
        # a cell's figure stands right before what follows it on the page
        present = _likest(fact.text, near[-1:]) or _likest(fact.text, near) or _likest(fact.text, idle)
        if present:
            idle.remove(present)
        found.append(Difference(fact.pointer, fact.text, present))
    strange = [figure for figure in idle if "." in figure and len(figure.partition(".")[2]) == 2]
    return found + [Difference("", "", figure) for figure in dict.fromkeys(strange)]


def _unmatched(wanted: Sequence[Fact], shown: list[str]) -> list[tuple[Fact, list[str]]]:
    """The facts without a figure at their place in reading order, with what stands there; then all the others."""
    match = SequenceMatcher(None, [fact.text for fact in wanted], shown, autojunk=False)
    apart = [
        (fact, shown[begin : max(begin, end - (last - place - 1))])
        for kind, first, last, begin, end in match.get_opcodes()
        if kind in ("replace", "delete")
        for place, fact in enumerate(wanted[first:last], first)
    ]
    known = {fact.pointer for fact, _ in apart}
    return apart + [(fact, []) for fact in wanted if fact.pointer not in known]


def _likest(sealed: str, figures: Sequence[str]) -> str:
    """The figure of the same kind (a date, an amount, a whole number) that is most alike; empty where there is none."""
    same = [figure for figure in figures if _kind(figure) == _kind(sealed)]
    return max(same, key=lambda figure: SequenceMatcher(None, sealed, figure).ratio(), default="")


def _kind(figure: str) -> tuple[bool, bool]:
    return "/" in figure, "." in figure


def _letters(words: str) -> str:
    """Letters, digits and signs without spaces and breaks, in small letters."""
    return "".join(unicodedata.normalize("NFC", words).split()).replace("-", "").lower()
