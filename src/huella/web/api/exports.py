"""Open data in other shapes than the log's own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from huella.flow import ocds, read
from huella.web.answers import Answer, pieces, stream
from huella.web.api import API
from huella.web.api.shapes import First, problems
from huella.web.api.stats import KeptDep
from huella.web.house import HouseDep

router = APIRouter(prefix=API, tags=["open data"])
CSV = "text/csv; charset=utf-8"


@router.get("/exports/csv", response_class=Response)
def get_csv(house: HouseDep) -> Response:
    """One row an order in the shape of the official open-data file, semicolons between. Nothing sealed is in it, and no
    cell that a spreadsheet would run as a formula."""
    return stream(pieces(read.csv_lines(house)), CSV, "ordenes.csv")


@router.get("/exports/ocds", responses=problems(404, 422))
def get_releases(
    house: HouseDep, first: First = 0, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> Response:
    """A release package (OCDS 1.1.5, bids extension): one release a change, from a place in the log on. `links.next` is
    where the next package goes on. Each release has an `integrity` block with leaf hash and evidence."""
    return Answer(ocds.package(house, first, limit))


@router.get("/exports/ocds/{ocid}", responses=problems(404))
def get_record(house: HouseDep, ocid: Annotated[str, Path(max_length=120, pattern=r"^[!-~]+$")]) -> Response:
    """A record package of one process: every release of it and the compiled one."""
    return Answer(ocds.record_package(house, ocid))


@router.get("/stats")
def get_stats(house: HouseDep, kept: KeptDep) -> Response:
    """The register's figures: entries, orders, amounts, by status, catalogue, shape, department and month."""
    return Answer(kept.get(house, "stats", lambda: read.stats(house)))
