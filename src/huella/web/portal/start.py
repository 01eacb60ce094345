"""The first page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from huella.flow import read
from huella.web.house import HouseDep, PagesDep

router = APIRouter(include_in_schema=False)


@router.get("/", response_class=HTMLResponse)
def start(request: Request, house: HouseDep, pages: PagesDep) -> HTMLResponse:
    """The register at a glance."""
    return pages.render(request, "start.html", entries=read.size(house))
