"""The first block of a QBFT network, for Besu and for GoQuorum: Berlin from the start, gas without a price.

Both engines take the same header, so the first block's hash is the same; what differs is the `config` object.
Sources: the QBFT pages of Besu's and GoQuorum's documentation, and GoQuorum 22.7.4's `params/config.go`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from huella.errors import InputError
from huella.proof import rlp
from huella.proof.headers import EMPTY_TRIE, keccak

Engine = Literal["goquorum", "besu"]

MIX_HASH = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"
"""What marks a header as one of the Istanbul family: keccak of its name, the same in IBFT and QBFT."""
FORKS = (
    "homesteadBlock", "eip150Block", "eip155Block", "eip158Block", "byzantiumBlock", "constantinopleBlock",
    "petersburgBlock", "istanbulBlock", "muirGlacierBlock", "berlinBlock",
)  # fmt: skip
GAS_LIMIT = 60_000_000
"""A block's: two seconds of a small validator's work, six of the registry's largest transactions."""
CODE_KB = 32
TRANSACTION_KB = 128


@dataclass(frozen=True, slots=True)
class Rules:
    """What every node of a network has to agree on. `validators` are 20-byte addresses, in any order.

    `block_seconds` is the shortest time between two blocks; a round without a block ends after `round_seconds`.
    """

    chain_id: int
    validators: tuple[bytes, ...]
    block_seconds: int = 2
    round_seconds: int = 4
    epoch: int = 30_000
    gas_limit: int = GAS_LIMIT

    def __post_init__(self) -> None:
        """InputError names what cannot be a network."""
        if not 0 < self.chain_id < 2**31:
            raise InputError("the chain id is between 1 and 2147483647", field="chain_id")
        if not self.validators or len(set(self.validators)) != len(self.validators):
            raise InputError("a network has at least one validator, and each once", field="validators")
        if any(len(address) != 20 for address in self.validators):
            raise InputError("a validator's address has 20 bytes", field="validators")
        if not 1 <= self.block_seconds <= self.round_seconds:
            raise InputError(
                "a block takes at least a second, and a round no less than a block", field="block_seconds"
            )


def extra_data(validators: Collection[bytes]) -> bytes:
    """The first header's `extraData`: RLP of 32 zeros, validators in ascending order, no vote, round 0, no seals."""
    return rlp.encode([bytes(32), sorted(validators), [], b"", []])


def genesis(rules: Rules, engine: Engine) -> dict[str, Any]:
    """The genesis file's object for this engine."""
    config: dict[str, Any] = {"chainId": rules.chain_id, **dict.fromkeys(FORKS, 0)}
    config |= _besu(rules) if engine == "besu" else _goquorum(rules)
    return {
        "config": config,
        "nonce": "0x0",
        "timestamp": "0x0",
        "gasLimit": hex(rules.gas_limit),
        "difficulty": "0x1",
        "mixHash": MIX_HASH,
        "coinbase": "0x" + "00" * 20,
        "extraData": "0x" + extra_data(rules.validators).hex(),
        # gas has no price: no account needs a balance
        "alloc": {},
    }


def block_hash(rules: Rules) -> bytes:
    """The first block's hash, which every node of the network tells for block 0: what who joins compares."""
    fields = [
        bytes(32), keccak(rlp.encode([])), bytes(20), EMPTY_TRIE, EMPTY_TRIE, EMPTY_TRIE, bytes(256), b"\1", b"",
        _quantity(rules.gas_limit), b"", b"", extra_data(rules.validators), bytes.fromhex(MIX_HASH[2:]), bytes(8),
    ]  # fmt: skip
    return keccak(rlp.encode(fields))


def encode(value: dict[str, Any]) -> bytes:
    """A genesis file's bytes, indented for people."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"


def _quantity(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8)


def _besu(rules: Rules) -> dict[str, Any]:
    timing = {
        "blockperiodseconds": rules.block_seconds,
        "requesttimeoutseconds": rules.round_seconds,
        "epochlength": rules.epoch,
    }
    return {"contractSizeLimit": CODE_KB * 1024, "qbft": timing}


def _goquorum(rules: Rules) -> dict[str, Any]:
    timing = {
        "blockperiodseconds": rules.block_seconds,
        "requesttimeoutseconds": rules.round_seconds,
        "epochlength": rules.epoch,
        "policy": 0,  # validators propose in turn
        "ceil2Nby3Block": 0,  # a quorum is ceil(2N/3), as the verifier counts (docs/spec/evidence.md)
        "validatorcontractaddress": "0x" + "00" * 20,
    }
    return {
        "isQuorum": True,
        "txnSizeLimit": TRANSACTION_KB,
        "maxCodeSizeConfig": [{"block": 0, "size": CODE_KB}],
        "qbft": timing,
    }
