"""One node's JSON-RPC over HTTP, bounded in time and size; and what its answers mean, GoQuorum's and Besu's.

The standard library does it: a request is one POST, and a client of somebody else's would bring a few dozen packages
to a registrar's machine.
"""

from __future__ import annotations

import base64
import socket
import threading
from collections import deque
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

import orjson

from huella.errors import LedgerRefused, LedgerUnreachable, SettingsError

MAX_ANSWER = 64 * 1024 * 1024
Trouble = Literal[
    "unreachable",
    "slow",
    "garbage",
    "failing",
    "behind",
    "other-chain",
    "other-contract",
    "dissents",
    "unproven",
]


class NodeSilent(LedgerUnreachable):
    """A node gave no answer that can be read; `trouble` says in which way."""

    code = "node-silent"

    def __init__(self, message: str, trouble: Trouble) -> None:
        super().__init__(message)
        self.trouble = trouble


class NodeError(NodeSilent):
    """A node answered with a JSON-RPC error.

    `number` and `said` are its code and message, `reverted` the contract's own words where the error carries them; None
    where it is the node that could not, or would not.
    """

    code = "node-error"

    def __init__(self, node: str, number: int, said: str, reverted: bytes | None) -> None:
        super().__init__(f"{node} answers with error {number}: {said}", "failing")
        self.number = number
        self.said = said
        self.reverted = reverted


def _split(url: str) -> tuple[SplitResult, str, int | None]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if host is not None and parts.scheme in ("http", "https"):
            return parts, host, port
    except ValueError:
        pass
    shown = url.rpartition("@")[2]  # never a password
    raise SettingsError(f"a node's address is http://HOST:PORT or https://HOST:PORT, not {shown!r}")


class Rpc:
    """A node's address. Safe between threads: each request has a connection of its own, kept for the next one.

    `timeout` is in seconds and counts for a whole answer, not for each piece of it.
    """

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        """SettingsError where `url` is no http or https address."""
        parts, host, port = _split(url)
        self.timeout = timeout
        self._make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port = host, port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._headers = {"Content-Type": "application/json"}
        if parts.username is not None:
            pair = f"{parts.username}:{parts.password or ''}".encode()
            self._headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        self._idle: deque[HTTPConnection] = deque()
        shown = f"[{host}]" if ":" in host else host
        self.name = f"{parts.scheme}://{shown}" + (f":{port}" if port else "") + parts.path.rstrip("/")

    def ask(self, method: str, *params: Any) -> Any:
        """The `result` of a request. NodeError where the node says no, NodeSilent where it says nothing of use."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        status, body = self._post(orjson.dumps(request))
        try:
            answer = orjson.loads(body)  # bounded nesting: json's own reader can be made to overrun the stack
        except orjson.JSONDecodeError:
            raise NodeSilent(
                f"{self.name} answers {method} with garbage (status {status})", "garbage"
            ) from None
        if not isinstance(answer, dict) or answer.get("id") not in (1, None):
            raise NodeSilent(f"{self.name} answers {method} with no JSON-RPC answer", "garbage")
        error = answer.get("error")
        if isinstance(error, dict):
            code = error.get("code")
            said = str(error.get("message"))[:300]
            raise NodeError(self.name, code if isinstance(code, int) else 0, said, revert_data(error))
        if "result" not in answer or error is not None:
            raise NodeSilent(f"{self.name} answers {method} with no result", "garbage")
        return answer["result"]

    def close(self) -> None:
        """Ends the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _post(self, body: bytes) -> tuple[int, bytes]:
        kept = self._take()
        if kept is not None:
            try:
                return self._exchange(kept, body)
            except NodeSilent as error:
                if error.trouble != "unreachable":
                    raise
                # the node may have ended the idle connection; every request can be asked twice
        return self._exchange(self._make(self._host, self._port, timeout=self.timeout), body)

    def _take(self) -> HTTPConnection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _exchange(self, connection: HTTPConnection, body: bytes) -> tuple[int, bytes]:
        late = threading.Event()
        timer = threading.Timer(self.timeout, _cut, (connection, late))
        timer.daemon = True
        timer.start()
        try:
            connection.request("POST", self._path, body, self._headers)
            answer = connection.getresponse()
            content = answer.read(MAX_ANSWER + 1)
        except (OSError, HTTPException) as error:
            connection.close()
            raise self._silent(error, late.is_set()) from None
        finally:
            timer.cancel()
        if late.is_set() or answer.will_close or len(content) > MAX_ANSWER:
            connection.close()
        else:
            self._idle.append(connection)
        if late.is_set():
            raise self._silent(TimeoutError(), late=True)
        if len(content) > MAX_ANSWER:
            raise NodeSilent(f"{self.name} answers with more than {MAX_ANSWER} bytes", "garbage")
        return answer.status, content

    def _silent(self, error: Exception, late: bool) -> NodeSilent:
        if late or isinstance(error, TimeoutError):
            return NodeSilent(f"{self.name} gave no answer in {self.timeout:g} s", "slow")
        if isinstance(error, OSError):
            return NodeSilent(f"{self.name} cannot be reached: {error}", "unreachable")
        return NodeSilent(f"{self.name} does not speak HTTP: {type(error).__name__}", "garbage")


