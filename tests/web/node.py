"""The browser's library, as it was built, run by node."""

from __future__ import annotations

import json
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from contracts.build import node_and_npm

import browser

DRIVER = Path(__file__).with_name("browser.mjs")


def run(jobs: list[dict[str, Any]]) -> list[Any]:
    """What the library answers to these jobs; bytes among their values go as base64."""
    manifest = browser.BUILT / "manifest.json"
    if not manifest.exists():
        pytest.skip("the portal's program is not built: make setup")
    library = browser.BUILT / json.loads(manifest.read_text("utf-8"))["src/library.ts"]["file"]
    sent = [{name: _plain(value) for name, value in job.items()} for job in jobs]
    node, _ = node_and_npm()
    done = subprocess.run(
        [*node, str(DRIVER), str(library)], input=json.dumps(sent), capture_output=True, text=True, check=True
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def _plain(value: Any) -> Any:
    return b64encode(value).decode() if isinstance(value, bytes) else value
