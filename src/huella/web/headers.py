"""Headers of every answer: a strict Content-Security-Policy without inline script, and what else browsers ask for.
HEAD is answered here too: as GET, without the body.

A handler that sets one of them itself keeps its own.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        # the reader of QR codes is WebAssembly; nothing inline, nothing evaluated
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        # a visitor asks nodes of his own choice what the chain says
        "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
        "worker-src 'self'",
        "manifest-src 'self'",
        "media-src 'self' blob:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
ALWAYS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
_OPEN = ("/api/v1/", "/tile/", "/checkpoint")
"""What other sites' scripts may read: public data, and never with cookies."""
TRANSPORT = "max-age=31536000; includeSubDomains"


class Headers:
    """Adds the headers; `secure` is whether the registry's address is https, so that browsers stay there."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        bare = scope["method"] == "HEAD"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope)
            elif bare:
                message = {**message, "body": b""}
            await send(message)

        # whoever answers GET answers HEAD (RFC 9110, 9.3.2): the same, without the body
        await self._app({**scope, "method": "GET"} if bare else scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, scope: Scope) -> None:
        for name, value in ALWAYS.items():
            headers.setdefault(name, value)
        if self._secure:
            headers.setdefault("strict-transport-security", TRANSPORT)
        if scope["path"].startswith(_OPEN):
            if scope["method"] in ("GET", "HEAD"):
                headers.setdefault("access-control-allow-origin", "*")
        else:
            headers.setdefault("cross-origin-resource-policy", "same-origin")
        headers.setdefault("cache-control", "no-cache")
