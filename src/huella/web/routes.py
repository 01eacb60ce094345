"""Every family of routes, and when it is loaded.

`at_once` answers whoever looks whether the process is up. `the_rest` is read, checked and built when a request is none
of these, or a moment after the server listens, whichever comes first: its handlers and their parameters are a third of
the time of a start.

Routes are taken as their routers have them: including a router would build each of its routes once more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from huella.later import later
from huella.web.api import status

if TYPE_CHECKING:
    from huella.web import families
else:
    families = later("huella.web.families")


def at_once() -> Sequence[BaseRoute]:
    """Routes that are there from the first moment on."""
    return status.router.routes


def the_rest() -> list[BaseRoute]:
    """All others: those of the API in the order of the reference, then the portal's pages, which nothing describes."""
    pages = [each for router in families.PAGES for each in router.routes if isinstance(each, APIRoute)]
    for page in pages:
        page.include_in_schema = False
    return [*chain.from_iterable(router.routes for router in families.DESCRIBED), *pages]


class Rest(BaseRoute):
    """Stands at the end of an application's routes for those that are not there yet."""

    def __init__(self, app: FastAPI, loading: Callable[[], list[BaseRoute]] = the_rest) -> None:
        self._app = app
        self._loading = loading
        self._loaded: list[BaseRoute] | None = None
        self._turn = threading.Lock()

    def load(self) -> list[BaseRoute]:
        """Load them, once. Safe between threads."""
        with self._turn:
            if self._loaded is None:
                self._loaded = self._loading()
            return self._loaded

    def add(self) -> None:
        """Put them in this one's place. By the thread that runs the application, or before it runs."""
        loaded, routes = self.load(), self._app.router.routes
        if self in routes:
            routes[routes.index(self) : routes.index(self) + 1] = loaded

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Everything: whether one of them fits is seen once they are there."""
        return (Match.FULL if scope["type"] == "http" else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add them, and look again."""
        await run_in_threadpool(self.load)
        self.add()
        await self._app.router(scope, receive, send)
