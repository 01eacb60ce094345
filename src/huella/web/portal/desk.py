"""The desk of who is signed in: their orders and procedures, the newest first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from huella.flow import listing
from huella.flow.access import ENTITY, REGISTRAR, SUPPLIER, Caller
from huella.flow.house import House
from huella.web.api.shapes import BIGGEST
from huella.web.auth import PersonDep, csrf_of
from huella.web.house import OwnerDep, PagesDep
from huella.web.pages import Pages
from huella.web.problems import problem_of

router = APIRouter()
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}
MOST = 20
Before = Annotated[int | None, Query(ge=0, le=BIGGEST)]


@router.get("/desk", response_class=HTMLResponse)
def desk(
    request: Request, house: OwnerDep, pages: PagesDep, caller: PersonDep,
    before: Before = None, number: Annotated[str, Query(max_length=80)] = "",
) -> Response:  # fmt: skip
    """The caller's orders; who is not signed in is asked to."""
    if number.strip():
        return RedirectResponse(_place(number.strip().upper()), 303)
    wanted = _wanted(caller)
    rows = listing.newest_orders(house, before, MOST, wanted)
    return private(
        pages, request, "desk.html", house, caller=caller, orders=rows.rows, following=rows.following,
        first=before is None, hidden=bool(caller.ruc) and not wanted,
    )  # fmt: skip


@router.get("/desk/requirements", response_class=HTMLResponse)
def procedures(
    request: Request, house: OwnerDep, pages: PagesDep, caller: PersonDep, before: Before = None
) -> Response:
    """An entity's own procedures; for a supplier those that are open."""
    mine = ENTITY in caller.scopes and caller.ruc is not None
    wanted = {"entity": caller.ruc or ""} if mine else {"status": "open"} if SUPPLIER in caller.scopes else {}
    rows = listing.newest_procedures(house, before, MOST, wanted)
    return private(
        pages, request, "desk_requirements.html", house, caller=caller, rows=rows.rows, following=rows.following,
        first=before is None, may_publish=mine or REGISTRAR in caller.scopes, mine=mine,
    )  # fmt: skip


@router.get("/desk/offers", response_class=HTMLResponse)
def offers(request: Request, house: OwnerDep, pages: PagesDep, caller: PersonDep) -> Response:
    """The offers and the key that this browser keeps, and the party's keys on record."""
    caller.check(SUPPLIER, REGISTRAR)
    keys = house.rights.keys_of(caller.ruc) if caller.ruc else []
    return private(pages, request, "desk_offers.html", house, caller=caller, keys=keys)


def private(pages: Pages, request: Request, template: str, house: House, **values: Any) -> HTMLResponse:
    """A page for one person: with the token of its forms, in nobody's cache."""
    error = values.pop("error", None)
    problem = None if error is None else problem_of(error)
    response = pages.render(
        request, template, problem["status"] if problem else 200, problem=problem,
        csrf=csrf_of(request, house), **values,
    )  # fmt: skip
    response.headers.update(PRIVATE)
    return response


def _place(number: str) -> str:
    return f"/desk/{'requirements' if number.startswith('REQ-') else 'orders'}/{number}"


def _wanted(caller: Caller) -> dict[str, str]:
    """An order has one role for somebody, not both: who is entity and supplier sees those that he placed."""
    for scope, role in ((ENTITY, "entity"), (SUPPLIER, "supplier")):
        if scope in caller.scopes and caller.ruc:
            return {role: caller.ruc}
    return {}
