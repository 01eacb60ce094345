"""The ledger port over JSON-RPC: a registry contract on a network of real nodes (GoQuorum, Besu).

What is told is agreed by M of N nodes on one block; a proof is handed on only once the verifier's own checks pass on
it, so that no single node can make a batch final.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from huella.errors import LedgerError, LedgerRefused, LedgerUnreachable, ProofError, SettingsError
from huella.ledger import lodged, registry
from huella.ledger.blocks import header_of, transaction_hash, validators_in
from huella.ledger.delivery import Delivery, Order, Pace, Receipt, failure
from huella.ledger.hub import unwrapped
from huella.ledger.nodes import Nodes
from huella.ledger.port import Anchored, Call, Landed, Lodgings, NodeFinding, ProofBlock
from huella.ledger.relay import Relay, RelayDelivery
from huella.ledger.rpc import NodeError, NodeSilent, Rpc, fields, items, number, octets
from huella.ledger.signer import Signer, asker
from huella.proof import evidence, headers, rlp
from huella.proof.evidence import Anchor
from huella.proof.headers import Consensus
from huella.proof.issuer import check_chain_offline, check_seals
from huella.proof.trust import Trust, ValidatorSet

WINDOW = 5_000
"""Blocks in one question for events: Besu's default limit."""
DEPLOY_GAS = 6_000_000


class Network(NamedTuple):
    """How a network comes to an end on a block: its consensus, None where blocks are only made deeper by others.

    `since` is the first block in which the contract's events can be; `relay` the way in where there is no other.
    """

    consensus: Consensus | None
    since: int = 0
    relay: Relay | None = None


class _Found(NamedTuple):
    """A batch's event as a node tells it."""

    transaction: bytes
    block_number: int
    block_hash: bytes
    topics: tuple[bytes, ...]
    data: bytes


