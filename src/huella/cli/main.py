"""`huella`: the program. With the verifier alone installed it has `verify`; with everything, all commands."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from importlib.metadata import version
from importlib.util import find_spec
from typing import Annotated

import typer

from huella.cli import console
from huella.errors import FileError, HuellaError

SERVER: dict[str, tuple[str, ...]] = {
    "keep": ("init", "import", "seal", "anchor", "refused"),
    "look": ("show", "stats", "export"),
    "papers": ("pdf", "evidence", "stamp"),
    "signatures": ("signatures", "trust-list"),
    "guard": ("audit",),
    "demo": ("demo",),
    "work": ("worker", "tacit"),
    "serve": ("serve",),
    "access": ("access",),
    "parties": ("key", "assign"),
    "erasure": ("erase",),
    "procedures": ("close", "open", "award", "cancel", "offer"),
    "network": ("network",),
    "ledger": ("ledger",),
    "mirror": ("rebuild", "recover"),
    "lodged": ("lodged",),
    "watch": ("watch",),
}
ALONE: dict[str, tuple[str, ...]] = {
    "check": ("verify",),
    "offers": ("opening-key", "party-key", "offer"),
    "awards": ("verify-award",),
    "witness": ("witness",),
}
"""The modules that need the verifier alone, and their commands."""
FAMILIES = ALONE | SERVER
"""The modules of this room and their commands, so that a command loads no more than it needs."""


def program(command: str | None = None) -> typer.Typer:
    """The program with the family of one command, or with all of them (None, or a command that no family has)."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Registers public purchase orders so that no change stays unseen; verifies them without trusting anybody.",
    )
    app.callback()(_root)
    families = FAMILIES if find_spec("sqlalchemy") and find_spec("eth") else ALONE
    wanted = [name for name, commands in families.items() if command in commands]
    for name in wanted or families:
        importlib.import_module(f"huella.cli.{name}").register(app)
    return app


def run() -> None:
    """Run the program; whatever goes wrong is one clear line and an exit code, never a traceback."""
    given = sys.argv[1:] or ["--help"]
    json = "--json" in given
    gc.set_threshold(
        100_000, 20, 50
    )  # records are many small values without cycles: looking for them takes a third
    try:
        code = program(given[0])(given, standalone_mode=False)
    except HuellaError as error:
        console.complain(error, json)
        code = error.exit_code
    except (typer.Abort, KeyboardInterrupt):  # the second while the command is still being loaded
        code = 130
    except typer.TyperException as error:  # wrong use
        console.complain_of_use(error.format_message(), json)
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: nothing more to say
        code = 0
    except OSError as error:
        if os.environ.get("HUELLA_DEBUG"):
            raise
        told = FileError.of(error)
        console.complain(told, json)
        code = told.exit_code
    except Exception as error:
        if os.environ.get("HUELLA_DEBUG"):
            raise
        first = str(error).splitlines()[0] if str(error) else ""
        console.tell("internal", kind=type(error).__name__, message=first)
        code = 2
    sys.exit(code if isinstance(code, int) else 0)


def _version(asked: bool) -> None:
    if asked:
        console.show(f"huella {version('huella')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_version)
]


def _root(shown: Version = False) -> None:
    """Without this a program of one command would take the command's name for a file."""
