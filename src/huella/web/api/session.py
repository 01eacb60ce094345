"""People signing in: a password, then a one-time password or a passkey."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from huella.errors import NotAllowed, NotSignedIn
from huella.flow import own_access, people
from huella.flow.access import Caller
from huella.flow.house import House
from huella.web.answers import Answer
from huella.web.api import API
from huella.web.api.shapes import problems
from huella.web.auth import CallerDep, cookie_name, csrf_of, session_of
from huella.web.house import HouseDep, OwnerDep

router = APIRouter(prefix=f"{API}/session", tags=["session"])
REFUSALS = problems(401, 403, 422, 429)


class Login(BaseModel):
    """What somebody knows."""

    model_config = ConfigDict(extra="forbid")

    login: str = Field(max_length=80, examples=["maria"])
    password: str = Field(max_length=200)


class Code(BaseModel):
    """A one-time password."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^[0-9]{6}$", examples=["123456"])


class Passwords(BaseModel):
    """The present password and the one in its place."""

    model_config = ConfigDict(extra="forbid")

    old: str = Field(max_length=200)
    new: str = Field(max_length=200)


@router.post("", responses=REFUSALS)
def begin(house: OwnerDep, given: Annotated[Login, Body()]) -> Response:
    """Half a session for the right password: `second` tells what is asked next; empty, one is to be set up."""
    token, second = people.begin(house, given.login, given.password)
    return signed(house, Answer({"second": list(second)}), token)


@router.post("/totp/new", responses=REFUSALS)
def new_totp(request: Request, house: OwnerDep) -> Response:
    """A secret for one-time passwords, for who has none yet. It counts once a code of it was right."""
    secret, address = people.totp_secret(house, token_of(request, house))
    return Answer({"secret": secret, "address": address}, headers={"cache-control": "no-store"})


@router.post("/totp", responses=REFUSALS)
def totp(request: Request, house: OwnerDep, given: Annotated[Code, Body()]) -> Response:
    """The whole session for a right one-time password; each counts once."""
    token = people.totp(house, token_of(request, house), given.code)
    return signed(house, Answer({"csrf": people.csrf(house, token)}), token)


@router.delete("/totp", status_code=204, responses=problems(401, 403, 409))
def drop_totp(request: Request, house: OwnerDep, caller: CallerDep) -> Response:
    """No one-time passwords any more, within ten minutes of signing in; the last second factor stays."""
    person_of(caller)
    own_access.drop_totp(house, token_of(request, house))
    return Response(status_code=204)


@router.post("/password", responses=REFUSALS)
def change_password(
    request: Request, house: OwnerDep, caller: CallerDep, given: Annotated[Passwords, Body()]
) -> Response:
    """Another password, within ten minutes of signing in. Every other session of the person ends."""
    person_of(caller)
    token = own_access.change_password(house, token_of(request, house), given.old, given.new)
    return signed(house, Answer({"csrf": people.csrf(house, token)}), token)


@router.get("", responses=REFUSALS)
def whoami(request: Request, house: HouseDep, caller: CallerDep) -> Response:
    """Who asks, with which rights; for a session the token that its changes carry (`X-CSRF-Token`)."""
    told: dict[str, Any] = {
        "id": caller.id, "name": caller.name, "scopes": sorted(caller.scopes), "ruc": caller.ruc,
        "csrf": csrf_of(request, house),
    }  # fmt: skip
    return Answer(told, headers={"cache-control": "no-store"})


@router.delete("", status_code=204)
def end(request: Request, house: OwnerDep) -> Response:
    """Sign out."""
    token = session_of(request, house)
    if token:
        people.end_session(house, token)
    response = Response(status_code=204)
    response.delete_cookie(cookie_name(house), path="/")
    return response


def signed(house: House, response: Response, token: str) -> Response:
    """The answer with the session's cookie: for this host, out of scripts' reach, not sent from other sites."""
    name = cookie_name(house)
    response.set_cookie(
        name, token, path="/", httponly=True, samesite="strict", secure=name.startswith("__Host")
    )
    response.headers["cache-control"] = "no-store"
    return response


def person_of(caller: Caller) -> str:
    """The person who asks by a session. NotAllowed for an API key, though a person is behind it."""
    kind, _, person = caller.id.partition(":")
    if kind != "person":
        raise NotAllowed("this is for people", advice="Sign in; an API key has no such thing.")
    return person


def token_of(request: Request, house: House) -> str:
    """The token of the session that asks, whole or half. NotSignedIn without one."""
    token = session_of(request, house)
    if not token:
        raise NotSignedIn("this needs a session: begin with the password")
    return token
