"""Several relayed transactions under way at once: faults in pairs, in the middle; none is lost, none comes twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pytest

from huella.errors import LedgerRefused, LedgerUnreachable
from huella.ledger.delivery import Receipt
from huella.ledger.relay import RelayDelivery
from ledger.relaymodel import RIVAL, Model, delivery, lodges, orders

COUNT = 7


@contextmanager
def opened(
    model: Model, at_once: int = 4, lifetime: int = 60, patience: float = 120.0
) -> Iterator[RelayDelivery]:
    made = delivery(model, at_once, lifetime, patience)
    yield made
    made._nodes.close()
    made.close()


def brought(model: Model, made: RelayDelivery, count: int = COUNT) -> list[Receipt]:
    """Bring so many in, as anchoring does: who is refused asks the chain what it has, and goes on behind it."""
    done: list[Receipt] = []
    for _ in range(3):
        try:
            rest = orders(model, count - len(model.applied), len(model.applied))
            done += [receipt for _, receipt, _ in made.deliver_all(rest)]
            break
        except LedgerRefused as error:
            assert error.reason == "WrongSize"  # noqa: PT017
    return done


def assert_once(model: Model, count: int = COUNT) -> None:
    assert model.applied == [sha256(b"%d" % at).digest() for at in range(count)]


@pytest.mark.parametrize("at_once", [1, 4, 20])
@pytest.mark.parametrize("blind", [False, True])
def test_they_come_in_order_and_once_however_many_are_under_way(at_once: int, blind: bool) -> None:
    model = Model(blind=blind)
    with opened(model, at_once) as made:
        receipts = brought(model, made)
    assert_once(model)
    assert (len(receipts), model.sent) == (COUNT, COUNT)
    assert [each.block_number for each in receipts] == sorted(each.block_number for each in receipts)


def test_more_at_once_take_fewer_blocks() -> None:
    blocks = []
    for at_once in (1, 4):
        model = Model()
        with opened(model, at_once) as made:
            brought(model, made, 12)
        assert_once(model, 12)
        blocks.append(len(model.blocks))
    assert blocks[1] * 2 < blocks[0]


@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("at", range(COUNT))
@pytest.mark.parametrize("fault", ["swallowed", "lost", "silent", "held"])
def test_one_fault_anywhere_loses_and_doubles_nothing(fault: str, at: int, blind: bool) -> None:
    model = Model(blind=blind, faults={at: fault})
    with opened(model, lifetime=20) as made:
        brought(model, made)
    assert_once(model)


@pytest.mark.parametrize("faults", list(itertools.product(["swallowed", "lost", "silent", "held"], repeat=2)))
@pytest.mark.parametrize("first", [0, 2])
def test_two_faults_in_a_row_lose_and_double_nothing(faults: tuple[str, str], first: int) -> None:
    model = Model(faults={first: faults[0], first + 1: faults[1]})
    with opened(model, lifetime=20) as made:
        brought(model, made)
    assert_once(model)


def test_one_that_expired_in_the_middle_is_signed_anew_and_those_behind_it_follow() -> None:
    model = Model(faults={2: "swallowed"})
    with opened(model, lifetime=8) as made:
        assert len([*made.deliver_all(orders(model, COUNT))]) == COUNT
    assert_once(model)


def test_one_that_the_contract_refuses_is_told_behind_those_before_it() -> None:
    model = Model()
    with opened(model) as made:
        wrong = orders(model, 1, 99)[0]
        landed = made.deliver_all([*orders(model, 3), wrong, *orders(model, 1, 3)])
        assert [next(landed)[1].good for _ in range(3)] == [True] * 3
        with pytest.raises(LedgerRefused) as refused:
            next(landed)
        assert refused.value.reason == "WrongSize"
        brought(model, made)
    assert_once(model)


def test_a_blocks_gas_that_is_used_up_by_ones_own_delays_and_no_more() -> None:
    model = Model(quota=2)
    with opened(model) as made:
        assert len(brought(model, made)) == COUNT
    assert_once(model)


def test_a_block_that_has_never_room_for_one_is_told_by_its_code() -> None:
    model = Model(quota=0)
    with opened(model) as made, pytest.raises(LedgerRefused) as refused:
        list(made.deliver_all(orders(model, 3)))
    assert (refused.value.reason, model.applied) == ("RelayNotEnoughGas", [])


def test_a_relay_signer_that_stays_away_is_told_in_time_and_can_be_asked_again() -> None:
    model = Model(faults=dict.fromkeys(range(500), "silent"))
    with opened(model, patience=30) as made:
        with pytest.raises(LedgerUnreachable, match="into no block within 30 s"):
            list(made.deliver_all(orders(model, 3)))
        model.faults.clear()
        brought(model, made)
    assert_once(model)


FAULTS = ["swallowed", "lost", "silent", "held", "taken", "same"]


@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("lag", [0, 3])
@pytest.mark.parametrize("faults", [*itertools.product(FAULTS, repeat=2)], ids="+".join)
def test_a_digest_that_the_contract_takes_again_is_passed_on_once(
    faults: tuple[str, str], lag: int, blind: bool
) -> None:
    """No contract refuses a second one: what the blocks show under each nonce decides. `taken`, `same`: another
    process has the key too. `lag`: the nonce is seen before what became of it."""
    for first in range(3):
        model = Model(blind=blind, lag=lag, faults={first: faults[0], first + 1: faults[1]})
        with opened(model, lifetime=20) as made:
            receipts = [receipt for _, receipt, _ in made.deliver_all(lodges(COUNT))]
        ours = [digest for digest in model.lodged if digest != RIVAL]
        assert sorted(ours) == sorted(sha256(b"%d" % at).digest() for at in range(COUNT))
        assert len({receipt.transaction for receipt in receipts}) == COUNT
