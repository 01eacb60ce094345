"""Files that never change under their name: built ones carry a digest in it, others are asked for with `?v=digest`."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
BUILT = "dist/"
"""What Vite built: names with a digest in them."""
IMMUTABLE = "public, max-age=31536000, immutable"
_BUILT_ALWAYS_FRESH = ("sw.js", "manifest.json", ".vite/manifest.json")


class Files(StaticFiles):
    """Static files with caching for ever, where the address says which bytes are meant."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404."""
        response = await super().get_response(path, scope)
        named = path.startswith(BUILT) and not path.endswith(_BUILT_ALWAYS_FRESH)
        if response.status_code in (200, 206, 304) and (named or b"v=" in scope["query_string"]):
            response.headers["cache-control"] = IMMUTABLE
        return response


def mount_static(app: FastAPI) -> None:
    """`/static/…` out of this package."""
    app.mount("/static", Files(directory=FOLDER), name="static")


@cache
def address(path: str) -> str:
    """The address of a static file, with its digest where its name has none. FileNotFoundError where there is none."""
    if path.startswith(BUILT):
        return f"/static/{path}"
    digest = hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()
    return f"/static/{path}?v={digest[:16]}"
