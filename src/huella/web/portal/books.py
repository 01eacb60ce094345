"""The books of hashes: the address that stands on each of them, and in its QR."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from huella.errors import NotFound
from huella.flow import book, issue, paper
from huella.web.answers import fixed
from huella.web.house import HouseDep

router = APIRouter()


@router.get("/books/{name}", response_class=Response)
def book_pdf(request: Request, house: HouseDep, name: str) -> Response:
    """A book as it was signed, such as `libro-2026-11-24-001`. 503 while it waits for its anchor or its signature;
    a mirror has none."""
    found = [] if house.mirror else [each for each in book.Books().all(house) if each.name == name]
    if not found:
        raise NotFound("the registry has issued no such book", field="book")
    body = issue.issued(house, book.KIND, found[0].entry)
    return fixed(request, body, paper.PDF, name=f"{name}.pdf", forever=False)