class NodeLedger:
    """The ledger port over several nodes. Safe between threads and between processes.

    `trust`, the registry's own trust file, says which validators' seals make a block final and which code the
    contract has; without validators in it, M of N nodes have to know the block of a proof.
    """

    def __init__(
        self, nodes: Nodes, signer: Signer, network: Network, pace: Pace, trust: Trust | None = None
    ) -> None:
        """`nodes` are asked about the contract that their identity names. Nobody is asked yet."""
        if nodes.identity.contract is None:
            raise SettingsError("the registry contract's address is not known")
        self._nodes = nodes
        self._address: bytes = nodes.identity.contract
        self._signer = signer
        self._network = network
        self._depth = 0 if network.consensus else pace.depth
        self._trust = trust
        self._delivery = delivery_of(nodes, signer, pace._replace(depth=self._depth), network.relay)
        self._blocks: dict[int, int] = {}
        """Block of the batch that ends at a size, so that the next one is looked for from there."""

    @property
    def chain_id(self) -> int:
        """The chain's id; a node of another chain is never asked anything else."""
        return self._nodes.identity.chain_id

    @property
    def contract(self) -> str:
        """The registry contract's address."""
        return "0x" + self._address.hex()

    @property
    def findings(self) -> tuple[NodeFinding, ...]:
        """See Ledger; also that the registrar's gas budget is nearly used."""
        alarm = self._delivery.alarm
        budget = (NodeFinding(asker(self._signer), "budget", alarm),) if alarm else ()
        return self._nodes.findings + budget

    def close(self) -> None:
        """Ends connections and threads."""
        self._nodes.close()
        if isinstance(self._delivery, RelayDelivery):
            self._delivery.close()

    # ------------------------------------------------------------------------------------- the port

    def call(self, data: bytes) -> bytes:
        """See Ledger. Calls as the registrar, or as nobody while its key is not at hand."""
        question = {"from": asker(self._signer), "to": self.contract, "data": "0x" + data.hex()}

        def ask(rpc: Rpc, at: int) -> tuple[bool, bytes]:
            try:
                return True, octets(rpc.ask("eth_call", question, hex(at)), "the answer of a call")
            except NodeError as error:
                if error.reverted is None:
                    raise
                return False, error.reverted

        (good, answer), _ = self._nodes.agreed("a call", ask, self._depth)
        if not good:
            raise registry.refusal(answer)
        return answer

    def send(self, data: bytes, gas: int) -> str:
        """See Ledger. Returns once the transaction is in a final block."""
        receipt = self._delivery.deliver(self._address, data, gas, lambda: self._check(data))
        return self._done(receipt, self._order(Call(data, gas)))

    def send_all(self, calls: Iterable[Call]) -> Iterator[Landed]:
        """See Ledger."""
        for order, receipt, time in self._delivery.deliver_all(map(self._order, calls)):
            name = self._done(receipt, order)
            yield Landed(name, receipt.block_number, "0x" + receipt.block_hash.hex(), time)

    def batch(self, first: int) -> Anchored | None:
        """See Ledger."""
        if registry.head(self).size <= first or not self._begins(first):
            return None
        block = self._find(first)
        found, _ = self._nodes.agreed(
            f"the batch from entry {first}", lambda rpc, _at: self._event(rpc, first, block), self._depth
        )
        event = None if found is None else registry.read_event(found.topics, found.data)
        held = registry.root_at(self, event.size) if isinstance(event, registry.Appended) else None
        if (
            found is None
            or not isinstance(event, registry.Appended)
            or held is None
            or held.root != event.root
        ):
            raise LedgerUnreachable(
                f"the nodes do not show the batch from entry {first} that the contract holds"
            )
        given = registry.read_append(self._nodes.first(lambda rpc: _input(rpc, found.transaction)))
        self._blocks[event.size] = found.block_number
        return Anchored(
            first=event.first,
            size=event.size,
            root=event.root,
            leaves=event.leaves,
            orders=given.orders,
            records=given.records,
            checkpoint=given.checkpoint,
            transaction="0x" + found.transaction.hex(),
            block_number=found.block_number,
            block_hash="0x" + found.block_hash.hex(),
            time=held.time,
        )

    def prove(self, size: int) -> ProofBlock:
        """See Ledger. A node whose proof does not hold is named, and the next one asked."""
        held = registry.root_at(self, size)
        height, having = self._nodes.heights(self._depth)[0]
        known = None
        if self._trust is None or self._trust.validators_at(height) is None:
            known, _ = self._nodes.agreed("a block", lambda rpc, _at: self._hash(rpc, height), self._depth)

        def ask(rpc: Rpc) -> ProofBlock:
            block, sealed = self._proof(rpc, size, height)
            if known not in (None, sealed):
                raise NodeSilent(f"{rpc.name} has another block {height} than the others", "dissents")
            wrong = self._wrong(block, size, sealed, held)
            if wrong:
                raise NodeSilent(f"{rpc.name} does not prove block {height}: {wrong}", "unproven")
            return block

        return self._nodes.first(ask, having)

    def lodged(self, since: int) -> Lodgings:
        """See Ledger. Nodes that take no question over so many blocks are asked about fewer."""
        begin = max(since, self._network.since)
        return lodged.look(self._nodes, begin, self._depth, self._network.consensus)

    # ---------------------------------------------------------------------------------- transactions

    def _order(self, call: Call) -> Order:
        return Order(self._address, call.data, call.gas, lambda: self._check(call.data), call.taken)

    def _check(self, data: bytes) -> None:
        self._signer.address  # noqa: B018 - a key that is not at hand is told as such, not as an account without rights
        self.call(data)

    @staticmethod
    def _done(receipt: Receipt, order: Order) -> str:
        if not receipt.good:
            raise failure(receipt, order.gas, order.check)
        return "0x" + receipt.transaction.hex()

    # --------------------------------------------------------------------------------------- batches

    def _begins(self, first: int) -> bool:
        """Whether a batch of this contract begins here: one ends here, or it is the contract's first entry."""
        if first in self._blocks:
            return True
        if first == 0:
            return registry.start(self) == 0
        return registry.root_at(self, first) is not None

    def _find(self, first: int) -> int:
        """The block of a batch that the contract has. Raises LedgerUnreachable where no node shows it."""
        top, having = self._nodes.heights(self._depth)[0]
        since = self._blocks.get(first, self._network.since)

        def scan(rpc: Rpc) -> int:
            for start in range(since, top + 1, WINDOW):
                found = self._event(rpc, first, start, min(start + WINDOW - 1, top))
                if found is not None:
                    return found.block_number
            raise NodeSilent(f"{rpc.name} does not show the batch from entry {first}", "dissents")

        return self._nodes.first(scan, having)

    def _event(self, rpc: Rpc, first: int, start: int, end: int | None = None) -> _Found | None:
        topics = ["0x" + registry.APPENDED_TOPIC.hex(), "0x" + first.to_bytes(32).hex()]
        wanted = {
            "address": self.contract, "topics": topics, "fromBlock": hex(start),
            "toBlock": hex(start if end is None else end),
        }  # fmt: skip
        told = [fields(log, "an event") for log in items(rpc.ask("eth_getLogs", wanted), "the events")]
        logs = [log for log in told if not log.get("removed")]
        if not logs:
            return None
        log = logs[0]
        return _Found(
            octets(log.get("transactionHash"), "an event's transaction", 32),
            number(log.get("blockNumber"), "an event's block"),
            octets(log.get("blockHash"), "an event's block hash", 32),
            tuple(octets(topic, "a topic", 32) for topic in items(log.get("topics"), "the topics")),
            octets(log.get("data"), "an event's data"),
        )

    # ---------------------------------------------------------------------------------------- proofs

    def _hash(self, rpc: Rpc, height: int) -> bytes:
        block = fields(rpc.ask("eth_getBlockByNumber", hex(height), False), "a block")
        return octets(block.get("hash"), "a block's hash", 32)

    def _proof(self, rpc: Rpc, size: int, height: int) -> tuple[ProofBlock, bytes]:
        """What a node gives as proof at a block, and that block's hash."""
        told = fields(rpc.ask("eth_getBlockByNumber", hex(height), False), "a block")
        _, raw = header_of(told, self._network.consensus)
        slots = ["0x" + slot.hex() for slot in headers.head_slots(size)]
        proof = fields(rpc.ask("eth_getProof", self.contract, slots, hex(height)), "a proof")
        storage = [
            _path(fields(part, "a proof").get("proof")) for part in items(proof.get("storageProof"), "proofs")
        ]
        if len(storage) != 2:
            raise NodeSilent(f"{rpc.name} proves {len(storage)} slots of two", "garbage")
        block = ProofBlock(height, raw, _path(proof.get("accountProof")), (storage[0], storage[1]))
        return block, octets(told.get("hash"), "a block's hash", 32)

    def _wrong(self, block: ProofBlock, size: int, sealed: bytes, held: registry.Head | None) -> str:
        """Why a proof does not hold, by the verifier's checks 8 and 9; empty where it does."""
        try:
            if held is None or self._trust is None:
                return self._wrong_account(block, size, held)
            proof = evidence.proof_block(block.number, block.header, block.account_proof, block.storage_proof)
        except ProofError as error:
            return str(error)
        anchor = Anchor(self.chain_id, self._address, size, held.root, bytes(32), block.number, sealed, proof)
        shown = check_chain_offline(anchor, self._trust)
        seals = check_seals(anchor, self._trust, offline=True)
        if shown.status != "passed":
            return shown.reason("en")
        if seals.status == "failed":
            return seals.reason("en")
        return ""

    def _wrong_account(self, block: ProofBlock, size: int, held: registry.Head | None) -> str:
        root = headers.parse_header(block.header).state_root
        account = headers.prove_account(root, self._address, block.account_proof)
        if account is None:
            return "there is no contract at the registry's address"
        wanted = (int.from_bytes(held.root), held.time) if held else (0, 0)
        told = tuple(
            headers.prove_storage(account.storage_root, slot, proof)
            for slot, proof in zip(headers.head_slots(size), block.storage_proof, strict=True)
        )
        return "" if told == wanted else "the slots hold something else than the contract says"


