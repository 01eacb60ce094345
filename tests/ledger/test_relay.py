"""LACChain's relay: call data's suffix, expiration, nonces, outcomes; and the whole road through a relay."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import rlp  # type: ignore[import-untyped]
from eth_abi.abi import encode

import cast
import relaysigner
from huella.errors import LedgerRefused, LedgerUnreachable, ProofError
from huella.flow.audit import audit
from huella.flow.publish import evidence_of
from huella.ledger import hub, node, registry
from huella.ledger.delivery import Pace
from huella.ledger.node import Network, NodeLedger
from huella.ledger.nodes import Identity, Nodes
from huella.ledger.port import Call
from huella.ledger.rpc import Rpc
from huella.ledger.signer import Registrar
from huella.network.local import Local
from huella.proof.verify import verify

NODE = b"\x0d" * 20


# ------------------------------------------------------------------------------------------ bytes


def test_the_suffix_is_node_and_expiration_as_two_words() -> None:
    assert hub.suffix(NODE, 1_900_000_000) == bytes(12) + NODE + (1_900_000_000).to_bytes(32)


def test_events_have_the_names_that_lacchain_publishes() -> None:
    published = "c62bb53370aadcfe652881fc57ef9ca04a7c473e83b963413f2cf2b5d66c3ef3"
    assert hub.BAD.hex() == published  # as in the Go binding that the relay signer carries


def test_each_error_code_has_a_clear_error() -> None:
    told = [hub.refused(code) for code in range(9)]
    assert [error.reason for error in told] == [
        "RelayMaxBlockGasLimit", "RelayBadOriginalSender", "RelayBadNonce", "RelayNotEnoughGas",
        "RelayIsNotContract", "RelayEmptyCode", "RelayInvalidSignature", "RelayInvalidDestination", "RelayUnknown",
    ]  # fmt: skip
    assert len({str(error) for error in told}) == 9
    assert all(error.advice for error in told)


def meta(signed: bytes) -> bytes:
    types = ["uint256", "bytes", "uint8", "bytes32", "bytes32"]
    return hub.RELAY + encode(types, [1, signed, 27, bytes(32), bytes(32)])


def test_a_relayed_batch_is_read_out_of_the_nodes_transaction() -> None:
    append = registry.append_call(0, [b"\x01" * 32], b"\x01", b"", b"note")
    signed = rlp.encode([0, 0, 1, NODE, 0, append + hub.suffix(NODE, 5), 7, 0, 0])
    assert registry.read_append(hub.unwrapped(meta(signed))).leaves == (b"\x01" * 32,)
    assert hub.unwrapped(append) == append


@pytest.mark.parametrize(
    "data", [hub.RELAY + b"\x01", meta(b"\xc0"), meta(b"\x05"), meta(rlp.encode([[]] * 6))]
)
def test_a_malformed_relayed_transaction_is_named(data: bytes) -> None:
    with pytest.raises(ProofError):
        hub.unwrapped(data)


# -------------------------------------------------------------------------------------- a network


class World(NamedTuple):
    """A registry's ledger whose transactions pass a relay signer."""

    signer: relaysigner.RelaySigner
    url: str
    urls: tuple[str, ...]
    registrar: Registrar
    ledger: NodeLedger

    @contextmanager
    def opened(
        self, registrar: Registrar | None = None, lifetime: int = 300, patience: float = 20, at_once: int = 1
    ) -> Iterator[NodeLedger]:
        """The same contract by another key, expiration or patience."""
        identity = Identity(self.ledger.chain_id, bytes.fromhex(self.ledger.contract[2:]))
        nodes = Nodes([Rpc(url) for url in self.urls], 3, identity)
        way = Network("qbft", 0, self.signer.way(self.url, lifetime))
        pace = Pace(patience=patience, at_once=at_once)
        with closing(NodeLedger(nodes, registrar or self.registrar, way, pace)) as made:
            yield made


@pytest.fixture(scope="module")
def world(network: Local) -> Iterator[World]:
    with relaysigner.running(network.urls[0], network.urls) as (signer, url):
        registrar = Registrar(os.urandom(32))
        rpcs = [Rpc(each) for each in network.urls]
        nodes = Nodes(rpcs, 3, Identity(node.chain_id_of(rpcs, 3)))
        hub = "0x" + signer.hub.hex()
        setup = registry.Setup(registrar.address, registrar.address, "0x" + "c0" * 20, forwarder=hub)
        contract = node.deploy(nodes, registrar, setup, Pace(), signer.way(url))
        ledger = NodeLedger(
            nodes.identify(Identity(nodes.identity.chain_id, bytes.fromhex(contract[2:]))),
            registrar, Network("qbft", 0, signer.way(url)), Pace(patience=20),
        )  # fmt: skip
        with closing(ledger):
            yield World(signer, url, network.urls, registrar, ledger)
        nodes.close()


