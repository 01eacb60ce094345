"""Assignment of collection rights: the token follows the record, once, and the audit sees where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cast import anchored, fact, order, registry, sealed
from huella.errors import LedgerRefused
from huella.flow.assign import assign, step
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.read import show
from huella.ledger import registry as contract
from huella.records.draft import Draft
from people import accepted, rule_of

BANK, FUND = "0x" + "b1" * 20, "0x" + "f2" * 20
NUMBER = "OCAM-2026-1335-1-0"


def assigned(account: str | None) -> Draft:
    """An assignment to a bank, with or without an account."""
    told: dict[str, Any] = {} if account is None else {"account": account}
    return fact("rights.assigned", assignee={"ruc": "20100047218", "name": "BANCO DE EJEMPLO"}, **told)


def owner(house: House) -> str | None:
    """Who holds the order's token."""
    found = contract.owner_of(house.ledger, 0)
    return None if found is None else found.lower()


def test_the_token_moves_with_the_right(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order())
        accepted(house)
        sealed(house, assigned(BANK))
        anchored(house)
        assert audit(house).exit_code == 3  # it waits for its move
        assert [move.state for move in assign(house)] == ["final"]
        assert owner(house) == BANK
        assert show(house, NUMBER)["token"]["owner"].lower() == BANK
        assert audit(house).exit_code == 0


def test_nothing_moves_before_its_anchor_and_nothing_twice(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        sealed(house, order())
        accepted(house)
        sealed(house, assigned(BANK))
        assert step(house) is None
        anchored(house)
        assert step(house) is not None
        assert step(house) is None


def test_a_right_goes_on_and_comes_back(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order())
        accepted(house)
        sealed(house, assigned(BANK), assigned(FUND), assigned(BANK))
        anchored(house)
        assert [move.account for move in assign(house)] == [BANK, FUND, BANK]
        assert owner(house) == BANK
        assert audit(house).exit_code == 0


def test_a_move_that_was_sent_and_not_noted_is_not_sent_again(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        sealed(house, order())
        accepted(house)
        sealed(house, assigned(BANK))
        anchored(house)
        call = contract.assign_call(0, contract.custodian(house.ledger), BANK, 2)
        house.ledger.send(call, 200_000)
        assert [move.state for move in assign(house)] == ["final"]
        assert audit(house).exit_code == 0


def test_without_an_account_only_the_record_exists(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        sealed(house, order())
        accepted(house)
        sealed(house, assigned(None))
        anchored(house)
        assert step(house) is None
        assert audit(house).exit_code == 0


def test_a_token_that_moved_without_a_record_is_named(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order(1), order(2))
        anchored(house)
        call = contract.assign_call(0, contract.custodian(house.ledger), BANK, 1)
        house.ledger.send(call, 200_000)
        (finding,) = audit(house).findings
        assert (finding.cls, finding.column) == ("foreign", "balance")


def test_a_token_that_is_elsewhere_stops_its_move(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        sealed(house, order())
        accepted(house)
        sealed(house, assigned(BANK))
        anchored(house)
        house.ledger.send(contract.assign_call(0, contract.custodian(house.ledger), FUND, 2), 200_000)
        with pytest.raises(LedgerRefused, match="not with"):
            step(house)
        assert "foreign" in {finding.cls for finding in audit(house).findings}


def test_a_right_is_assigned_of_an_accepted_order_only(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        sealed(house, order())
        assert rule_of(house, assigned(BANK)) == "rights.assigned-from-accepted"
