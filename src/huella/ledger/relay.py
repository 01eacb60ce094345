"""LACChain's relay: transactions that a writer node wraps into its own and its hub's contract passes on.

registrar signs (data ‖ node ‖ expiration) ─► relay signer ─► hub.relayMetaTx ─► registry       outcome: events

The hub counts nonces for each account under each node, and passes a nonce on once: asking again is never sending twice.
Sources: github.com/lacchain/gas-management, docs/Architecture.md, "Interaction with RelaySigner.md", TxRelay.sol,
blockchain/client.go (see docs/guide/lacchain.md).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from huella.errors import LedgerRefused, LedgerUnreachable, ProofError
from huella.ledger import registry
from huella.ledger.abi import Unreadable, decode, encode
from huella.ledger.budget import Budget
from huella.ledger.delivery import Order, Pace, Receipt
from huella.ledger.nodes import Nodes
from huella.ledger.rpc import NodeError, NodeSilent, Rpc, fields, items, number, octets
from huella.ledger.signer import Signer, Transaction
from huella.proof import rlp
from huella.proof.headers import keccak

RELAYED = keccak(b"TransactionRelayed(address,address,address,bool,bytes)")
BAD = keccak(b"BadTransactionSent(address,address,uint8)")
DEPLOYED = keccak(b"ContractDeployed(address,address,address)")
_META = ("uint256", "bytes", "uint8", "bytes32", "bytes32")
_RELAY = keccak(f"relayMetaTx({','.join(_META)})".encode())[:4]
_NONCE = keccak(b"getNonce(address)")[:4]
BAD_NONCE, NO_GAS = 2, 3
_DENIED = 3
"""Blocks in which others of one's own may leave no gas for the first one: by then none of them is under way."""


class Trouble(NamedTuple):
    """What an error code of the hub means, and what to do."""

    name: str
    message: str
    advice: str


_OPERATORS = "Ask the network's operators, with the transaction's hash."
TROUBLES: tuple[Trouble, ...] = (
    Trouble(
        "MaxBlockGasLimit",
        "the gas limit is above what the relay takes in one transaction",
        "Make batches smaller: anchor.max_gas.",
    ),
    Trouble(
        "BadOriginalSender", "the relay recovers another sender from the signature", "Check ledger.chain_id."
    ),
    Trouble("BadNonce", "the relay expects another nonce", "Run it again: it asks for the nonce anew."),
    Trouble(
        "NotEnoughGas",
        "the writer node has not so much gas left in this block",
        "Make batches smaller, or set ledger.gas_per_block to the node's quota.",
    ),
    Trouble("IsNotContract", "there is no contract at the registry's address", "Check trust.json."),
    Trouble("EmptyCode", "the relay deploys no empty contract", "Compile the contract: contracts/build.py."),
    Trouble("InvalidSignature", "the relay cannot read the signature", "Check keys.registrar."),
    Trouble("InvalidDestination", "the relay does not pass on to this address", _OPERATORS),
)
"""By error code, as the hub's `enum ErrorCode` has them in order; 8 is OK."""
_SAID = {-32005: 0, -32006: 2, -32003: 3, -32004: 4, -32001: 5, -32002: 6}
"""What the relay signer answers, where it sees beforehand that the hub would refuse: JSON-RPC error to error code."""


class Relay(NamedTuple):
    """A member's way onto the network: its writer node's relay signer, that node's account (20 bytes), the hub (20
    bytes), and how many seconds a transaction may wait before it must not be passed on any more."""

    url: str
    node: bytes
    hub: bytes
    lifetime: int = 300


def suffix(node: bytes, expiration: int) -> bytes:
    """What follows the call data: abi.encode(address node, uint256 expiration), in seconds since 1970."""
    return encode(["address", "uint256"], [node, expiration])


def refused(code: int) -> LedgerRefused:
    """The hub's error code as the registry's error; its `reason` is `Relay` and the code's name."""
    if not 0 <= code < len(TROUBLES):
        return LedgerRefused(
            f"the relay refused with the unknown code {code}", reason="RelayUnknown", advice=_OPERATORS
        )
    name, message, advice = TROUBLES[code]
    return LedgerRefused(f"the relay refused ({name}): {message}", reason=f"Relay{name}", advice=advice)


