"""A stolen registrar's key on four real validators: alarm, stop, successor, audit clean, evidence valid."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import cast
from huella.errors import LedgerRefused
from huella.flow import registrars, succession
from huella.flow.ask import witnesses
from huella.flow.audit import audit
from huella.flow.house import House, open_house
from huella.flow.make import init_mirror
from huella.flow.mirror import Plan
from huella.flow.publish import evidence_of
from huella.flow.rebuild import rebuild
from huella.flow.watch import Watch
from huella.ledger import registry
from huella.network.local import Local
from huella.proof.verify import verify

pytestmark = pytest.mark.network
ROGUE = [bytes([n]) * 32 for n in (1, 2, 3)]


def test_a_stolen_key_on_a_network_is_left_behind(
    network: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REGISTRAR", "ADMINISTRATOR"):
        monkeypatch.setenv(f"HUELLA_KEYS_{name}_PASSWORD", "la clave de la prueba")
    made: dict[str, Any] = {"ledger__nodes": ",".join(network.urls), "ledger__agree": 3}
    made |= {"keys__administrator": "keys/administrator.json"}
    clock = Present()
    with cast.registry(tmp_path, clock=clock, **made) as house:
        cast.sealed(house, cast.order(1), cast.order(2))
        cast.anchored(house)
        before = evidence_of(house, 1).encode()
        watch = Watch(house, tmp_path / "watch.json")
        assert watch.round() == []
        cast.sealed(house, cast.order(3))
        rogue = house.ledger.send(registry.append_call(2, ROGUE, b"\0", b"", b""), 2_000_000)
        assert {e.finding.row for e in watch.round() if e.finding.cls == "foreign"} >= {rogue}
        with pytest.raises(LedgerRefused) as refused:
            cast.anchored(house)
        assert refused.value.reason in ("Foreign", "Ahead")
        done = succession.succeed(house, "robo de la llave")
        assert (done.size, done.untaken) == (2, ())
        with pytest.raises(LedgerRefused, match="is not a registrar of the contract"):
            house.ledger.send(registry.append_call(5, ROGUE, b"\0", b"", b""), 2_000_000)
    with open_house(tmp_path, clock, os.urandom) as house:
        assert house.ledger.contract == done.contract
        cast.anchored(house)
        assert (audit(house).findings, registry.head(house.ledger).size) == ([], house.journal.size())
        after = evidence_of(house, house.journal.size() - 1).encode()
        with witnesses(network.urls, house.trust.contract_at) as nodes:
            for evidence in (before, after):
                assert verify(evidence, house.trust).overall == "authentic"
                assert verify(evidence, house.trust, nodes=nodes, offline=False).overall == "authentic"
        old, new = registrars.rotate(house)
        assert registrars.recorded(house)[new] == registrars.GRANTED
        with pytest.raises(LedgerRefused, match=f"the account {old} is not a registrar"):
            cast.anchored(house)
    with open_house(tmp_path, clock, os.urandom) as house:
        cast.anchored(house)
        assert audit(house).findings == []
        copied(house, tmp_path / "copy", network)


class Present(cast.Clock):
    """The real time: the network's blocks have it too, and this test may take longer than a drift that is told."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


def copied(original: House, folder: Path, network: Local) -> None:
    """The whole register, both contracts' part of it, out of one node."""
    plan = Plan(nodes=network.urls[2:3], trust=original.trust)
    init_mirror(folder, plan, original.now, os.urandom)
    with open_house(folder, original.now, os.urandom) as copy:
        taken = list(rebuild(copy))
        assert taken[-1].size == copy.journal.size() == original.journal.size()
        assert copy.journal.head()[1] == original.journal.head()[1]
        assert audit(copy).clean
