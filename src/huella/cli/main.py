"""`huella`: the program. With the verifier alone installed it has `verify`; with everything, all commands."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import click
import typer

from huella.cli import check, console
from huella.errors import HuellaError, InputError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Registers public purchase orders so that no change stays unseen; verifies them without trusting anybody.",
)
check.register(app)
if find_spec("sqlalchemy") and find_spec("eth"):
    from huella.cli import demo, guard, keep, look, papers

    for family in (keep, look, papers, guard, demo):
        family.register(app)


def run() -> None:
    """Run the program; an error of ours is one clear line and an exit code, never a traceback."""
    try:
        code = app(standalone_mode=False)
    except HuellaError as error:
        complain(error)
        code = error.exit_code
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = 2
    except BrokenPipeError:
        code = 0
        sys.stderr.close()
    sys.exit(code if isinstance(code, int) else 0)


def complain(error: HuellaError) -> None:
    """One line for what is wrong and where, one for what to do."""
    if isinstance(error, InputError) and error.field:
        console.tell("error-field", field=error.field, message=error)
    else:
        console.tell("error", message=error)
    console.tell("advice", advice=error.advice)
