"""How the registry is: alive, ready to answer."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from huella.flow import read
from huella.web.house import HouseDep

router = APIRouter(tags=["status"])


@router.get("/health")
def health() -> dict[str, str]:
    """Whether the program runs; it asks nobody else."""
    return {"status": "ok"}


@router.get("/ready")
def ready(house: HouseDep) -> dict[str, Any]:
    """Whether the registry can answer: its database is there. 503 where it is not."""
    return {"status": "ok", "entries": read.size(house)}
