"""Registers that older releases made, upgraded by the commands of docs/guide/recovery.md, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from cast import order
from cli.conftest import huella
from cli.program import FIRST, Run, lines
from rebuild.releases import unpacked

__all__ = ["huella"]

RELEASES = ("0001", "0006")


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES)
def test_a_register_of_an_older_release_is_whole_after_init(
    release: str, tmp_path: Path, database_url: str, huella: Run
) -> None:
    folder = unpacked(release, tmp_path / "old", database_url)
    refused = huella("audit", folder=folder)
    assert (refused.code, f"older version ({release})" in refused.err) == (2, True), refused.err
    assert f"huella init --dir {folder}" in refused.err
    before = [(folder / name).read_bytes() for name in ("trust.json", "keys/log.pem", "signer/leaves")]

    made = huella("init", folder=folder)
    assert (made.code, "database of an older version" in made.err) == (0, True), made.err
    found = huella("audit", "--json", folder=folder).value
    assert (found["counts"], found["findings"][0]["class"]) == ({"behind": 1}, "behind"), found
    assert huella("anchor", folder=folder).code == 0
    assert huella("audit", folder=folder).code == 0
    assert before == [
        (folder / name).read_bytes() for name in ("trust.json", "keys/log.pem", "signer/leaves")
    ]

    assert "accepted" in huella("show", FIRST, folder=folder).out
    old = folder / "evidence.huella.json"
    assert huella("verify", old, "--json", folder=folder).value["results"][0]["overall"] == "authentic"
    more = huella("seal", lines(tmp_path / "more.jsonl", order(9)), "--json", folder=folder)
    assert more.code == 0, more.err
    assert huella("anchor", folder=folder).code == 0
    assert huella("audit", folder=folder).code == 0
    again = huella("init", folder=folder)
    assert (again.code, "older version" in again.err) == (0, False)


@pytest.mark.slow
def test_figures_search_and_lodged_digests_of_an_old_register_are_there(
    tmp_path: Path, database_url: str, huella: Run
) -> None:
    folder = unpacked("0006", tmp_path / "old", database_url)
    assert huella("init", folder=folder).code == 0
    stats = huella("stats", "--json", folder=folder).value
    assert stats["orders"] == 5, stats
    assert huella("lodged", "--all", "--json", folder=folder).value == {"lodged": []}
