"""What a problem's `field` says over HTTP: one thing, wherever it was noticed.

A JSON pointer (RFC 6901) into the request's body; `/` alone is the whole body. What stands in no body has no slash: the
name of a parameter of the address, of its query, or of a header.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fastapi import Request

from huella.errors import InputError
from huella.records.draft import in_draft
from huella.records.offer_file import OfferFile

_FILE = frozenset(OfferFile.__struct_fields__)
_BODILESS = frozenset(("GET", "HEAD", "DELETE"))
_NOUNS = {"order": ("number",), "requirement": ("number",), "offer": ("code", "number"), "entry": ("index",),
          "id": ("key", "index")}  # fmt: skip
"""What the address calls the things that errors name: the first one that it has."""


def of(request: Request, field: str) -> str:
    """An error's `field` as the request knows it."""
    if not field or request.method in _BODILESS:
        return _addressed(request, field.removeprefix("/"))
    if field.startswith("/"):
        return field
    known = _addressed(request, field)
    told = {*request.path_params, *request.query_params}
    return known if known in told or known.lower() in request.headers else f"/{field}"


def of_location(location: Sequence[int | str], *, whole: bool) -> str:
    """The same of the checker's location, such as `("body", "scopes", 0)`; `whole` where it is no member of a body."""
    if location[0] != "body":
        return str(location[-1])
    return "/" if whole else "/" + "/".join(map(_escaped, location[1:]))


@contextmanager
def in_fact(given: Any, address: Iterable[str] = ()) -> Iterator[None]:
    """What is found in a fact is named by its place in the body, which is `given`; what `address` alone told (pointers
    such as `/subject`) by the number in the address."""
    try:
        yield
    except InputError as error:
        error.field = in_draft(error.field)
        if error.field in address and not _has(given, error.field):
            error.field = "number"
        raise


@contextmanager
def in_offer() -> Iterator[None]:
    """The same of an offer's file: its draft is the member `offer`, and which requirement it is for stands in `tie`."""
    try:
        yield
    except InputError as error:
        first = error.field.lstrip("/").split("/")[0]
        if first == "requirement":
            error.field = "/tie"
        elif not first:
            error.field = "/"
        elif error.field.startswith("/") and first not in _FILE:
            error.field = f"/offer{in_draft(error.field)}"
        raise


def _addressed(request: Request, name: str) -> str:
    if name in request.path_params:
        return name
    return next((each for each in _NOUNS.get(name, ()) if each in request.path_params), name)


def _has(given: Any, pointer: str) -> bool:
    for part in pointer.split("/")[1:]:
        if not isinstance(given, dict) or part not in given:
            return False
        given = given[part]
    return True


def _escaped(part: int | str) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
