"""How the registry is: alive, ready to answer."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from huella.flow import read
from huella.web.house import HouseDep
from huella.web.watching import text

router = APIRouter(tags=["status"])


@router.get("/health")
def health() -> dict[str, str]:
    """Whether the program runs; it asks nobody else."""
    return {"status": "ok"}


@router.get("/ready")
def ready(house: HouseDep) -> dict[str, Any]:
    """Whether the registry can answer: its database is there. 503 where it is not."""
    return {"status": "ok", "entries": read.size(house)}


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Figures for Prometheus: requests by route, size of the log, how much of it is on the chain."""
    return Response(text(request.app.state.figures), media_type="text/plain; version=0.0.4; charset=utf-8")
