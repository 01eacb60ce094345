"""The registrar's gas budget: never overrun, named from 80 per cent on."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

import validators
from huella.errors import LedgerRefused
from huella.ledger import registry
from huella.ledger.budget import MINUTE, Block, until
from huella.ledger.delivery import Pace
from huella.ledger.signer import Registrar
from huella.network.local import Local

BASIC = 500_000
"""LACChain's basic membership: gas a block."""


def test_an_empty_minute_has_room() -> None:
    assert until([], 100, 100) == 0
    assert until([Block(1_000, 0)], 100, 100) == 0


def test_a_full_minute_waits_until_enough_of_it_has_passed() -> None:
    blocks = [Block(1_000, 60), Block(1_010, 40), Block(1_030, 0)]
    assert until(blocks, 50, 100) == 1_000 + MINUTE - 1_030
    assert until(blocks, 70, 100) == 1_010 + MINUTE - 1_030


def test_what_never_fits_is_an_error() -> None:
    with pytest.raises(ValueError, match="more than"):
        until([], 101, 100)


@given(st.lists(st.integers(1, 90_000), min_size=1, max_size=60), st.integers(90_000, 200_000))
def test_no_minute_is_ever_overrun(wishes: list[int], limit: int) -> None:
    now = 0
    sent: list[Block] = []
    for gas in wishes:
        recent = [block for block in sent if block.time > now - MINUTE]
        now += until([*recent, Block(now, 0)], gas, limit)
        sent.append(Block(now, gas))
        now += 1
    for block in sent:
        spent = sum(other.gas for other in sent if block.time - MINUTE < other.time <= block.time)
        assert spent <= limit


@pytest.mark.network
def test_on_a_network_the_minutes_use_is_read_from_the_blocks_and_named(network: Local) -> None:
    registrar, waited = Registrar(os.urandom(32)), []
    trust = validators.trust(network.urls, registrar, "0x" + "c0" * 20)

    class Waited(Exception):
        pass

    def pause(seconds: float) -> None:
        if seconds > 1:
            waited.append(seconds)
            raise Waited
        Pace().pause(seconds)

    # the deployment took six million of the minute's seven
    ledger = validators.opened(
        network.urls, trust, registrar, pace=Pace(per_block=BASIC, per_minute=7_000_000, pause=pause)
    )
    for _ in range(2):
        ledger.send(registry.lodge_call(os.urandom(32)), BASIC)
    assert [(found.node, found.trouble) for found in ledger.findings] == [(registrar.address, "budget")]
    with pytest.raises(Waited):
        ledger.send(registry.lodge_call(os.urandom(32)), BASIC)
    assert 0 < waited[0] <= MINUTE
    with pytest.raises(LedgerRefused, match="overruns the budget of 500000 gas a block") as caught:
        ledger.send(registry.lodge_call(os.urandom(32)), BASIC + 1)
    assert caught.value.reason == "Budget"
    ledger.close()
