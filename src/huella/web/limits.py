"""How often one address may ask: many times for what is public, few times for what could be guessed.

A moving window in this process's memory, by the address of the connection; nothing of it is written anywhere. Behind a
proxy the server must be told to trust the proxy's word for the address (docs/guide/api.md).
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Network, ip_address

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from huella.errors import TooMany
from huella.web.problems import answer_with, problem_of

_GUESSES = ("/api/v1/verify", "/api/v1/session", "/api/v1/lodge", "/v/", "/login")
"""Addresses whose answer tells whether something secret was right."""
_FREE = ("/api/v1/health", "/api/v1/ready", "/static/")
MINUTE = 60.0
KNOWN = 50_000
"""Addresses that are remembered; who did not ask for longest is forgotten first."""


class Window:
    """So many hits a minute for each name: this minute's, and of the minute before the share that is not over yet.

    Two numbers a name, whatever the limit; the `limits` package keeps every hit and starts a thread to forget it.
    """

    def __init__(self, amount: int, now: Callable[[], float] = time.monotonic) -> None:
        self._amount = amount
        self._now = now
        self._kept: OrderedDict[str, tuple[int, int, int]] = OrderedDict()

    def hit(self, name: str) -> int:
        """Count one; 0 where it is allowed, else the seconds until one is. What is refused does not count."""
        minute, over = divmod(self._now(), MINUTE)
        at, before, hits = self._kept.pop(name, (int(minute), 0, 0))
        if at != minute:
            at, before, hits = int(minute), hits if at == minute - 1 else 0, 0
        left = self._amount - hits - before * (1 - over / MINUTE)
        self._kept[name] = at, before, hits + (left >= 1)
        if len(self._kept) > KNOWN:
            self._kept.popitem(last=False)
        if left >= 1:
            return 0
        spare = self._amount - hits - 1  # of the minute before, so many may still count
        if spare < 0:  # only once this minute is the one before
            return math.ceil(2 * MINUTE - over - MINUTE * (self._amount - 1) / hits)
        return max(1, math.ceil(MINUTE * (1 - spare / before) - over))


class Limits:
    """Answers 429 where an address asked too often, with the seconds to wait in Retry-After."""

    def __init__(self, app: ASGIApp, rate: int, guesses: int, api: str) -> None:
        self._app = app
        self._api = api
        self._rate = Window(rate)
        self._guesses = Window(guesses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        wait = self._wait(Request(scope)) if scope["type"] == "http" else 0
        if not wait:
            await self._app(scope, receive, send)
            return
        problem = problem_of(TooMany("too many requests from this address", wait=wait))
        answer = answer_with(Request(scope), self._api, problem, {"Retry-After": str(wait)})
        await answer(scope, receive, send)

    def _wait(self, request: Request) -> int:
        path = request.url.path
        if path.startswith(_FREE):
            return 0
        who = network_of(request.client.host) if request.client is not None else ""
        guess = (path.startswith(_GUESSES) and request.method != "GET") or path.startswith("/v/")
        wait = self._guesses.hit(who) if guess or "code" in request.query_params else 0
        return wait or self._rate.hit(who)


def network_of(host: str) -> str:
    """Whom an address belongs to: of IPv6 everybody has a whole /64."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(IPv6Network((int(address) >> 64 << 64, 64)))
