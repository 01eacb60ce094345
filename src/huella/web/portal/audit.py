"""Audit and nodes: what the watch found last, heads, anchors, witnesses, and each node as it is now."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from huella.flow import standing
from huella.web.house import HouseDep, PagesDep
from huella.web.views import chain

router = APIRouter()


@router.get("/audit", response_class=HTMLResponse)
def audit(request: Request, house: HouseDep, pages: PagesDep) -> HTMLResponse:
    """How the register stands: findings, log, chain, witnesses, and how to become one."""
    told: dict[str, Any] = standing.of(house)
    return pages.render(request, "audit.html", told=told, live=chain.nodes(house, request.app.state.chain))
