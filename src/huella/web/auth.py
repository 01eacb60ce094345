"""Who asks: an API key in `Authorization: Bearer`, or a person's session in a cookie, held to its page by a CSRF token.

A browser sends cookies by itself, so whatever a session changes needs the token too: in the header `X-CSRF-Token`, or
in the form's field `csrf`. A key is sent by nobody else's page and needs none.
"""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from huella.errors import NotAllowed, NotSignedIn
from huella.flow import access, people
from huella.flow.access import Caller
from huella.flow.house import House
from huella.web.house import HouseDep

COOKIE = "huella_session"
SECURE_COOKIE = "__Host-huella_session"
CSRF = "x-csrf-token"
_SAFE = ("GET", "HEAD", "OPTIONS")
_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="An API key, `hk_…`")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session", description="A person's session")


def cookie_name(house: House) -> str:
    """The session cookie's name: under https one that browsers take from this host alone."""
    return SECURE_COOKIE if house.settings.text("registry.address").startswith("https://") else COOKIE


def session_of(request: Request, house: House) -> str | None:
    """The session's token, as the browser sent it."""
    return request.cookies.get(cookie_name(house))


def csrf_of(request: Request, house: House) -> str:
    """The token that this session's forms carry; empty without a session."""
    token = session_of(request, house)
    return people.csrf(house, token) if token else ""


def check_csrf(request: Request, house: House, given: str) -> None:
    """NotAllowed unless a form carries its session's token."""
    wanted = csrf_of(request, house)
    if not wanted or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise NotAllowed(
            "this form is not of this session", advice="Load the page again and send it once more."
        )


def present(request: Request, house: HouseDep) -> Caller | None:
    """Who asks, None where nobody is told. NotSignedIn for a key or session that is not valid."""
    given = request.headers.get("authorization", "")
    if given:
        kind, _, key = given.partition(" ")
        if kind.lower() != "bearer":
            raise NotSignedIn("this takes `Authorization: Bearer`")
        return access.caller_of_key(house, key.strip())
    token = session_of(request, house)
    return people.caller_of_session(house, token) if token else None


def required(
    request: Request,
    house: HouseDep,
    _key: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    _session: Annotated[str | None, Depends(_cookie)],
) -> Caller:
    """Who asks. NotSignedIn where nobody is told; NotAllowed where a session changes something without its token."""
    found = present(request, house)
    if found is None:
        raise NotSignedIn("this needs a key or a session")
    if request.method not in _SAFE and "authorization" not in request.headers:
        check_csrf(request, house, request.headers.get(CSRF, ""))
    return found


def signed_in(request: Request, house: HouseDep) -> Caller | None:
    """The person of a portal's page, None where nobody is signed in; a session that ended is nobody's."""
    try:
        return present(request, house)
    except NotSignedIn:
        return None


CallerDep = Annotated[Caller, Depends(required)]
VisitorDep = Annotated[Caller | None, Depends(signed_in)]


class SignInFirst(Exception):
    """Nobody is signed in at a page of the desk: the browser is led to where one signs in."""


def person(caller: VisitorDep) -> Caller:
    """The person of the desk's page."""
    if caller is None:
        raise SignInFirst
    return caller


def lead_in(_: Request, __: Exception) -> Response:
    """Where who is not signed in goes on."""
    return RedirectResponse("/login", 303)


PersonDep = Annotated[Caller, Depends(person)]
