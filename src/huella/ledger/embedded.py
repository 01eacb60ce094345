"""A chain of one's own, in process: py-evm under Berlin rules, one transaction a block, behind the ledger port.

It proves nothing to a stranger, since its keeper could write it anew; it runs the same contract, call data, events
and proofs as a network, so that everything else of the registry is the same with or without one.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth.abc import BlockHeaderAPI, ComputationAPI, ReceiptAPI, SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.consensus.applier import ConsensusApplier
from eth.consensus.noproof import NoProofConsensus
from eth.constants import ZERO_ADDRESS
from eth.exceptions import VMError
from eth.rlp.accounts import Account
from eth.vm.forks.berlin import BerlinVM
from eth.vm.spoof import SpoofTransaction
from eth_bloom.bloom import BloomFilter
from eth_hash.auto import keccak
from eth_hash.backends import pysha3
from eth_typing import Address, BlockNumber, Hash32
from eth_utils.exceptions import ValidationError
from trie.hexary import HexaryTrie

from huella.errors import LedgerRefused, LedgerUnreachable, SettingsError, StoreError
from huella.ledger import registry
from huella.ledger.chainstore import ChainStore, sync_folder
from huella.ledger.port import Anchored, Call, Landed, Lodging, Lodgings, NodeFinding, ProofBlock
from huella.ledger.signer import Onlooker, Signer, Transaction, asker
from huella.proof.rlp import elements

GAS_LIMIT = 100_000_000  # a block's; 2,048 leaves with 128 kB of records take 7 million
_READ_GAS = 50_000_000
_DEPLOY_GAS = 10_000_000
_ATTEMPTS = 100
_LOOK = 2_000
"""Blocks that one question for lodged digests looks at."""

# eth-hash prefers pycryptodome where both are installed; this one takes a quarter of the time
keccak.hasher = pysha3.backend.keccak256  # type: ignore[assignment]


class _Berlin(BerlinVM):
    """Berlin rules without a reward: nobody mines here."""

    @staticmethod
    def get_block_reward() -> int:
        return 0


def _chain_class(chain_id: int) -> type[MiningChain]:
    machines = ConsensusApplier(NoProofConsensus).amend_vm_configuration(((0, _Berlin),))
    chain: type[MiningChain] = MiningChain.configure(
        "EmbeddedChain", vm_configuration=machines, chain_id=chain_id
    )
    return chain


class EmbeddedLedger:
    """The ledger port over a chain in one SQLite file. Safe between threads and between processes.

    `now` is the clock of block times; a block is at least one second after its parent whatever the clock says.
    """

    def __init__(self, store: ChainStore, registrar: Signer, now: Callable[[], datetime]) -> None:
        """Use `create` or `open`."""
        self._store = store
        self._registrar = registrar
        self._now = now
        self._id, self._contract = store.identity()
        self._address = Address(bytes.fromhex(self._contract[2:]))
        self._chain = _chain_class(self._id)(store)
        self._lock = threading.RLock()

    @property
    def _sender(self) -> Address:
        return Address(bytes.fromhex(self._registrar.address[2:]))

    @classmethod
    def create(
        cls,
        path: Path,
        registrar: Signer,
        setup: registry.Setup,
        now: Callable[[], datetime],
        chain_id: int,
    ) -> EmbeddedLedger:
        """Makes a chain in a new file, with the contract deployed in block 1 by the registrar's key.

        The same arguments and time make the same chain, byte for byte. StoreError where there is a file already;
        a crash on the way leaves none.
        """
        if path.exists():
            raise StoreError(f"{path.name}: there is already a chain")
        draft = path.with_name(path.name + ".new")
        for left in ("", "-wal", "-shm"):
            draft.with_name(draft.name + left).unlink(missing_ok=True)
        store = ChainStore(draft, create=True)
        try:
            _begin(store, registrar, registry.deploy_code(setup), int(now().timestamp()), chain_id)
        finally:
            store.close()  # folds the write-ahead log into the file
        draft.rename(path)  # from here the chain exists
        sync_folder(path.parent)
        return cls.open(path, registrar, now, chain_id)

    @classmethod
    def open(
        cls, path: Path, registrar: Signer, now: Callable[[], datetime], chain_id: int
    ) -> EmbeddedLedger:
        """Opens a chain. StoreError where there is none, SettingsError where it has another chain id."""
        store = ChainStore(path)
        store.head()
        found, _ = store.identity()
        if found != chain_id:
            store.close()
            raise SettingsError(f"{path.name} is a chain with id {found}, not {chain_id}")
        return cls(store, registrar, now)

    @classmethod
    def look(cls, path: Path, now: Callable[[], datetime]) -> EmbeddedLedger:
        """Opens a chain only to read it, whatever its id is. StoreError where there is none."""
        store = ChainStore(path)
        store.head()
        return cls(store, Onlooker(), now)

    @property
    def chain_id(self) -> int:
        """The chain's id."""
        return self._id

    @property
    def contract(self) -> str:
        """The registry contract's address."""
        return self._contract

    @property
    def findings(self) -> tuple[NodeFinding, ...]:
        """None: there are no other nodes."""
        return ()

    def at(self, contract: str) -> EmbeddedLedger:
        """The same chain, seen at another registry contract, such as a successor."""
        other = copy.copy(self)
        other._contract, other._address = contract, Address(bytes.fromhex(contract[2:]))
        return other

    def deploy(self, setup: registry.Setup) -> bytes:
        """Deploys a further contract by the registrar's first transaction; the one it made, where it made one."""
        made = keccak(rlp.encode([self._sender, b""]))[12:]
        with self._lock:
            there = bool(self._chain.get_vm(self._head()).state.get_code(Address(made)))
        if not there:
            first = Transaction(0, b"", registry.deploy_code(setup), _DEPLOY_GAS, self._id)
            self.submit(self._registrar.sign(first))
        return made

    def close(self) -> None:
        """Ends the connection to the file."""
        self._store.close()

    # ------------------------------------------------------------------------------------- the port

    def call(self, data: bytes) -> bytes:
        """See Ledger. Calls as the registrar, or as nobody while its key is not at hand."""
        sender = Address(bytes.fromhex(asker(self._registrar)[2:]))
        with self._lock:
            machine = self._chain.get_vm(self._head())
            nonce = machine.state.get_nonce(sender)
            unsigned = machine.create_unsigned_transaction(
                nonce=nonce, gas_price=0, gas=_READ_GAS, to=self._address, value=0, data=data
            )
            with machine.in_costless_state() as state:
                spoof: Any = SpoofTransaction(unsigned, from_=sender)
                computation = state.costless_execute_transaction(spoof)
            _raise_refusal(computation)
            return bytes(computation.output)

    def send(self, data: bytes, gas: int) -> str:
        """See Ledger. Returns when the block is durable."""

        def sign(parent: BlockHeaderAPI) -> bytes:
            nonce = self._chain.get_vm(parent).state.get_nonce(self._sender)
            return self._registrar.sign(Transaction(nonce, self._address, data, gas, self._id))

        return self._extend(sign)

    def send_all(self, calls: Iterable[Call]) -> Iterator[Landed]:
        """See Ledger. One at a time: each makes its own block."""
        for call in calls:
            transaction = self.send(call.data, call.gas)
            call.taken(transaction)
            with self._lock:
                number, _ = self._chain.get_canonical_transaction_index(
                    Hash32(bytes.fromhex(transaction[2:]))
                )
                header = self._chain.get_canonical_block_header_by_number(number)
            yield Landed(transaction, header.block_number, "0x" + header.hash.hex(), header.timestamp)

    def submit(self, raw: bytes) -> str:
        """Takes a legacy transaction that somebody else signed, of any sender and to any address; its hash."""
        return self._extend(lambda _: raw)

    def batch(self, first: int) -> Anchored | None:
        """See Ledger."""
        with self._lock:
            found = self._store.block_of(self._address, first)
            if found is None:
                return None
            number = BlockNumber(found)
            header = self._chain.get_canonical_block_header_by_number(number)
            transaction = self._chain.get_canonical_transaction_by_index(number, 0)
            receipts = HexaryTrie(self._store, header.receipt_root)
            appended = _told(receipts[rlp.encode(0)])
        if appended is None:
            raise LedgerUnreachable(
                f"block {number} of the embedded chain does not hold the batch that its index names"
            )
        given = registry.read_append(transaction.data)
        return Anchored(
            first=appended.first,
            size=appended.size,
            root=appended.root,
            leaves=appended.leaves,
            orders=given.orders,
            records=given.records,
            checkpoint=given.checkpoint,
            transaction="0x" + transaction.hash.hex(),
            block_number=header.block_number,
            block_hash="0x" + header.hash.hex(),
            time=header.timestamp,
        )

    def prove(self, size: int) -> ProofBlock:
        """See Ledger."""
        slot = registry.head_slot(size)
        with self._lock:
            header = self._head()
            account_key = keccak(self._address)
            state = HexaryTrie(self._store, header.state_root)
            account = rlp.decode(state.get(account_key), sedes=Account)
            storage = HexaryTrie(self._store, account.storage_root)
            return ProofBlock(
                number=header.block_number,
                header=rlp.encode(header),
                account_proof=_nodes(state, account_key),
                storage_proof=(
                    _nodes(storage, keccak(slot.to_bytes(32))),
                    _nodes(storage, keccak((slot + 1).to_bytes(32))),
                ),
            )

    def lodged(self, since: int) -> Lodgings:
        """See Ledger."""
        with self._lock:
            until = max(since - 1, min(since + _LOOK - 1, self._head().block_number))
            found = [each for number in range(since, until + 1) for each in self._lodged_in(number)]
        return Lodgings(tuple(found), until)

    def _lodged_in(self, number: int) -> Iterator[Lodging]:
        """What a block holds, whose receipt is only read where its bloom filter allows for an event of that kind."""
        header = self._chain.get_canonical_block_header_by_number(BlockNumber(number))
        if registry.LODGED_TOPIC not in BloomFilter(header.bloom):
            return
        transaction = self._chain.get_canonical_transaction_by_index(BlockNumber(number), 0)
        logs = self._chain.get_transaction_receipt_by_index(BlockNumber(number), 0).logs
        for position, log in enumerate(logs):
            event = registry.read_event([topic.to_bytes(32) for topic in log.topics], log.data)
            if log.address == self._address and isinstance(event, registry.Lodged):
                yield Lodging(
                    event.digest, event.by, "0x" + transaction.hash.hex(), number, "0x" + header.hash.hex(), position,
                    header.timestamp,
                )  # fmt: skip

    def head_gas(self) -> int:
        """Gas that the newest block's one transaction used."""
        with self._lock:
            return self._head().gas_used

    # --------------------------------------------------------------------------------------- blocks

    def _head(self) -> BlockHeaderAPI:
        return self._chain.get_block_header_by_hash(Hash32(self._store.head()))

    def _extend(self, sign: Callable[[BlockHeaderAPI], bytes]) -> str:
        """Makes the next block of one transaction; who loses the race for a block tries on the winner's."""
        for _ in range(_ATTEMPTS):
            with self._lock:
                parent = self._head()
                transaction = _decode(sign(parent))
                if transaction.chain_id != self._id:
                    message = f"the transaction is for chain {transaction.chain_id}, this is {self._id}"
                    raise LedgerRefused(message, reason="ChainId")
                try:
                    header, receipt, computation = _mine(
                        self._chain, parent, transaction, int(self._now().timestamp())
                    )
                    _raise_refusal(computation)
                    appended = _appended(receipt)
                    batch = (appended[0], appended[1].first, header.block_number) if appended else None
                    if self._store.commit(parent.hash, header.hash, batch):
                        return "0x" + transaction.hash.hex()
                finally:
                    self._store.discard()
        raise LedgerUnreachable(f"other writers took every one of {_ATTEMPTS} blocks")


