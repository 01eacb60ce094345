"""How often one address may ask: many times for what is public, few times for what could be guessed.

A moving window in this process's memory, by the address of the connection; nothing of it is written anywhere. Behind a
proxy the server must be told to trust the proxy's word for the address (docs/guide/api.md).
"""

from __future__ import annotations

import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from huella.errors import TooMany
from huella.web.problems import MEDIA, problem_of

_GUESSES = ("/api/v1/verify", "/api/v1/session", "/api/v1/lodge", "/v/", "/login")
"""Addresses whose answer tells whether something secret was right."""
_FREE = ("/api/v1/health", "/api/v1/ready", "/static/")


class Limits:
    """Answers 429 where an address asked too often, with the seconds to wait in Retry-After."""

    def __init__(self, app: ASGIApp, rate: int, guesses: int) -> None:
        self._app = app
        self._rate = RateLimitItemPerMinute(rate)
        self._guesses = RateLimitItemPerMinute(guesses)
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        wait = self._wait(Request(scope)) if scope["type"] == "http" else 0
        if not wait:
            await self._app(scope, receive, send)
            return
        problem = problem_of(TooMany("too many requests from this address", wait=wait))
        answer = JSONResponse(problem, problem["status"], {"retry-after": str(wait)}, MEDIA)
        await answer(scope, receive, send)

    def _wait(self, request: Request) -> int:
        path = request.url.path
        if path.startswith(_FREE):
            return 0
        who = request.client.host if request.client is not None else ""
        guess = (path.startswith(_GUESSES) and request.method != "GET") or path.startswith("/v/")
        return (self._hit(self._guesses, who) if guess or "code" in request.query_params else 0) or self._hit(
            self._rate, who
        )

    def _hit(self, item: RateLimitItem, who: str) -> int:
        """0 where it is allowed, else the seconds until it is."""
        if self._windows.hit(item, str(item.amount), who):
            return 0
        reset = self._windows.get_window_stats(item, str(item.amount), who).reset_time
        return max(1, round(reset - time.time()))
