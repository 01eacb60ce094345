"""How the registry is: alive, ready to answer."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from huella.flow import read
from huella.web.api import API
from huella.web.api.shapes import Shape
from huella.web.house import HouseDep
from huella.web.views import mistakes
from huella.web.watching import text

router = APIRouter(prefix=API, tags=["status"])


class Mistake(Shape):
    """A code and its words, in Spanish and English."""

    code: str = Field(examples=["not-found"])
    status: int
    es: str
    en: str
    advice: str
    retryable: bool


@router.get("/health")
def health() -> dict[str, str]:
    """Whether the program runs; it asks nobody else."""
    return {"status": "ok"}


@router.get("/ready")
def ready(house: HouseDep) -> dict[str, Any]:
    """Whether the registry can answer: its database is there. 503 where it is not."""
    return {"status": "ok", "entries": read.size(house)}


@router.get("/errors")
def error_codes() -> list[Mistake]:
    """Every code of a problem document: its status, what it says, what to do. `type` leads to the same as a page."""
    return [Mistake(**each) for each in mistakes.told()]


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Figures for Prometheus: requests by route, size of the log, how much of it is on the chain."""
    return Response(text(request.app.state.figures), media_type="text/plain; version=0.0.4; charset=utf-8")