def _appended(receipt: ReceiptAPI) -> tuple[bytes, registry.Appended] | None:
    """The batch that a transaction brought, and to which contract."""
    for log in receipt.logs:
        if log.topics[:1] == (int.from_bytes(registry.APPENDED_TOPIC),):
            event = registry.read_event([topic.to_bytes(32) for topic in log.topics], log.data)
            if isinstance(event, registry.Appended):
                return log.address, event
    return None


def _told(receipt: bytes) -> registry.Appended | None:
    """The batch that a receipt tells, out of its RLP from the end: in front of it stand the events of all tokens."""
    _, _, _, logs = elements(receipt, "receipt")
    for log in reversed(elements(logs, "receipt")):
        _, topics, data = rlp.decode(log)
        if topics[:1] == [registry.APPENDED_TOPIC]:
            event = registry.read_event(topics, data)
            if isinstance(event, registry.Appended):
                return event
    return None


def _begin(store: ChainStore, registrar: Signer, code: bytes, time: int, chain_id: int) -> None:
    """Writes genesis and the block that deploys the contract."""
    chain_class = _chain_class(chain_id)
    genesis: dict[str, int | bytes | None] = {"difficulty": 1, "gas_limit": GAS_LIMIT, "timestamp": time}
    chain_class.from_genesis(store, genesis | {"extra_data": b"huella"}, {})
    chain = chain_class(store)
    raw = registrar.sign(Transaction(nonce=0, to=b"", data=code, gas=_DEPLOY_GAS, chain_id=chain_id))
    header, _, computation = _mine(chain, chain.get_canonical_head(), _decode(raw), time)
    _raise_refusal(computation)
    store.begin(chain_id, "0x" + computation.msg.storage_address.hex(), header.hash)


