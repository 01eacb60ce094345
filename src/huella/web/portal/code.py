"""The QR's page: what somebody with the paper in hand must know first. Small, for a bad line; never in an index."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from huella.flow import codes
from huella.flow.card import order_card
from huella.web.house import HouseDep, PagesDep

router = APIRouter()
PRIVATE = {"x-robots-tag": "noindex, nofollow", "cache-control": "private, no-store"}


@router.get("/v/{code}", response_class=HTMLResponse)
def by_code(request: Request, house: HouseDep, pages: PagesDep, code: str) -> Response:
    """The order whose paper carries this code: where its goods go now, what changed, its state."""
    if code.upper().startswith("OCAM-"):  # by its number only what is public
        return RedirectResponse(f"/orders/{code.upper()[:80]}", 303)
    number, entry = codes.order_of(house, code[:60])
    card = order_card(house, number)
    response = pages.render(request, "code.html", card=card, code=code.upper(), entry=entry)
    response.headers.update(PRIVATE)
    return response
