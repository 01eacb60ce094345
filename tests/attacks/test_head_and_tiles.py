"""Somebody changes the log's row, its newest checkpoint, or the tiles that proofs are made of."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import and_

from attacks.thief import SIGNED, Thief, findings, found, refuses
from cast import anchored, order, sealed
from huella.errors import StoreError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.seal import seal
from huella.proof import checkpoint
from huella.store.tables import log, orders, tiles


def test_a_checkpoint_of_another_key_is_named(house: House, thief: Thief) -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    forged = checkpoint.sign(house.signer.origin, SIGNED, bytes(32), stranger)
    thief.set(log, log.c.id == 1, checkpoint=forged)
    one = found(house, "log", "checkpoint")
    assert (one.cls, one.sealed is not None) == ("tampered", True)


def test_a_checkpoint_that_is_none_is_named_and_replaced(house: House, thief: Thief) -> None:
    thief.set(log, log.c.id == 1, checkpoint="nothing")
    assert found(house, "log", "checkpoint").present == "nothing"
    anchored(house)
    assert audit(house).exit_code == 0


@pytest.mark.parametrize("forged", [{"size": 5}, {"size": 99}, {"frontier": bytes(96)}])
def test_a_changed_head_is_named_and_nothing_goes_on_behind_it(
    house: House, thief: Thief, forged: dict[str, Any]
) -> None:
    thief.set(log, log.c.id == 1, **forged)
    assert found(house, "log", "frontier").entry == SIGNED
    with pytest.raises(Exception, match=r"frontier|extend|leaves"):
        seal(house, [order(77)])
    assert house.signer.last()[0] == SIGNED


def test_a_deleted_head_is_named(house: House, thief: Thief) -> None:
    thief.remove(log, log.c.id == 1)
    assert found(house, "log", "row").cls == "tampered"
    refuses(house, thief)


def test_an_invented_order_stops_the_sealing_of_the_real_one(house: House, thief: Thief) -> None:
    thief.put(orders, **{**thief.read(orders)[0], "number": "OCAM-2026-1335-77-0"})
    with pytest.raises(StoreError, match="nobody sealed"):
        seal(house, [order(77)])
    assert house.journal.size() == SIGNED


def test_changed_missing_and_invented_tiles_are_named(house: House, thief: Thief) -> None:
    sealed(house, *(order(number) for number in range(1000, 1256)))
    assert audit(house).clean
    whole = thief.read(tiles)[0]
    place = and_(tiles.c.level == 0, tiles.c.number == 0)
    for column in ("hashes", "root"):
        zeros: dict[str, Any] = {column: bytes(len(whole[column]))}
        thief.set(tiles, place, **zeros)
        assert found(house, "tiles", "hashes").row == "0/0"
        thief.set(tiles, place, **{column: whole[column]})
    thief.put(tiles, level=1, number=0, root=bytes(32), hashes=bytes(8192))
    assert {f.row for f in findings(house, "tiles")} == {"1/0"}
    thief.remove(tiles, tiles.c.level == 1)
    thief.remove(tiles, place)
    assert found(house, "tiles", "number").sealed == "1"
