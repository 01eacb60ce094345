"""A procedure on the desk: an entity registers it, closes, opens, decides, orders; a supplier seals an offer for it."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from huella.errors import HuellaError, InputError
from huella.flow import hand_in, listing, permit, procedure, tender_card, won
from huella.flow.access import ENTITY, REGISTRAR, SUPPLIER, Caller
from huella.flow.house import House
from huella.flow.seal import Sealed
from huella.records.identifiers import LIMA, moment
from huella.records.tender import Case
from huella.web import requirement_form
from huella.web.auth import PersonDep
from huella.web.forms import Form, SessionFormDep, shown
from huella.web.house import HouseDep, OwnerDep, PagesDep
from huella.web.pages import Pages
from huella.web.portal.desk import private
from huella.web.portal.desk_order import lima_moment

router = APIRouter(prefix="/desk/requirements")
_IDENTITY = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{58}")
_EMPTY = Form({}, {})


@router.get("/new", response_class=HTMLResponse)
def new(request: Request, house: OwnerDep, pages: PagesDep, caller: PersonDep) -> Response:
    """The empty form of a requirement."""
    caller.check(ENTITY, REGISTRAR)
    return _form(request, house, pages, caller, _EMPTY, None, {})


@router.post("/new", response_class=HTMLResponse)
def publish(
    request: Request, house: OwnerDep, pages: PagesDep, form: SessionFormDep, caller: PersonDep
) -> Response:  # fmt: skip
    """Publish it; what is refused comes back with the reason at its field and everything that was typed."""
    caller.check(ENTITY, REGISTRAR)
    if form.get("more"):
        return _form(request, house, pages, caller, form, None, {})
    fields: dict[str, str] = {}
    try:
        fixed = {"ruc": caller.ruc, "published_at": moment(house.now())}
        filled = requirement_form.read(form, fixed, lima_moment)
        fields = filled.fields
        sealed = hand_in.hand_in(house, caller, hand_in.read_draft(filled.draft))
    except HuellaError as error:
        return _form(request, house, pages, caller, form, error, fields)
    return RedirectResponse(f"/desk/requirements/{filled.draft['subject']}?sealed={sealed.index}", 303)


@router.get("/{number}", response_class=HTMLResponse)
def requirement(
    request: Request, house: OwnerDep, pages: PagesDep, caller: PersonDep, number: str
) -> Response:  # fmt: skip
    """A procedure with what its state and the caller's role allow."""
    return _page(request, house, pages, caller, number, None, _EMPTY)


@router.post("/{number}", response_class=HTMLResponse)
def act(
    request: Request, house: OwnerDep, pages: PagesDep, form: SessionFormDep, caller: PersonDep, number: str
) -> Response:  # fmt: skip
    """Close, open, award, cancel, or order what was won. What is refused comes back with its reason."""
    try:
        permit.check_subject(house, caller, number, ENTITY)
        where = _act(house, caller, number, form)
    except HuellaError as error:
        return _page(request, house, pages, caller, number, error, form)
    return RedirectResponse(where, 303)


def _act(house: House, caller: Caller, number: str, form: Form) -> str:
    """Do what a form asks; the address to go on at."""
    here, wanted = f"/desk/requirements/{number}", form.get("act")
    if wanted == "close":
        return f"{here}?sealed={procedure.close(house, number).index}"
    if wanted == "award":
        return f"{here}?sealed={procedure.decide_award(house, number).index}"
    if wanted == "cancel":
        if not form.get("reason"):
            raise InputError("a cancellation tells its reason", field="reason")
        return f"{here}?sealed={procedure.cancel(house, number, form.get('reason')).index}"
    if wanted == "open":
        outcomes = procedure.open_offers(house, number, _identity(form))
        shut = [code for code, outcome in outcomes if not isinstance(outcome, Sealed)]
        return f"{here}?opened={len(outcomes) - len(shut)}&shut={len(shut)}"
    if wanted == "order":
        return _order(house, caller, number, form)
    raise InputError("this is one of close, open, award, cancel, order", field="act")


def _order(house: House, caller: Caller, number: str, form: Form) -> str:
    """Publish the order of one winner."""
    place = form.get("winner")
    if not (place.isascii() and place.isdigit() and len(place) < 4):
        raise InputError("the award has no such winner", field="winner")
    subject = form.get("number").upper()
    supplier = {"ruc": form.get("ruc"), "name": form.get("name")}
    draft = won.order_of(house, number, int(place), subject, supplier, bool(form.get("exempt")))
    sealed = hand_in.hand_in(house, caller, draft)
    return f"/desk/orders/{subject}?sealed={sealed.index}"


def _identity(form: Form) -> str:
    """The opening key's private half: pasted, or out of its file. It is used and not kept."""
    given = form.get("identity")
    if "key" in form.files:
        given = form.files["key"].body[:10_000].decode("ascii", "replace")
    found = _IDENTITY.findall(given)
    if len(found) != 1:
        raise InputError("the opening key is a line that begins with AGE-SECRET-KEY-1", field="identity")
    return str(found[0])


def _form(  # noqa: PLR0913 - a page, who sees it, and what came back
    request: Request, house: House, pages: Pages, caller: Caller, form: Form,
    error: HuellaError | None, fields: dict[str, str],
) -> HTMLResponse:  # fmt: skip
    names = house.index.party_names([caller.ruc]) if caller.ruc else {}
    field = requirement_form.field_of(str(getattr(error, "field", "")), fields)
    return private(
        pages, request, "desk_new.html", house, error=error, caller=caller, typed=shown(form, "csrf", "more"),
        rows=requirement_form.rows_of(form), wrong=field, name=names.get(caller.ruc or "", ""),
        suggested=_next_number(house, caller), now=house.now().astimezone(LIMA),
    )  # fmt: skip


def _next_number(house: House, caller: Caller) -> str:
    """The number behind this entity's newest one, empty where it has none."""
    if caller.ruc is None:
        return ""
    newest = listing.newest_procedures(house, None, 1, {"entity": caller.ruc}).rows
    if not newest:
        return ""
    _, _, code, sequence = newest[0]["number"].split("-")
    return f"REQ-{house.now().astimezone(LIMA).year}-{code}-{int(sequence) + 1}"


def _page(  # noqa: PLR0913 - a page, who sees it, and what came back
    request: Request, house: HouseDep, pages: Pages, caller: Caller, number: str,
    error: HuellaError | None, form: Form,
) -> HTMLResponse:  # fmt: skip
    with house.moment():
        card = tender_card.procedure_card(house, number.strip().upper()[:80])
        winners = won.winners(house, card["case"])
    asked = request.query_params
    return private(
        pages, request, "desk_requirement.html", house, error=error, caller=caller, winners=winners,
        mine=permit.may(house, caller, card["number"], ENTITY),
        typed=shown(form, "csrf", "identity"), sealed=_number(asked.get("sealed")),
        opened=_number(asked.get("opened")), shut=_number(asked.get("shut")), party=_party(house, caller),
        due=_due(house, card["case"]), supplies=bool(caller.scopes & {SUPPLIER, REGISTRAR}), **card,
    )  # fmt: skip


def _due(house: House, found: Case) -> bool:
    return moment(house.now()) >= found.life.requirement.closes_at


def _party(house: House, caller: Caller) -> dict[str, Any]:
    """Who offers, as far as the session tells it."""
    if caller.ruc is None or SUPPLIER not in caller.scopes:
        return {}
    return {"ruc": caller.ruc, "name": house.index.party_names([caller.ruc]).get(caller.ruc, "")}


def _number(text: str | None) -> str:
    return text if text and text.isascii() and text.isdigit() else ""
