"""The watched databases: what was found in each, finding by finding with its evidence. For who audits or operates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from huella.errors import NotFound
from huella.flow import row_bundle
from huella.flow.access import ADMINISTRATOR, AUDITOR, REGISTRAR, Caller
from huella.flow.house import House
from huella.flow.row_audit import RowReport
from huella.later import later
from huella.web.auth import PersonDep
from huella.web.house import OwnerDep, PagesDep
from huella.web.portal.desk import private

if TYPE_CHECKING:
    from huella.flow import source_watch
else:  # the drivers of three databases, for the few who look at a watched one
    source_watch = later("huella.flow.source_watch")

router = APIRouter(prefix="/fuentes")
MOST = 200
"""Findings that a page lists."""
MEDIA = {".zip": "application/zip", ".pdf": "application/pdf"}


@router.get("", response_class=HTMLResponse)
def sources(request: Request, house: OwnerDep, pages: PagesDep, caller: PersonDep) -> Response:
    """Every source that this register watches."""
    _check(caller)
    return private(pages, request, "sources.html", house, caller=caller, names=source_watch.names(house))


@router.get("/{source}", response_class=HTMLResponse)
def source(request: Request, house: OwnerDep, pages: PagesDep, caller: PersonDep, source: str) -> Response:
    """What is on record of a source, and its findings."""
    found = _report(house, caller, source)
    return private(
        pages, request, "source.html", house, caller=caller, source=source, told=found.to_dict(), most=MOST
    )


@router.get("/{source}/{number}", response_class=HTMLResponse)
def finding(
    request: Request, house: OwnerDep, pages: PagesDep, caller: PersonDep, source: str, number: int
) -> Response:
    """One finding: what was sealed, what was seen, between which anchors, and both records."""
    found = _report(house, caller, source, number)
    told = row_bundle.page(house, found, number)
    return private(pages, request, "finding.html", house, caller=caller, source=source, told=told)


@router.get("/{source}/{number}/evidencia{suffix}")
def evidence(house: OwnerDep, caller: PersonDep, source: str, number: int, suffix: str) -> Response:
    """A finding's evidence: `.zip` of files, or `.pdf` with them attached. Nothing personal is disclosed in it."""
    found = _report(house, caller, source, number)
    if suffix not in MEDIA:
        raise NotFound("evidence of a finding is a .zip or a .pdf", field="suffix")
    body = row_bundle.bundle(house, found, number, suffix)
    name = f"{source}-{number}{suffix}"
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Response(body, 200, headers, MEDIA[suffix])


def _check(caller: Caller) -> None:
    caller.check(AUDITOR, ADMINISTRATOR, REGISTRAR)


def _report(house: House, caller: Caller, name: str, number: int | None = None) -> RowReport:
    """A source's report by its name alone: no path comes from an address."""
    _check(caller)
    if name not in source_watch.names(house):
        raise NotFound("this register watches no such source", field="source")
    found = source_watch.on_record(house, name)
    if number is not None and not 0 <= number < len(found.findings):
        raise NotFound("this source has no such finding", field="number")
    return found
