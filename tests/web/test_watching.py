"""Limits, figures and lines of the log."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest

from huella.web.watching import Lines
from web.conftest import Model
from web.site import FIRST, Site, opened


def test_who_guesses_too_often_has_to_wait(model: Model, tmp_path: Path) -> None:
    if model.url is not None:
        pytest.skip("no database is asked")
    shutil.copytree(model.folder, tmp_path / "site")
    with opened(tmp_path / "site", None, {"web.guesses": 3}) as site:
        asked = [site.client.post("/api/v1/verify", json={"hash": "0" * 64}) for _ in range(4)]
        assert [each.status_code for each in asked] == [404, 404, 404, 429]
        assert int(asked[3].headers["retry-after"]) > 0
        assert asked[3].headers["content-type"] == "application/problem+json"
        assert "frame-ancestors" in asked[3].headers["content-security-policy"]
        guessed = site.client.get(f"/api/v1/orders/{FIRST}.pdf?code=0000-0000-0000-0000")
        assert (guessed.status_code, site.client.get("/api/v1/orders").status_code) == (429, 200)


def test_the_figures_name_routes_and_no_order(reader: Site) -> None:
    reader.client.get(f"/api/v1/orders/{FIRST}")
    text = reader.client.get("/api/v1/metrics").text
    assert f"huella_log_entries {float(reader.house.journal.size())}" in text
    assert "{number}" in text
    assert FIRST not in text


def test_a_line_of_the_log_holds_no_address_and_no_query(
    reader: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="huella.web"):
        reader.client.get(f"/api/v1/orders/{FIRST}?code=secret")
    line = Lines().format(caplog.records[-1])
    assert json.loads(line)["status"] == 200
    assert FIRST not in line
    assert "secret" not in line