def unwrapped(data: bytes) -> bytes:
    """The call data that a relayed transaction carries for its contract; other data as it is. ProofError: malformed."""
    if data[:4] != _RELAY:
        return data
    try:
        _, signed, *_ = decode(_META, data[4:])
    except (Unreadable, OverflowError) as error:
        raise ProofError("the relayed transaction's data is malformed") from error
    found = rlp.decode(signed, "relayed transaction")
    if not isinstance(found, list) or len(found) < 6 or not isinstance(found[5], bytes):
        raise ProofError("the relayed transaction's data is malformed")
    return found[5]


@dataclass(slots=True)
class _Sent:
    """An order under way with one signature. `names` are the node's transactions around it, of this signature and of
    older ones of the same order; `sure` that the relay signer took this one; `again` when it is given to it once more;
    `alone` that no other was under way when it went out; `denied` how often others left it no gas in its block."""

    order: Order
    names: list[bytes]
    nonce: int
    raw: bytes
    expires: int
    again: float = 0.0
    sure: bool = False
    alone: bool = True
    denied: int = 0


class RelayDelivery:
    """The registrar's transactions through a relay, in order, several under way at once. Used as `Delivery` is.

    The hub passes each nonce of an account on once, and only in their order. So the same signature may be sent as
    often as one likes; an order gets another signature at the same nonce once the first has expired, and at another
    nonce only once its own went by: then the contract is asked first whether it would still take it.
    """

    def __init__(
        self, nodes: Nodes, signer: Signer, pace: Pace, relay: Relay, now: Callable[[], float] = time.time
    ) -> None:
        """What is told of a transaction is told by `nodes`; only sending goes to the relay signer. `now`: seconds since
        1970, for expirations."""
        self._nodes = nodes
        self._signer = signer
        self._pace = pace
        self._relay = relay
        self._now = now
        self._door = Rpc(relay.url)
        self._turn = threading.Lock()
        self._budget = Budget(nodes, "0x" + relay.node.hex(), pace.per_block, pace.per_minute)

    @property
    def alarm(self) -> str:
        """One sentence where the writer node's gas budget is nearly used; else empty."""
        return self._budget.alarm

    def close(self) -> None:
        """Ends the connection to the relay signer."""
        self._door.close()

    def nonce(self) -> int:
        """The account's next nonce under this node, as the hub counts it."""
        return self._nonce_at(0)

    def _nonce_at(self, depth: int) -> int:
        data = "0x" + (_NONCE + bytes(12) + bytes.fromhex(self._signer.address[2:])).hex()
        question = {"from": "0x" + self._relay.node.hex(), "to": "0x" + self._relay.hub.hex(), "data": data}

        def ask(rpc: Rpc, at: int) -> int:
            return int.from_bytes(octets(rpc.ask("eth_call", question, hex(at)), "the relay's nonce", 32))

        return self._nodes.agreed("the relay's nonce", ask, depth)[0]

    def deliver(self, to: bytes, data: bytes, gas: int, check: Callable[[], None]) -> Receipt:
        """Bring one transaction into a final block. Errors: see `deliver_all`."""
        with self._turn:
            _, receipt, _ = next(self.deliver_all([Order(to, data, gas, check)]))
        return receipt

    def deliver_all(self, orders: Iterable[Order]) -> Iterator[tuple[Order, Receipt, int]]:
        """Bring transactions into final blocks, in order, each with its receipt and its block's time.

        An order is asked for when there is room for it. LedgerRefused: `check` raises it for the first, the contract
        reverted, the relay signer or the hub refused the first (reason `Relay…`); those behind it are under way all the
        same. LedgerUnreachable where the first is in no block in time: it may come until it expires.
        """
        pace, more = self._pace, iter(orders)
        line: deque[_Sent] = deque()
        back: deque[_Sent | Order] = deque()
        end, look = pace.clock() + pace.patience, pace.look
        while self._fill(line, back, more):
            settled = self._settled(line)
            for receipt in settled or ():
                yield line.popleft().order, receipt, self._time(receipt)
                self._fill(line, back, more)
            if settled:
                end, look = pace.clock() + pace.patience, pace.look
                continue
            if pace.clock() >= end:
                raise LedgerUnreachable(
                    f"the relay brought the transaction into no block within {pace.patience:g} s",
                    advice="It may still come: the next attempt asks the chain first. Look at the writer node.",
                )
            if settled is None:  # the first one cannot come any more as it is: all are signed anew
                back.extendleft(reversed(line))
                line.clear()
                continue
            pace.pause(look)
            look = min(look * 1.5, pace.look_most)
            self._send_again(line)

    # --------------------------------------------------------------------------------------- the line

    def _fill(self, line: deque[_Sent], back: deque[_Sent | Order], more: Iterator[Order]) -> bool:
        """Put orders into the line as long as there is room. False where nothing is left to do."""
        while len(line) < self._pace.at_once:
            order = back.popleft() if back else next(more, None)
            if order is None:
                break
            if not self._extend(line, order):
                back.appendleft(order)
                break
        return bool(line)

    def _extend(self, line: deque[_Sent], given: _Sent | Order) -> bool:
        """Sign an order and send it behind the others. False where it has to wait for them; what is wrong with it is
        told once it is the first."""
        order, names = (given.order, given.names) if isinstance(given, _Sent) else (given, [])
        if line and (not line[-1].sure or line[0].denied):
            return False
        try:
            while seconds := self._budget.wait(order.gas, sum(sent.order.gas for sent in line)):
                if line:
                    return False
                self._pace.pause(seconds)
            nonce = line[-1].nonce + 1 if line else self.nonce()
            if not line:
                order.check()  # after the nonce: had it come into a block since, it would be refused here
            sent = self._signed(order, names, nonce)
            sent.alone = not line
            self._send(sent)
        except LedgerRefused:
            if line:
                return False
            raise
        line.append(sent)
        return True

    def _signed(self, order: Order, names: list[bytes], nonce: int) -> _Sent:
        expires = int(self._now()) + self._relay.lifetime
        data = order.data + suffix(self._relay.node, expires)
        made = Transaction(nonce, order.to, data, order.gas, self._nodes.identity.chain_id)
        return _Sent(order, names, nonce, self._signer.sign(made), expires)

    def _settled(self, line: deque[_Sent]) -> list[Receipt] | None:
        """Receipts of the first ones, as far as the hub passed them on in final blocks. None where the first one cannot
        come any more with its signature. LedgerRefused where the first one was refused."""
        passed = self._nonce_at(self._pace.depth)
        settled: list[Receipt] = []
        for sent in line:
            told = {name: found for name in sent.names if (found := self._outcome(name)) is not None}
            done = next((found for found in told.values() if found.code is None), None)
            if done is not None and (done.good or not settled):
                settled.append(done.settled())
                continue
            if settled:
                break  # what is wrong with it is told once it is the first
            return self._stuck(sent, passed, told)
        return settled

    def _stuck(self, sent: _Sent, passed: int, told: Mapping[bytes, _Outcome]) -> list[Receipt] | None:
        """The first one is in no block, or the hub refused it: [] where it still may come, else None."""
        if passed > sent.nonce:
            return None  # another took its nonce, or its answer was lost: what the contract says now decides
        if self._now() > sent.expires + self._pace.resend:
            return None
        for found in told.values():
            if found.code == NO_GAS and not sent.alone and sent.denied < _DENIED:
                sent.denied += 1  # others of ours had the block's gas: again, and no further ones meanwhile
                continue
            if found.code not in (BAD_NONCE, None):
                raise refused(found.code)
        sent.names = [name for name in sent.names if name not in told]
        if told and not sent.names:  # it came to the hub before its turn: the same signature again
            sent.sure, sent.again = False, 0.0
        return []

    def _send_again(self, line: deque[_Sent]) -> None:
        """Give the relay signer once more what it did not take for sure, in order, no further than the first such."""
        for sent in line:
            if not sent.sure:
                if self._pace.clock() >= sent.again:
                    try:
                        self._send(sent)
                    except LedgerRefused:
                        if sent is line[0]:
                            raise
                return

    def _send(self, sent: _Sent) -> None:
        """Send a signature. Whether it was taken stays unknown where the answer is lost; LedgerRefused where not."""
        pace = self._pace
        sent.again = pace.clock() + pace.resend
        try:
            told = self._door.ask("eth_sendRawTransaction", "0x" + sent.raw.hex())
            name = octets(told, "a transaction's hash", 32)
        except NodeError as error:
            code = _SAID.get(error.number)
            if code == BAD_NONCE:  # it is spent, or the one before is not in its sight yet
                sent.again = pace.clock() + min(pace.resend, 0.5)
                return
            if code is not None:
                raise refused(code) from error
            raise LedgerRefused(
                f"the relay signer does not take the transaction: {error.said}",
                reason="Node",
                advice="Check the account's permission, ledger.relay_node and this machine's clock.",
            ) from error
        except (NodeSilent, ProofError):
            return
        sent.sure = True
        if name not in sent.names:
            sent.names.append(name)
        sent.order.taken("0x" + name.hex())

    def _outcome(self, name: bytes) -> _Outcome | None:
        """What `agree` nodes tell of the node's transaction in a final block; None while they do not."""
        told = self._nodes.each(lambda rpc: _outcome(rpc, name, self._relay.hub))
        voices = [found for found in told.values() if found is not None]
        best = max(set(voices), key=voices.count, default=None)
        if best is None or voices.count(best) < self._nodes.agree:
            return None
        depth = self._pace.depth
        if depth and self._nodes.heights(depth)[0][0] < best.receipt.block_number:
            return None
        return best

    def _time(self, receipt: Receipt) -> int:
        def ask(rpc: Rpc) -> int:
            told = fields(rpc.ask("eth_getBlockByNumber", hex(receipt.block_number), False), "a block")
            return number(told.get("timestamp"), "a block's time")

        return self._nodes.first(ask)


