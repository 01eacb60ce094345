"""The routers of all families but the first, in the order of the reference."""

from __future__ import annotations

from huella.web import authority, offline, tiles
from huella.web.api import (
    checks,
    desk,
    exports,
    log,
    orders,
    passkeys,
    procedures,
    session,
    stats,
    webhooks,
    writes,
)
from huella.web.portal import (
    admin,
    audit,
    books,
    code,
    data,
    desk_access,
    desk_order,
    desk_program,
    desk_requirement,
    lodged,
    login,
    login_oidc,
    mistakes,
    order,
    procedure,
    search,
    sources,
    start,
    verify,
)
from huella.web.portal import desk as own

DESCRIBED = tuple(
    family.router
    for family in (orders, procedures, log, checks, exports, writes, desk, session, passkeys, stats, webhooks,
                   tiles, authority)
)  # fmt: skip
"""What the OpenAPI document describes."""
PAGES = tuple(
    page.router
    for page in (offline, start, search, order, procedure, verify, code, audit, data, books, login, login_oidc, own,
                 desk_access, desk_program, desk_order, desk_requirement, mistakes, admin, sources, lodged)
)  # fmt: skip
"""What people read."""
