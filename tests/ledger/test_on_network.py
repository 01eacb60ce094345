"""The whole road on four real validators: made, sealed, anchored, verified offline and by nodes, audited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import cast
import networks
from huella.errors import LedgerRefused, LedgerUnreachable, SettingsError
from huella.flow.anchor import anchor, recall
from huella.flow.ask import witnesses
from huella.flow.audit import audit
from huella.flow.house import House, open_house
from huella.flow.make import init
from huella.flow.publish import evidence_of
from huella.flow.seal import seal
from huella.ledger import registry
from huella.network.local import Local
from huella.proof.trust import ValidatorSet
from huella.proof.verify import verify
from huella.store.anchors import DUE, FINAL
from validators import altered

pytestmark = pytest.mark.network


FAR = 10**9
"""Seconds: the tests' clock stands still, the network's does not."""


class Made(NamedTuple):
    """A registry on the network, with three orders anchored."""

    folder: Path
    house: House
    evidence: bytes


@pytest.fixture(scope="module")
def made(network: Local, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("registry")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "la clave de la prueba")
        with cast.registry(
            folder, ledger__nodes=",".join(network.urls), ledger__agree=3, ledger__drift=FAR
        ) as house:
            seal(house, [cast.order(number) for number in (1, 2, 3)])
            (batch,) = anchor(house)
            assert batch.state == FINAL
            yield Made(folder, house, evidence_of(house, 1).encode())


def test_evidence_from_the_network_verifies_offline_with_its_validators_seals(made: Made) -> None:
    verdict = verify(made.evidence, made.house.trust)
    assert verdict.overall == "authentic", verdict.to_dict()
    assert [verdict.check(number).status for number in (6, 7, 8, 9)] == ["passed"] * 4
    assert verdict.attested


def test_evidence_verifies_by_asking_the_nodes(made: Made, network: Local) -> None:
    with witnesses(network.urls, made.house.trust.contract) as nodes:
        verdict = verify(made.evidence, made.house.trust, nodes=nodes, offline=False)
    assert verdict.overall == "authentic", verdict.to_dict()
    assert verdict.check(8).details == (4, 4)


def test_too_few_nodes_say_nothing(made: Made, network: Local) -> None:
    with witnesses(network.urls[:2], made.house.trust.contract) as nodes:
        verdict = verify(made.evidence, made.house.trust, nodes=nodes, offline=False)
    assert (verdict.overall, verdict.check(8).code) == ("unknown", "nodes-unsure")


def test_nodes_of_another_contract_contradict(made: Made, network: Local) -> None:
    with witnesses(network.urls, b"\x09" * 20) as nodes:
        verdict = verify(made.evidence, made.house.trust, nodes=nodes, offline=False)
    assert verdict.check(8).code == "nodes-contradict"


def test_seals_of_strangers_count_for_nothing(made: Made) -> None:
    strangers = ValidatorSet(0, frozenset(bytes([at]) * 20 for at in range(4)))
    verdict = verify(made.evidence, replace(made.house.trust, validators=(strangers,)))
    assert (verdict.overall, verdict.check(9).code) == ("unknown", "seals-few")


def test_the_audit_of_a_network_is_clean(made: Made) -> None:
    report = audit(made.house)
    assert report.clean
    assert (report.entries, report.anchored) == (3, 3)
    assert not report.findings


def test_the_audit_names_a_node_that_lies(made: Made, network: Local) -> None:
    def lie(method: str, _params: list[Any], told: Any) -> Any:
        return {**told, "result": "0x" + "11" * 96} if method == "eth_call" else told

    with altered(network.urls[0], lie) as proxy:
        asked = (proxy.url, *network.urls[1:])
        with open_house(made.folder, cast.Clock(), cast.randomness(), asked) as house:
            report = audit(house)
    assert {(found.cls, found.row, found.column) for found in report.findings} == {
        ("forked", proxy.url, "dissents")
    }
    assert report.anchored == 3


def test_the_registrars_key_is_under_a_password(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (made.folder / "keys" / "registrar.json").read_text()
    assert '"version": 3' in text
    monkeypatch.delenv("HUELLA_KEYS_REGISTRAR_PASSWORD", raising=False)
    with open_house(made.folder, cast.Clock(), cast.randomness()) as house:
        assert registry.head(house.ledger).size == 3  # reading needs none
        with pytest.raises(SettingsError, match="under a password"):
            house.ledger.send(registry.lodge_call(bytes(32)), 60_000)


def test_a_second_init_changes_nothing(made: Made, network: Local) -> None:
    before = (made.folder / "trust.json").read_bytes()
    assert init(made.folder, {"ledger.nodes": ",".join(network.urls)}, cast.Clock(), cast.randomness()) == []
    assert (made.folder / "trust.json").read_bytes() == before


def test_a_registry_takes_a_contract_that_is_there(made: Made, network: Local, tmp_path: Path) -> None:
    named = made.house.ledger.contract
    answers = {
        "ledger.nodes": network.urls[0],
        "ledger.contract": named,
        "registry.origin": "example.pe/other",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "otra")
        init(tmp_path, answers, cast.Clock(), cast.randomness("other"))
        with open_house(tmp_path, cast.Clock(), cast.randomness("there")) as house:
            assert house.trust.contract == made.house.trust.contract
            assert house.trust.validators == made.house.trust.validators
            seal(house, [cast.order(9)])
            with pytest.raises(LedgerRefused, match="the chain holds 3 entries"):
                list(anchor(house))


def test_a_batch_that_the_chain_lost_is_due_again_and_found_again(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = made.house
    with monkeypatch.context() as rolled_back:  # the chain of a moment before the batch
        rolled_back.setattr(registry, "head", lambda _: registry.Head(0, bytes(32), 0))
        (gone,) = recall(house)
    assert (gone.state, gone.proof, gone.transaction) == (DUE, None, None)
    (again,) = anchor(house)
    assert (again.state, again.size) == (FINAL, 3)
    assert verify(evidence_of(house, 1).encode(), house.trust).overall == "authentic"


@pytest.mark.slow
def test_all_validators_killed_at_once_with_batches_under_way_anchor_everything_once(
    own_network: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "la clave de la prueba")
    urls = ",".join(own_network.urls)
    with cast.registry(tmp_path, ledger__nodes=urls, anchor__max_leaves=1) as house:
        seal(house, [cast.order(number) for number in range(1, 7)])
    monkeypatch.setenv("HUELLA_LEDGER_PATIENCE", "15")
    with open_house(tmp_path, cast.Clock(), cast.randomness("killed")) as house:
        landing = anchor(house)
        assert next(landing).first == 0
        own_network.kill()
        seal(house, [cast.order(7)])  # sealing goes on
        with pytest.raises(LedgerUnreachable):
            list(landing)
        networks.restart(own_network)
        list(anchor(house, again=lambda _: None))
        assert (registry.head(house.ledger).size, house.anchors.anchored(), audit(house).clean) == (
            7,
            7,
            True,
        )
    networks.assert_one_chain(own_network)


@pytest.mark.slow
def test_a_halted_network_delays_and_loses_nothing(
    own_network: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "la clave de la prueba")
    urls = ",".join(own_network.urls)
    with cast.registry(tmp_path, ledger__nodes=urls, anchor__max_leaves=1):
        pass  # made while all is well
    monkeypatch.setenv("HUELLA_LEDGER_PATIENCE", "4")
    with open_house(tmp_path, cast.Clock(), cast.randomness("halted")) as house:
        own_network.kill(own_network.names[2:])
        seal(house, [cast.order(number) for number in (1, 3, 4)])  # sealing goes on
        with pytest.raises(LedgerUnreachable) as caught:
            list(anchor(house))
        assert "in no final block after 4 s" in str(caught.value)
        assert [batch.first for batch in house.anchors.sent()] == [0, 1, 2]
        assert {found.trouble for found in house.ledger.findings} == {"unreachable"}
        networks.restart(own_network)  # the pools are empty now: the transactions are gone with them
        seal(house, [cast.order(2)])
        anchored = [(batch.first, batch.size) for batch in anchor(house, again=lambda _: None)]
        assert anchored == [(0, 1), (1, 2), (2, 3), (3, 4)]
        assert audit(house).clean
        assert registry.head(house.ledger).size == 4
    networks.assert_one_chain(own_network)


@pytest.mark.slow
def test_one_validator_of_four_may_be_gone(
    own_network: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "la clave de la prueba")
    monkeypatch.setenv("HUELLA_LEDGER_PATIENCE", "180")  # three on a busy machine change rounds slowly
    with cast.registry(
        tmp_path, ledger__nodes=",".join(own_network.urls), ledger__agree=3, ledger__drift=FAR
    ) as house:
        own_network.wait_for_blocks(1, 180)
        own_network.kill(own_network.names[:1])
        seal(house, [cast.order(1)])
        (batch,) = anchor(house)
        assert batch.state == FINAL
        report = audit(house)
        assert [(found.cls, found.row) for found in report.findings] == [("unreachable", own_network.urls[0])]
    own_network.start()
    networks.restart(own_network)
    networks.assert_one_chain(own_network)
