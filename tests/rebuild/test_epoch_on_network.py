"""The end of an epoch on four real validators: the same contract goes on, and a mirror from one node follows."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import cast
from huella.flow.audit import audit
from huella.flow.epoch import Wish, end_epoch
from huella.flow.house import open_house
from huella.flow.make import init_mirror, prepare
from huella.flow.mirror import Plan
from huella.flow.publish import evidence_of
from huella.flow.rebuild import rebuild
from huella.flow.recover import take_back
from huella.flow.sources import sources
from huella.network.local import Local
from huella.proof.verify import verify
from rebuild.losses import plain
from rebuild.mirrors import assert_same

pytestmark = pytest.mark.network


def now() -> datetime:
    return datetime.now(UTC)


def test_the_next_epoch_is_anchored_behind_the_last_one(
    network: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "la clave de la prueba")
    folder, urls = tmp_path / "one", ",".join(network.urls)
    with cast.registry(folder, None, cast.Clock(now()), ledger__nodes=urls, ledger__agree=3) as house:
        cast.sealed(house, plain(1), plain(2))
        cast.anchored(house)
        plan = Plan(nodes=network.urls[:1], trust=house.trust)
        old = evidence_of(house, 0).encode()
        cast.sealed(house, plain(3))
        lost, contract = evidence_of(house, 2).encode(), house.ledger.contract
    init_mirror(tmp_path / "copy", plan, now, os.urandom)
    for path in folder.glob("huella.db*"):
        path.unlink()
    prepare(folder, os.urandom)
    with open_house(folder, now, os.urandom) as house, sources([]) as given:
        assert len(list(take_back(house, given))) == 1
        end_epoch(house, given, Wish())
    with open_house(folder, now, os.urandom) as house:
        cast.anchored(house)
        assert (audit(house).findings, house.ledger.contract) == ([], contract)
        with open_house(tmp_path / "copy", now, os.urandom) as copy:
            assert [batch.size for batch in rebuild(copy)] == [2, 3]
        with open_house(tmp_path / "copy", now, os.urandom) as copy:
            assert replace(copy.trust, nodes=house.trust.nodes, agree=house.trust.agree) == house.trust
            assert_same(house, copy)
        verdicts = [verify(each, house.trust) for each in (old, evidence_of(house, 2).encode(), lost)]
        assert [each.overall for each in verdicts] == ["authentic", "authentic", "lost"]
        assert verdicts[0].check(9).status == "passed"