def _decode(raw: bytes) -> SignedTransactionAPI:
    try:
        return _Berlin.get_transaction_builder().decode(raw)
    except (rlp.DecodingError, rlp.DeserializationError, ValidationError) as error:
        raise LedgerRefused("the transaction is malformed", reason="Malformed") from error


def _mine(
    chain: MiningChain, parent: BlockHeaderAPI, transaction: SignedTransactionAPI, time: int
) -> tuple[BlockHeaderAPI, ReceiptAPI, ComputationAPI]:
    """Executes the transaction in a block on `parent`; the chain's store holds it as pending."""
    chain.header = chain.create_header_from_parent(
        parent, timestamp=max(parent.timestamp + 1, time), gas_limit=GAS_LIMIT, coinbase=ZERO_ADDRESS
    )
    try:
        result, receipts, computations = chain.mine_all([transaction])
    except ValidationError as error:
        raise LedgerRefused(f"the chain refused the transaction: {error}", reason="Invalid") from error
    return result.imported_block.header, receipts[0], computations[0]


def _raise_refusal(computation: ComputationAPI) -> None:
    """Raises LedgerRefused where the contract reverted or ran out of gas."""
    if computation.is_success:
        return
    if computation.output:
        raise registry.refusal(computation.output)
    error: VMError = computation.error
    raise LedgerRefused(f"the contract failed: {type(error).__name__}", reason=type(error).__name__)


def _nodes(trie: HexaryTrie, key: bytes) -> tuple[bytes, ...]:
    """The proof's nodes as EIP-1186 lists them: what is embedded in its parent has no item of its own."""
    encoded = [rlp.encode(node) for node in trie.get_proof(key)]  # type: ignore[no-untyped-call]
    return tuple(node for at, node in enumerate(encoded) if at == 0 or len(node) >= 32)
