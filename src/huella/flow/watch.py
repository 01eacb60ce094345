"""Watching: audits in rounds, most of them of what is new only, a full one every so many; each finding told once."""

from __future__ import annotations

import hashlib
import hmac
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

from huella.flow.audit import audit
from huella.flow.findings import Finding, Report
from huella.flow.house import House

TIMEOUT = 10.0
"""Seconds that a hook or a webhook may take."""
SIGNATURE = "X-Huella-Signature"


@dataclass(slots=True)
class Watch:
    """What a watch remembers between rounds: how many there were, what is compared and anchored, what was told."""

    done: int = 0
    anchored: int = 0
    told: set[tuple[Any, ...]] = field(default_factory=set)


def rounds(
    house: House, state: Watch, wait: Callable[[float], bool], every: float, full_every: int
) -> Iterator[tuple[Report, list[Finding]]]:
    """Each round's report and new findings, without end; the first round and each `full_every`-th are full.

    The others begin at the first entry that had no anchor in the round before. `wait` lets so many seconds pass
    between two rounds and returns True to stop. That entries wait for their anchor is no alert.
    """
    while True:
        report = audit(house, 0 if state.done % full_every == 0 else state.anchored)
        state.done += 1
        state.anchored = report.anchored
        fresh = []
        for found in report.findings:
            key = (found.cls, found.table, found.row, found.column, found.sealed, found.present)
            if key not in state.told and (found.cls, found.table) != ("behind", "entries"):
                state.told.add(key)
                fresh.append(found)
        yield report, fresh
        if wait(every):
            return


def run_hook(command: str, body: bytes) -> None:
    """Run a command, without a shell, with the alert on its standard input.

    Raises OSError, ValueError or subprocess.SubprocessError where it cannot be run, fails or takes too long.
    """
    subprocess.run(
        shlex.split(command), input=body, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT,
        check=True,
    )  # fmt: skip


def post(url: str, body: bytes, key: bytes | None) -> None:
    """POST the alert; with a key its HMAC-SHA256 (RFC 2104) in hexadecimal stands in the header SIGNATURE.

    Raises OSError (URLError is one) or ValueError where it is not taken.
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError("a webhook is an http or https address")
    headers = {"Content-Type": "application/json"}
    if key is not None:
        headers[SIGNATURE] = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    with urlopen(Request(url, body, headers), timeout=TIMEOUT):  # noqa: S310 - the scheme is checked above
        pass
