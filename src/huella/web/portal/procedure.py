"""A procedure's page, and all procedures; the JSON twins are /api/v1/requirements and /api/v1/requirements/{number}."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from huella.errors import InputError, NotFound
from huella.flow import listing, show, tender_card
from huella.flow.procedure import case
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
    number = number.strip().upper()[:80]
    with house.moment():
        try:
            found = case(house, number)
        except InputError:
            raise NotFound(f"{number} is not registered", field="requirement") from None
        told = show.show_procedure(house, number)
        offers = tender_card.offers(house, found)
    wanted = found.life.requirement
    return pages.render(
        request, "procedure.html", told=told, number=number, wanted=wanted, open=told["procedure"]["status"] == "open",
        closed=_closed(told["entries"]), codes={each["leaf"]: each["offer"] for each in told["offers"]},
        offers=offers,
    )  # fmt: skip


def _closed(entries: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Count and root of the closed set, as its record tells them."""
    for entry in entries:
        if entry["kind"] in ("offers.closed", "procedure.cancelled") and entry["data"].get("root"):
            return {"count": entry["data"]["count"], "root": entry["data"]["root"], "index": entry["index"]}
    return None
