"""An order is compared with the past that it has when it is sealed, whoever imports beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cast import order, registry, sealed
from cli.program import lines
from huella.documents.order import render_order
from huella.flow import bring as bringing
from huella.flow.bring import Brought, bring
from huella.flow.house import House
from huella.flow.paper import seal_orders

NUMBER = "OCAM-2023-500319-3-0"
EARLY, LATE = "2023-02-01 08:00:00", "2023-03-01 08:00:00"


def extract(folder: Path, shared_data: Path, state: str, at: str, number: str = NUMBER) -> Path:
    """An open-data file of one real order in another state, extracted at another time."""
    source = shared_data / "perucompras" / "ReportePCBienes202301.excerpt.latin1.csv"
    heading, row = source.read_text("latin-1").splitlines()[:2]
    cells = row.split(";")
    cells[0], cells[6], cells[8], cells[11] = at, number, state, at
    path = folder / f"{state}.csv"
    path.write_text(f"{heading}\n{';'.join(cells)}\n")
    return path


def meanwhile(monkeypatch: pytest.MonkeyPatch, other: Any) -> None:
    """Let something happen once between comparing and sealing."""
    done = list[bool]()

    def late(*given: Any) -> Any:
        if not done:
            done.append(True)
            other()
        return seal_orders(*given)

    monkeypatch.setattr(bringing, "seal_orders", late)


def counts(brought: Brought) -> tuple[int, int, int]:
    return brought.sealed, brought.known, brought.refused


def states(house: House) -> list[int]:
    return [entry.seq for entry in house.journal.of_subject(NUMBER)]


@pytest.mark.parametrize("before", [False, True])
def test_an_older_state_stays_out_although_the_newer_one_came_in_between(
    before: bool, database_url: str, tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = extract(tmp_path, shared_data, "PUBLICADA", "2023-01-01 08:00:00")
    older = extract(tmp_path, shared_data, "ACEPTADA", EARLY)
    newer = extract(tmp_path, shared_data, "PAGADA", LATE)
    with registry(tmp_path, database_url) as house:
        if before:
            bring(house, first, "auto")
        meanwhile(monkeypatch, lambda: bring(house, newer, "auto"))
        assert counts(bring(house, older, "auto")) == (0, 1, 0)
        assert states(house) == [0, 1][: 1 + before]


def test_a_newer_state_goes_behind_what_came_in_between(
    database_url: str, tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = extract(tmp_path, shared_data, "ACEPTADA", EARLY)
    newer = extract(tmp_path, shared_data, "PAGADA", LATE)
    with registry(tmp_path, database_url) as house:
        meanwhile(monkeypatch, lambda: bring(house, older, "auto"))
        assert counts(bring(house, newer, "auto")) == (1, 0, 0)
        assert states(house) == [0, 1]


def test_an_order_that_was_published_here_is_refused_by_its_own_rule(
    database_url: str, tmp_path: Path, shared_data: Path
) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, published := order(1))
        brought = bring(house, extract(tmp_path, shared_data, "PAGADA", LATE, published.subject), "auto")
        assert counts(brought) == (0, 0, 1)
        assert "published here" in brought.refusals[0]["reason"]


def test_an_order_that_is_known_gets_no_paper_for_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list[str]()

    def render(*given: Any) -> bytes:
        made.append(given[1])
        return render_order(*given)

    monkeypatch.setattr("huella.documents.order.render_order", render)
    one, both = lines(tmp_path / "1.jsonl", order(1)), lines(tmp_path / "2.jsonl", order(1), order(2))
    with registry(tmp_path, database_url, documents__order_pdf="sealing") as house:
        assert counts(bring(house, one, "jsonl")) == (1, 0, 0)
        assert counts(bring(house, both, "jsonl")) == (1, 0, 1)
    assert made == [order(1).subject, order(2).subject]


def test_orders_that_get_a_paper_are_sealed_a_few_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "WITH_PAPERS", 2)
    monkeypatch.setattr(bringing, "CHUNK", 4)
    path = lines(tmp_path / "in.jsonl", *(order(number) for number in range(1, 6)))
    steps: dict[str, list[int]] = {"sealing": [], "request": []}
    for when, taken in steps.items():
        with registry(tmp_path / when, documents__order_pdf=when) as house:
            bring(house, path, "jsonl", taken.append)
    assert steps == {"sealing": [2, 2, 1], "request": [4, 1]}