class _Outcome(NamedTuple):
    """A node's transaction as one node tells it: its receipt, the hub's error code, what the contract answered."""

    receipt: Receipt
    code: int | None
    executed: bool
    output: bytes

    @property
    def good(self) -> bool:
        """Whether the contract did what it was asked."""
        return self.code is None and self.receipt.good and self.executed

    def settled(self) -> Receipt:
        """The receipt of what the hub passed on. LedgerRefused where the contract said why it did nothing."""
        if not self.executed and self.output:
            raise registry.refusal(self.output)
        return self.receipt._replace(good=self.good)


def _outcome(rpc: Rpc, name: bytes, hub: bytes) -> _Outcome | None:
    told = rpc.ask("eth_getTransactionReceipt", "0x" + name.hex())
    if told is None:
        return None
    found = fields(told, "a receipt")
    code, executed, output, made = None, False, b"", None
    for log in (fields(each, "an event") for each in items(found.get("logs"), "the events")):
        if octets(log.get("address"), "an event's contract", 20) != hub:
            continue
        topics = [octets(topic, "a topic", 32) for topic in items(log.get("topics"), "the topics")]
        data = octets(log.get("data"), "an event's data")
        try:
            if topics[:1] == [BAD]:
                code = decode(["address", "address", "uint8"], data)[2]
            elif topics[:1] == [RELAYED]:
                executed, output = decode(["bool", "bytes"], data)
            elif topics[:1] == [DEPLOYED]:
                executed, made = True, bytes.fromhex(decode(["address"], data)[0][2:])
        except Unreadable as error:
            raise NodeSilent(f"{rpc.name} tells a malformed event of the relay", "garbage") from error
    receipt = Receipt(
        octets(found.get("transactionHash"), "a receipt's transaction", 32),
        number(found.get("blockNumber"), "a receipt's block"),
        octets(found.get("blockHash"), "a receipt's block hash", 32),
        number(found.get("status"), "a receipt's status") == 1,
        number(found.get("gasUsed"), "a receipt's gas"),
        made,
    )
    return _Outcome(receipt, code, executed, output)
