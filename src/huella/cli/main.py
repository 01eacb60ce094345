"""`huella`: the program. With the verifier alone installed it has `verify`; with everything, all commands."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

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
    """Run the program; whatever goes wrong is one clear line and an exit code, never a traceback."""
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except HuellaError as error:
        complain(error)
        code = error.exit_code
    except typer.Abort:
        code = 130
    except typer.TyperException as error:  # wrong use
        console.tell("error", message=error.format_message())
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: nothing more to say
        code = 0
    except Exception as error:
        if os.environ.get("HUELLA_DEBUG"):
            raise
        console.tell(
            "internal", kind=type(error).__name__, message=str(error).splitlines()[0] if str(error) else ""
        )
        code = 2
    sys.exit(code if isinstance(code, int) else 0)


def complain(error: HuellaError) -> None:
    """One line for what is wrong and where, one for what to do."""
    if isinstance(error, InputError) and error.field:
        console.tell("error-field", field=error.field, message=error)
    else:
        console.tell("error", message=error)
    console.tell("advice", advice=error.advice)
