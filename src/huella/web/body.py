"""A request's body for handlers that read it themselves: a piece at a time, never more than is allowed."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
from anyio import from_thread
from fastapi import Request

from huella.errors import InputError, TooLarge
from huella.flow.hand_in import FACT_LIMIT

_IN_MEMORY = 1_000_000


def read_json(request: Request, limit: int = FACT_LIMIT) -> tuple[Any, bytes]:
    """The body's JSON value and its bytes. InputError where it is no JSON, TooLarge beyond the limit."""
    raw = b"".join(_pieces(request, limit))
    try:
        return orjson.loads(raw), raw
    except orjson.JSONDecodeError as error:
        raise InputError(f"the body is no JSON: {error.msg}", field="/") from None


def read_bytes(request: Request, limit: int = FACT_LIMIT) -> bytes:
    """The body's bytes. TooLarge beyond the limit."""
    return b"".join(_pieces(request, limit))


def spooled_lines(request: Request, limit: int) -> Iterator[bytes]:
    """The body's lines, kept in a file without a name while they are worked on: memory does not grow with it. Of a line
    longer than a fact may be comes so much that it is seen, and no more of it."""
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (closed when its lines are read)
    for piece in _pieces(request, limit):
        file.write(piece)
    file.seek(0)

    def lines() -> Iterator[bytes]:
        with file:
            while line := file.readline(FACT_LIMIT + 2):
                yield line
                while len(line) > FACT_LIMIT and not line.endswith(b"\n"):
                    line = file.readline(FACT_LIMIT + 2) or b"\n"

    return lines()


def _pieces(request: Request, limit: int) -> Iterator[bytes]:
    """The body from this thread, as the server receives it."""
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > limit:
        raise TooLarge(f"a body of this request has at most {limit} bytes", field="/")
    stream = aiter(request.stream())
    size = 0
    while (piece := from_thread.run(_next, stream)) is not None:
        size += len(piece)
        if size > limit:
            raise TooLarge(f"a body of this request has at most {limit} bytes", field="/")
        yield piece


async def _next(stream: AsyncIterator[bytes]) -> bytes | None:
    return await anext(stream, None)
