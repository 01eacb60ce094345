"""LACChain's relay: transactions that a writer node wraps into its own and its hub's contract passes on.

registrar signs (data ‖ node ‖ expiration) ─► relay signer ─► hub.relayMetaTx ─► registry       outcome: events

The hub counts nonces for each account under each node, and passes a nonce on once: asking again is never sending twice.
What the hub is asked and tells stands in hub.py.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from huella.errors import LedgerRefused, LedgerUnreachable, ProofError
from huella.ledger import hub
from huella.ledger.budget import Budget
from huella.ledger.delivery import Order, Pace, Receipt
from huella.ledger.hub import BAD_NONCE, NO_GAS, Inner, Outcome, suffix
from huella.ledger.line import fill
from huella.ledger.nodes import Nodes
from huella.ledger.rpc import NodeError, NodeSilent, Rpc, fields, number, octets
from huella.ledger.signer import Signer, Transaction

_DENIED = 3
"""Blocks in which others of one's own may leave no gas for the first one: by then none of them is under way."""


class Relay(NamedTuple):
    """A member's way onto the network: its writer node's relay signer, that node's account (20 bytes), the hub (20
    bytes), and how many seconds a transaction may wait before it must not be passed on any more."""

    url: str
    node: bytes
    hub: bytes
    lifetime: int = 300


@dataclass(slots=True)
class _Sent:
    """An order under way with one signature. `names` are the node's transactions around it, of this signature and of
    older ones of the same order; `sure` that the relay signer took this one; `again` when it is given to it once more;
    `alone` that no other was under way when it went out; `denied` how often others left it no gas in its block. `since`
    is a block before its nonce was passed on; `found` that the chain shows it under its nonce."""

    order: Order
    names: list[bytes]
    nonce: int
    raw: bytes
    expires: int
    again: float = 0.0
    sure: bool = False
    alone: bool = True
    denied: int = 0
    since: int = 0
    found: bool = False


class RelayDelivery:
    """The registrar's transactions through a relay, in order, several under way at once. Used as `Delivery` is.

    The hub passes each nonce of an account on once, and only in their order. So the same signature may be sent as
    often as one likes; an order gets another signature at the same nonce once the first has expired, and at another
    nonce only once its own went by and the blocks show that another call took it: several processes may share the key,
    and none of their calls is passed on twice. Then the contract is asked whether it would still take it.
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
        self._budget = Budget(nodes, lambda: "0x" + relay.node.hex(), pace.per_block, pace.per_minute)

    @property
    def _account(self) -> hub.Account:
        return hub.Account(self._relay.hub, self._relay.node, bytes.fromhex(self._signer.address[2:]))

    @property
    def alarm(self) -> str:
        """One sentence where the writer node's gas budget is nearly used; else empty."""
        return self._budget.alarm

    def close(self) -> None:
        """Ends the connection to the relay signer."""
        self._door.close()

    def nonce(self) -> int:
        """The account's next nonce under this node, as the hub counts it."""
        return self._nonce_at(0)[0]

    def _nonce_at(self, depth: int) -> tuple[int, int]:
        """The next nonce by the newest block, or the newest that is so deep; and that block."""
        return self._nodes.agreed("the relay's nonce", self._account.nonce, depth)

    def _looked_up(self, given: _Sent) -> tuple[int, int, bytes | None]:
        """The next nonce by the newest block, that block, and the transaction with which the hub passed an order on
        under the nonce that it was signed for: None where it did not."""
        wanted = Inner(given.nonce, given.order.to, given.order.data)

        def ask(rpc: Rpc, at: int) -> tuple[int, bytes | None]:
            following = self._account.nonce(rpc, at) if at >= given.since else given.nonce
            if following <= given.nonce:
                return following, None
            return following, self._account.passed_on(rpc, (given.since, at), wanted)

        (following, name), at = self._nodes.agreed("the relay's nonces", ask)
        return following, at, name

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
        return fill(line, self._pace.at_once, back, more, lambda given: self._extend(line, given))

    def _extend(self, line: deque[_Sent], given: _Sent | Order) -> bool:
        """Sign an order and send it behind the others. False where it has to wait for them; what is wrong with it is
        told once it is the first."""
        order = given.order if isinstance(given, _Sent) else given
        if line and (not line[-1].sure or line[0].denied):
            return False
        try:
            while seconds := self._budget.wait(order.gas, sum(sent.order.gas for sent in line)):
                if line:
                    return False
                self._pace.pause(seconds)
            sent = self._placed(line, given)
            if sent is None:
                return False
            if not sent.found:
                if not line:
                    order.check()  # after the nonce: had it come into a block since, it would be refused here
                sent.alone = not line
                self._send(sent)
        except LedgerRefused:
            if line:
                return False
            raise
        line.append(sent)
        return True

    def _placed(self, line: deque[_Sent], given: _Sent | Order) -> _Sent | None:
        """An order with its nonce, behind the others', signed; or as the chain shows it, where it came meanwhile. None
        where it has to wait: its older signature still may come under a nonce that another one stands at."""
        behind = max((sent.nonce for sent in line), default=-1) + 1
        if isinstance(given, Order):
            following, at = (behind, line[0].since) if line else self._nonce_at(0)
            return self._signed(given, [], following, at)
        following, at, name = self._looked_up(given)
        if name is not None:
            given.names.append(name)
            given.found = given.sure = True
            given.order.taken("0x" + name.hex())
            return given
        if following > given.nonce:  # another call took it
            return self._signed(given.order, given.names, max(following, behind), at)
        if line and given.nonce != behind:
            return None
        return self._signed(given.order, given.names, given.nonce, given.since)

    def _signed(self, order: Order, names: list[bytes], nonce: int, since: int) -> _Sent:
        expires = int(self._now()) + self._relay.lifetime
        data = order.data + suffix(self._relay.node, expires)
        made = Transaction(nonce, order.to, data, order.gas, self._nodes.identity.chain_id)
        return _Sent(order, names, nonce, self._signer.sign(made), expires, since=since)

    def _settled(self, line: deque[_Sent]) -> list[Receipt] | None:
        """Receipts of the first ones, as far as the hub passed them on in final blocks. None where the first one cannot
        come any more with its signature. LedgerRefused where the first one was refused."""
        passed = self._nonce_at(self._pace.depth)[0]
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

    def _stuck(self, sent: _Sent, passed: int, told: Mapping[bytes, Outcome]) -> list[Receipt] | None:
        """The first one is in no block, or the hub refused it: [] where it still may come, else None."""
        if sent.found:
            return []  # enough nodes showed it: they will tell what became of it
        if passed > sent.nonce:
            return None  # another took its nonce, or its answer was lost: the blocks decide
        if self._now() > sent.expires + self._pace.resend:
            return None
        for found in told.values():
            if found.code == NO_GAS and not sent.alone and sent.denied < _DENIED:
                sent.denied += 1  # others of ours had the block's gas: again, and no further ones meanwhile
                continue
            if found.code not in (BAD_NONCE, None):
                raise hub.refused(found.code)
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
            code = hub.SAID.get(error.number)
            if code == BAD_NONCE:  # it is spent, or the one before is not in its sight yet
                sent.again = pace.clock() + min(pace.resend, 0.5)
                return
            if code is not None:
                raise hub.refused(code) from error
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

    def _outcome(self, name: bytes) -> Outcome | None:
        """What `agree` nodes tell of the node's transaction in a final block; None while they do not."""
        told = self._nodes.each(lambda rpc: hub.outcome(rpc, name, self._relay.hub))
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
