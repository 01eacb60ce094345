"""A block and a transaction as JSON-RPC tells them, turned back into the bytes that their hashes are of.

A node's JSON is its word; the bytes prove themselves.
"""

from __future__ import annotations

from typing import Any

from huella.ledger.rpc import NodeSilent, number, octets
from huella.proof import rlp
from huella.proof.headers import Consensus, Header, keccak, parse_header, read_seals

_HEADER = (
    ("parentHash", 32), ("sha3Uncles", 32), ("miner", 20), ("stateRoot", 32), ("transactionsRoot", 32),
    ("receiptsRoot", 32), ("logsBloom", 256), ("difficulty", None), ("number", None), ("gasLimit", None),
    ("gasUsed", None), ("timestamp", None), ("extraData", -1), ("mixHash", 32), ("nonce", 8),
)  # fmt: skip
"""The fields of a header in their order: width in bytes, None for a number, -1 for bytes of any length."""
_LATER = (
    ("baseFeePerGas", None), ("withdrawalsRoot", 32), ("blobGasUsed", None), ("excessBlobGas", None),
    ("parentBeaconBlockRoot", 32), ("requestsHash", 32),
)  # fmt: skip
"""What London, Shanghai, Cancun and Prague put behind, as far as a block has them."""


def header_bytes(block: dict[str, Any]) -> bytes:
    """The header's RLP from eth_getBlockByNumber's answer. NodeSilent where a field is missing or malformed."""
    found = [_field(block, name, width) for name, width in _HEADER]
    for name, width in _LATER:
        if block.get(name) is None:
            break
        found.append(_field(block, name, width))
    return rlp.encode(found)


def block_hash(header: Header, raw: bytes, consensus: Consensus | None) -> bytes:
    """The block's hash, which on a network of validators leaves out what differs between them. ProofError where the
    header is not in the consensus' form."""
    return keccak(raw) if consensus is None else read_seals(header, consensus).block_hash


def header_of(block: dict[str, Any], consensus: Consensus | None) -> tuple[Header, bytes]:
    """A block's header, whose hash is the one that the node says. NodeSilent where it is not, ProofError where the
    header is not in the consensus' form."""
    raw = header_bytes(block)
    header = parse_header(raw)
    if block_hash(header, raw, consensus) != octets(block.get("hash"), "a block's hash", 32):
        raise NodeSilent(f"the header of block {header.number} does not give its hash", "garbage")
    return header, raw


def validators_in(header: Header) -> frozenset[bytes]:
    """The validators that a QBFT or IBFT 2.0 header names (20 bytes each): a claim of its own."""
    return frozenset(rlp.decode(header.fields[12], "extraData")[1])


def transaction_hash(told: dict[str, Any]) -> bytes:
    """The hash of a legacy transaction, from its fields as a node tells them."""
    to = told.get("to")
    body = [
        _quantity(told.get("nonce")), _quantity(told.get("gasPrice")), _quantity(told.get("gas")),
        b"" if to is None else octets(to, "a transaction's target", 20), _quantity(told.get("value")),
        octets(told.get("input"), "a transaction's input"),
        _quantity(told.get("v")), _quantity(told.get("r")), _quantity(told.get("s")),
    ]  # fmt: skip
    return keccak(rlp.encode(body))


def _field(block: dict[str, Any], name: str, width: int | None) -> bytes:
    if width is None:
        return _quantity(block.get(name))
    return octets(block.get(name), f"a block's {name}", None if width < 0 else width)


def _quantity(value: Any) -> bytes:
    found = number(value, "a quantity")
    return found.to_bytes((found.bit_length() + 7) // 8)
