"""A mirror from one of four real validators: everything checked, with seals, and followed live."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

import cast
from huella.errors import LedgerUnreachable
from huella.flow.anchor import anchor
from huella.flow.audit import audit
from huella.flow.house import House, open_house
from huella.flow.make import init_mirror
from huella.flow.mirror import Plan
from huella.flow.publish import evidence_of
from huella.flow.rebuild import rebuild
from huella.flow.seal import seal
from huella.network.local import Local
from huella.proof.trust import Trust, ValidatorSet
from huella.proof.verify import verify
from rebuild.mirrors import assert_same

pytestmark = pytest.mark.network


def now() -> datetime:
    return datetime.now(UTC)


def follow(folder: Path, original: House, plan: Plan) -> int:
    """Make the mirror or go on with it; how many batches came."""
    init_mirror(folder, plan, now, os.urandom)
    with open_house(folder, now, os.urandom) as copy:
        taken = len(list(rebuild(copy)))
        assert_same(original, copy)
        report = audit(copy)
        assert report.clean, report.to_dict()
        verdict = verify(evidence_of(copy, 0).encode(), original.trust)
        assert verdict.overall == "authentic", verdict.to_dict()
        assert verdict.check(9).status == "passed"
    return taken


def test_one_node_gives_the_whole_register(
    network: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "la clave de la prueba")
    clock = cast.Clock(now())
    urls = ",".join(network.urls)
    with cast.registry(
        tmp_path / "one", None, clock, ledger__nodes=urls, ledger__agree=3, anchor__max_leaves=2
    ) as house:
        seal(house, [cast.order(number) for number in (1, 2, 3)])
        assert len(list(anchor(house))) == 2
        contract = house.ledger.contract
        told = Plan(nodes=network.urls[3:], contract=contract, log_key=house.trust.log_keys[0])
        trusted = Plan(nodes=network.urls[:1], trust=house.trust)
        assert [follow(tmp_path / str(n), house, plan) for n, plan in enumerate((told, trusted))] == [2, 2]
        seal(house, [cast.order(4)])
        list(anchor(house))
        assert [follow(tmp_path / str(n), house, plan) for n, plan in enumerate((told, trusted))] == [1, 1]
        _strangers(tmp_path / "no", network, house.trust)


def _strangers(folder: Path, network: Local, trust: Trust) -> None:
    """A trust file with other validators: their seals do not stand on the chain's blocks."""
    strangers = ValidatorSet(0, frozenset(bytes([at]) * 20 for at in range(4)))
    other = Trust(
        **{name: getattr(trust, name) for name in Trust.__dataclass_fields__} | {"validators": (strangers,)}
    )
    init_mirror(folder, Plan(nodes=network.urls[:1], trust=other), now, os.urandom)
    with open_house(folder, now, os.urandom) as copy:
        with pytest.raises(LedgerUnreachable, match="0 trusted validators sealed the block"):
            list(rebuild(copy))
        assert copy.journal.size() == 0
