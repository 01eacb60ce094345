"""Statistics: totals, and orders and amount by month, catalogue, department, procedure, shape and state."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse

from huella.web.answers import Answer
from huella.web.api import API
from huella.web.api.shapes import problems
from huella.web.house import HouseDep
from huella.web.views import figures
from huella.web.views.figures import Asked, Kept

router = APIRouter(prefix=f"{API}/stats", tags=["statistics"])


def kept_of(request: Request) -> Kept:
    """The figures that this application read a moment ago."""
    found: Kept = request.app.state.statistics
    return found


def asked(  # noqa: PLR0913  (one parameter a filter)
    since: Annotated[str, Query(description="First month, such as 2026-01")] = "",
    until: Annotated[str, Query(description="Last month")] = "",
    catalogue: Annotated[str, Query(max_length=120, description="Agreement, such as EXT-CE-2022-5")] = "",
    department: Annotated[
        str, Query(max_length=2, description="INEI's two digits of the place of delivery")
    ] = "",
    procedure: Annotated[str, Query(max_length=30, description="ordinary or large_purchase")] = "",
    shape: Annotated[str, Query(max_length=30, description="A delivery shape")] = "",
    state: Annotated[str, Query(max_length=30, description="An order's state now")] = "",
) -> Asked:
    """What figures are asked for: any months, and values of two dimensions at most."""
    return Asked(since, until, catalogue, department, procedure, shape, state)


KeptDep = Annotated[Kept, Depends(kept_of)]
AskedDep = Annotated[Asked, Depends(asked)]


@router.get("/totals", responses=problems(422))
def totals(house: HouseDep, kept: KeptDep, chosen: AskedDep) -> Response:
    """Orders and amounts of what is chosen; entities, suppliers, offers, procedures and records of all time.

    Amounts of different currencies are never added. A month is Lima's.
    """
    return Answer(figures.overview(house, kept, chosen))


@router.get("/{by}.csv", response_class=PlainTextResponse, responses=problems(422))
def table(by: str, house: HouseDep, kept: KeptDep, chosen: AskedDep) -> PlainTextResponse:
    """The same figures as CSV, for spreadsheets: no value in it is a formula."""
    found = figures.as_csv(*figures.table(figures.breakdown(house, kept, by, chosen)))
    name = f'attachment; filename="huella-{by}.csv"'
    return PlainTextResponse(
        found, headers={"content-disposition": name}, media_type="text/csv; charset=utf-8"
    )


@router.get("/{by}", responses=problems(422))
def breakdown(by: str, house: HouseDep, kept: KeptDep, chosen: AskedDep) -> Response:
    """Orders and amount by `month`, `catalogue`, `department`, `procedure`, `shape` or `state`; `delays` by stage;
    the largest `entities` and `suppliers`.

    An order that delivers in several departments counts in each of them, with what is delivered there. Nothing where
    more is chosen than the figures tell apart (two dimensions).
    """
    return Answer(figures.breakdown(house, kept, by, chosen))
