"""The reader's language: Spanish unless the address, the cookie or the browser asks for English, in this order."""

from __future__ import annotations

from typing import Literal, cast
from urllib.parse import urlencode

from starlette.requests import HTTPConnection
from starlette.responses import Response

Language = Literal["es", "en"]
COOKIE = "huella_lang"
_YEAR = 365 * 24 * 3600


def language_of(request: HTTPConnection) -> Language:
    """`es` or `en`: by `?lang=`, else the cookie, else Accept-Language."""
    for told in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if told in ("es", "en"):
            return cast("Language", told)
    return _preferred(request.headers.get("accept-language", "")[:200])


def remember(request: HTTPConnection, response: Response) -> None:
    """Keep a language that the address asked for. The cookie holds nothing else and needs nobody's consent."""
    told = request.query_params.get("lang")
    if told in ("es", "en"):
        response.set_cookie(COOKIE, told, max_age=_YEAR, samesite="lax", httponly=True, path="/")


def switch(request: HTTPConnection, language: Language) -> str:
    """The address of this very page in the other language: what was asked for stays as it was."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return "?" + urlencode([*asked, ("lang", "en" if language == "es" else "es")])


def _preferred(accepted: str) -> Language:
    """The better liked of the two in an Accept-Language header (RFC 9110, 12.5.4); Spanish where neither is."""
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            value = float(weight) if weight else 1.0
        except ValueError:
            continue
        weights.setdefault(tag.strip().lower()[:2], value)
    return "en" if weights.get("en", 0.0) > weights.get("es", 0.0) else "es"
