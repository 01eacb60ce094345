"""Several batches under way at once on real validators: in order, once, whatever is lost, refused or taken between."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import cast
import validators
from faults.crash import Crash, Step, crash
from huella.errors import LedgerRefused
from huella.flow.anchor import anchor
from huella.flow.audit import audit
from huella.flow.house import open_house
from huella.flow.seal import seal
from huella.ledger import registry
from huella.ledger.budget import Budget
from huella.ledger.delivery import Delivery, Pace
from huella.ledger.node import NodeLedger
from huella.ledger.port import Call, Landed
from huella.ledger.rpc import Rpc
from huella.ledger.signer import Registrar
from huella.network.local import Local
from huella.proof import headers
from huella.proof.trust import Trust
from huella.store.anchors import FINAL, Anchors
from validators import Alter, Proxy

pytestmark = pytest.mark.network
GAS = 400_000
PACE = Pace(resend=1.5, patience=40, at_once=4)


class Place(NamedTuple):
    """A contract on the network and its registrar."""

    urls: tuple[str, ...]
    trust: Trust
    registrar: Registrar

    def open(self, *urls: str, pace: Pace = PACE) -> NodeLedger:
        return validators.opened(urls or self.urls, self.trust, self.registrar, pace=pace)


@pytest.fixture(scope="module")
def place(network: Local) -> Place:
    registrar = Registrar(os.urandom(32))
    return Place(network.urls, validators.trust(network.urls, registrar, "0x" + "c0" * 20), registrar)


@pytest.fixture
def ledger(place: Place) -> Iterator[NodeLedger]:
    made = place.open()
    yield made
    made.close()


@pytest.fixture
def with_proxy(place: Place) -> Iterator[Callable[[Alter], tuple[NodeLedger, Proxy]]]:
    made: list[Any] = []

    def make(alter: Alter) -> tuple[NodeLedger, Proxy]:
        proxy = Proxy(place.urls[0], alter)
        ledger = place.open(proxy.url, *place.urls[1:])
        made.extend((ledger, proxy))
        return ledger, proxy

    yield make
    for each in made:
        each.close()


def batches(ledger: NodeLedger, count: int, heard: list[str] | None = None) -> list[Call]:
    """So many batches of two entries, one behind the other."""
    first = registry.head(ledger).size
    told = (lambda _: None) if heard is None else heard.append
    return [Call(append(at), GAS, told) for at in range(first, first + 2 * count, 2)]


def append(first: int) -> bytes:
    leaves = [sha256(b"%d" % index).digest() for index in (first, first + 1)]
    return registry.append_call(first, leaves, b"\1", b"", b"note")


def nonce_of(place: Place, landed: Landed) -> int:
    rpc = Rpc(place.urls[0])
    found = int(rpc.ask("eth_getTransactionByHash", landed.transaction)["nonce"], 16)
    rpc.close()
    return found


def assert_once(ledger: NodeLedger, first: int, count: int) -> None:
    """The contract holds these batches one behind the other, and nothing else behind them."""
    for at in range(first, first + 2 * count, 2):
        batch = ledger.batch(at)
        assert batch is not None
        assert batch.size == at + 2
    assert registry.head(ledger).size == first + 2 * count


def test_several_are_under_way_before_the_first_is_final(place: Place, ledger: NodeLedger) -> None:
    first, heard = registry.head(ledger).size, list[str]()
    landed, known = [], []
    for each in ledger.send_all(batches(ledger, 6, heard)):
        landed.append(each)
        known.append(len(heard))
    assert known[0] == 4
    assert [each.transaction for each in landed] == heard
    nonces = [nonce_of(place, each) for each in landed]
    assert nonces == list(range(nonces[0], nonces[0] + 6))
    assert_once(ledger, first, 6)
    last = ledger.batch(first + 10)
    assert last is not None
    told = landed[-1]
    assert (told.block_number, told.block_hash, told.time) == (last.block_number, last.block_hash, last.time)


@pytest.mark.parametrize("happened", [False, True], ids=["it dropped it", "its answer was lost"])
def test_a_gap_in_the_nonces_is_closed(with_proxy: Any, happened: bool) -> None:
    """The first node loses the second transaction, or the answer to it; those behind it wait for it."""
    sent: list[str] = []

    def alter(method: str, params: list[Any], told: Any) -> Any:
        if method != "eth_sendRawTransaction":
            return told
        sent.append(params[0])
        if len(sent) != 2:
            return told
        name = "0x" + headers.keccak(bytes.fromhex(params[0][2:])).hex()
        return b"" if happened else {"jsonrpc": "2.0", "id": 1, "result": name}

    ledger, proxy = with_proxy(alter)
    first, calls = registry.head(ledger).size, batches(ledger, 4)

    def given() -> Iterator[Call]:
        for at, call in enumerate(calls):
            proxy.cut = {"eth_sendRawTransaction"} if at == 1 and not happened else set()
            yield call

    assert len(list(ledger.send_all(given()))) == 4
    assert_once(ledger, first, 4)


def test_behind_a_refused_batch_nothing_is_taken_and_all_come_again(ledger: NodeLedger) -> None:
    first, calls = registry.head(ledger).size, batches(ledger, 4)
    short = [calls[0], calls[1]._replace(gas=60_000), *calls[2:]]
    landed: list[Landed] = []
    with pytest.raises(LedgerRefused) as caught:
        landed.extend(ledger.send_all(short))
    assert caught.value.reason == "OutOfGas"
    assert registry.head(ledger).size == first + 2
    assert len(list(ledger.send_all(calls[1:]))) == 3
    assert_once(ledger, first, 4)


@pytest.mark.parametrize("lie", ["0x0", "0x1"], ids=["it failed", "it did not fail"])
def test_a_node_that_lies_about_a_receipt_changes_nothing(with_proxy: Any, lie: str) -> None:
    """Of a batch's receipt one node's word is taken; the contract's size, which all are asked for, tells."""

    def alter(method: str, _params: list[Any], told: Any) -> Any:
        if method != "eth_getTransactionReceipt" or not told.get("result"):
            return told
        return {**told, "result": {**told["result"], "status": lie}}

    ledger, _ = with_proxy(alter)
    first, calls = registry.head(ledger).size, batches(ledger, 1)
    if lie == "0x0":
        with pytest.raises(LedgerRefused, match="WrongSize"):
            list(ledger.send_all(calls))
        assert_once(ledger, first, 1)
        return
    assert len(list(ledger.send_all([calls[0]._replace(gas=60_000)]))) == 1
    assert registry.head(ledger).size == first
    assert registry.root_at(ledger, first + 2) is None


