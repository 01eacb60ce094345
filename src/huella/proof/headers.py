"""The chain's word without a node: block headers, their seals (QBFT, IBFT 2.0) and Merkle-Patricia proofs
(EIP-1186).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from coincurve import PublicKey
from Crypto.Hash import keccak as _keccak

from huella.errors import ProofError
from huella.proof import rlp

Consensus = Literal["qbft", "ibft2"]

_WIDTHS = {0: 32, 1: 32, 2: 20, 3: 32, 4: 32, 5: 32, 6: 256, 13: 32, 14: 8}
_STATE_ROOT, _NUMBER, _EXTRA = 3, 8, 12
_MIN_FIELDS, _MAX_FIELDS = 15, 32


def keccak(raw: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it, 32 bytes."""
    return _keccak.new(digest_bits=256).update(raw).digest()


@dataclass(frozen=True, slots=True)
class Header:
    """A block header: its fields as they stand, and the two that a proof needs."""

    fields: tuple[bytes, ...]
    number: int
    state_root: bytes


def parse_header(raw: bytes) -> Header:
    """Read a header's RLP. Fields after the fifteenth, of later forks, are kept as they stand."""
    fields = rlp.decode(raw, "the block header")
    if not isinstance(fields, list) or not _MIN_FIELDS <= len(fields) <= _MAX_FIELDS:
        raise ProofError(f"a block header is a list of {_MIN_FIELDS} fields or more")
    if not all(isinstance(field, bytes) for field in fields):
        raise ProofError("a block header's fields are byte strings")
    if any(len(fields[place]) != width for place, width in _WIDTHS.items()):
        raise ProofError("a block header's field has the wrong width")
    return Header(tuple(fields), _integer(fields[_NUMBER], 8, "the block number"), fields[_STATE_ROOT])


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a sealed header is: its block hash, and the 20-byte addresses whose seals it carries, each
    once.
    """

    block_hash: bytes
    signers: frozenset[bytes]


def read_seals(header: Header, consensus: Consensus) -> Sealed:
    """The block hash and who sealed it.

    QBFT: the hash has round 0 and no seals, each seal signs the real round and no seals. IBFT 2.0: the hash
    leaves out round and seals, the seals sign the header without the seals item. A seal that recovers to no
    key counts for nobody; ProofError where `extraData` is not in the form of the consensus.
    """
    extra = rlp.decode(header.fields[_EXTRA], "extraData")
    _check_extra(extra, consensus)
    head, round_, seals = extra[:3], extra[3], extra[4]
    if consensus == "qbft":
        hashed, signed = [*head, b"", []], [*head, round_, []]
    else:
        hashed, signed = head, [*head, round_]
    digest = _hash_with(header, signed)
    recovered = (_recover(digest, seal) for seal in seals)
    return Sealed(_hash_with(header, hashed), frozenset(address for address in recovered if address))


def quorum(validators: int) -> int:
    """ceil(2N/3) of N validators."""
    return -(-2 * validators // 3)


def count_trusted(signers: Collection[bytes], validators: Collection[bytes]) -> int:
    """How many distinct trusted validators are among the signers; seals of others count for nothing."""
    return len(set(signers) & set(validators))


def parse_node(raw: bytes) -> list[Any]:
    """Read one node of a Merkle-Patricia proof: a branch of 17 items, or an extension or leaf of 2."""
    node = rlp.decode(raw, "a proof node")
    if not isinstance(node, list) or len(node) not in (2, 17):
        raise ProofError("a proof node is an RLP list of 2 or 17 items")
    return node


def prove(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes | None:
    """The value that a trie holds at keccak(key), or None where the proof shows that it holds none.

    `nodes` is the exact list from the root (EIP-1186): ProofError where one is missing, left over, or is
    not the one that its parent names. An empty list proves absence only in the empty trie.
    """
    if not nodes:
        if root == EMPTY_TRIE:
            return None
        raise ProofError("the proof is empty and the trie is not")
    path = _nibbles(keccak(key))
    wanted: Any = root
    used = 0
    while wanted:
        # a node under 32 bytes stands in its parent, whole, instead of its hash
        if isinstance(wanted, list):
            node = wanted
        elif used < len(nodes) and wanted == keccak(nodes[used]):
            node = parse_node(nodes[used])
            used += 1
        else:
            raise ProofError("a proof node is missing or is not the one that its parent names")
        wanted, path, ended = _descend(node, path)
        if ended:
            break
    if used != len(nodes):
        raise ProofError("the proof has nodes after its end")
    if wanted and not isinstance(wanted, bytes):
        raise ProofError("the proof's value is not a byte string")
    return wanted or None


@dataclass(frozen=True, slots=True)
class Account:
    """What a state trie holds of an account: 32-byte storage root and code hash."""

    storage_root: bytes
    code_hash: bytes


def prove_account(state_root: bytes, address: bytes, nodes: Sequence[bytes]) -> Account | None:
    """The account at a 20-byte address, None where the proof shows that there is none."""
    value = prove(state_root, address, nodes)
    if value is None:
        return None
    fields = rlp.decode(value, "the account")
    if (
        not isinstance(fields, list)
        or len(fields) != 4
        or not all(isinstance(field, bytes) for field in fields)
    ):
        raise ProofError("an account is a list of four byte strings")
    if len(fields[2]) != 32 or len(fields[3]) != 32:
        raise ProofError("an account's storage root and code hash have 32 bytes")
    return Account(fields[2], fields[3])


def prove_storage(storage_root: bytes, slot: bytes, nodes: Sequence[bytes]) -> int:
    """The word at a 32-byte storage slot; 0 where the proof shows that the slot is empty."""
    value = prove(storage_root, slot, nodes)
    if value is None:
        return 0
    return _integer(rlp.decode(value, "the storage value"), 32, "the storage value")


def head_slots(size: int) -> tuple[bytes, bytes]:
    """The slots of root and time in `rootAt[size]`, the contract's mapping at slot 0: keccak(size || 0) and
    that plus 1.
    """
    first = keccak(size.to_bytes(32, "big") + bytes(32))
    second = (int.from_bytes(first, "big") + 1) % 2**256
    return first, second.to_bytes(32, "big")


EMPTY_TRIE = keccak(b"\x80")


def _descend(node: list[Any], path: list[int]) -> tuple[Any, list[int], bool]:
    """What follows below a node along the path: (child or value, rest of the path, whether the path
    ended).
    """
    if len(node) == 17:
        if not path:
            return node[16], path, True
        return node[path[0]], path[1:], False
    if len(node) != 2 or not isinstance(node[0], bytes):
        raise ProofError("a proof node is an RLP list of 2 or 17 items")
    leaf, prefix = _compact(node[0])
    if path[: len(prefix)] != prefix or (leaf and len(path) != len(prefix)):
        return b"", path, True
    if not node[1]:
        raise ProofError("a proof node leads nowhere")
    return node[1], path[len(prefix) :], leaf


def _compact(encoded: bytes) -> tuple[bool, list[int]]:
    """Read a hex-prefix path: (whether it is a leaf's, its nibbles)."""
    nibbles = _nibbles(encoded)
    if not nibbles or nibbles[0] > 3 or (not nibbles[0] & 1 and nibbles[1] != 0):
        raise ProofError("a proof node's path is not in hex-prefix form")
    return nibbles[0] >= 2, nibbles[1:] if nibbles[0] & 1 else nibbles[2:]


def _nibbles(raw: bytes) -> list[int]:
    return [int(digit, 16) for digit in raw.hex()]


def _integer(raw: Any, width: int, place: str) -> int:
    if not isinstance(raw, bytes) or len(raw) > width or raw[:1] == b"\0":
        raise ProofError(f"{place} is an integer of at most {width} bytes without leading zeros")
    return int.from_bytes(raw, "big")


def _check_extra(extra: Any, consensus: Consensus) -> None:
    if not isinstance(extra, list) or len(extra) != 5:
        raise ProofError("extraData is a list of vanity, validators, vote, round and seals")
    vanity, validators, vote, round_, seals = extra
    if not isinstance(vanity, bytes) or len(vanity) != 32:
        raise ProofError("extraData's vanity has 32 bytes")
    if not _all_bytes(validators) or any(len(address) != 20 for address in validators):
        raise ProofError("extraData's validators are a list of addresses")
    if not isinstance(vote, list) and (consensus == "qbft" or vote != b""):
        raise ProofError("extraData's vote is not in the form of the consensus")
    if consensus == "qbft":
        _integer(round_, 4, "extraData's round")
    elif not isinstance(round_, bytes) or len(round_) != 4:
        raise ProofError("extraData's round has 4 bytes")
    if not _all_bytes(seals):
        raise ProofError("extraData's seals are a list of byte strings")


def _all_bytes(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(item, bytes) for item in items)


def _hash_with(header: Header, extra: list[Any]) -> bytes:
    fields = list(header.fields)
    fields[_EXTRA] = rlp.encode(extra)
    return keccak(rlp.encode(fields))


def _recover(digest: bytes, seal: bytes) -> bytes | None:
    """The address that made a seal of 65 bytes (r, s, v; v is 0 or 1), or None."""
    if len(seal) != 65 or seal[64] > 1:
        return None
    try:
        key = PublicKey.from_signature_and_message(seal, digest, hasher=None)
    except ValueError:
        return None
    return keccak(key.format(compressed=False)[1:])[12:]
