"""The Spanish of every message: errors, their advice, reasons of a refusal, warnings, findings of an audit.

Messages are written in English where they arise, and programs get them so (`--json`, the API). Where a Spanish reader
meets one, `in_spanish` looks for the template that it was made from and puts its values into the Spanish one. The
templates stand in this folder's TOML files, one a room: `"the order {} is not registered"`, its values in order; in the
Spanish, `{:w}` is a name to be translated too, such as a state, and `{0}`, `{1}` change the order. The tests hold the
files against the source.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter
from typing import NamedTuple

FOREIGN = "foreign"
"""The file of what is no message of the program: names in messages, and what libraries say."""

_RULE = re.compile(r"(.+) ([\[(])(rule )?([a-z0-9_-]+)([\])])", re.DOTALL)
_PLACE = re.compile(r"(\S+): (.+)", re.DOTALL)
_MAX_TEXT = 2_000
"""Longer texts stay as they are: no message is as long, and what is pasted into one should cost nothing."""


class _Template(NamedTuple):
    """A message with values: how its English begins and ends, the whole of it, and the Spanish."""

    begin: str
    end: str
    pattern: str
    spanish: str


class _Value(str):
    """A value inside a message: translated where it is a message itself or, marked with `w`, a name."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        if spec != "w":
            return in_spanish(self)
        known = _read().words
        return known.get(self) or " ".join(known.get(part, part) for part in self.split(" "))


class _Catalogue(NamedTuple):
    words: Mapping[str, str]
    exact: Mapping[str, str]
    templates: tuple[_Template, ...]


@lru_cache(maxsize=4_096)
def in_spanish(text: str) -> str:
    """The message in Spanish; as it is where it was made from no template known here."""
    return (_spanish(text) if 0 < len(text) <= _MAX_TEXT else None) or text


def rooms() -> dict[str, dict[str, str]]:
    """The messages of each room as they stand in the files: English to Spanish."""
    found = {}
    for file in sorted(files(__package__).iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            found[file.name.removesuffix(".toml")] = tomllib.loads(file.read_text(encoding="utf-8"))
    tables = found.pop(FOREIGN)
    return {**found, **{f"{FOREIGN}/{name}": table for name, table in tables.items()}}


def _spanish(text: str) -> str | None:
    known = _read()
    if text in known.exact:
        return known.exact[text]
    # what stands around a message goes first: the rule behind it, the place or number in front of it
    if (around := _RULE.fullmatch(text)) and (inner := _spanish(around[1])):
        return f"{inner} {around[2]}{'regla ' if around[3] else ''}{around[4]}{around[5]}"
    if (around := _PLACE.fullmatch(text)) and (inner := _spanish(around[2])):
        return f"{around[1]}: {inner}"
    return next(filter(None, (_filled(template, text) for template in known.templates)), None)


def _filled(template: _Template, text: str) -> str | None:
    if not (text.startswith(template.begin) and text.endswith(template.end)):
        return None
    found = re.fullmatch(template.pattern, text, re.DOTALL)
    return template.spanish.format(*map(_Value, found.groups())) if found else None


@cache
def _read() -> _Catalogue:
    """The files' content, made ready once: the longest literal text first, since it says most."""
    tables = rooms()
    words = tables.pop(f"{FOREIGN}/words")
    exact, templates = {}, []
    for english, spanish in (pair for table in tables.values() for pair in table.items()):
        literals = tuple(_literals(english))
        if len(literals) == 1:
            exact[literals[0]] = spanish.format()
        else:
            pattern = "(.*?)".join(map(re.escape, literals))
            templates.append((len("".join(literals)), _Template(literals[0], literals[-1], pattern, spanish)))
    templates.sort(key=lambda each: -each[0])
    return _Catalogue(words, exact, tuple(template for _, template in templates))


def _literals(template: str) -> Iterator[str]:
    """The text between the values, first and last too: one more than there are values."""
    last = ""
    for literal, field, _, _ in Formatter().parse(template):
        last += literal
        if field is not None:
            yield last
            last = ""
    yield last