def test_two_workers_with_the_same_batches_put_each_on_the_chain_once(place: Place) -> None:
    ledgers = [place.open(), place.open()]
    first, calls = registry.head(ledgers[0]).size, batches(ledgers[0], 4)

    def send(ledger: NodeLedger) -> str:
        try:
            return str(len(list(ledger.send_all(calls))))
        except LedgerRefused as error:
            return error.reason

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(send, ledgers)) <= {"4", "WrongSize"}
    assert_once(ledgers[0], first, 4)
    for ledger in ledgers:
        ledger.close()


def test_another_transaction_of_the_account_in_between_loses_nothing(
    place: Place, ledger: NodeLedger
) -> None:
    other = place.open(*place.urls[::-1])  # it asks another node first
    first, calls = registry.head(ledger).size, batches(ledger, 4)
    with ThreadPoolExecutor(1) as pool:
        lodged = pool.submit(other.send, registry.lodge_call(os.urandom(32)), 60_000)
        try:
            landed = len(list(ledger.send_all(calls)))
        except LedgerRefused:  # the other one's nonce was before a batch that was under way
            begun = (registry.head(ledger).size - first) // 2
            landed = begun + len(list(ledger.send_all(calls[begun:])))
        assert landed == 4
        assert lodged.result()
    assert_once(ledger, first, 4)
    other.close()


