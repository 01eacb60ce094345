"""The page that problem documents lead to; its JSON twin is /api/v1/errors."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from huella.web.house import PagesDep
from huella.web.views import mistakes

router = APIRouter()


@router.get("/docs/errors", response_class=HTMLResponse)
def errors(request: Request, pages: PagesDep) -> HTMLResponse:
    """Each code under its own anchor: what it says, and what to do."""
    return pages.render(request, "errors.html", rows=mistakes.told())
