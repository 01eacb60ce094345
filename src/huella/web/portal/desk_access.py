"""How somebody signs in: his passkeys, his one-time passwords, his password. Each change needs a fresh sign-in."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from huella.errors import HuellaError, NotFound
from huella.flow import own_access, people
from huella.flow.access import Caller
from huella.flow.house import House
from huella.web.api.passkeys import module
from huella.web.api.session import person_of, signed, token_of
from huella.web.auth import PersonDep
from huella.web.forms import Form, SessionFormDep
from huella.web.house import OwnerDep, PagesDep
from huella.web.pages import Pages
from huella.web.portal.desk import private

router = APIRouter(prefix="/desk/access")


@router.get("", response_class=HTMLResponse)
def access(request: Request, house: OwnerDep, pages: PagesDep, caller: PersonDep) -> Response:
    """What the caller signs in with."""
    return _page(request, house, pages, caller, None)


@router.post("", response_class=HTMLResponse)
def act(
    request: Request, house: OwnerDep, pages: PagesDep, form: SessionFormDep, caller: PersonDep
) -> Response:
    """Do what a form asks."""
    work = ACTS.get(form.get("act"))
    if work is None:
        raise NotFound("the desk has no such act", field="act")
    try:
        token = work(house, token_of(request, house), form)
    except HuellaError as error:
        return _page(request, house, pages, caller, error)
    done = RedirectResponse("/desk/access?done=1" if form.get("act") != "begin" else "/desk/access", 303)
    return done if token is None else signed(house, done, token)


def _page(
    request: Request, house: House, pages: Pages, caller: Caller, error: HuellaError | None
) -> HTMLResponse:
    person_of(caller)
    return private(
        pages, request, "desk_access.html", house, caller=caller, error=error,
        told=own_access.told(house, token_of(request, house)), done=request.query_params.get("done") == "1",
    )  # fmt: skip


def _password(house: House, token: str, form: Form) -> str | None:
    return own_access.change_password(
        house, token, form.values.get("old", ""), form.values.get("password", "")
    )


def _begin(house: House, token: str, _: Form) -> str | None:
    people.totp_secret(house, token)
    return None


def _code(house: House, token: str, form: Form) -> str | None:
    return people.totp(house, token, form.get("code").replace(" ", ""))


def _drop_totp(house: House, token: str, _: Form) -> str | None:
    own_access.drop_totp(house, token)
    return None


def _drop_passkey(house: House, token: str, form: Form) -> str | None:
    module().remove(house, token, form.get("key"))
    return None


ACTS: dict[str, Callable[[House, str, Form], str | None]] = {
    "password": _password, "begin": _begin, "code": _code, "drop-totp": _drop_totp, "drop-passkey": _drop_passkey,
}  # fmt: skip
"""What each form does; a token where the session goes on under another one."""
