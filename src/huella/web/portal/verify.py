"""Verification: a page whose program checks files in the browser, and a form for codes and numbers without it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from huella.errors import InputError
from huella.flow import codes
from huella.web.house import HouseDep, PagesDep

router = APIRouter()
CODE_LETTERS = 16


@router.get("/verify", response_class=HTMLResponse)
def verify(
    request: Request, house: HouseDep, pages: PagesDep, code: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Drop a file, scan a QR, or type what the paper shows. A document never comes here."""
    typed = code.strip().upper()
    if typed.startswith(("OCAM-", "REQ-")):
        return RedirectResponse(f"/{'orders' if typed.startswith('OCAM') else 'requirements'}/{typed}", 303)
    if typed:
        try:
            codes.order_of(house, typed)
        except InputError as error:
            return pages.render(
                request, "verify.html", 404, typed=typed, refused=error, address=_address(house)
            )
        return RedirectResponse(f"/v/{typed}", 303)
    return pages.render(request, "verify.html", typed="", refused=None, address=_address(house))


def _address(house: HouseDep) -> str:
    return house.settings.text("registry.address")