def append(ledger: NodeLedger) -> str:
    first = registry.head(ledger).size
    return ledger.send(registry.append_call(first, [os.urandom(32)], b"\0", b"", b"note"), 400_000)


@pytest.mark.network
def test_a_relayed_batch_counts_for_the_registrar_who_signed_it(world: World) -> None:
    before = registry.head(world.ledger).size
    transaction = append(world.ledger)
    found = world.ledger.batch(before)
    assert found is not None
    assert (found.transaction, found.size, found.checkpoint) == (transaction, before + 1, b"note")


@pytest.mark.network
def test_a_relayed_stranger_is_refused_with_the_contracts_reason(world: World) -> None:
    with (
        world.opened(Registrar(os.urandom(32))) as stranger,
        pytest.raises(LedgerRefused, match="is not a registrar of the contract"),
    ):
        append(stranger)


@pytest.mark.network
@pytest.mark.parametrize(
    ("limits", "reason"),
    [((100_000, 1 << 40), "RelayMaxBlockGasLimit"), ((1 << 40, 100_000), "RelayNotEnoughGas")],
)
@pytest.mark.parametrize("blind", [False, True])
def test_what_the_hub_refuses_is_told_by_its_code(
    world: World, limits: tuple[int, int], reason: str, blind: bool
) -> None:
    """Once by the relay signer that looked beforehand, once by the hub's event in the block."""
    world.signer.limit(*limits)
    world.signer.blind = blind
    try:
        before = registry.head(world.ledger).size
        with pytest.raises(LedgerRefused) as refused:
            append(world.ledger)
        assert (refused.value.reason, registry.head(world.ledger).size) == (reason, before)
    finally:
        world.signer.blind = False
        world.signer.limit(1 << 40, 1 << 40)


@pytest.mark.network
def test_a_lost_answer_sends_nothing_twice(world: World) -> None:
    before, relayed = registry.head(world.ledger).size, world.signer.relayed
    world.signer.lose = 1
    transaction = append(world.ledger)  # asks the chain again, which has it
    found = world.ledger.batch(before)
    assert found is not None
    assert (found.transaction, registry.head(world.ledger).size) == (transaction, before + 1)
    assert world.signer.relayed == relayed + 1


@pytest.mark.network
def test_a_transaction_that_expired_on_the_way_is_signed_anew(world: World) -> None:
    before = registry.head(world.ledger).size
    world.signer.hold = 1
    with world.opened(lifetime=2) as hasty:
        append(hasty)
    assert registry.head(world.ledger).size == before + 1


@pytest.mark.network
def test_an_expired_transaction_is_refused_and_says_why(world: World) -> None:
    with (
        world.opened(lifetime=-5) as late,
        pytest.raises(LedgerRefused, match="transaction expired, or for another node"),
    ):
        append(late)


@pytest.mark.network
def test_a_relay_that_swallows_everything_delays_and_says_so(world: World) -> None:
    world.signer.hold = 1_000
    with (
        world.opened(patience=2) as short,
        pytest.raises(LedgerUnreachable, match="into no block within 2 s"),
    ):
        append(short)
    world.signer.hold = 0


# ------------------------------------------------------------------------------- several under way at once


def batches(ledger: NodeLedger, count: int) -> list[Call]:
    """Appends of one entry each, every one behind the one before."""
    first = registry.head(ledger).size
    return [
        Call(registry.append_call(first + n, [os.urandom(32)], b"\0", b"", b"note"), 400_000)
        for n in range(count)
    ]


def assert_once(world: World, ledger: NodeLedger, before: int, count: int) -> None:
    """Every batch is there, at its place; the hub has passed on one nonce for each."""
    assert registry.head(ledger).size == before + count
    found = [ledger.batch(before + n) for n in range(count)]
    assert [each.size for each in found if each is not None] == [before + n + 1 for n in range(count)]


