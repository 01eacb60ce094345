"""Answers: JSON with exact amounts, bytes that never change with ETag and Range, rows that stream."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from huella.web.static import IMMUTABLE

NDJSON = "application/x-ndjson"
_RANGE = re.compile(r"bytes=(?=\d|-\d)([0-9]{0,20})-([0-9]{0,20})\Z", re.ASCII)


def dumps(value: Any) -> bytes:
    """JSON bytes: an amount is a string with two decimals, as in records."""
    return orjson.dumps(value, _plain, orjson.OPT_NON_STR_KEYS)  # the database's names are a kind of str


class Answer(JSONResponse):
    """A JSON answer."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return dumps(content)


def fixed(
    request: Request, body: bytes, media: str, *, name: str | None = None, forever: bool = True
) -> Response:
    """Bytes under a strong ETag; 304 for who has them, 206 for who wants one range of them, 416 beyond their end.
    Several ranges at once, or what is none, are as if none were wanted.

    `forever`: they are never others under this address. `name` is what a browser saves them as.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"etag": tag, "accept-ranges": "bytes", "cache-control": IMMUTABLE if forever else "no-cache"}
    if name is not None:
        headers["content-disposition"] = f'inline; filename="{name}"'
    known = request.headers.get("if-none-match", "")
    if tag in [each.strip().removeprefix("W/") for each in known.split(",")]:
        return Response(status_code=304, headers=headers)
    wanted = _RANGE.match(request.headers.get("range", "").strip())
    if wanted is None or request.headers.get("if-range", tag) != tag:
        return Response(body, 200, headers, media)
    span = _span(wanted[1], wanted[2], len(body))
    if span is None:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{len(body)}"})
    first, end = span
    headers["content-range"] = f"bytes {first}-{end - 1}/{len(body)}"
    return Response(body[first:end], 206, headers, media)


def stream(rows: Iterable[bytes], media: str, name: str | None = None) -> StreamingResponse:
    """Pieces as they come, from a thread: whoever reads slowly holds no connection to the database meanwhile."""
    headers = {} if name is None else {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(rows, 200, headers, media)


def pieces(rows: Iterable[bytes], size: int = 64_000) -> Iterator[bytes]:
    """Small rows joined to pieces of about `size` bytes: each one sent costs as much as a large one."""
    waiting: list[bytes] = []
    length = 0
    for row in rows:
        waiting.append(row)
        length += len(row)
        if length >= size:
            yield b"".join(waiting)
            waiting, length = [], 0
    yield b"".join(waiting)


def json_lines(rows: Iterable[Any]) -> Iterator[bytes]:
    """One JSON object a line."""
    for row in rows:
        yield dumps(row) + b"\n"


def _span(first_told: str, last_told: str, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last of a range (RFC 9110, 14.1.2); None where there is nothing of it."""
    if first_told == "":
        first, end = max(0, size - int(last_told)), size
    else:
        first, end = int(first_told), min(size, int(last_told) + 1 if last_told else size)
    return (first, end) if first < end else None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    raise TypeError
