"""One question to one node. The ledger has a client of its own, which also reads what contracts and pools say."""

from __future__ import annotations

import http.client
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import orjson

from huella.errors import InputError, LedgerRefused, LedgerUnreachable

MAX_ANSWER = 4 * 1024 * 1024
# A node is asked where it is, not where a company's proxy thinks it is.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(url: str, method: str, *params: Any, seconds: float = 5.0) -> Any:
    """The `result` of one JSON-RPC request.

    InputError where `url` is no http address, LedgerRefused where the node says no, LedgerUnreachable where nothing
    readable came within `seconds` of silence.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise InputError(f"{url} is not an address such as http://HOST:PORT", field="rpc")
    body = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - looked at above
    try:
        with _OPENER.open(request, timeout=seconds) as answer:
            found = orjson.loads(answer.read(MAX_ANSWER))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise LedgerUnreachable(
            f"{url} gives no readable answer to {method}: {type(error).__name__}"
        ) from error
    if isinstance(found, dict) and isinstance(found.get("error"), dict):
        raise LedgerRefused(f"{url} refuses {method}: {str(found['error'].get('message'))[:200]}")
    if not isinstance(found, dict) or "result" not in found:
        raise LedgerUnreachable(f"{url} answers {method} with no JSON-RPC answer")
    return found["result"]