def _path(told: object) -> tuple[bytes, ...]:
    return tuple(octets(node, "a proof node") for node in items(told, "a proof"))


def _input(rpc: Rpc, name: bytes) -> bytes:
    """A transaction's call data, from fields that give its hash: any node's answer proves itself."""
    told = fields(rpc.ask("eth_getTransactionByHash", "0x" + name.hex()), "a transaction")
    if transaction_hash(told) != name:
        raise NodeSilent(f"{rpc.name} tells another transaction than 0x{name.hex()}", "garbage")
    return unwrapped(octets(told.get("input"), "a transaction's input"))


# -------------------------------------------------------------------------------------- a new contract


def chain_id_of(rpcs: list[Rpc], agree: int) -> int:
    """The chain id that `agree` nodes tell. LedgerUnreachable where they do not."""
    told: dict[int, int] = {}
    why = []
    for rpc in rpcs:
        try:
            found = number(rpc.ask("eth_chainId"), "the chain id")
        except NodeSilent as error:
            why.append(str(error))
            continue
        told[found] = told.get(found, 0) + 1
    best = max(told, key=lambda found: told[found], default=None)
    if best is None or told[best] < agree or len(told) > 1:
        if not told:
            raise LedgerUnreachable(
                f"no node answered: {'; '.join(why)}", advice="Nothing was made. Try again once one does."
            )
        raise LedgerUnreachable(f"the nodes do not agree on a chain id: {sorted(told)} {'; '.join(why)}")
    return best


