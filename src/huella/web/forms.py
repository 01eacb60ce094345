"""Forms that a browser posts by itself, without a program: fields, files up to a limit, and the token of the form."""

from __future__ import annotations

import hmac
import secrets
from typing import Annotated, Any, NamedTuple

from anyio import from_thread
from fastapi import Depends, Request, Response
from starlette.datastructures import UploadFile

from huella.errors import InputError, NotAllowed, NotSignedIn, TooLarge
from huella.flow import people
from huella.flow.house import House
from huella.web.auth import check_csrf, cookie_name, csrf_of, session_of
from huella.web.house import HouseDep
from huella.web.pages import Pages

LIMIT = 12_000_000
"""Bytes of a form with its photograph: what a phone's camera makes of a page, with room to spare."""
FORM_COOKIE = "huella_form"
FIELDS = 600
HELD = 200_000
"""Characters of a form of an ended session that are kept on its page: it is written twice, and nobody is signed in."""


_SECRETS = frozenset({"csrf", "old", "password", "code", "identity"})


class Stale(Exception):
    """A form of a session that has ended, or of another one: it is held for its sender, and nothing of it done."""

    def __init__(self, form: Form) -> None:
        super().__init__("a form of another session")
        self.form = form


class Upload(NamedTuple):
    """A file of a form. Its name, which a person gave, is not kept."""

    media_type: str
    body: bytes


class Form(NamedTuple):
    """What was filled in, by field; empty files are left out."""

    values: dict[str, str]
    files: dict[str, Upload]

    def get(self, name: str) -> str:
        """A field without space around it; empty where it is not there."""
        return self.values.get(name, "").strip()


def read_form(request: Request) -> Form:
    """The posted form. TooLarge beyond LIMIT; InputError where its length is not told or it is no form."""
    told = request.headers.get("content-length", "")
    if not told.isdigit():
        raise InputError("a form tells its length", field="Content-Length")
    if int(told) > LIMIT:
        raise TooLarge(f"a form has at most {LIMIT // 1_000_000} MB, its photograph included", field="photo")

    async def parse() -> Form:
        values: dict[str, list[str]] = {}
        files: dict[str, Upload] = {}
        async with request.form(max_files=4, max_fields=FIELDS) as given:
            for name, value in given.multi_items():
                if isinstance(value, UploadFile):
                    body = await value.read()
                    if body:
                        files[name] = Upload(value.content_type or "application/octet-stream", body)
                else:
                    values.setdefault(name, []).append(value)
        return Form({name: " ".join(given) for name, given in values.items()}, files)

    return from_thread.run(parse)


def session_form(request: Request, house: HouseDep) -> Form:
    """The form of somebody who is signed in. Stale where the session has ended, or the form is not of it; NotSignedIn
    where such a form came from elsewhere, for what another site's page filled in is never shown as one's own."""
    if not _from_here(request, house):
        raise NotSignedIn("sign in, and send the form from its own page")
    form = read_form(request)
    try:
        check_csrf(request, house, form.get("csrf"))
        people.caller_of_session(house, session_of(request, house) or "")
    except (NotAllowed, NotSignedIn):
        if sum(map(len, form.values.values())) > HELD:
            raise
        raise Stale(form) from None
    return form


def _from_here(request: Request, house: House) -> bool:
    """Whether a page of this portal sent the form. Browsers that do not say so send no strict cookie from elsewhere."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return cookie_name(house) in request.cookies or FORM_COOKIE in request.cookies


def hold(request: Request, error: Exception) -> Response:
    """The page that keeps a stale form: sign in elsewhere, come back, send it again. Secrets and files are not kept."""
    assert isinstance(error, Stale)  # noqa: S101  (registered for this class)
    house: House = request.app.state.house
    pages: Pages = request.app.state.pages
    try:
        people.caller_of_session(house, session_of(request, house) or "")
        csrf = csrf_of(request, house)
    except NotSignedIn:
        csrf = ""
    kept = {name: value for name, value in error.form.values.items() if name not in _SECRETS}
    response = pages.render(
        request,
        "held.html",
        403,
        csrf=csrf,
        kept=kept,
        files=sorted(error.form.files),
        action=request.url.path,
    )
    response.headers["cache-control"] = "no-store"
    return response


FormDep = Annotated[Form, Depends(read_form)]
SessionFormDep = Annotated[Form, Depends(session_form)]


def visitor_token(request: Request, house: House) -> tuple[str, str]:
    """For a form of who is not signed in: the cookie's value, and what the form carries, which only the registry can
    make of it."""
    kept = request.cookies.get(FORM_COOKIE, "")
    if len(kept) != 64:
        kept = secrets.token_hex(32)
    return kept, people.csrf(house, "form " + kept)


def keep_visitor(response: Response, house: House, kept: str) -> None:
    """Keep the cookie to which a visitor's form belongs."""
    secure = house.settings.text("registry.address").startswith("https://")
    response.set_cookie(FORM_COOKIE, kept, path="/", httponly=True, samesite="strict", secure=secure)


def check_visitor(request: Request, house: House, given: str) -> None:
    """NotAllowed unless the form belongs to this browser's cookie."""
    kept = request.cookies.get(FORM_COOKIE, "")
    wanted = people.csrf(house, "form " + kept)
    if not kept or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise NotAllowed(
            "this form is not of this session", advice="Load the page again and send it once more."
        )


def shown(form: Form | None, *hidden: str) -> dict[str, Any]:
    """What a refused form is filled with again, so that nothing is typed twice; never secrets."""
    return {} if form is None else {name: value for name, value in form.values.items() if name not in hidden}
