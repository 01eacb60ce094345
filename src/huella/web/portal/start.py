"""The first page: search box, figures, and how they divide by month, place, catalogue, shape and state."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from huella.flow import search, statistics
from huella.web.api.stats import AskedDep, KeptDep
from huella.web.house import HouseDep, PagesDep
from huella.web.views import figures
from huella.web.views.figures import Asked

router = APIRouter(include_in_schema=False)

TILES: dict[str, tuple[str, int, int]] = {
    "24": ("TUM", 1, 1), "16": ("LOR", 1, 4), "20": ("PIU", 2, 1), "01": ("AMA", 2, 3), "22": ("SAM", 2, 4),
    "14": ("LAM", 3, 1), "06": ("CAJ", 2, 2), "13": ("LAL", 3, 2), "10": ("HUC", 3, 3), "25": ("UCA", 3, 5),
    "02": ("ANC", 4, 2), "19": ("PAS", 4, 3), "07": ("CAL", 5, 1), "15": ("LIM", 5, 2), "12": ("JUN", 4, 4),
    "17": ("MDD", 4, 6), "09": ("HUV", 5, 3), "08": ("CUS", 5, 5), "11": ("ICA", 6, 2), "05": ("AYA", 6, 3),
    "03": ("APU", 5, 4), "21": ("PUN", 6, 6), "04": ("ARE", 7, 4), "18": ("MOQ", 7, 5), "23": ("TAC", 8, 5),
}  # fmt: skip
"""Peru's departments as tiles, near where they lie: short name, row, column."""
LEVELS = 5
HEIGHT = 100
_LABELS = 12


@router.get("/", response_class=HTMLResponse)
def start(
    request: Request, house: HouseDep, pages: PagesDep, kept: KeptDep, chosen: AskedDep
) -> HTMLResponse:
    """The register at a glance; its JSON twins are /api/v1/stats and what is below it."""
    if not house.mirror:
        search.step(house)  # the catalogues' names come from the index
    with house.moment():
        names = (*figures.BREAKDOWNS, *figures.OTHERS)
        by = {name: figures.breakdown(house, kept, name, chosen) for name in names}
        told, options = figures.overview(house, kept, chosen), figures.choices(house, kept)
    return pages.render(
        request, "start.html", told=told, by=by, options=options,
        chosen=chosen._asdict(), narrowed=any(chosen), query=_query(chosen),
        tiles=_tiles(by["department"]["rows"], chosen), columns=_columns(by["month"]["rows"]),
    )  # fmt: skip


def _query(chosen: Asked) -> str:
    return "?" + urlencode(chosen.query) if chosen.query else ""


def _tiles(rows: list[dict[str, Any]], chosen: Asked) -> list[dict[str, Any]]:
    """Each department with its place on the map, orders and amount in soles, and a level from 0 (none) to LEVELS."""
    told = {row["of"]: row for row in rows if row["currency"] == "PEN"}
    amounts = sorted(row["amount"] for row in told.values() if row["of"] in TILES)
    found = []
    for code, (short, row, column) in TILES.items():
        mine = told.get(code)
        amount = mine["amount"] if mine else Decimal(0)
        below = sum(1 for each in amounts if each <= amount)
        found.append({
            "code": code, "short": short, "row": row, "column": column, "amount": amount,
            "name": statistics.departments()[code], "orders": mine["orders"] if mine else 0,
            "level": -(-LEVELS * below // len(amounts)) if mine and amounts else 0,
            "href": "/" + _query(chosen._replace(department="" if chosen.department == code else code)),
        })  # fmt: skip
    return found


def _columns(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Months as columns of at most HEIGHT, by orders, in any currency."""
    orders: dict[str, int] = {}
    for row in rows:
        if row["of"]:
            orders[row["of"]] = orders.get(row["of"], 0) + row["orders"]
    most, every = max(orders.values(), default=1), -(-len(orders) // _LABELS) or 1
    return [
        {
            "month": month, "orders": count, "height": round(HEIGHT * count / most, 1),
            "shown": place % every == 0,
        }
        for place, (month, count) in enumerate(sorted(orders.items()))
    ]  # fmt: skip
