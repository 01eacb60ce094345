"""The pages of docs/reference, made from the code: commands, settings, errors, kinds of record, HTTP.

docs.py            writes them
docs.py --check    says which of them are not what the code says; exit code 1 if any
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import typer

from huella import errors, settings
from huella.cli.main import program
from huella.records import kinds, policy
from huella.web.app import description

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
MADE = "Made by `tools/docs.py` from the code; change the code, not this page.\n"
WHEN = {
    "": "always",
    policy.NATURAL: "where the party is, or may be, a natural person",
    policy.FOREIGN: "where the platform did not make the name itself",
}


class Parameter(msgspec.Struct, frozen=True):
    """An argument or option of a command: how it is written, what it does."""

    written: tuple[str, ...]
    option: bool
    takes: str
    required: bool
    default: str
    variable: str
    help: str


class Command(msgspec.Struct, frozen=True):
    """A command: name, its help's text, its parameters in order."""

    name: str
    help: str
    parameters: tuple[Parameter, ...]


def commands() -> tuple[Command, ...]:
    """Every command of the program, by name; one below another by both names, such as `offer seal`."""
    return tuple(
        _command(name, found) for name, found in sorted(_below(typer.main.get_command(program()), ""))
    )


def error_classes() -> Iterator[type[errors.HuellaError]]:
    """Every class of the tree, root first, in the order of its file."""
    waiting: list[type[errors.HuellaError]] = [errors.HuellaError]
    while waiting:
        here = waiting.pop(0)
        yield here
        waiting = here.__subclasses__() + waiting


def commands_page() -> str:
    """docs/reference/commands.md."""
    parts = [
        "# Commands\n", MADE,
        "Exit codes: 0 good, 1 altered, findings, or rows refused, 2 wrong use or bad input, 3 could not be checked.",
        "Messages go to standard error, results to standard output; with `--json` that is exactly one JSON object.",
        "Spanish or English by `HUELLA_LANG`, else by the locale; errors, refusals, warnings and findings too.",
        "What `--json` gives does not depend on it: codes, fields and rules are stable, `message`, `reason` and",
        "`advice` are English, a verdict has its sentences in both.",
        "`HUELLA_DEBUG=1` shows where an internal error is.\n",
    ]  # fmt: skip
    for command in commands():
        parts += [f"## huella {command.name}\n", f"{command.help}\n", f"`{_usage(command)}`\n"]
        parts += ["| | | default |", "|---|---|---|"]
        parts += [_parameter_row(parameter) for parameter in command.parameters]
        parts.append("")
    return _page(parts)


def settings_page() -> str:
    """docs/reference/settings.md."""
    parts = [
        "# Settings\n", MADE,
        f"They stand in `{settings.FILE}` in the registry's folder. A variable counts more; the variable's name with",
        "`_FILE` behind it names a file that holds the value (for secrets). Relative paths and SQLite files are",
        "relative to the folder. An unknown name in the file is refused.\n",
    ]  # fmt: skip
    for setting in settings.TABLE:
        kind = "whole number above zero" if isinstance(setting.default, int) else "text"
        if setting.choices:
            kind = " or ".join(f"`{choice}`" for choice in setting.choices)
        parts += [
            f"## {setting.name}\n", f"{setting.help}.\n",
            f"- type: {kind}", f"- default: `{setting.default}`",
            f"- variable: `{settings.variable(setting)}`\n",
        ]  # fmt: skip
    return _page(parts)


def errors_page() -> str:
    """docs/reference/errors.md."""
    parts = [
        "# Errors\n", MADE,
        "Each has a code that stays, a line that says what to do, and whether asking again can help. On the command",
        "line an error is one line with the place and one with the advice, on standard error.\n",
    ]  # fmt: skip
    for found in error_classes():
        said = (found.__doc__ or "").strip().splitlines()[0]
        parent = found.__mro__[1]
        parts += [
            f"## {found.code}\n", f"`{found.__name__}`: {said}\n",
            *([f"- below: `{parent.__name__}`"] if issubclass(parent, errors.HuellaError) else []),
            f"- advice: {found.advice}",
            f"- exit code: {found.exit_code}",
            f"- asking again may help: {'yes' if found.retryable else 'no'}\n",
        ]  # fmt: skip
    return _page(parts)


