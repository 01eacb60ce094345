"""Several real nodes, one of which is not as it should be: it is named, and nothing becomes wrong by it."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from hashlib import sha256
from typing import Any, NamedTuple

import pytest

import validators
from huella.errors import LedgerRefused, LedgerUnreachable
from huella.ledger import nodes, registry
from huella.ledger.delivery import Pace
from huella.ledger.node import NodeLedger
from huella.ledger.signer import Registrar
from huella.network.local import Local
from huella.proof import headers
from huella.proof.trust import Trust
from validators import Alter, Proxy, altered, opened

pytestmark = pytest.mark.network
QUICK = Pace(resend=1.5, patience=30)


class Place(NamedTuple):
    """A contract on the network, with one batch of three entries."""

    urls: tuple[str, ...]
    trust: Trust
    registrar: Registrar

    def open(self, *urls: str, agree: int = 3, **given: Any) -> NodeLedger:
        return opened(urls or self.urls, self.trust, self.registrar, agree, **{"pace": QUICK, **given})


@pytest.fixture(scope="module")
def place(network: Local) -> Place:
    registrar = Registrar(os.urandom(32))
    made = Place(network.urls, validators.trust(network.urls, registrar, "0x" + "c0" * 20), registrar)
    ledger = made.open()
    ledger.send(registry.append_call(0, leaves(0, 3), b"\1", b"", b"note"), 400_000)
    ledger.close()
    return made


def leaves(first: int, count: int) -> list[bytes]:
    return [sha256(b"%d" % index).digest() for index in range(first, first + count)]


@pytest.fixture
def with_proxy(place: Place) -> Iterator[Callable[[Alter], tuple[NodeLedger, Proxy]]]:
    """A ledger over the four nodes, the first of which is asked through a proxy that alters answers."""
    made: list[Any] = []

    def make(alter: Alter, **given: Any) -> tuple[NodeLedger, Proxy]:
        proxy = Proxy(place.urls[0], alter)
        ledger = place.open(proxy.url, *place.urls[1:], **given)
        made.extend((ledger, proxy))
        return ledger, proxy

    yield make
    for each in made:
        each.close()


def troubles(ledger: NodeLedger) -> list[tuple[str, str]]:
    return sorted((found.node, found.trouble) for found in ledger.findings)


def only(method: str, change: Callable[[Any], Any]) -> Alter:
    """Changes the result of one method."""

    def alter(asked: str, _params: list[Any], told: Any) -> Any:
        return {**told, "result": change(told.get("result"))} if asked == method else told

    return alter


def lie(result: str) -> str:
    return "0x" + sha256(result.encode()).hexdigest() * (len(result) // 64)


# ------------------------------------------------------------------------------- one node of four is not right


def test_four_good_nodes_leave_nothing_to_say(place: Place) -> None:
    ledger = place.open()
    assert registry.head(ledger).size >= 3
    assert ledger.findings == ()
    ledger.close()


def test_a_node_that_lies_about_the_root_is_outvoted_and_named(place: Place, with_proxy: Any) -> None:
    ledger, proxy = with_proxy(only("eth_call", lie))
    good = place.open()
    assert registry.root_at(ledger, 3) == registry.root_at(good, 3)
    assert (proxy.url, "dissents") in troubles(ledger)
    good.close()


@pytest.mark.parametrize("member", ["stateRoot", "extraData", "hash", "timestamp"])
def test_a_header_that_is_not_the_sealed_one_proves_nothing(with_proxy: Any, member: str) -> None:
    def change(block: Any) -> Any:
        last = "1" if block[member][-1] == "0" else "0"
        return {**block, member: block[member][:-1] + last}

    ledger, proxy = with_proxy(only("eth_getBlockByNumber", change))
    assert ledger.prove(3).header
    assert [node for node, _ in troubles(ledger)] == [proxy.url]


def test_a_proof_of_another_slot_is_named_unproven_and_the_next_node_asked(with_proxy: Any) -> None:
    def swap(proof: Any) -> Any:
        return {**proof, "storageProof": proof["storageProof"][::-1]}

    ledger, proxy = with_proxy(only("eth_getProof", swap))
    assert ledger.prove(3).storage_proof
    assert troubles(ledger) == [(proxy.url, "unproven")]


def test_a_node_of_another_chain_is_never_asked_about_this_one(with_proxy: Any) -> None:
    ledger, proxy = with_proxy(only("eth_chainId", lambda _: "0x1"))
    assert registry.head(ledger).size >= 3
    assert troubles(ledger) == [(proxy.url, "other-chain")]
    assert set(proxy.seen) == {"eth_chainId"}


@pytest.mark.parametrize("code", ["0x", "0x6001"])
def test_another_contract_at_the_address_is_named(with_proxy: Any, code: str) -> None:
    ledger, proxy = with_proxy(only("eth_getCode", lambda _: code))
    assert registry.head(ledger).size >= 3
    assert troubles(ledger) == [(proxy.url, "other-contract")]


def test_a_node_far_behind_is_named_and_not_asked(with_proxy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "LAG", 2)  # so that the network need not grow old first
    ledger, proxy = with_proxy(only("eth_blockNumber", lambda number: hex(max(int(number, 16) - 1_000, 0))))
    assert registry.head(ledger).size >= 3
    assert troubles(ledger) == [(proxy.url, "behind")]
    assert "eth_call" not in proxy.seen


def test_a_node_that_runs_ahead_of_all_others_changes_nothing(with_proxy: Any) -> None:
    ledger, _ = with_proxy(only("eth_blockNumber", lambda number: hex(int(number, 16) + 1_000)))
    assert registry.head(ledger).size >= 3
    assert ledger.prove(3).header


@pytest.mark.parametrize(
    "answer",
    [b"<html>", b"", b"[]", b'{"id":1}', b'{"jsonrpc":"2.0","id":2,"result":"0x1"}', b"[" * 100_000,
     b'{"jsonrpc":"2.0","id":1,"result":"0xzz"}', b'{"jsonrpc":"2.0","id":1,"result":{"a":[]}}'],
)  # fmt: skip
def test_garbage_is_no_answer(with_proxy: Any, answer: bytes) -> None:
    ledger, proxy = with_proxy(lambda *_: answer)
    assert registry.head(ledger).size >= 3
    assert troubles(ledger) == [(proxy.url, "garbage")]


def test_a_slow_node_holds_nobody_longer_than_its_time(with_proxy: Any) -> None:
    hang = threading.Event()

    def wait(method: str, _params: list[Any], told: Any) -> Any:
        hang.wait(20)
        return told

    ledger, proxy = with_proxy(wait, timeout=0.5)
    assert registry.head(ledger).size >= 3
    assert troubles(ledger) == [(proxy.url, "slow")]
    hang.set()


def test_who_is_well_again_is_no_longer_named(with_proxy: Any) -> None:
    ledger, proxy = with_proxy(lambda *_: b"garbage")
    registry.head(ledger)
    proxy.alter = lambda _method, _params, told: told
    registry.head(ledger)
    assert ledger.findings == ()


def test_a_node_that_is_not_there_is_passed_over(place: Place) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{bound.getsockname()[1]}"
        ledger = place.open(gone, *place.urls[1:])
        assert ledger.send(registry.lodge_call(os.urandom(32)), 60_000)
        assert troubles(ledger) == [(gone, "unreachable")]
        ledger.close()


# --------------------------------------------------------------------------------------- too few agree


def test_a_contradiction_without_a_majority_is_never_voted_away(place: Place) -> None:
    with altered(place.urls[0], only("eth_call", lie)) as proxy:
        ledger = place.open(proxy.url, place.urls[1], agree=2)
        with pytest.raises(LedgerUnreachable, match="contradict each other"):
            registry.head(ledger)
        assert {trouble for _, trouble in troubles(ledger)} == {"dissents"}
        ledger.close()


def test_too_few_nodes_are_no_answer(place: Place) -> None:
    with altered(place.urls[0], lambda *_: b"garbage") as proxy:
        ledger = place.open(proxy.url, place.urls[1], agree=2)
        with pytest.raises(LedgerUnreachable, match="1 of 2 nodes answered, 2 have to"):
            registry.head(ledger)
        ledger.close()


def test_seals_of_validators_that_nobody_trusts_make_nothing_final(place: Place) -> None:
    (named,) = place.trust.validators
    strangers = tuple(bytes([at]) * 20 for at in range(1, 5))
    doubted = place._replace(
        trust=type(place.trust)(
            **{name: getattr(place.trust, name) for name in place.trust.__slots__ if name != "validators"},
            validators=(type(named)(0, frozenset(strangers)),),
        )
    )
    ledger = doubted.open()
    with pytest.raises(LedgerUnreachable, match="does not prove block"):
        ledger.prove(3)
    ledger.close()


# ------------------------------------------------------------------------------------------- transactions


def nonce(ledger: NodeLedger) -> int:
    return ledger._delivery.nonce()


@pytest.mark.parametrize("lost", [b"", b"<html>", b'{"jsonrpc":"2.0","id":1,"result":"0x00"}'])
def test_a_lost_answer_sends_nothing_twice(with_proxy: Any, lost: bytes) -> None:
    ledger, _ = with_proxy(lambda method, _, told: lost if method == "eth_sendRawTransaction" else told)
    before = nonce(ledger)
    assert ledger.send(registry.lodge_call(os.urandom(32)), 60_000)
    assert nonce(ledger) == before + 1


def test_a_node_that_takes_a_transaction_and_drops_it_is_not_the_last_one_asked(with_proxy: Any) -> None:
    pretended: list[str] = []

    def drop(method: str, params: list[Any], told: Any) -> Any:
        if method != "eth_sendRawTransaction":
            return told
        pretended.append(method)
        name = "0x" + headers.keccak(bytes.fromhex(params[0][2:])).hex()
        return {"jsonrpc": "2.0", "id": 1, "result": name}

    ledger, proxy = with_proxy(drop)
    proxy.cut.add("eth_sendRawTransaction")
    assert ledger.send(registry.lodge_call(os.urandom(32)), 60_000)
    assert len(pretended) == 1


def test_two_workers_at_once_lose_nothing_and_send_nothing_twice(place: Place) -> None:
    ledgers = [place.open(), place.open()]
    before = nonce(ledgers[0])
    calls = [registry.lodge_call(os.urandom(32)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda at: ledgers[at % 2].send(calls[at], 60_000), range(4)))
    assert len(set(sent)) == 4
    assert nonce(ledgers[0]) == before + 4
    for ledger in ledgers:
        ledger.close()


def test_two_workers_with_one_batch_put_it_on_the_chain_once(place: Place) -> None:
    ledgers = [place.open(), place.open()]
    size = registry.head(ledgers[0]).size
    call = registry.append_call(size, leaves(size, 5), b"\0", b"", b"note")

    def send(ledger: NodeLedger) -> str:
        try:
            return ledger.send(call, 500_000)
        except LedgerRefused as error:
            return error.reason

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(send, ledgers))
    batch = ledgers[0].batch(size)
    assert batch is not None
    assert set(told) <= {batch.transaction, "WrongSize"}
    assert registry.head(ledgers[1]).size == size + 5
    for ledger in ledgers:
        ledger.close()


def test_a_transaction_without_enough_gas_says_so(place: Place) -> None:
    ledger = place.open()
    size = registry.head(ledger).size
    with pytest.raises(LedgerRefused) as caught:
        ledger.send(registry.append_call(size, leaves(size, 5), b"\0", b"", b""), 60_000)
    assert caught.value.reason == "OutOfGas"
    ledger.close()


def test_what_no_node_takes_is_refused_with_its_words(place: Place) -> None:
    ledger = place.open()
    with pytest.raises(LedgerRefused, match="gas") as caught:
        ledger.send(registry.lodge_call(bytes(32)), 10**12)
    assert caught.value.reason == "Node"
    ledger.close()


def test_a_transaction_whose_outcome_one_of_the_needed_nodes_hides_is_left_for_later(with_proxy: Any) -> None:
    hidden = lambda method, _, told: (  # noqa: E731
        {**told, "result": None} if method == "eth_getTransactionReceipt" else told
    )
    ledger, _ = with_proxy(hidden, agree=4, pace=Pace(resend=1, patience=2))
    with pytest.raises(LedgerUnreachable, match="do not agree on what became of"):
        ledger.send(registry.lodge_call(os.urandom(32)), 60_000)


# ------------------------------------------------------------------------------------------ lodged digests


@pytest.fixture(scope="module")
def lodged_at(place: Place) -> int:
    """The block in which a digest was lodged."""
    ledger = place.open()
    ledger.send(registry.lodge_call(b"\xab" * 32), 60_000)
    found = ledger.lodged(0).found[-1]
    ledger.close()
    return found.block_number


@pytest.mark.parametrize("lie", [
    lambda told: [],
    lambda told: told * 2,
    lambda told: [{**each, "data": "0x" + "cd" * 32} for each in told],
    lambda told: [{**each, "blockHash": "0x" + "cd" * 32} for each in told],
    lambda told: [{**each, "topics": [each["topics"][0], "0x" + "00" * 12 + "cd" * 20]} for each in told],
])  # fmt: skip
def test_a_node_that_hides_or_changes_a_lodged_digest_is_outvoted_and_named(
    place: Place, with_proxy: Any, lodged_at: int, lie: Callable[[Any], Any]
) -> None:
    ledger, proxy = with_proxy(only("eth_getLogs", lie))
    (found,) = ledger.lodged(lodged_at).found
    assert (found.digest, found.by) == (b"\xab" * 32, place.registrar.address)
    assert (proxy.url, "dissents") in troubles(ledger)


def test_two_liars_of_four_leave_no_answer_instead_of_a_wrong_one(place: Place, lodged_at: int) -> None:
    with (
        altered(place.urls[0], only("eth_getLogs", lambda _: [])) as one,
        altered(place.urls[1], only("eth_getLogs", lambda _: [])) as other,
    ):
        ledger = place.open(one.url, other.url, *place.urls[2:])
        with pytest.raises(LedgerUnreachable, match="contradict each other on the digests lodged"):
            ledger.lodged(lodged_at)
        assert ("dissents") in {trouble for _, trouble in troubles(ledger)}
        ledger.close()


@pytest.mark.parametrize("told", [None, {}, [7], [{}], [{"topics": []}]])
def test_garbage_for_events_is_named_and_counts_for_nothing(
    with_proxy: Any, lodged_at: int, told: Any
) -> None:
    ledger, proxy = with_proxy(only("eth_getLogs", lambda _: told))
    assert [each.digest for each in ledger.lodged(lodged_at).found] == [b"\xab" * 32]
    while ledger.lodged(lodged_at + 1).until == lodged_at:  # no block yet: nobody was asked for events
        pass
    assert (proxy.url, "garbage") in troubles(ledger)


def test_the_time_of_a_lodged_digest_is_that_of_the_block_agreed_on(with_proxy: Any, lodged_at: int) -> None:
    ledger, proxy = with_proxy(only("eth_getBlockByNumber", lambda told: {**told, "timestamp": "0x1"}))
    (found,) = ledger.lodged(lodged_at).found
    assert found.time > 1_700_000_000
    assert (proxy.url, "garbage") in troubles(ledger)


def test_nodes_that_take_few_blocks_in_one_question_are_asked_about_fewer(
    place: Place, lodged_at: int
) -> None:
    def narrow(method: str, params: list[Any], told: Any) -> Any:
        if method == "eth_getLogs" and int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) > 4:
            return {
                "jsonrpc": "2.0",
                "id": 1,
                "error": {"code": -32005, "message": "Requested range exceeds"},
            }
        return told

    with ExitStack() as stack:
        urls = [stack.enter_context(altered(url, narrow)).url for url in place.urls]
        ledger = place.open(*urls)
        begin, found = max(0, lodged_at - 7), []
        while begin <= lodged_at:
            told = ledger.lodged(begin)
            assert begin <= told.until < begin + 5
            found += [each.digest for each in told.found]
            begin = told.until + 1
        assert found[-1] == b"\xab" * 32
        ledger.close()
