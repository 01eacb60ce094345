"""Signing in by plain forms: password, then a one-time code. The same flow as /api/v1/session."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from huella.errors import HuellaError, NotSignedIn
from huella.flow import people, provider
from huella.flow.house import House
from huella.web.api.session import signed
from huella.web.auth import VisitorDep, check_csrf, cookie_name, csrf_of, session_of
from huella.web.forms import FormDep, SessionFormDep, check_visitor, keep_visitor, visitor_token
from huella.web.house import HouseDep, OwnerDep, PagesDep
from huella.web.pages import Pages
from huella.web.problems import problem_of

router = APIRouter()
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}
DESK = "/desk"
TO = {"access": "/desk/access"}
"""Where else than to the desk signing in may lead: only to where a page of ours sent the person from."""
Wanted = Annotated[str, Query(max_length=20)]


@router.get("/login", response_class=HTMLResponse)
def login(
    request: Request, house: OwnerDep, pages: PagesDep, caller: VisitorDep, to: Wanted = ""
) -> Response:
    """Ask for login and password; who is signed in already is asked only where something needs a fresh sign-in."""
    if caller is not None and session_of(request, house) and to not in TO:
        return RedirectResponse(DESK, 303)
    return ask(request, house, pages, None, "")


@router.post("/login", response_class=HTMLResponse)
def begin(request: Request, house: OwnerDep, pages: PagesDep, form: FormDep) -> Response:
    """Half a session for the right password; the code is asked next."""
    try:
        check_visitor(request, house, form.get("csrf"))
        token, _ = people.begin(house, form.get("login"), form.values.get("password", ""))
    except HuellaError as error:
        return ask(request, house, pages, error, form.get("login"))
    people.end_session(house, session_of(request, house) or "")  # the new one takes its place in this browser
    to = form.get("to")
    return signed(house, RedirectResponse(f"/login/code?to={to}" if to in TO else "/login/code", 303), token)


@router.get("/login/code", response_class=HTMLResponse)
def ask_code(request: Request, house: OwnerDep, pages: PagesDep) -> Response:
    """Ask for the one-time code; who has no second factor yet sets one up here."""
    return _code(request, house, pages, None)


@router.post("/login/code", response_class=HTMLResponse)
def take_code(request: Request, house: OwnerDep, pages: PagesDep, form: FormDep) -> Response:
    """The whole session for a right code."""
    try:
        check_csrf(request, house, form.get("csrf"))
        token = people.totp(house, session_of(request, house) or "", form.get("code").replace(" ", ""))
    except HuellaError as error:
        return _code(request, house, pages, error)
    return signed(house, RedirectResponse(TO.get(form.get("to"), DESK), 303), token)


@router.post("/logout", response_class=HTMLResponse)
def logout(request: Request, house: OwnerDep, _form: SessionFormDep) -> Response:
    """End the session."""
    people.end_session(house, session_of(request, house) or "")
    response = RedirectResponse("/", 303)
    response.delete_cookie(cookie_name(house), path="/")
    return response


def ask(
    request: Request, house: House, pages: Pages, error: HuellaError | None, typed: str, unknown: str = ""
) -> Response:
    """The page that asks for login and password. `unknown` is who somebody nobody knows here is elsewhere."""
    problem = None if error is None else problem_of(error)
    kept, csrf = visitor_token(request, house)
    response = pages.render(
        request, "login.html", problem["status"] if problem else 200, step="password", problem=problem,
        csrf=csrf, typed=typed, provider=provider.of(house), unknown=unknown,
        **leads(request.query_params.get("to", "")),
    )  # fmt: skip
    keep_visitor(response, house, kept)
    response.headers.update(PRIVATE)
    return response


def _code(request: Request, house: HouseDep, pages: Pages, error: HuellaError | None) -> Response:
    token = session_of(request, house)
    try:
        new = people.setting_up(house, token or "")
    except NotSignedIn:
        return RedirectResponse("/login", 303)
    problem = None if error is None else problem_of(error)
    response = pages.render(
        request, "login.html", problem["status"] if problem else 200, step="code", problem=problem,
        csrf=csrf_of(request, house), new=new, unknown="", **leads(request.query_params.get("to", "")),
    )  # fmt: skip
    response.headers.update(PRIVATE)
    return response


def leads(to: str) -> dict[str, str]:
    """Where the form that is asked for leads, as its address says: `to` in the form, `then` for the program."""
    return {"to": to if to in TO else "", "then": TO.get(to, DESK)}
