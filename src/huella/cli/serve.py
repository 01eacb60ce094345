"""The command that answers over HTTP: serve."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from huella.cli import console
from huella.cli.open import Folder, registry
from huella.flow.house import House
from huella.web.app import create_app
from huella.web.watching import tell_in_lines


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
            _Server(config, app.state.pages.load).run()
    return 0


class _Server(uvicorn.Server):
    """The server, which does some work in a thread once it listens."""

    def __init__(self, config: uvicorn.Config, then: Callable[[], None]) -> None:
        super().__init__(config)
        self._then = then

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then begin that work."""
        await super().startup(sockets)
        threading.Thread(target=self._then, name="templates", daemon=True).start()


def _worker(house: House) -> AbstractContextManager[None]:
    # its rounds sign, fetch and audit: as much again to load as all that answers, and seldom in this process
    from huella.cli.beside import worker_beside  # noqa: PLC0415

    return worker_beside(house)
