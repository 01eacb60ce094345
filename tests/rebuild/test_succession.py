"""A mirror across a stolen key: made from the successor's trust file, or led over to it half way."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

import cast
from huella.errors import LedgerRefused, SettingsError
from huella.flow import succession
from huella.flow.audit import audit
from huella.flow.house import House, open_house
from huella.flow.publish import evidence_of
from huella.flow.rebuild import rebuild
from huella.ledger import registry
from huella.proof.verify import verify
from rebuild.mirrors import assert_same, empty, mirror

CLOCK = cast.Clock()


def begun(folder: Path, stack: ExitStack, orders: int = 5) -> House:
    """A registry with batches of three on its first contract."""
    house = stack.enter_context(cast.registry(folder, clock=CLOCK, anchor__max_leaves=3))
    cast.sealed(house, *(cast.order(number) for number in range(1, orders + 1)))
    cast.anchored(house)
    return house


def robbed(house: House) -> None:
    first = registry.head(house.ledger).size
    house.ledger.send(registry.append_call(first, [b"\1" * 32], b"\0", b"", b""), 1_000_000)


def succeeded(house: House, folder: Path, stack: ExitStack) -> House:
    """The registry after the theft, with more orders on the successor."""
    succession.succeed(house, "robo de la llave")
    found = stack.enter_context(open_house(folder, CLOCK, os.urandom))
    cast.sealed(found, cast.order(11), cast.order(12))
    cast.anchored(found)
    return found


def test_a_mirror_of_a_successor_holds_what_every_contract_held(tmp_path: Path) -> None:
    with ExitStack() as stack:
        house = begun(tmp_path / "one", stack)
        robbed(house)
        house = succeeded(house, tmp_path / "one", stack)
        copy = stack.enter_context(mirror(tmp_path / "copy", house, trust=house.trust, log_key=None))
        assert_same(house, copy)
        assert audit(copy).clean
        for index in range(copy.journal.size()):
            assert verify(evidence_of(copy, index).encode(), house.trust).overall == "authentic"


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_a_mirror_is_led_over_to_the_successor_wherever_it_was(tmp_path: Path, taken: int) -> None:
    with ExitStack() as stack:
        house = begun(tmp_path / "one", stack)
        with empty(tmp_path / "copy", house, trust=house.trust, log_key=None) as copy:
            coming = rebuild(copy)
            for _ in range(taken):
                next(coming)
        robbed(house)
        if taken == 2:
            copy = stack.enter_context(empty(tmp_path / "copy", house, trust=house.trust, log_key=None))
            with pytest.raises(LedgerRefused, match="did not sign"):
                list(rebuild(copy))
        house = succeeded(house, tmp_path / "one", stack)
        copy = stack.enter_context(mirror(tmp_path / "copy", house, trust=house.trust, log_key=None))
        assert copy.ledger.contract == house.ledger.contract
        assert_same(house, copy)
        assert audit(copy).clean


def test_a_trust_file_that_knows_nothing_of_the_old_contract_leads_nowhere(tmp_path: Path) -> None:
    with ExitStack() as stack:
        house = begun(tmp_path / "one", stack)
        with mirror(tmp_path / "copy", house, trust=house.trust, log_key=None) as copy:
            held = copy.trust
        stranger = replace(held, contract=b"\7" * 20)
        for other in (stranger, replace(house.trust, contract=b"\7" * 20, origin="example.pe/other")):
            with pytest.raises(SettingsError, match="follows the contract"):
                stack.enter_context(empty(tmp_path / "copy", house, trust=other, log_key=None))
        kept = stack.enter_context(open_house(tmp_path / "copy", CLOCK, os.urandom))
        assert kept.trust == held
