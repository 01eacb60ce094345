"""Search: results by place in the log, the newest first; its JSON twin is /api/v1/orders."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from huella.flow import search as index
from huella.flow.search import Asked
from huella.web.api.shapes import BIGGEST
from huella.web.api.stats import KeptDep
from huella.web.house import HouseDep, PagesDep
from huella.web.views import figures

router = APIRouter()
MOST = 20
Value = Annotated[str, Query(max_length=120)]


@router.get("/search", response_class=HTMLResponse)
def search(  # noqa: PLR0913 - one parameter a filter
    request: Request,
    house: HouseDep,
    pages: PagesDep,
    kept: KeptDep,
    q: Annotated[str, Query(max_length=200)] = "",
    catalogue: Value = "",
    department: Value = "",
    procedure: Value = "",
    shape: Value = "",
    before: Annotated[int | None, Query(ge=0, le=BIGGEST)] = None,
) -> Response:
    """Orders that hold every word. A whole number of an order, or of a procedure, leads to its page."""
    number = q.strip().upper()
    if number.startswith("OCAM-") and house.index.order(number) is not None:
        return RedirectResponse(f"/orders/{number}", 303)
    if number.startswith("REQ-") and house.tenders.procedure(number) is not None:
        return RedirectResponse(f"/requirements/{number}", 303)
    asked = Asked(q, catalogue, department, procedure, shape)
    found = index.find(house, asked, before, MOST)
    with house.moment():
        rows, options = index.rows(house, found.firsts), figures.choices(house, kept)
    chosen: dict[str, Any] = {"q": q, **asked._asdict()}
    chosen.pop("text")
    told = {name: value for name, value in chosen.items() if value}
    begin = "/search" + ("?" + urlencode(told) if told else "")
    return pages.render(
        request, "search.html", begin=begin,
        rows=rows, chosen=chosen, options=options, narrowed=any(asked[1:]), first=before is None,
        more=None if found.before is None else "/search?" + urlencode({**told, "before": found.before}),
    )  # fmt: skip
