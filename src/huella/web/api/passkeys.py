"""Passkeys of people: registered with a session, signed in with alone. What is asked is WebAuthn's own JSON."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from huella.flow import people
from huella.web.answers import Answer
from huella.web.api import API
from huella.web.api.session import person_of, signed, token_of
from huella.web.api.shapes import problems
from huella.web.auth import CallerDep
from huella.web.house import HouseDep, OwnerDep

router = APIRouter(prefix=f"{API}/session", tags=["session"])
REFUSALS = problems(401, 403, 409, 422, 429)
PRIVATE = {"cache-control": "no-store"}


class Registered(BaseModel):
    """A new passkey, as `navigator.credentials.create` gave it (RegistrationResponseJSON), and its name."""

    model_config = ConfigDict(extra="forbid")

    credential: dict[str, Any] = Field(
        examples=[{"id": "…", "rawId": "…", "type": "public-key", "response": {}}]
    )
    name: str = Field("", max_length=80, examples=["teléfono"])


class Unlocked(BaseModel):
    """A passkey's answer (AuthenticationResponseJSON), with the question's own token."""

    model_config = ConfigDict(extra="forbid")

    asked: str = Field(max_length=400, pattern=r"^[A-Za-z0-9_-]+$", examples=["dG9rZW4"])
    credential: dict[str, Any] = Field(
        examples=[{"id": "…", "rawId": "…", "type": "public-key", "response": {}}]
    )


@router.post("/passkeys/new", responses=REFUSALS)
def new_passkey(request: Request, house: OwnerDep) -> Response:
    """What `navigator.credentials.create` is asked (`publicKey`), for who signed in within the last ten minutes, or has
    no second factor yet."""
    return Answer(module().registration(house, token_of(request, house)), headers=PRIVATE)


@router.post("/passkeys", status_code=201, responses=REFUSALS)
def register(request: Request, house: OwnerDep, given: Annotated[Registered, Body()]) -> Response:
    """Keep a new passkey. Who had no second factor is signed in with it."""
    token = module().register(house, token_of(request, house), given.credential, given.name)
    return signed(house, Answer({"csrf": people.csrf(house, token)}, 201), token)


@router.get("/passkeys", responses=REFUSALS)
def mine(house: HouseDep, caller: CallerDep) -> Response:
    """The passkeys of who asks."""
    return Answer({"passkeys": module().listed(house, person_of(caller))}, headers=PRIVATE)


@router.delete("/passkeys/{key}", status_code=204, responses=problems(401, 403, 404, 409))
def remove(
    request: Request, house: OwnerDep, caller: CallerDep, key: Annotated[str, Path(max_length=1400)]
) -> Response:
    """Take a passkey away, within ten minutes of signing in; the last second factor stays."""
    person_of(caller)
    module().remove(house, token_of(request, house), key)
    return Response(status_code=204)


@router.post("/passkey/question", responses=problems(429))
def question(house: OwnerDep) -> Response:
    """What `navigator.credentials.get` is asked to sign in (`publicKey`), and the question's token, for ten minutes."""
    asked, options = module().question(house)
    return Answer({"asked": asked, "publicKey": options}, headers=PRIVATE)


@router.post("/passkey", responses=REFUSALS)
def sign_in(house: OwnerDep, given: Annotated[Unlocked, Body()]) -> Response:
    """A whole session for a passkey that its authenticator unlocked: no password is asked."""
    token = module().sign_in(house, given.asked, given.credential)
    return signed(house, Answer({"csrf": people.csrf(house, token)}), token)


def module() -> ModuleType:
    """`huella.flow.passkeys`, loaded when it is first needed."""
    # py_webauthn reads every attestation's format there is: a fifth of a second to load, for a sign-in now and then
    from huella.flow import passkeys  # noqa: PLC0415

    return passkeys
