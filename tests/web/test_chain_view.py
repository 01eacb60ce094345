"""What pages tell of the chain: asked in short time, remembered, compared with the records, no password in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from huella.errors import LedgerUnreachable
from huella.flow import on_chain
from huella.web.views import chain
from huella.web.views.chain import KEPT, Remembered
from web.site import FIRST, Site


class Hand:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def kept(hand: Hand) -> Iterator[Remembered]:
    found = Remembered(hand)
    yield found
    found.close()


def counting(answers: list[Any]) -> Callable[[], Any]:
    return lambda: answers.pop(0)


def test_an_answer_stands_for_some_seconds(kept: Remembered, hand: Hand) -> None:
    ask = counting(["one", "two"])
    assert [kept.ask("k", ask), kept.ask("k", ask)] == ["one", "one"]
    hand.now = KEPT
    assert kept.ask("k", ask) == "two"


def test_a_chain_that_does_not_answer_holds_nobody_up_and_is_not_asked_by_everybody(
    kept: Remembered,
) -> None:
    release, asked = threading.Event(), list[int]()

    def slow() -> str:
        asked.append(1)
        assert release.wait(30)
        return "late"

    assert [kept.ask("k", slow, 0.01) for _ in range(5)] == [None] * 5
    assert asked == [1]
    release.set()
    kept.close(wait=True)
    assert kept.ask("k", slow) == "late"


def test_an_error_of_the_ledger_is_no_answer(kept: Remembered) -> None:
    def broken() -> str:
        raise LedgerUnreachable("nobody is there")

    assert kept.ask("k", broken) is None


@pytest.mark.parametrize(
    ("account", "state", "owner", "custodian", "expected"),
    [
        (None, "", "0xAA", True, "same"),
        (None, "", "0xBB", False, "other"),
        (None, "", None, False, "waits"),
        ("0xbb", "final", "0xBB", False, "same"),
        ("0xbb", "due", "0xAA", True, "waits"),
        ("0xbb", "final", "0xAA", True, "other"),
    ],
)
def test_the_chains_holder_is_compared_with_that_of_the_records(
    account: str | None, state: str, owner: str | None, custodian: bool, expected: str
) -> None:
    records = {"account": account, "history": [{"state": state}] if account else []}
    assert chain.compare(records, {"owner": owner, "custodian": custodian}) == expected
    assert chain.compare(records, None) == "unknown"


def test_a_page_names_a_node_without_its_password() -> None:
    assert on_chain.name("https://user:secret@node.example:8545/path") == "node.example:8545"


def test_the_order_page_tells_both_holders_and_where_they_differ(own: Site) -> None:
    page = own.client.get(f"/orders/{FIRST}").text
    assert "Titular según la cadena" in page
    assert "no coincide con los asientos" not in page
    leaf = own.house.journal.of_subject(FIRST)[0].index
    with own.house.engine.begin() as connection:  # a forged assignment that the chain never saw
        connection.execute(
            text("INSERT INTO assignments (entry, token, account, state) VALUES (:e, :t, :a, 'final')"),
            {"e": leaf, "t": leaf, "a": "0x" + "ab" * 20},
        )
    assert "no coincide con los asientos" in own.client.get(f"/orders/{FIRST}").text


def test_the_audit_page_tells_each_node_and_whether_it_agrees(own: Site) -> None:
    live = chain.nodes(own.house, Remembered())
    assert live is not None
    assert live["nodes"][0]["agrees"] is True
    assert "Los nodos, ahora" in own.client.get("/audit").text
    with own.house.engine.begin() as connection:
        connection.execute(text("UPDATE batches SET root = :r"), {"r": b"\1" * 32})
    own.app.state.chain = Remembered()
    assert "guarda otra raíz" in own.client.get("/audit").text


def test_open_data_has_the_contracts_interface_and_ocds(reader: Site) -> None:
    page = reader.client.get("/data").text
    assert "/api/v1/exports/ocds" in page
    assert reader.house.ledger.contract in page
    names = {each.get("name") for each in reader.client.get("/data/contract.abi.json").json()}
    assert {"ownerOf", "rootAt", "head"} <= names


def test_the_api_tells_an_order_also_while_no_node_answers(
    own: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = own.client.get(f"/api/v1/orders/{FIRST}").json()["token"]
    assert told["owner"].startswith("0x")
    assert (told["account"], told["history"], told["agreement"]) == (None, [], "same")

    def silent(*_: object) -> None:
        raise LedgerUnreachable("nobody is there")

    monkeypatch.setattr(on_chain, "holder", silent)
    own.app.state.chain = Remembered()
    told = own.client.get(f"/api/v1/orders/{FIRST}").json()["token"]
    assert (told["owner"], told["agreement"]) == (None, "unknown")
