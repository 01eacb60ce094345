"""The log at the root, as every C2SP client asks for it: `/checkpoint`, and `/tile/…` (tlog-tiles)."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from huella.errors import NotFound
from huella.flow import read
from huella.web.house import HouseDep

router = APIRouter(tags=["log"])


@router.get("/checkpoint", response_class=PlainTextResponse)
def checkpoint(house: HouseDep) -> PlainTextResponse:
    """The newest signed checkpoint (C2SP tlog-checkpoint)."""
    note = read.stats(house)["checkpoint"]
    if note is None:
        raise NotFound("the log is empty: nothing was signed yet", field="checkpoint")
    return PlainTextResponse(note)
