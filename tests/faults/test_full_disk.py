"""A full disk on the registry's side: nothing half written, nothing lost, nothing twice, and it goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

import cast
from faults.crash import oracle, subjects
from huella.errors import StoreError
from huella.flow.anchor import anchor
from huella.flow.house import House
from huella.ledger import registry
from huella.ledger.rpc import Rpc
from huella.network.local import Local

ROOM = 1_000_000_000


@contextmanager
def full(house: House) -> Iterator[None]:
    """SQLite gets no further page, as on a disk without room."""
    room = [0]

    def limit(connection: Any, *_: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={room[0] or pages}")

    event.listen(house.engine, "checkout", limit)
    try:
        yield
    finally:
        room[0] = ROOM


def filled(house: House) -> list[int]:
    """Seal until the disk takes no more; the numbers of the orders that were acknowledged."""
    done = [1]

    def more() -> None:
        for number in range(2, 100):
            cast.sealed(house, cast.order(number))
            done.append(number)

    with pytest.raises(StoreError, match="full"):
        more()
    return done


def test_sealing_says_that_the_disk_is_full_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with cast.registry(tmp_path) as house:
        cast.sealed(house, cast.order(1))
        with full(house):
            done = filled(house)
        oracle(house, subjects(*done))
        cast.sealed(house, cast.order(100))
        cast.anchored(house)
        oracle(house, subjects(*done, 100))


@pytest.mark.network
def test_anchoring_on_validators_with_a_full_disk_puts_each_batch_there_once(
    network: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "la clave de la prueba")
    clock = cast.Clock(datetime.now(UTC))
    urls = ",".join(network.urls)
    with cast.registry(
        tmp_path, None, clock, ledger__nodes=urls, ledger__agree=3, anchor__max_leaves=2
    ) as house:
        cast.sealed(house, cast.order(1))
        with full(house):
            done = filled(house)
            with pytest.raises(StoreError, match="full"):
                list(anchor(house))
        list(anchor(house))
        assert registry.head(house.ledger).size == house.journal.size() == len(done)
        oracle(house, subjects(*done))
    assert len({hash_at(url, 5) for url in network.urls}) == 1


def hash_at(url: str, height: int) -> str:
    rpc = Rpc(url)
    try:
        return str(rpc.ask("eth_getBlockByNumber", hex(height), False)["hash"])
    finally:
        rpc.close()
