"""What an operator sees of the server: figures for Prometheus, and one line of JSON a request.

Neither holds an address, a name or a query: routes stand by their pattern, callers not at all.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huella.flow.house import House

log = logging.getLogger("huella.web")
_FIELDS = ("method", "route", "status", "ms", "code", "kind")


class Watching:
    """Counts, times and tells requests by their route's pattern."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        names = ("method", "route", "status")
        self._count = Counter("huella_requests_total", "Requests answered", names, registry=registry)
        self._time = Histogram("huella_request_seconds", "Time to an answer", ("route",), registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then note it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        told = [500]

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                told[0] = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._note(scope, told[0], time.perf_counter() - begun)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = str(getattr(scope.get("route"), "path", "other"))
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "DELETE") else "other"
        self._count.labels(method, route, str(status)).inc()
        self._time.labels(route).observe(seconds)
        told = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        log.info("answered", extra=told)


class Register(Collector):
    """The register's own figures, asked when they are fetched: nothing of a procedure, nothing before its close."""

    def __init__(self, house: House) -> None:
        self._house = house

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Size of the log, and how much of it is on the chain."""
        with self._house.moment():
            size, anchored = self._house.journal.size(), self._house.anchors.anchored()
        yield GaugeMetricFamily("huella_log_entries", "Entries of the log", value=size)
        yield GaugeMetricFamily("huella_log_anchored", "Entries that are on the chain", value=anchored)


def registry_of(house: House) -> CollectorRegistry:
    """The figures of one application."""
    made = CollectorRegistry()
    made.register(Register(house))
    return made


def text(registry: CollectorRegistry) -> bytes:
    """The figures in Prometheus' text format."""
    return generate_latest(registry)


class Lines(logging.Formatter):
    """One JSON object a line; of an exception only its kind and place."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        told |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[2]:
            last = record.exc_info[2]
            while last.tb_next is not None:
                last = last.tb_next
            told["at"] = f"{last.tb_frame.f_code.co_filename.rpartition('/')[2]}:{last.tb_lineno}"
        return json.dumps(told)


def tell_in_lines() -> None:
    """Let the server's log go to standard error in such lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logger = logging.getLogger("huella.web")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
