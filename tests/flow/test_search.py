"""Search: orders by number, party, product, place and code; pages in the order of the log; nothing sealed in clear."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from cast import natural_order, order, registry, sealed
from huella.flow import search
from huella.flow.house import House
from huella.flow.search import Asked
from huella.records import generator
from huella.store import database
from huella.store.search import BLOCK, Search, postings


def numbers(house: House, text: str = "", **narrowed: str) -> list[str]:
    """The numbers of all orders found, page by page."""
    found: list[str] = []
    before: int | None = None
    while True:
        page = search.find(house, Asked(text, **narrowed), before, 4)
        found += [str(row["number"]) for row in search.rows(house, page.firsts)]
        before = page.before
        if before is None:
            return found


@pytest.mark.parametrize(
    "text",
    [
        "OCAM-2026-1335-2-0",
        "ocam-2026-1335-2",
        "llanta",
        "Seguro Social",
        "seguro  SALUD de la",
        "20131257750",
        "lima llanta",
    ],
)
def test_an_order_is_found_by_number_party_product_and_place(
    tmp_path: Path, database_url: str, text: str
) -> None:
    with registry(tmp_path / "r", database_url) as house:
        sealed(house, order(1), order(2))
        assert "OCAM-2026-1335-2-0" in numbers(house, text)


def test_an_order_of_many_deliveries_is_told_with_the_place_of_the_first(
    tmp_path: Path, database_url: str
) -> None:
    with registry(tmp_path / "r", database_url) as house:
        drafts = [draft for draft in generator.orders(60, seed=5) if len(draft.data["destinations"]) > 1]
        sealed(house, *drafts)
        firsts = search.find(house, Asked(), most=60).firsts
        told = {row["number"]: row["place"] for row in search.rows(house, firsts)}
        places = {draft.subject: draft.data["destinations"][0] for draft in drafts}
        assert places
        assert {number: place[2] for number, place in told.items()} == {
            number: place["district"] for number, place in places.items()
        }


def test_what_no_order_holds_is_not_found(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        sealed(house, order(1))
        for text in ("tractor", "llanta tractor", "OCAM-2026-1335-9-0", "' OR 1=1 --", "=shape:partial", "%"):
            assert numbers(house, text) == ([] if text != "%" else numbers(house))


def test_pages_come_newest_first_and_miss_nothing(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        drafts = list(generator.orders(30, seed=5))
        sealed(house, *drafts)
        assert numbers(house) == [draft.subject for draft in reversed(drafts)]
        partial = [
            d.subject
            for d in reversed(drafts)
            if d.data["delivery_type"] == "Un solo destino con entregas parciales"
        ]
        assert numbers(house, shape="partial") == partial != []


def test_pages_cross_blocks(tmp_path: Path) -> None:
    with registry(tmp_path / "r") as house:
        firsts = [3, BLOCK - 1, BLOCK, BLOCK + 7, 5 * BLOCK]
        Search(house.engine).add(0, 1, {"x": firsts, "y": firsts[1:4]}, [])
        index = Search(house.engine)
        assert index.find(["x"], None, 9).firsts == firsts[::-1]
        assert index.find(["x", "y"], BLOCK + 7, 1) == ([BLOCK], BLOCK)
        assert index.find(["x", "y"], BLOCK, 5) == ([BLOCK - 1], None)


def test_a_persons_ruc_is_found_by_those_who_know_it_and_stands_nowhere(
    tmp_path: Path, database_url: str
) -> None:
    with registry(tmp_path / "r", database_url) as house:
        sealed(house, natural_order(1), order(2))
        assert numbers(house, "10000000006") == ["OCAM-2026-1335-1-0"]
        assert numbers(house, "persona ejemplo") == []
        with database.reading(house.engine) as connection:
            terms = set(connection.execute(select(postings.c.term)).scalars())
        assert not [term for term in terms if "10000000006" in term or "PERSONA" in term]


def test_what_was_erased_is_not_found_any_more(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        sealed(house, natural_order(1), natural_order(2))
        assert len(numbers(house, "10000000006")) == 2
        Search(house.engine).add(2, 3, {}, [0])
        assert len(Search(house.engine).find(["LLANTA"], None, 9).firsts) == 2
        found = Search(house.engine).find([search._keyed(house, search.RUC, "10000000006")], None, 9)
        assert found.firsts == [1]


def test_the_index_is_made_anew_from_the_records(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        sealed(house, *generator.orders(20, seed=5))
        before = numbers(house)
        Search(house.engine).clear()
        assert numbers(house) == before
        assert search.behind(house) == 0


def test_long_steps_and_short_ones_make_the_same_index(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        sealed(house, *generator.orders(20, seed=5))
        told = []
        for stride in (3, search.STRIDE):
            Search(house.engine).clear()
            assert search.step(house, stride) == (stride < 20)
            assert search.behind(house) == max(0, 20 - stride)
            while search.step(house, stride):
                pass
            told.append(kept(house))
        assert told[0] == told[1] != []


def kept(house: House) -> list[tuple[str, int, bytes]]:
    """Every list of the index."""
    chosen = select(postings).order_by(postings.c.term, postings.c.block)
    with database.reading(house.engine) as connection:
        return [(row.term, row.block, bytes(row.places)) for row in connection.execute(chosen)]


def test_who_comes_second_with_the_same_entries_writes_nothing(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        index = Search(house.engine)
        assert index.add(0, 5, {"x": [1]}, [])
        assert not index.add(0, 5, {"x": [2]}, [])
        assert index.find(["x"], None, 9).firsts == [1]
