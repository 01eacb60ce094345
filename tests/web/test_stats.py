"""Statistics over HTTP: totals, breakdowns, filters, CSV without formulas."""

from __future__ import annotations

import pytest

from cast import order, sealed
from web.site import Site


def test_totals_are_those_of_the_register(reader: Site) -> None:
    told = reader.client.get("/api/v1/stats/totals").json()
    assert (told["orders"], told["offers"], told["procedures"], told["entities"]) == (3, 2, 1, 1)
    assert told["amounts"] == [{"currency": "PEN", "orders": 3, "amount": "8850.00"}]


@pytest.mark.parametrize("by", ["month", "catalogue", "department", "procedure", "shape", "state"])
def test_each_breakdown_adds_up(reader: Site, by: str) -> None:
    rows = reader.client.get(f"/api/v1/stats/{by}").json()["rows"]
    assert sum(row["orders"] for row in rows) == 3


def test_two_filters_narrow_and_a_third_is_refused(reader: Site) -> None:
    narrowed = {"state": "accepted", "shape": "classic"}
    assert reader.client.get("/api/v1/stats/totals", params=narrowed).json()["orders"] == 1
    refused = reader.client.get("/api/v1/stats/totals", params={**narrowed, "department": "15"})
    assert (refused.status_code, refused.json()["field"]) == (422, "state")
    assert reader.client.get("/api/v1/stats/totals", params={"since": "enero"}).status_code == 422
    assert reader.client.get("/api/v1/stats/colour").status_code == 422


def test_stages_and_parties_are_told(reader: Site) -> None:
    stages = {row["of"]: row["count"] for row in reader.client.get("/api/v1/stats/delays").json()["rows"]}
    assert stages == {"acceptance": 1, "delivery": 1}
    suppliers = reader.client.get("/api/v1/stats/suppliers").json()["rows"]
    assert "" in {row["of"] for row in suppliers}  # natural persons, together and without a name


def test_no_cell_of_a_csv_is_a_formula(own: Site) -> None:
    sealed(own.house, order(9, entity={"ruc": "20505208626", "name": "=HYPERLINK(1)", "code": 1335}))
    told = own.client.get("/api/v1/stats/entities.csv")
    assert told.headers["content-type"] == "text/csv; charset=utf-8"
    assert "'=HYPERLINK(1)" in told.text
    assert ",=HYPERLINK" not in told.text
