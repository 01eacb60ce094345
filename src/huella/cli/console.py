"""How commands speak: results on standard output (people or `--json`), messages and progress on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from huella.cli.words import LABELS, WORDS
from huella.errors import HuellaError, InputError
from huella.later import later
from huella.proof.verdict import Language, Verdict
from huella.spanish.catalogue import in_spanish

if TYPE_CHECKING:
    from rich import console as consoles
    from rich import progress as bars
else:  # a server says one line, and most commands are done before a bar could be drawn
    consoles, bars = later("rich.console"), later("rich.progress")

MESSAGES = ("message", "reason", "advice")
"""Values of a text that are messages themselves, English where they arise."""
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])
"""What a message from elsewhere could move the cursor or colour the terminal with; all but the tab and the new line."""


@cache
def out() -> consoles.Console:
    """The terminal that results are written to, or what stands for it."""
    return consoles.Console(highlight=False, soft_wrap=True)


def language() -> Language:
    """`es` or `en`, by HUELLA_LANG or the locale; English where neither is told."""
    for name in ("HUELLA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "es" if value.lower().startswith("es") else "en"
    return "en"


def say(key: str, /, **values: object) -> str:
    """A message in the reader's language; the program's own messages inside it, such as `reason`, too."""
    spanish, english = WORDS[key]
    if language() == "en":
        return english.format(**values)
    told = {name: in_spanish(str(values[name])) for name in MESSAGES if name in values}
    return spanish.format(**{**values, **told})


def said(message: str) -> str:
    """An error's, a finding's or a fault's message in the reader's language; `--json` has it in English."""
    return in_spanish(message) if language() == "es" else message


def judged(verdict: Verdict) -> Verdict:
    """A verdict whose checks name what they found in the reader's language."""
    if language() == "en":
        return verdict
    checks = (
        replace(each, details=tuple(in_spanish(d) if isinstance(d, str) else d for d in each.details))
        for each in verdict.checks
    )
    return replace(verdict, checks=tuple(checks))


def word(name: str) -> str:
    """A field's or status' name in the reader's language; as it is where the table has none."""
    spanish, english = LABELS.get(name, (name, name))
    return spanish if language() == "es" else english


def tell(key: str, /, **values: object) -> None:
    """A message for people, on standard error, printed literally."""
    print(say(key, **values).translate(_CONTROLS), file=sys.stderr)


def show(text: str, style: str | None = None) -> None:
    """A line of a result for people, printed literally."""
    out().print(text, markup=False, style=style)


def emit(value: dict[str, Any]) -> None:
    """A result for programs: one JSON object on standard output."""
    # the database's column names are a kind of text of their own
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    sys.stdout.buffer.write(orjson.dumps(value, default=_plain, option=options) + b"\n")
    sys.stdout.buffer.flush()


def complain(error: HuellaError, json: bool) -> None:
    """One line for what is wrong and where, with its stable code, and one for what to do; with `json` an object too.

    The lines are in the reader's language; the object is for programs, its `message` and `advice` are always English.
    """
    found = problem(error)
    if json:
        emit({"error": found})
    message = said(found["message"])
    tell("error", message=f"{found['field']}: {message}" if found["field"] else message)
    tell("advice", advice=error.advice, code=error.code)


def problem(error: HuellaError) -> dict[str, Any]:
    """What is wrong, for programs."""
    field = error.field if isinstance(error, InputError) else ""
    found = {"code": error.code, "message": str(error), "field": field, "advice": error.advice}
    return {**found, "retryable": error.retryable}


def complain_of_use(message: str, json: bool) -> None:
    """One line for a command that cannot be understood; with `json` an object too."""
    if json:
        emit(
            {
                "error": problem(
                    InputError(message, advice="`--help` behind the command tells how it is called.")
                )
            }
        )
    tell("error", message=message)


@contextmanager
def progress(key: str, total: int | None) -> Iterator[Bar]:
    """A progress bar on a terminal, nothing elsewhere."""
    text, counted, left = (
        bars.TextColumn("{task.description}"),
        bars.MofNCompleteColumn(),
        bars.TimeRemainingColumn(),
    )
    columns = (text, bars.BarColumn(), counted, left)
    err = consoles.Console(stderr=True, highlight=False, soft_wrap=True)
    with bars.Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as shown:
        yield Bar(shown, shown.add_task(say(key), total=total))


class Bar:
    """One bar that steps forward."""

    def __init__(self, shown: bars.Progress, task: bars.TaskID) -> None:
        self._shown = shown
        self._task = task

    def step(self, count: int = 1) -> None:
        """Go on by so many."""
        self._shown.advance(self._task, count)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    raise TypeError(f"{type(value).__name__} has no JSON form")
