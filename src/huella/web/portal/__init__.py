"""The portal's pages. Each has its JSON twin in the API."""

from __future__ import annotations

from fastapi import APIRouter

from huella.web.portal import (
    admin,
    audit,
    books,
    code,
    data,
    desk,
    desk_access,
    desk_order,
    desk_program,
    desk_requirement,
    login,
    mistakes,
    order,
    procedure,
    search,
    sources,
    start,
    verify,
)

router = APIRouter(include_in_schema=False)
for _page in (start, search, order, procedure, verify, code, audit, data, books, login, desk, desk_access, desk_program,
              desk_order, desk_requirement, mistakes, admin, sources):  # fmt: skip
    router.include_router(_page.router)

__all__ = ["router"]
