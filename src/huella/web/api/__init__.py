"""The API: one router a family, all below /api/v1."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter

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
    status,
    webhooks,
    writes,
)


def families() -> Iterator[APIRouter]:
    """Every family's router, in the order of the reference."""
    for family in (status, orders, procedures, log, checks, exports, writes, desk, session, passkeys, stats,
                   webhooks):  # fmt: skip
        yield family.router
