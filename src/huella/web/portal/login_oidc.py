"""Signing in at the organisation's identity provider: there and back, in one browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from huella.errors import HuellaError
from huella.flow import people
from huella.flow.house import House
from huella.later import later
from huella.web.api.session import signed
from huella.web.auth import session_of
from huella.web.house import OwnerDep, PagesDep
from huella.web.pages import Pages
from huella.web.portal.login import PRIVATE, TO, Wanted, ask, leads

if TYPE_CHECKING:
    from huella.flow import oidc
else:
    oidc = later("huella.flow.oidc")

router = APIRouter(prefix="/login/oidc")


@router.get("", response_class=HTMLResponse)
def begin(request: Request, house: OwnerDep, pages: PagesDep, to: Wanted = "") -> Response:
    """Send the browser to the provider, if it is sent from here and not by another site's page."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return RedirectResponse("/login", 303)
    try:
        sent = oidc.begin(house)
    except HuellaError as error:
        return ask(request, house, pages, error, "")
    response = RedirectResponse(sent.address, 303, PRIVATE)
    _keep(response, house, f"{sent.token}.{to if to in TO else ''}")
    return response


@router.get("/return", response_class=HTMLResponse)
def arrive(request: Request, house: OwnerDep, pages: PagesDep) -> Response:
    """The session of who comes back.

    The answer is a page and no redirect: a browser that comes from elsewhere sends the new session's cookie only when a
    page of ours leads on.
    """
    token, _, to = request.cookies.get(_cookie(house), "").partition(".")
    response: Response
    try:
        arrived = oidc.arrive(house, token, request.query_params)
    except HuellaError as error:
        response = ask(request, house, pages, error, "")
    else:
        if isinstance(arrived, oidc.Unknown):
            response = ask(request, house, pages, arrived.error, "", arrived.subject)
        else:
            response = _onward(request, house, pages, arrived, to)
    _keep(response, house, "")
    return response


def _onward(request: Request, house: House, pages: Pages, arrived: oidc.Arrived, to: str) -> Response:
    people.end_session(house, session_of(request, house) or "")  # the new one takes its place in this browser
    after = f"?to={to}" if to in TO else ""
    onward = leads(to)["then"] if arrived.whole else f"/login/code{after}"
    shown = pages.render(request, "login.html", step="arrived", problem=None, unknown="", onward=onward)
    response = signed(house, shown, arrived.token)
    response.headers.update({**PRIVATE, "refresh": f"0; url={onward}"})
    return response


def _keep(response: Response, house: House, value: str) -> None:
    """Keep what the browser has to come back with; strict cookies would not come along from the provider's page."""
    name = _cookie(house)
    seconds = int(people.HALF_LIFE.total_seconds()) if value else 0
    response.set_cookie(
        name, value, seconds, path="/", httponly=True, samesite="lax", secure=name.startswith("__Host")
    )


def _cookie(house: House) -> str:
    secure = house.settings.text("registry.address").startswith("https://")
    return "__Host-huella_oidc" if secure else "huella_oidc"
