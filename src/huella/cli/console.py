"""How commands speak: results on standard output (people or `--json`), messages and progress on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from huella.cli.words import LABELS, WORDS
from huella.proof.verdict import Language

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def language() -> Language:
    """`es` or `en`, by HUELLA_LANG or the locale; English where neither is told."""
    for name in ("HUELLA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "es" if value.lower().startswith("es") else "en"
    return "en"


def say(key: str, /, **values: object) -> str:
    """A message in the reader's language."""
    spanish, english = WORDS[key]
    return (spanish if language() == "es" else english).format(**values)


def word(name: str) -> str:
    """A field's or status' name in the reader's language; as it is where the table has none."""
    spanish, english = LABELS.get(name, (name, name))
    return spanish if language() == "es" else english


def tell(key: str, /, **values: object) -> None:
    """A message for people, on standard error, printed literally."""
    err.print(say(key, **values), markup=False)


def show(text: str, style: str | None = None) -> None:
    """A line of a result for people, printed literally."""
    out.print(text, markup=False, style=style)


def emit(value: dict[str, Any]) -> None:
    """A result for programs: one JSON object on standard output."""
    # the database's column names are a kind of text of their own
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    sys.stdout.buffer.write(orjson.dumps(value, default=_plain, option=options) + b"\n")
    sys.stdout.buffer.flush()


@contextmanager
def progress(key: str, total: int | None) -> Iterator[Bar]:
    """A progress bar on a terminal, nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as shown:
        yield Bar(shown, shown.add_task(say(key), total=total))


class Bar:
    """One bar that steps forward."""

    def __init__(self, shown: Progress, task: TaskID) -> None:
        self._shown = shown
        self._task = task

    def step(self, count: int = 1) -> None:
        """Go on by so many."""
        self._shown.advance(self._task, count)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    raise TypeError(f"{type(value).__name__} has no JSON form")