@pytest.mark.network
@pytest.mark.parametrize("blind", [False, True])
def test_several_go_out_before_the_first_is_final_and_come_in_their_order(world: World, blind: bool) -> None:
    world.signer.blind = blind
    try:
        with world.opened(at_once=8) as ledger:
            before, relayed, calls = registry.head(ledger).size, world.signer.relayed, batches(ledger, 12)
            landing = ledger.send_all(calls)
            first = next(landing)
            under_way = world.signer.relayed - relayed
            landed = [first, *landing]
            assert [each.block_number for each in landed] == sorted(each.block_number for each in landed)
            assert (len(landed), len({each.transaction for each in landed})) == (12, 12)
            assert under_way >= (4 if blind else 1)
            assert_once(world, ledger, before, 12)
            assert not blind or world.signer.relayed == relayed + 12
    finally:
        world.signer.blind = False


@pytest.mark.network
@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("fault", ["swallowed", "answer lost"])
def test_a_fault_in_the_middle_loses_nothing_and_doubles_nothing(
    world: World, fault: str, blind: bool
) -> None:
    """The pair: it did not arrive and the signer said that it did; it arrived and nobody heard of it."""
    world.signer.blind = blind
    try:
        with world.opened(lifetime=6 if fault == "swallowed" else 300, patience=40, at_once=6) as ledger:
            before, calls = registry.head(ledger).size, batches(ledger, 7)
            world.signer.spare = 3
            if fault == "swallowed":
                world.signer.hold = 1
            else:
                world.signer.lose = 1
            done = len(list(ledger.send_all(calls)))
            assert done == 7
            assert_once(world, ledger, before, 7)
    finally:
        world.signer.blind = False
        world.signer.spare = world.signer.hold = world.signer.lose = 0


@pytest.mark.network
@pytest.mark.parametrize("blind", [False, True])
def test_one_that_the_contract_refuses_in_the_middle_is_told_behind_those_before_it(
    world: World, blind: bool
) -> None:
    world.signer.blind = blind
    try:
        with world.opened(at_once=6) as ledger:
            before, calls = registry.head(ledger).size, batches(ledger, 3)
            wrong = Call(registry.append_call(before + 99, [os.urandom(32)], b"\0", b"", b""), 400_000)
            lodge = Call(registry.lodge_call(os.urandom(32)), 90_000)
            landing = ledger.send_all([*calls, wrong, lodge])
            assert len([next(landing) for _ in calls]) == 3
            with pytest.raises(LedgerRefused) as refused:
                next(landing)
            assert refused.value.reason == "WrongSize"
            assert_once(world, ledger, before, 3)
            append(ledger)  # the next one finds its nonce, whatever of those behind came
            assert registry.head(ledger).size == before + 4
    finally:
        world.signer.blind = False


@pytest.mark.network
@pytest.mark.parametrize("blind", [False, True])
def test_two_that_send_at_once_share_the_nonces_lose_nothing_and_double_nothing(
    world: World, blind: bool
) -> None:
    world.signer.blind = blind
    try:
        with world.opened(at_once=4) as one, world.opened(at_once=4) as other, ThreadPoolExecutor(2) as pool:
            before = registry.head(one).size
            digests = [os.urandom(32) for _ in range(12)]
            calls = [Call(registry.lodge_call(digest), 90_000) for digest in digests]

            def send(ledger: NodeLedger, mine: list[Call]) -> int:
                return len(list(ledger.send_all(mine)))

            assert list(pool.map(send, (one, other), (calls[:6], calls[6:]))) == [6, 6]
            assert sorted(each for each in lodged(one) if each in digests) == sorted(digests)
            assert registry.head(one).size == before
    finally:
        world.signer.blind = False


def lodged(ledger: NodeLedger) -> list[bytes]:
    """Every digest that the chain tells, as often as it tells it."""
    found, since = [], 0
    while (told := ledger.lodged(since)).until >= since:
        found += [each.digest for each in told.found]
        since = told.until + 1
    return found


@pytest.mark.network
def test_the_whole_road_through_a_relay(
    network: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "la clave de la prueba")
    with relaysigner.running(network.urls[1], network.urls) as (signer, url):
        hub = "0x" + signer.hub.hex()
        made: dict[str, Any] = {
            "ledger__nodes": ",".join(network.urls),
            "ledger__agree": 3,
            "ledger__relay": url,
            "ledger__relay_hub": hub,
        }
        made |= {"ledger__relay_node": signer.key.address, "ledger__forwarder": hub}
        with cast.registry(tmp_path, clock=cast.Clock(datetime.now(UTC)), **made) as house:
            cast.sealed(house, cast.order(1), cast.order(2))
            cast.anchored(house)
            assert audit(house).findings == []
            assert verify(evidence_of(house, 1).encode(), house.trust).overall == "authentic"