def delivery_of(nodes: Nodes, signer: Signer, pace: Pace, relay: Relay | None) -> Delivery | RelayDelivery:
    """How the account's transactions come onto the network."""
    return Delivery(nodes, signer, pace) if relay is None else RelayDelivery(nodes, signer, pace, relay)


def deploy(
    nodes: Nodes, signer: Signer, setup: registry.Setup, pace: Pace, relay: Relay | None = None
) -> str:
    """Deploy a registry contract; its address. A contract that the account's first transaction made is taken as it is,
    so that running this again after a crash makes no second one."""
    delivery = delivery_of(nodes, signer, pace, relay)
    if relay is None and delivery.nonce() and (made := first_made(nodes, signer.address)) is not None:
        return "0x" + made.hex()
    code = registry.deploy_code(setup)
    try:
        receipt = delivery.deliver(b"", code, DEPLOY_GAS, lambda: None)
    finally:
        if isinstance(delivery, RelayDelivery):
            delivery.close()
    if not receipt.good or receipt.contract is None:
        raise failure(receipt, DEPLOY_GAS, lambda: None)
    return "0x" + receipt.contract.hex()


def first_made(nodes: Nodes, account: str) -> bytes | None:
    """The contract that an account's first transaction made; None where there is none."""
    made = headers.keccak(rlp.encode([bytes.fromhex(account[2:]), b""]))[12:]
    try:
        code_hash_of(nodes, made)
    except LedgerRefused:
        return None  # it was for something else, or there was none
    return made


def code_hash_of(nodes: Nodes, contract: bytes) -> bytes:
    """Hash of the code at an address. LedgerRefused (reason `NoRegistry`) where there is none."""

    def ask(rpc: Rpc, at: int) -> bytes:
        return headers.keccak(octets(rpc.ask("eth_getCode", "0x" + contract.hex(), hex(at)), "the code"))

    found, _ = nodes.agreed("the contract's code", ask)
    if found == headers.keccak(b""):
        raise LedgerRefused(f"there is no contract at 0x{contract.hex()}", reason="NoRegistry")
    return found


def validators_now(nodes: Nodes, consensus: Consensus) -> ValidatorSet:
    """The validators as the newest header names them, agreed by the nodes and named by its own seals; from the chain's
    first block on where that one names the same."""

    def at(height: int | None) -> tuple[frozenset[bytes], int]:
        def ask(rpc: Rpc, newest: int) -> frozenset[bytes]:
            wanted = newest if height is None else height
            told = fields(rpc.ask("eth_getBlockByNumber", hex(wanted), False), "a block")
            return validators_in(header_of(told, consensus)[0])

        return nodes.agreed("the validators", ask)

    found, height = at(None)
    if not found:
        raise LedgerRefused("the newest block names no validators", reason="NoValidators")
    try:
        same = at(0)[0] == found
    except LedgerError:
        same = False
    return ValidatorSet(0 if same else height, found)
