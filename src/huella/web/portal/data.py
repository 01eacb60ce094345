"""Open data: what can be taken away."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from huella.flow import listing, on_chain
from huella.web.house import HouseDep, PagesDep

router = APIRouter()


@router.get("/data", response_class=HTMLResponse)
def data(request: Request, house: HouseDep, pages: PagesDep) -> HTMLResponse:
    """Forms, months, feed, contract and licence."""
    return pages.render(
        request, "data.html", months=listing.months(house)[::-1], contract=house.ledger.contract,
        chain=house.ledger.chain_id,
    )  # fmt: skip


@router.get("/data/contract.abi.json", response_class=JSONResponse)
def contract_abi() -> JSONResponse:
    """The contract's interface (ABI), for whoever reads the chain with a program of his own."""
    return JSONResponse(on_chain.abi(), headers={"access-control-allow-origin": "*"})
