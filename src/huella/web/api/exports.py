"""Open data in other shapes than the log's own."""

from __future__ import annotations

from fastapi import APIRouter, Response

from huella.flow import read
from huella.web.answers import Answer, pieces, stream
from huella.web.house import HouseDep

router = APIRouter(tags=["open data"])
CSV = "text/csv; charset=utf-8"


@router.get("/exports/csv", response_class=Response)
def get_csv(house: HouseDep) -> Response:
    """One row an order in the shape of the official open-data file, semicolons between. Nothing sealed is in it, and no
    cell that a spreadsheet would run as a formula."""
    return stream(pieces(read.csv_lines(house)), CSV, "ordenes.csv")


@router.get("/stats")
def get_stats(house: HouseDep) -> Response:
    """The register's figures: entries, orders, amounts, by status, catalogue, shape, department and month."""
    return Answer(read.stats(house))
