"""The command that answers over HTTP: serve."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from huella.cli import console
from huella.cli.open import Folder, registry
from huella.flow import provider
from huella.flow.house import House
from huella.web.app import create_app, prepare
from huella.web.watching import tell_in_lines

SOON = 0.5
"""Seconds that the first readers have for themselves before the server prepares for those after them."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen at.", min=0, max=65535)] = 8000,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Do the worker's rounds in this process too.")
    ] = False,
    folder: Folder = Path(),
) -> int:
    """Answer over HTTP: portal, API and log. One line of JSON a request goes to standard error, without personal data.

    SIGTERM and SIGINT end it once the requests under way are answered.
    """
    with registry(folder) as house:
        if with_worker:
            house.check_owner()
        provider.of(house)  # what is named by half is told now
        tell_in_lines()
        app = create_app(house)
        config = uvicorn.Config(
            app,
            host,
            port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        with _worker(house) if with_worker else nullcontext():
            console.tell("serving", address=f"http://{host}:{port}")
            _Server(config, partial(_prepare, app)).run()
    return 0


def _prepare(app: FastAPI) -> None:
    prepare(app)
    # What is loaded now stays: no collection looks at it again. And garbage goes in small lots, as each stops all
    # who wait; the many at once of the other commands took a tenth of a second.
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 20)


class _Server(uvicorn.Server):
    """The server, which does some work in a thread a moment after it listens: who waits for it is answered first."""

    def __init__(self, config: uvicorn.Config, then: Callable[[], None]) -> None:
        super().__init__(config)
        self._then = then

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and begin that work soon."""
        await super().startup(sockets)
        timer = threading.Timer(SOON, self._then)
        timer.daemon = True
        timer.start()


def _worker(house: House) -> AbstractContextManager[None]:
    # its rounds sign, fetch and audit: as much again to load as all that answers, and seldom in this process
    from huella.cli.beside import worker_beside  # noqa: PLC0415

    return worker_beside(house)
