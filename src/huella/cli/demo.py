"""The demonstration: the whole road on generated data, with one forged row found at the end."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
