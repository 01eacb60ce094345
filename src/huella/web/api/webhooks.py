"""Webhooks: who is told of new records, and what could not be told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from huella.flow import hooks
from huella.flow.access import ADMINISTRATOR, AUDITOR
from huella.web.answers import Answer
from huella.web.api import API
from huella.web.api.shapes import Index, PageDep, problems
from huella.web.auth import CallerDep
from huella.web.house import HouseDep, OwnerDep

router = APIRouter(prefix=f"{API}/webhooks", tags=["webhooks"])
REFUSALS = problems(401, 403, 404, 422, 429)
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{1,32}$")]


class NewWebhook(BaseModel):
    """Where to tell, and of which kinds of record (none: of all)."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=500, examples=["https://siga.example.pe/huella"])
    kinds: list[str] = Field(default=[], max_length=40, examples=[["order.accepted"]])


@router.get("", responses=REFUSALS)
def list_webhooks(house: HouseDep, caller: CallerDep, asked: PageDep) -> Response:
    """The webhooks, the newest first, without their secrets, and how far each was told."""
    caller.check(ADMINISTRATOR)
    rows, following = hooks.listed(house, asked)
    return Answer({"webhooks": rows, "next": following})


@router.post("", status_code=201, responses=REFUSALS)
def make_webhook(house: OwnerDep, caller: CallerDep, given: Annotated[NewWebhook, Body()]) -> Response:
    """A new webhook, told of what is sealed from now on. Each post is signed as Standard Webhooks say; the secret is in
    this answer and nowhere else."""
    caller.check(ADMINISTRATOR)
    made, secret = hooks.make(house, caller, given.url, given.kinds)
    return Answer({"id": made, "secret": secret}, 201, {"cache-control": "no-store"})


@router.delete("/{webhook}", status_code=204, responses=REFUSALS)
def disable_webhook(house: OwnerDep, caller: CallerDep, webhook: Id) -> Response:
    """Tell it no more."""
    caller.check(ADMINISTRATOR)
    hooks.disable(house, webhook)
    return Response(status_code=204)


@router.get("/dead", responses=REFUSALS)
def list_dead(house: HouseDep, caller: CallerDep, asked: PageDep) -> Response:
    """The posts that were given up after the last try, of the newest entry first."""
    caller.check(ADMINISTRATOR, AUDITOR)
    rows, following = hooks.dead(house, asked)
    return Answer({"dead": rows, "next": following})


@router.post("/{webhook}/dead/{index}/again", status_code=204, responses=REFUSALS)
def try_again(house: OwnerDep, caller: CallerDep, webhook: Id, index: Index) -> Response:
    """Try a dead post once more."""
    caller.check(ADMINISTRATOR)
    hooks.again(house, webhook, index)
    return Response(status_code=204)
