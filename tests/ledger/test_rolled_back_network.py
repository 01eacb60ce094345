"""A network whose operators put an earlier copy of its data back: what was anchored since is anchored again."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import cast
import networks
from huella.flow.anchor import anchor
from huella.flow.audit import audit
from huella.flow.publish import evidence_of
from huella.ledger import registry
from huella.network.local import Local
from huella.proof.verify import verify
from huella.store.anchors import DUE, FINAL

pytestmark = [pytest.mark.network, pytest.mark.slow]


def restore(network: Local, folder: Path, copy: Path) -> None:
    """Every node's data as they were when the copy was taken."""
    network.stop()
    for kept in copy.iterdir():
        target = folder / kept.name
        if kept.is_dir():
            shutil.rmtree(target)
            shutil.copytree(kept, target)
    network.start()
    network.wait_for_blocks(1, networks.START_SECONDS)


def test_what_the_network_lost_is_anchored_again_once(
    own_network: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "la clave de la prueba")
    made: dict[str, Any] = {"ledger__nodes": ",".join(own_network.urls), "ledger__agree": 3}
    nodes, copy = own_network.folder, tmp_path / "copy"
    with cast.registry(tmp_path / "registry", clock=cast.Clock(datetime.now(UTC)), **made) as house:
        cast.sealed(house, cast.order(1))
        cast.anchored(house)
        own_network.stop()
        shutil.copytree(nodes, copy)
        own_network.start()
        own_network.wait_for_blocks(1, networks.START_SECONDS)
        cast.sealed(house, cast.order(2))
        cast.anchored(house)
        cast.sealed(house, cast.order(3))
        cast.anchored(house)
        before = evidence_of(house, 2).encode()
        assert verify(before, house.trust).overall == "authentic"
        restore(own_network, nodes, copy)
        assert registry.head(house.ledger).size == 1
        cast.sealed(house, cast.order(4))
        told = [(batch.first, batch.size, batch.state) for batch in anchor(house, again=lambda _: None)]
        assert told == [(1, 2, DUE), (2, 3, DUE), (1, 2, FINAL), (2, 3, FINAL), (3, 4, FINAL)]
        assert registry.head(house.ledger).size == house.journal.size() == 4
        assert audit(house).findings == []
        for index in range(4):
            assert verify(evidence_of(house, index).encode(), house.trust).overall == "authentic"
        assert (
            verify(before, house.trust).overall == "authentic"
        )  # its seals stay sound; nodes now deny its block
    networks.assert_one_chain(own_network)
