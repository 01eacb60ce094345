"""`huella rebuild` as an operator runs it, and every reading command on the mirror that it makes."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from cast import anchored, order, registry, sealed
from cli.conftest import huella
from cli.program import FIRST, Run, lines

__all__ = ["huella"]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of four anchored orders."""
    folder = tmp_path_factory.mktemp("original")
    with registry(folder, anchor__max_leaves=2) as house:
        sealed(house, *(order(n) for n in range(1, 5)))
        anchored(house)
    return folder


@pytest.fixture
def copy(one: Path, tmp_path: Path, huella: Run) -> Path:
    """Its mirror."""
    folder = tmp_path / "mirror"
    ran = huella("rebuild", "--chain", one / "chain.db", "--trust", one / "trust.json", folder=folder)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("4 entries here, root ")
    assert "entries 2–3 of block" in ran.err
    return folder


def test_reading_commands_work_on_a_mirror(copy: Path, one: Path, tmp_path: Path, huella: Run) -> None:
    csv = tmp_path / "orders.csv"
    for command in (("show", FIRST), ("show", "3"), ("stats",), ("export", "csv", "--output", csv)):
        told = [(huella(*command, folder=folder), csv.exists() and csv.read_text()) for folder in (copy, one)]
        assert (told[0][0].code, told[0][0].out, told[0][1]) == (0, told[1][0].out, told[1][1]), command
    assert huella("audit", folder=copy).code == 0
    assert huella("evidence", FIRST, "--output", tmp_path / "e.huella.json", folder=copy).code == 0
    verdict = huella(
        "verify", tmp_path / "e.huella.json", "--trust", one / "trust.json", "--json", folder=copy
    )
    assert verdict.value["results"][0]["overall"] == "authentic"


def test_writing_commands_are_refused_with_one_message(copy: Path, tmp_path: Path, huella: Run) -> None:
    given = lines(tmp_path / "more.jsonl", order(9))
    for command in (("seal", given), ("import", given), ("anchor",), ("worker", "--rounds", "1")):
        ran = huella(*command, folder=copy)
        assert (ran.code, "error: this is a mirror" in ran.err) == (2, True), (command, ran.err)


def test_nothing_is_made_that_names_a_node_that_does_not_answer(
    one: Path, tmp_path: Path, huella: Run
) -> None:
    folder = tmp_path / "mirror"
    ran = huella("rebuild", "--rpc", "http://127.0.0.1:1", "--trust", one / "trust.json", folder=folder)
    assert (ran.code, "no node answered: http://127.0.0.1:1 cannot be reached" in ran.err) == (3, True), (
        ran.err
    )
    assert not any(folder.iterdir())
    wrong = huella("rebuild", "--rpc", "http://127.0.0.1:1", "--contract", "0x12", folder=folder)
    assert (wrong.code, "error: contract: an address" in wrong.err) == (2, True), wrong.err


def test_run_again_it_goes_on_and_makes_nothing_twice(copy: Path, huella: Run) -> None:
    ran = huella("rebuild", "--json", folder=copy)
    assert (ran.code, ran.value["size"], ran.value["taken"], ran.value["behind"]) == (0, 4, 0, 0)


def test_following_takes_what_comes(tmp_path: Path, huella: Run) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order(1))
        anchored(house)
        given = ("--chain", tmp_path / "one" / "chain.db", "--follow", "--every", "0")
        first = huella("rebuild", *given, "--rounds", "1", "--json", folder=tmp_path / "two")
        assert (first.value["size"], "log's key is not known" in first.err) == (1, True)
        sealed(house, order(2))
        anchored(house)
        assert (
            huella("rebuild", *given, "--rounds", "3", "--json", folder=tmp_path / "two").value["taken"] == 1
        )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--rpc", "http://127.0.0.1:1"), "--contract"),
        (("--rpc", "http://127.0.0.1:1", "--contract", "0x12"), "40 hex digits"),
        (("--rpc", "http://127.0.0.1:1", "--contract", "0x" + "11" * 20), "cannot be reached"),
        (("--chain", "nothing.db"), "no chain"),
        (("--rpc", "http://127.0.0.1:1", "--chain", "x.db"), "give one of them"),
        ((), "name a node"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    tmp_path: Path, huella: Run, given: tuple[str, ...], said: str
) -> None:
    ran = huella("rebuild", *given, folder=tmp_path / "two")
    assert (ran.code != 0, said in ran.err) == (True, True), ran.err
    assert not (tmp_path / "two" / "trust.json").exists()


def test_another_contract_is_not_taken_into_a_mirror(copy: Path, huella: Run) -> None:
    ran = huella("rebuild", "--contract", "0x" + "11" * 20, folder=copy)
    assert (ran.code, "follows the contract" in ran.err) == (2, True)


def test_the_trust_file_of_a_mirror_without_key_says_so(tmp_path: Path, one: Path, huella: Run) -> None:
    assert huella("rebuild", "--chain", one / "chain.db", folder=tmp_path / "two").code == 0
    assert orjson.loads((tmp_path / "two" / "trust.json").read_bytes())["log_keys"] == []
    assert not (tmp_path / "two" / "keys").exists()