def kinds_page() -> str:
    """docs/reference/kinds.md."""
    parts = [
        "# Kinds of record\n", MADE,
        "Members of `data`, in the code's order, and the pointers that are sealed: `*` is any element. What is sealed",
        "never stands in a record in clear. Personal values stay in the vault.\n",
    ]  # fmt: skip
    for name, kind in kinds.KINDS.items():
        token = " Its first record becomes a token." if name in kinds.FIRST_OF_ORDER else ""
        first = (kind.shape.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        parts += [f"## {name}\n", f"Subject: {kind.family}.{token} {' '.join(first.split())}\n"]
        parts += [f"Members: {_members(kind.shape)}\n"]
        rules = policy.SEALED.get(name, ())
        if not rules:
            parts.append("Nothing is sealed.\n")
            continue
        parts += ["| sealed | class | when |", "|---|---|---|"]
        parts += [
            f"| `{rule.pattern}` | {rule.secrecy} | {WHEN.get(rule.when, rule.when)} |" for rule in rules
        ]
        parts.append("")
    return _page(parts)


def api_page() -> str:
    """docs/reference/api.md."""
    parts = [
        "# HTTP\n", MADE,
        "The same as OpenAPI 3.1, with shapes and examples: `/api/v1/openapi.json`. Errors are problem documents",
        "(RFC 9457) with a code of [errors](errors.md). Keys are marked. The guide: [api](../guide/api.md).\n",
    ]  # fmt: skip
    found = [
        (path, method, route)
        for path, methods in description()["paths"].items()
        for method, route in methods.items()
    ]
    tags = list(dict.fromkeys(route["tags"][0] for _, _, route in found))
    for tag in tags:
        parts.append(f"## {tag}\n")
        for path, method, route in found:
            if route["tags"][0] != tag:
                continue
            mark = " (key)" if route.get("security") else ""
            parts += [f"### {method.upper()} {path}{mark}\n", " ".join(route["description"].split())]
            asked = [p for p in route.get("parameters", []) if p["in"] in ("query", "header")]
            if asked:
                parts += ["", "Takes: " + ", ".join(f"`{each['name']}`" for each in asked)]
            parts.append("")
    return _page(parts)


PAGES: dict[str, Callable[[], str]] = {
    "api.md": api_page,
    "commands.md": commands_page,
    "settings.md": settings_page,
    "errors.md": errors_page,
    "kinds.md": kinds_page,
}


def stale() -> list[str]:
    """The names of pages that are missing or not what the code says."""
    return [name for name, make in PAGES.items() if _written(FOLDER / name) != make()]


def write() -> None:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` compare them."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    if not arguments:
        write()
        return 0
    wrong = stale()
    for name in wrong:
        print(
            f"docs/reference/{name} is not what the code says: .venv/bin/python tools/docs.py",
            file=sys.stderr,
        )
    return 1 if wrong else 0


def _below(group: object, before: str) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    found: dict[str, typer.core.TyperCommand] = getattr(group, "commands", {})
    for name, command in found.items():
        if getattr(command, "commands", None):
            yield from _below(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _command(name: str, found: typer.core.TyperCommand) -> Command:
    parameters = tuple(_parameter(each) for each in found.params)
    return Command(name, " ".join((found.help or "").split()), parameters)


def _parameter(found: object) -> Parameter:
    def get(name: str, other: Any) -> Any:
        return getattr(found, name, None) or other

    option = get("param_type_name", "") == "option"
    default = get("default", "")
    variable = get("envvar", "")
    takes = "" if get("is_flag", False) or not option else "VALUE"
    return Parameter(
        written=tuple(get("opts", ())) if option else (str(get("metavar", get("human_readable_name", "?"))),),
        option=option, takes=takes, required=bool(get("required", False)),
        default="" if default in ("", None, False) or callable(default) else str(default),
        variable=str(variable), help=" ".join(str(get("help", "")).split()),
    )  # fmt: skip


def _usage(command: Command) -> str:
    words = [f"huella {command.name}"]
    words += [p.written[0] for p in command.parameters if not p.option]
    words += [f"{p.written[0]} {p.takes}".strip() for p in command.parameters if p.option and p.required]
    return " ".join(words)


def _parameter_row(parameter: Parameter) -> str:
    written = _cell(", ".join(f"`{name}`" for name in parameter.written))
    default = f"`{parameter.default}`" if parameter.default else ("required" if parameter.required else "")
    over = f" Variable: `{parameter.variable}`." if parameter.variable else ""
    return f"| {written} | {_cell(parameter.help)}{over} | {default} |"


def _cell(text: str) -> str:
    """Text that may stand in a cell of a table."""
    return text.replace("|", "\\|")


def _members(shape: type[msgspec.Struct]) -> str:
    fields = msgspec.structs.fields(shape)
    return (
        ", ".join(f"`{field.encode_name}`" + ("" if field.required else "?") for field in fields)
        + " (? may be absent)"
    )


def _written(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _page(parts: list[str]) -> str:
    return "\n".join(parts).rstrip("\n") + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
