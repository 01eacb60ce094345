"""A procedure's page, and all procedures; the JSON twins are /api/v1/requirements and /api/v1/requirements/{number}."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from huella.flow import listing, tender_card
from huella.web.api.shapes import BIGGEST
from huella.web.house import HouseDep, PagesDep

router = APIRouter()
MOST = 50


@router.get("/requirements", response_class=HTMLResponse)
def procedures(
    request: Request, house: HouseDep, pages: PagesDep, first: Annotated[int, Query(ge=0, le=BIGGEST)] = 0
) -> HTMLResponse:
    """Procedures in the order of the log."""
    page = listing.procedures(house, first, MOST, {})
    return pages.render(request, "procedures.html", rows=page.rows, following=page.following)


@router.get("/requirements/{number}", response_class=HTMLResponse)
def procedure(request: Request, house: HouseDep, pages: PagesDep, number: str) -> HTMLResponse:
    """Countdown while open; count, root and offers behind the close; the award with its reasons. What an open
    procedure has of offers nobody knows, and nothing here tells it."""
    card = tender_card.procedure_card(house, number.strip().upper()[:80])
    return pages.render(request, "procedure.html", open=card["told"]["procedure"]["status"] == "open", **card)
