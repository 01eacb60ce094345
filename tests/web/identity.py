"""An identity provider on loopback, as honest or as hostile as a test wants it: OpenID Connect, code flow with PKCE."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "huella", "a client's secret"
Claims = dict[str, Any]


@cache
def rsa(name: str) -> RSAKey:
    """A key of the provider, or of somebody else, made once."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


def signed(claims: Claims) -> str:
    """An ID token as the provider signs it."""
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, rsa("one"))


@dataclass
class Identity:
    """The provider: who is signed in at it (`sub`), what its tokens say besides, and how they are signed."""

    now: Callable[[], float]
    issuer: str = ""
    sub: str = "maria@idp"
    more: Claims = field(default_factory=dict)
    sign: Callable[[Claims], str] = signed
    metadata: Claims = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def known(self) -> Claims:
        """What it tells of itself."""
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        told = {name: f"{self.issuer}/{path}" for name, path in names.items()}
        return {
            "issuer": self.issuer,
            "id_token_signing_alg_values_supported": ["RS256"],
            **told,
            **self.metadata,
        }

    def authorize(self, given: dict[str, str]) -> str:
        """Where somebody who is signed in here is sent back to."""
        assert (given["response_type"], given["client_id"], given["scope"]) == ("code", CLIENT, "openid")
        assert given["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = given
        back = {"code": code, "state": given["state"], "iss": self.issuer}
        return f"{given['redirect_uri']}?{urlencode(back)}"

    def token(self, given: dict[str, str], authorization: str) -> Claims | None:
        """The tokens for a code, once; None: refused."""
        basic = base64.b64encode(
            f"{CLIENT}:{SECRET.replace(' ', '%20').replace(chr(39), '%27')}".encode()
        ).decode()
        begun = self.codes.pop(given["code"], None)
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if authorization != f"Basic {basic}" or begun is None or made != begun["code_challenge"]:
            return None
        if begun["redirect_uri"] != given["redirect_uri"]:
            return None
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "sub": self.sub,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
        }
        told = {name: value for name, value in {**claims, **self.more}.items() if value is not None}
        return {"id_token": self.sign(told), "access_token": "unused", "token_type": "Bearer"}


@contextmanager
def provider(now: Callable[[], float]) -> Iterator[Identity]:
    """One that listens."""
    found = Identity(now)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            found.asked.append(parts.path)
            if parts.path == "/authorize":
                self.send_response(303)
                self.send_header("location", found.authorize(dict(parse_qsl(parts.query))))
                self.end_headers()
                return
            public = {"keys": [rsa("one").as_dict(private=False)]}
            self._tell({"/jwks": public, "/.well-known/openid-configuration": found.known()}.get(parts.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._tell(found.token(dict(parse_qsl(body)), self.headers.get("authorization", "")))

        def _tell(self, told: Claims | None) -> None:
            self.send_response(400 if told is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.issuer = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()
