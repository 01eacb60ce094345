"""What a relay hub of LACChain is asked and what it tells: nonces, its events, its error codes, its transactions.

Sources: github.com/lacchain/gas-management, docs/Architecture.md, "Interaction with RelaySigner.md", TxRelay.sol,
blockchain/client.go (see docs/guide/lacchain.md).
"""

from __future__ import annotations

from typing import NamedTuple

from huella.errors import LedgerRefused, ProofError
from huella.ledger import registry
from huella.ledger.abi import Unreadable, decode, encode
from huella.ledger.delivery import Receipt
from huella.ledger.rpc import NodeSilent, Rpc, fields, items, number, octets
from huella.proof import rlp
from huella.proof.headers import keccak

RELAYED = keccak(b"TransactionRelayed(address,address,address,bool,bytes)")
BAD = keccak(b"BadTransactionSent(address,address,uint8)")
DEPLOYED = keccak(b"ContractDeployed(address,address,address)")
_SUFFIX = 64
_META = ("uint256", "bytes", "uint8", "bytes32", "bytes32")
RELAY = keccak(f"relayMetaTx({','.join(_META)})".encode())[:4]
DEPLOY = keccak(f"deployMetaTx({','.join(_META)})".encode())[:4]
_NONCE = keccak(b"getNonce(address)")[:4]
BAD_NONCE, NO_GAS = 2, 3


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
SAID = {-32005: 0, -32006: 2, -32003: 3, -32004: 4, -32001: 5, -32002: 6}
"""What the relay signer answers, where it sees beforehand that the hub would refuse: JSON-RPC error to error code."""


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
    return inner(data).data if data[:4] == RELAY else data


class Inner(NamedTuple):
    """The transaction that the hub passes on: the account's nonce, the target (empty: deploys), the call data with its
    suffix."""

    nonce: int
    to: bytes
    data: bytes


def inner(data: bytes) -> Inner:
    """What a node's transaction to the hub carries, from its call data. ProofError where it is malformed."""
    try:
        _, signed, *_ = decode(_META, data[4:])
    except (Unreadable, OverflowError) as error:
        raise ProofError("the relayed transaction's data is malformed") from error
    found = rlp.decode(signed, "relayed transaction")
    if (
        not isinstance(found, list)
        or len(found) < 6
        or not all(isinstance(each, bytes) for each in found[:6])
    ):
        raise ProofError("the relayed transaction's data is malformed")
    return Inner(int.from_bytes(found[0]), found[3], found[5])


class Account(NamedTuple):
    """Who sends through the hub, and how the hub counts it: the account under a writer node, 20 bytes each."""

    hub: bytes
    node: bytes
    account: bytes

    def nonce(self, rpc: Rpc, at: int) -> int:
        """The account's next nonce behind a block, as one node tells it."""
        data = "0x" + (_NONCE + bytes(12) + self.account).hex()
        question = {"from": "0x" + self.node.hex(), "to": "0x" + self.hub.hex(), "data": data}
        return int.from_bytes(octets(rpc.ask("eth_call", question, hex(at)), "the relay's nonce", 32))

    def passed_on(self, rpc: Rpc, blocks: tuple[int, int], wanted: Inner) -> bytes | None:
        """The hash of the node's transaction with which the hub passed on a nonce, if it was this call, whatever its
        expiration; None where another call took the nonce, or none did. `blocks`: the first and the last looked at."""
        topics = [
            ["0x" + RELAYED.hex(), "0x" + DEPLOYED.hex()],
            *(_word(each) for each in (self.node, self.account)),
        ]
        question = {
            "address": "0x" + self.hub.hex(), "topics": topics, "fromBlock": hex(blocks[0]), "toBlock": hex(blocks[1]),
        }  # fmt: skip
        for log in items(rpc.ask("eth_getLogs", question), "the events"):
            name = octets(fields(log, "an event").get("transactionHash"), "an event's transaction", 32)
            told = fields(rpc.ask("eth_getTransactionByHash", "0x" + name.hex()), "a transaction")
            found = inner(octets(told.get("input"), "a transaction's input"))
            if found._replace(data=found.data[:-_SUFFIX]) == wanted:
                return name
        return None


def _word(address: bytes) -> str:
    return "0x" + bytes(12).hex() + address.hex()


class Outcome(NamedTuple):
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


def outcome(rpc: Rpc, name: bytes, hub: bytes) -> Outcome | None:
    """What one node tells of a node's transaction to the hub; None where no block has it."""
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
    return Outcome(receipt, code, executed, output)
