"""Lodged digests: who got no receipt left one on the chain, and asks here, or at any mirror, what became of it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from huella.errors import InputError, NotFound
from huella.flow import lodged as reading
from huella.flow.house import House
from huella.web.api.shapes import BIGGEST
from huella.web.house import HouseDep, PagesDep

router = APIRouter()
ROWS = 50
_REQUIREMENT = re.compile(r"[!-~]{1,80}\Z")


@router.get("/lodged", response_class=HTMLResponse)
def lodged(
    request: Request, house: HouseDep, pages: PagesDep,
    digest: Annotated[str, Query(max_length=200)] = "",
    requirement: Annotated[str, Query(max_length=80)] = "",
    first: Annotated[int, Query(alias="from", ge=0, le=BIGGEST)] = 0,
) -> HTMLResponse:  # fmt: skip
    """Ask about one digest, of an offer's file or typed, or look through all; the twin of `/api/v1/lodged`."""
    typed, wanted = digest.strip().lower().removeprefix("0x"), requirement.strip().upper()
    found, problem = None, None
    if typed:
        try:
            found = _find(house, typed, wanted)
        except NotFound:
            problem = "unknown"
        except InputError as error:
            problem = error.field
    rows, following = ([], 0) if typed else reading.page(house, first, ROWS)
    status = 200 if problem is None else 404 if problem == "unknown" else 422
    return pages.render(
        request, "lodged.html", status, typed=digest.strip(), wanted=wanted, found=found, problem=problem, rows=rows,
        first=first, following=following if len(rows) == ROWS else None, looked=reading.looked(house),
    )  # fmt: skip


def _find(house: House, digest: str, requirement: str) -> dict[str, Any]:
    named = requirement if _REQUIREMENT.match(requirement) else ""
    return reading.find(house, digest, named or None)
