"""Open data: what can be taken away, and the trust file."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from huella.flow import listing, standing
from huella.web.answers import fixed
from huella.web.house import HouseDep, PagesDep

router = APIRouter()


@router.get("/data", response_class=HTMLResponse)
def data(request: Request, house: HouseDep, pages: PagesDep) -> HTMLResponse:
    """Forms, months, feed, contract and licence."""
    return pages.render(
        request, "data.html", months=listing.months(house)[::-1], contract=house.ledger.contract,
        chain=house.ledger.chain_id,
    )  # fmt: skip


@router.get("/trust.json")
def trust(request: Request, house: HouseDep) -> Response:
    """The trust file that this registry hands out; a careful reader has it from somebody else."""
    return fixed(request, standing.trust_file(house), "application/json", name="trust.json", forever=False)
