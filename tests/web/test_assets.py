"""The program that pages name: the built one, or none, and then pages go without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from huella.proof.trust import parse
from huella.web import assets, offline
from web.site import Site


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another place for what was built."""
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    monkeypatch.setattr(offline, "_WORKER", tmp_path / "dist" / "sw.js")
    assets._manifest.cache_clear()
    (tmp_path / "dist").mkdir()
    yield tmp_path / "dist"
    assets._manifest.cache_clear()


def test_the_script_is_the_one_that_was_built(built: Path) -> None:
    (built / "manifest.json").write_text(json.dumps({"src/main.ts": {"file": "assets/main-x.js"}}))
    assert assets.script() == "/static/dist/assets/main-x.js"


def test_where_nothing_was_built_there_is_no_script(built: Path) -> None:
    assert assets.script() is None


def test_a_page_without_a_program_is_a_page(reader: Site, built: Path) -> None:
    answer = reader.client.get("/")
    assert answer.status_code == 200
    assert "<script" not in answer.text


def test_the_service_worker_stands_at_the_root_and_is_never_kept(reader: Site, built: Path) -> None:
    (built / "sw.js").write_text("// here")
    answer = reader.client.get("/sw.js")
    assert (answer.status_code, answer.text) == (200, "// here")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_without_a_built_worker_there_is_none(reader: Site, built: Path) -> None:
    assert reader.client.get("/sw.js").status_code == 404


def test_the_trust_file_that_pages_use_is_the_registrys(reader: Site) -> None:
    answer = reader.client.get("/trust.json")
    assert parse(answer.content) == reader.house.trust
    assert answer.headers["content-type"] == "application/json"