def test_no_block_holds_more_gas_than_the_budget(place: Place) -> None:
    ledger = place.open(pace=PACE._replace(per_block=2 * GAS))
    before = ledger._delivery.nonce()
    landed = list(ledger.send_all(batches(ledger, 5)))
    assert ledger._delivery.nonce() == before + 5
    for height in {each.block_number for each in landed}:
        assert sum(each.block_number == height for each in landed) <= 2
    ledger.close()


def test_two_workers_at_once_keep_below_the_budget_together(place: Place) -> None:
    """Both begin at the next nonce that no block holds: what one has under way takes the other's place."""
    pace = PACE._replace(per_block=2 * GAS)
    calls = [[Call(registry.lodge_call(os.urandom(32)), GAS) for _ in range(4)] for _ in range(2)]
    one, other = place.open(pace=pace), place.open(pace=pace)
    before = one._delivery.nonce()
    with ThreadPoolExecutor(2) as pool:
        sent = pool.map(lambda ledger, mine: list(ledger.send_all(mine)), (one, other), calls)
        landed = [each for mine in sent for each in mine]
    assert (one._delivery.nonce(), len({each.transaction for each in landed})) == (before + 8, 8)
    for at in {each.block_number for each in landed}:
        assert sum(each.block_number == at for each in landed) <= 2
    one.close()
    other.close()


def test_what_is_under_way_counts_in_the_budget(ledger: NodeLedger, place: Place) -> None:
    budget = Budget(ledger._nodes, lambda: place.registrar.address, per_block=100, per_minute=0)
    assert [budget.wait(60, pending) for pending in (0, 40, 41)] == [0, 0, 1]
    with pytest.raises(LedgerRefused, match="overruns the budget"):
        budget.wait(101)


# ------------------------------------------------------------------------- a registry that dies in between


@pytest.fixture(scope="module")
def folder(network: Local, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A registry on the network that sends batches of two entries."""
    made = tmp_path_factory.mktemp("registry")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "la clave de la prueba")
        settings: dict[str, Any] = {"ledger__nodes": ",".join(network.urls), "ledger__agree": 3}
        with cast.registry(made, **settings, anchor__max_leaves=2):
            pass
        yield made


STEPS = (
    Step(Delivery, "_submit", 2),  # the first is under way
    Step(Anchors, "plan", 3),
    Step(Anchors, "move", 2),  # the second is under way, and the outbox does not know it
    Step(NodeLedger, "prove", 1),  # all are on the chain or under way
    Step(Anchors, "move", 5),
)


def paired(steps: Sequence[Step]) -> list[Any]:
    return [step if at == 2 else pytest.param(step, marks=pytest.mark.slow) for at, step in enumerate(steps)]


@pytest.mark.parametrize("happened", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", paired(STEPS), ids=str)
def test_a_crash_with_several_under_way_loses_nothing_and_doubles_nothing(
    folder: Path, step: Step, happened: bool
) -> None:
    with open_house(folder, cast.Clock(), cast.randomness(f"{step} {happened}")) as house:
        begun = house.journal.size()
        seal(house, [cast.order(begun + number) for number in range(1, 7)])
        with crash(step, happened=happened), pytest.raises(Crash):
            list(anchor(house))
    with open_house(folder, cast.Clock(), cast.randomness(f"{step} {happened} again")) as house:
        assert all(batch.state == FINAL for batch in anchor(house))
        rows = house.anchors.after(begun, 10)
        assert [(row.first, row.size, row.state) for row in rows] == [
            (at, at + 2, FINAL) for at in range(begun, begun + 6, 2)
        ]
        assert registry.head(house.ledger).size == begun + 6
        assert audit(house).clean
