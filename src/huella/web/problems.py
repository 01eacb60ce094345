"""Errors over HTTP: RFC 9457 problem documents out of the error tree, and a page with the same words for browsers.

`type` is the stable code's address in the reference, `title` its code, `detail` the message, `advice` what to do.
"""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from huella import errors
from huella.errors import HuellaError
from huella.spanish.catalogue import in_spanish
from huella.web import pointers
from huella.web.language import language_of
from huella.web.pages import Pages

MEDIA = "application/problem+json"
STATUS: dict[type[HuellaError], int] = {
    errors.NotFound: 404,
    errors.NotSignedIn: 401,
    errors.NotAllowed: 403,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.InputError: 422,
    errors.RuleError: 409,
    errors.ProofError: 422,
    errors.AccessError: 403,
    errors.LedgerRefused: 502,
    errors.HuellaError: 503,
}
"""The nearest class above an error decides."""
log = logging.getLogger("huella.web")


class Problem(BaseModel):
    """What went wrong (RFC 9457). `code` is stable; `detail` and `advice` are for people, in English. `field` is a JSON
    pointer into the request's body (`/`: all of it), else the bare name of a parameter of the address or a header."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/docs/errors#not-found", "title": "Not Found", "status": 404, "code": "not-found",
                    "detail": "OCAM-2026-1335-17-0 is not registered", "field": "number",
                    "advice": "Check the number, such as OCAM-2026-1335-17-0.", "retryable": False,
                }
            ]
        }
    )  # fmt: skip

    type: str
    title: str
    status: int
    code: str
    detail: str
    advice: str = ""
    field: str = ""
    rule: str = ""
    retryable: bool = False


def status_of(kind: type[HuellaError]) -> int:
    """The HTTP status of a kind of error."""
    return next(STATUS[above] for above in kind.__mro__ if above in STATUS)


def problem_of(error: HuellaError) -> dict[str, Any]:
    """The problem document of an error, as a plain value."""
    status = status_of(type(error))
    return _problem(status, error.code, str(error)) | {
        "advice": error.advice,
        "field": getattr(error, "field", ""),
        "rule": getattr(error, "rule", ""),
        "retryable": error.retryable,
    }


def install(app: FastAPI, api: str) -> None:
    """Answer every error of `app` with a problem document; below no `api` and for browsers, with a page."""

    def answer(request: Request, problem: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
        return answer_with(request, api, problem, headers)

    def of_ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, HuellaError)  # noqa: S101  (registered for this class)
        problem = problem_of(error)
        if request.url.path.startswith(api):
            problem["field"] = pointers.of(request, problem["field"])
        if problem["status"] >= 500:
            log.error("refused", extra={"code": error.code, "route": _route(request)})
        return answer(request, problem, _retry(error))

    def of_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        problem = _problem(error.status_code, _CODES.get(error.status_code, "http"), error.detail)
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = allowed = _allowed(request)
            problem["advice"] = f"This address takes {allowed}."
        return answer(request, problem, headers)

    def of_form(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        first = error.errors()[0]
        # of what is no JSON `loc` is a byte's place, and no member
        field = pointers.of_location(first["loc"], whole=first["type"] == "json_invalid")
        said = str(first["msg"])[:500]
        if not request.url.path.startswith(api):  # the checker's own words are English, and for programs
            said = _NOT_TAKEN[language_of(request) == "en"]
        problem = _problem(422, errors.InputError.code, said)
        return answer(request, problem | {"field": field, "advice": errors.InputError.advice})

    def of_nobody(request: Request, error: Exception) -> Response:
        # only its kind: the text may hold anything
        log.error("internal", extra={"kind": type(error).__name__, "route": _route(request)}, exc_info=error)
        return answer(request, _problem(500, "internal", "an internal error; it was noted"))

    app.add_exception_handler(HuellaError, of_ours)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(RequestValidationError, of_form)
    app.add_exception_handler(Exception, of_nobody)


def answer_with(
    request: Request, api: str, problem: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    """A problem document; below no `api` in the reader's language, and for browsers a page."""
    programs = request.url.path.startswith(api)
    if not programs:
        _translate(request, problem)
    if not programs and "text/html" in request.headers.get("accept", ""):
        pages: Pages = request.app.state.pages
        wait = (headers or {}).get("Retry-After", "")
        page = pages.render(request, "error.html", problem["status"], problem=problem, wait=wait)
        page.headers.update(headers or {})
        return page
    kept = {name: value for name, value in problem.items() if value != ""}
    return JSONResponse(kept, problem["status"], headers, MEDIA)


_NOT_TAKEN = (
    "Una parte de la dirección o del formulario no tiene la forma que se pide.",
    "A part of the address or form is not of the form that is asked for.",
)
_TITLES = {
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict",
    413: "Content Too Large", 422: "Unprocessable Content", 429: "Too Many Requests",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
}  # fmt: skip
_CODES = {404: "not-found", 405: "method", 401: "not-signed-in", 403: "not-allowed"}


def _problem(status: int, code: str, detail: str) -> dict[str, Any]:
    title = _TITLES.get(status, "Error")
    advice = errors.NotFound.advice if code == errors.NotFound.code else ""
    return {
        "type": f"/docs/errors#{code}", "title": title, "status": status, "code": code, "detail": detail,
        "advice": advice, "retryable": False,
    }  # fmt: skip


def _allowed(request: Request) -> str:
    """The methods that an address takes, all its routes together."""
    routes = [each for each in request.app.router.routes if each.matches(request.scope)[0] is not Match.NONE]
    found = {method for each in routes for method in getattr(each, "methods", None) or ()}
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))


def _retry(error: HuellaError) -> dict[str, str]:
    wait = getattr(error, "wait", 5 if error.retryable else 0)
    found = {"Retry-After": str(wait)} if wait else {}
    if isinstance(error, errors.NotSignedIn):
        found["WWW-Authenticate"] = "Bearer"
    return found


def _route(request: Request) -> str:
    """The route's pattern: an address itself may name a person."""
    return str(getattr(request.scope.get("route"), "path", ""))


def _translate(request: Request, problem: dict[str, Any]) -> None:
    """Put what is for people into the reader's language; the API's own answers stay English."""
    if language_of(request) == "es":
        for name in ("detail", "advice"):
            problem[name] = in_spanish(problem.get(name, ""))