def _cut(connection: HTTPConnection, late: threading.Event) -> None:
    """Ends a connection that takes too long: a socket's own timeout counts for each piece, and a node that drips would
    hold us for ever."""
    late.set()
    found = connection.sock
    if found is not None:
        with suppress(OSError):  # it is closed already
            found.shutdown(socket.SHUT_RDWR)


# --------------------------------------------------------------------------------- what answers mean


def revert_data(error: dict[str, Any]) -> bytes | None:
    """The contract's words in an error: empty where it reverted without any, None where it did not revert.

    GoQuorum (geth) sends code 3 and the bytes as `data`; Besu code -32000 and the same; older ones write `Reverted 0x…`
    or put the bytes one level deeper.
    """
    data = error.get("data")
    if isinstance(data, dict):
        data = data.get("data", data.get("result"))
    if isinstance(data, str):
        text = data.removeprefix("Reverted ").strip()
        if text.startswith("0x"):
            try:
                return bytes.fromhex(text[2:])
            except ValueError:
                return None
    return b"" if "revert" in str(error.get("message")).lower() else None


def number(value: Any, what: str) -> int:
    """A quantity as JSON-RPC writes it (0x and hex digits). NodeSilent where it is none."""
    try:
        if isinstance(value, str) and value.startswith("0x") and len(value) <= 66:
            return int(value[2:] or "0", 16)
    except ValueError:
        pass
    raise NodeSilent(f"{what} is no number", "garbage")


def octets(value: Any, what: str, width: int | None = None) -> bytes:
    """Bytes as JSON-RPC writes them, of `width` where given. NodeSilent where they are none."""
    try:
        if isinstance(value, str) and value.startswith("0x"):
            found = bytes.fromhex(value[2:])
            if width is None or len(found) == width:
                return found
    except ValueError:
        pass
    raise NodeSilent(f"{what} is not what it has to be", "garbage")


def fields(value: Any, what: str) -> dict[str, Any]:
    """An object. NodeSilent where it is none."""
    if isinstance(value, dict):
        return value
    raise NodeSilent(f"{what} is no object", "garbage")


def items(value: Any, what: str) -> list[Any]:
    """A list. NodeSilent where it is none."""
    if isinstance(value, list):
        return value
    raise NodeSilent(f"{what} is no list", "garbage")


# -------------------------------------------------------------------------- what a node says to a transaction

_KNOWN = ("already known", "known transaction", "transaction already")
_SPENT = ("nonce too low", "nonce has already been used")
_TAKEN = ("replacement transaction", "underpriced replacement")


def reception(error: NodeError) -> Literal["known", "spent", "taken", "refused"]:
    """What an error to a sent transaction means: the node has it already; its nonce is in a block; another one with
    its nonce waits; or the node does not take it."""
    said = error.said.lower()
    for word, signs in (("known", _KNOWN), ("spent", _SPENT), ("taken", _TAKEN)):
        if any(sign in said for sign in signs):
            return word  # type: ignore[return-value]
    return "refused"


def refused_by_node(error: NodeError) -> LedgerRefused:
    """A node's own refusal as the registry's error."""
    return LedgerRefused(
        f"the network does not take the transaction: {error.said}",
        reason="Node",
        advice="Check the registrar's permission, the gas limits and the chain id with the network's operators.",
    )
