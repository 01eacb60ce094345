"""The portal's program in the browser: what set-up built from web-client/ into static/dist (docs/design/browser.md)."""

from __future__ import annotations

import functools
import json
from typing import Any

from huella.web.static import BUILT, FOLDER, address


def script(name: str = "main") -> str | None:
    """The address of an entry's script (`main`, of every page); None where nothing was built: pages work without."""
    entry = _manifest().get(f"src/{name}.ts")
    return None if entry is None else address(BUILT + str(entry["file"]))


@functools.cache
def _manifest() -> dict[str, Any]:
    """Vite's manifest: source to built file. Empty where nothing was built."""
    try:
        read: dict[str, Any] = json.loads((FOLDER / BUILT / "manifest.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return read
