"""Rows made before the head is held: the same as those made behind it, and used only where the order is new."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cast import fact, order, registry
from huella.errors import InputError, RuleError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.seal import Ready, Sealed, ready, seal, seal_ready
from huella.records import disclosure, draft, kinds, life, policy
from huella.records.draft import Draft
from huella.records.generator import orders
from huella.store.derive import SHOWN, order_rows, party_rows, shows_sealed
from huella.store.tables import deliveries, items, parties
from huella.store.tables import orders as order_table

GIVEN = list(orders(60, 5))


def tables(house: House) -> list[list[Any]]:
    """All derived rows of orders."""
    with house.engine.connect() as connection:
        chosen = (order_table, items, deliveries, parties)
        return [[*connection.execute(select(each).order_by(*each.primary_key.columns))] for each in chosen]


def test_rows_made_before_are_those_that_are_made_behind_the_head(database_url: str, tmp_path: Path) -> None:
    made: list[list[Any]] = []
    for name, strip in (("before", False), ("behind", True)):
        url = database_url if strip else None
        with registry(tmp_path / name, url) as house:
            prepared = ready(GIVEN, house.vault.boxer)
            given = [
                each._replace(given=each.fact, begun=None) if strip else each
                for each in prepared
                if isinstance(each, Ready)
            ]
            assert all(isinstance(each, Sealed) for each in seal_ready(house, given))
            assert audit(house).clean
            made.append(tables(house))
    assert made[0] == made[1]


def test_an_order_and_what_follows_it_are_sealed_in_one_transaction(
    database_url: str, tmp_path: Path
) -> None:
    with registry(tmp_path, database_url) as house:
        outcomes = seal(house, [order(1), fact("order.accepted", 1, mode="explicit"), order(2), order(1)])
        assert [isinstance(each, Sealed) for each in outcomes] == [True, True, True, False]
        assert isinstance(outcomes[3], RuleError)
        assert [row.status for row in tables(house)[0]] == ["accepted", "published"]
        assert audit(house).clean


def test_an_order_that_stands_in_the_log_already_gets_no_rows_made_before(
    database_url: str, tmp_path: Path
) -> None:
    with registry(tmp_path, database_url) as house:
        late = ready([order(1)], house.vault.boxer)
        seal(house, [order(1)])
        before = tables(house)
        assert isinstance(seal_ready(house, late)[0], RuleError)
        assert tables(house) == before


def complete_and_public(given: Draft) -> tuple[Any, Any, dict[str, str]]:
    made = draft.prepare(given, lambda: bytes(16))
    return kinds.read(given.kind, given.data), made.public, made.sealed


@pytest.mark.parametrize("given", GIVEN[:30], ids=lambda given: str(given.subject))
def test_complete_data_gives_the_rows_of_public_data_unless_they_would_show_what_is_sealed(
    given: Draft,
) -> None:
    complete, public, sealed = complete_and_public(given)
    of_complete, of_public = (
        (order_rows("x", life.advance(None, given.kind, each), 0, 0), party_rows(each, 0))
        for each in (complete, public)
    )
    assert (of_complete == of_public) != shows_sealed(sealed)


def test_what_rows_may_show_is_all_that_the_policy_seals_of_them() -> None:
    """Everything that the policy can name is sealed, one by one: no row changes but by the pointers in SHOWN."""
    rules = {rule.pattern for kind in kinds.FIRST_OF_ORDER for rule in policy.SEALED[kind]}
    data = {**GIVEN[0].data, "verification_code": "ABC"}
    whole = order_rows("x", life.advance(None, "order.published", kinds.read("order.published", data)), 0, 0)
    tried = 0
    for pattern in rules - set(SHOWN):
        pointer = pattern.replace("*", "0")
        try:
            public, _, _ = disclosure.seal(data, [pointer], lambda: bytes(16))
        except InputError:  # this order has no such member
            continue
        now = life.advance(None, "order.published", kinds.read("order.published", public))
        assert order_rows("x", now, 0, 0) == whole, pointer
        tried += 1
    assert tried >= 3
