"""Couriers: alerts on their way out, each until it is taken. A courier that fails holds up nobody but itself."""

from __future__ import annotations

import hashlib
import hmac
import shlex
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from http.client import HTTPException
from urllib.request import Request, urlopen

TIMEOUT = 10.0
"""Seconds that a hook or a webhook may take."""
FIRST, LONGEST = 1.0, 300.0
"""Seconds until the first retry, and at most: each takes twice as long as the one before."""
KEPT = 10_000
"""Alerts that wait at most; then the oldest is dropped."""
SIGNATURE = "X-Huella-Signature"

Failed = Callable[[str, Exception], None]


class Courier:
    """Delivers alerts one after the other in a thread of its own, in their order, again and again until taken.

    `failed` hears the name and the error once when deliveries begin to fail, not at each attempt.
    """

    def __init__(
        self, name: str, send: Callable[[bytes], None], failed: Failed, waiting: Sequence[str] = ()
    ) -> None:
        self.name = name
        self._send = send
        self._failed = failed
        self._waiting = deque((body.encode() for body in waiting), KEPT)
        self._turn = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, body: bytes) -> None:
        """Take one more alert; returns at once."""
        with self._turn:
            self._waiting.append(body)
            self._turn.notify()

    @property
    def waiting(self) -> list[str]:
        """What is not delivered yet, oldest first."""
        with self._turn:
            return [body.decode() for body in self._waiting]

    def close(self) -> None:
        """Deliver what can be delivered without a retry, and end; what is left is in `waiting`."""
        with self._turn:
            self._closing = True
            self._turn.notify()
        self._thread.join(2 * TIMEOUT)

    def _run(self) -> None:
        pause = 0.0
        while True:
            with self._turn:
                if pause:
                    self._turn.wait_for(lambda: self._closing, pause)
                else:
                    self._turn.wait_for(lambda: self._closing or bool(self._waiting))
                if self._closing and (pause or not self._waiting):
                    return
                body = self._waiting[0]
            pause = self._attempt(body, pause)

    def _attempt(self, body: bytes, pause: float) -> float:
        """Deliver one; the seconds to wait before the next attempt, 0 where it was taken."""
        try:
            self._send(body)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            if not pause:
                self._failed(self.name, error)
            return min(2 * pause or FIRST, LONGEST)
        with self._turn:
            if self._waiting and self._waiting[0] is body:  # else it was dropped meanwhile
                self._waiting.popleft()
        return 0.0


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
    try:
        with urlopen(Request(url, body, headers), timeout=TIMEOUT):  # noqa: S310 - the scheme is checked above
            pass
    except HTTPException as error:
        raise OSError(f"no answer in HTTP: {type(error).__name__}") from error
