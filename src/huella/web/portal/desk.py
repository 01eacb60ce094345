"""The desk of who is signed in: their orders and procedures, and the acts on an order, by plain forms.

What is posted goes the same way as /api/v1: the same permissions, the same rules, the same records.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from huella.errors import HuellaError, InputError, NotAllowed
from huella.flow import hand_in, listing, permit
from huella.flow.access import ENTITY, SUPPLIER, Caller
from huella.flow.card import order_card
from huella.flow.house import House
from huella.records.identifiers import LIMA, moment
from huella.web.auth import CallerDep, VisitorDep, csrf_of
from huella.web.forms import Form, SessionFormDep, Upload, shown
from huella.web.house import HouseDep, OwnerDep, PagesDep
from huella.web.pages import Pages
from huella.web.problems import problem_of

router = APIRouter()
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}
MOST = 30
ACTS = {
    "accept": "order.accepted", "reject": "order.rejected",
    "made": "delivery.made", "conformed": "delivery.conformed",
}  # fmt: skip
_PHOTOS = (
    (b"\xff\xd8\xff", "image/jpeg", "acta.jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "acta.png"),
    (b"%PDF-", "application/pdf", "acta.pdf"),
)


@router.get("/desk", response_class=HTMLResponse)
def desk(
    request: Request, house: OwnerDep, pages: PagesDep, caller: VisitorDep,
    first: Annotated[int, Query(ge=0)] = 0, number: Annotated[str, Query(max_length=80)] = "",
) -> Response:  # fmt: skip
    """The caller's orders and procedures; who is not signed in is asked to."""
    if caller is None:
        return RedirectResponse("/login", 303)
    if number.strip():
        return RedirectResponse(f"/desk/orders/{number.strip().upper()}", 303)
    orders = _orders(house, caller, first)
    wanted = {"entity": caller.ruc} if ENTITY in caller.scopes and caller.ruc else {"status": "open"}
    procedures = listing.procedures(house, 0, MOST, wanted)
    return private(
        pages, request, "desk.html", house, caller=caller, orders=orders.rows, following=orders.following,
        procedures=procedures.rows,
    )  # fmt: skip


@router.get("/desk/orders/{number}", response_class=HTMLResponse)
def order(request: Request, house: OwnerDep, pages: PagesDep, caller: VisitorDep, number: str) -> Response:
    """One order with the acts that its state and the caller's role allow."""
    if caller is None:
        return RedirectResponse("/login", 303)
    return _order(request, house, pages, caller, number, None, None)


@router.post("/desk/orders/{number}", response_class=HTMLResponse)
def act(
    request: Request, house: OwnerDep, pages: PagesDep, caller: VisitorDep, form: SessionFormDep, number: str
) -> Response:  # fmt: skip
    """Seal an act on the order. What is refused comes back with its reason and everything that was typed."""
    if caller is None:
        return RedirectResponse("/login", 303)
    try:
        draft = hand_in.completed(house, hand_in.read_draft(_fact(number, form)), {})
        sealed = hand_in.hand_in(house, caller, draft)
    except HuellaError as error:
        return _order(request, house, pages, caller, number, error, form)
    return RedirectResponse(f"/desk/orders/{number}?sealed={sealed.index}", 303)


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


def photo_of(upload: Upload) -> dict[str, Any]:
    """A document's reference: type by its first bytes, a fixed name, digest and size. InputError for another type."""
    for start, media_type, name in _PHOTOS:
        if upload.body.startswith(start):
            digest = hashlib.sha256(upload.body).hexdigest()
            return {"media_type": media_type, "name": name, "sha256": digest, "size": len(upload.body)}
    raise InputError("the act is a photograph (JPEG, PNG) or a PDF", field="photo")


def lima_moment(text: str, field: str) -> str:
    """A form's `2026-11-25T15:30`, which is Lima's time, as a UTC moment. InputError where it is none."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise InputError("a date and time such as 2026-11-25T15:30", field=field) from None
    return moment(told.replace(tzinfo=told.tzinfo or LIMA).astimezone(UTC))


def _fact(number: str, form: Form) -> dict[str, Any]:
    act = form.get("act")
    if act not in ACTS:
        raise InputError(f"this is one of {', '.join(ACTS)}", field="act")
    data: dict[str, Any] = {"mode": "explicit"} if act == "accept" else {}
    if act in ("made", "conformed"):
        place = form.get("delivery")
        if not (place.isascii() and place.isdigit() and len(place) <= 6):
            raise InputError(
                "a delivery's number ends in its place, such as OCAM-2026-1335-17-1", field="number"
            )
        data["delivery"] = int(place)
    for name in ("reason", "observations"):
        if form.get(name):
            data[name] = form.get(name).replace("\r\n", "\n")
    if form.get("when"):
        data["effective_at"] = lima_moment(form.get("when"), "when")
    if "photo" in form.files:
        data["documents"] = [photo_of(form.files["photo"])]
    return {"kind": ACTS[act], "subject": number, "data": data}


def _orders(house: House, caller: Caller, first: int) -> listing.Page:
    wanted = {
        role: caller.ruc
        for scope, role in ((ENTITY, "entity"), (SUPPLIER, "supplier"))
        if scope in caller.scopes and caller.ruc
    }
    if caller.ruc and len(wanted) == 2:  # an order has one role for somebody, not both
        wanted.pop("supplier")
    return listing.orders(house, first, MOST, wanted)


def _role(house: House, caller: Caller, number: str, scope: str) -> bool:
    try:
        permit.check_subject(house, caller, number, scope)
    except NotAllowed:
        return False
    return True


def _order(  # noqa: PLR0913 - a page, who sees it, and what came back
    request: Request, house: HouseDep, pages: Pages, caller: CallerDep, number: str,
    error: HuellaError | None, form: Form | None,
) -> HTMLResponse:  # fmt: skip
    card = order_card(house, number)
    roles = {scope: _role(house, caller, number, scope) for scope in (ENTITY, SUPPLIER)}
    sealed = request.query_params.get("sealed", "")
    return private(
        pages, request, "desk_order.html", house, error=error, caller=caller, card=card, roles=roles,
        typed=shown(form, "csrf"), sealed=sealed if sealed.isdigit() else "", now=house.now().astimezone(LIMA),
    )  # fmt: skip
