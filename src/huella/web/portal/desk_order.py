"""One order on the desk: accept or reject it, record a delivery, give the conformity; by plain forms, or signed here.

What is posted goes the same way as /api/v1: the same permissions, the same rules, the same records.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from huella.errors import HuellaError, InputError
from huella.flow import hand_in, permit
from huella.flow.access import ENTITY, SUPPLIER
from huella.flow.card import order_card
from huella.records.identifiers import LIMA, check_moment, moment
from huella.web.auth import CallerDep, PersonDep
from huella.web.forms import Form, SessionFormDep, Upload, shown
from huella.web.house import HouseDep, OwnerDep, PagesDep
from huella.web.pages import Pages
from huella.web.portal.desk import private

router = APIRouter()
ACTS = {
    "accept": "order.accepted", "reject": "order.rejected",
    "made": "delivery.made", "conformed": "delivery.conformed",
}  # fmt: skip
_PHOTOS = (
    (b"\xff\xd8\xff", "image/jpeg", "acta.jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "acta.png"),
    (b"%PDF-", "application/pdf", "acta.pdf"),
)


@router.get("/desk/orders/{number}", response_class=HTMLResponse)
def order(request: Request, house: OwnerDep, pages: PagesDep, caller: PersonDep, number: str) -> Response:
    """One order with the acts that its state and the caller's role allow."""
    return _order(request, house, pages, caller, number, None, None)


@router.post("/desk/orders/{number}", response_class=HTMLResponse)
def act(
    request: Request, house: OwnerDep, pages: PagesDep, form: SessionFormDep, caller: PersonDep, number: str
) -> Response:  # fmt: skip
    """Seal an act on the order. What is refused comes back with its reason and everything that was typed."""
    try:
        draft = hand_in.completed(house, hand_in.read_draft(_fact(number, form)), {})
        sealed = hand_in.hand_in(house, caller, draft)
    except HuellaError as error:
        return _order(request, house, pages, caller, number, error, form)
    return RedirectResponse(f"/desk/orders/{number}?sealed={sealed.index}", 303)


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
        return check_moment(moment(told.replace(tzinfo=told.tzinfo or LIMA).astimezone(UTC)), field)
    except (ValueError, OverflowError, InputError):
        raise InputError("a date and time such as 2026-11-25T15:30", field=field) from None


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


def _order(  # noqa: PLR0913 - a page, who sees it, and what came back
    request: Request, house: HouseDep, pages: Pages, caller: CallerDep, number: str,
    error: HuellaError | None, form: Form | None,
) -> HTMLResponse:  # fmt: skip
    card = order_card(house, number)
    roles = {scope: permit.may(house, caller, number, scope) for scope in (ENTITY, SUPPLIER)}
    sealed = request.query_params.get("sealed", "")
    return private(
        pages, request, "desk_order.html", house, error=error, caller=caller, card=card, roles=roles,
        typed=shown(form, "csrf"), sealed=sealed if sealed.isdigit() else "", now=house.now().astimezone(LIMA),
    )  # fmt: skip
