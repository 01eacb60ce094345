"""The contract's codec: calls, answers, events and errors as bytes (docs/spec/anchor.md). Used by every ledger."""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from huella.errors import LedgerRefused, ProofError, SettingsError
from huella.ledger.abi import Unreadable, decode, encode
from huella.ledger.port import Ledger
from huella.proof.headers import keccak

MAX_LEAVES = 2048
NOBODY = "0x" + "00" * 20

_APPEND = ("uint64", "bytes32[]", "bytes", "bytes", "bytes")
_SETUP = "(address,address,address,address,string,address,uint64,bytes32[])"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a registry contract is deployed with. Addresses are 0x hex.

    A successor names its `predecessor`, the `size` at which it goes on, and that size's `frontier`: the roots of
    its perfect trees from left to right, largest first.
    """

    administrator: str
    registrar: str
    custodian: str
    base_uri: str = ""
    forwarder: str = NOBODY
    predecessor: str = NOBODY
    size: int = 0
    frontier: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The log's head on the chain: root of 32 bytes, block time in seconds since 1970. All zero when empty."""

    size: int
    root: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The arguments of one `append` call."""

    expected_size: int
    leaves: tuple[bytes, ...]
    orders: bytes
    records: bytes
    checkpoint: bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """Event: a batch whose first leaf is `first`; the log's size and root after it."""

    first: int
    size: int
    root: bytes
    leaves: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Transferred:
    """Event: token `id` came into being (`from_` is zero) or moved."""

    from_: str
    to: str
    id: int


@dataclass(frozen=True, slots=True)
class Lodged:
    """Event: somebody left a digest."""

    by: str
    digest: bytes


def _selector(signature: str) -> bytes:
    return keccak(signature.encode())[:4]


APPEND = _selector(f"append({','.join(_APPEND)})")
APPENDED_TOPIC = keccak(b"Appended(uint64,uint64,bytes32,bytes32[])")
TRANSFER_TOPIC = keccak(b"Transfer(address,address,uint256)")
LODGED_TOPIC = keccak(b"Lodged(address,bytes32)")
_HEAD, _ROOT_AT = "head()", "rootAt(uint64)"
_ERROR_STRING = _selector("Error(string)")
_PANIC = _selector("Panic(uint256)")
_NOT_ALLOWED = "AccessControlUnauthorizedAccount"


# ------------------------------------------------------------------------------------- the artifact


@cache
def artifact() -> dict[str, Any]:
    """The compiled contract: `abi`, `bytecode`, `deployed`, `immutables`, `storage`, `compiler`. Treat as read-only."""
    try:
        text = files("huella.ledger").joinpath("registry.json").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SettingsError(
            "the contract is not compiled", advice="Run contracts/build.py (make does)."
        ) from error
    made: dict[str, Any] = json.loads(text)
    return made


def deploy_code(setup: Setup) -> bytes:
    """Creation code of a registry with its constructor's argument."""
    value = (
        setup.administrator,
        setup.registrar,
        setup.custodian,
        setup.forwarder,
        setup.base_uri,
        setup.predecessor,
        setup.size,
        list(setup.frontier),
    )
    return bytes.fromhex(artifact()["bytecode"]) + encode([_SETUP], [value])


@cache
def _errors() -> dict[bytes, tuple[str, tuple[str, ...]]]:
    made = {}
    for item in artifact()["abi"]:
        if item["type"] == "error":
            types = tuple(argument["type"] for argument in item["inputs"])
            made[_selector(f"{item['name']}({','.join(types)})")] = (item["name"], types)
    return made


def refusal(data: bytes) -> LedgerRefused:
    """The error that a revert's bytes stand for; its `reason` is the custom error's name, or `Revert`."""
    selector, rest = data[:4], data[4:]
    name, types = _errors().get(selector, ("Revert", ()))
    try:
        if selector == _ERROR_STRING:
            return LedgerRefused(f"the contract refused: {decode(['string'], rest)[0]}", reason="Revert")
        if selector == _PANIC:
            return LedgerRefused(f"the contract failed with panic {int.from_bytes(rest)}", reason="Panic")
        values = decode(types, rest)
    except Unreadable:
        values = ()
    if name == _NOT_ALLOWED and len(values) == 2:
        return _not_allowed(*values)
    shown = ", ".join("0x" + value.hex() if isinstance(value, bytes) else str(value) for value in values)
    return LedgerRefused(f"the contract refused: {name}({shown})", reason=name)


def _not_allowed(account: str, role: bytes) -> LedgerRefused:
    named = "a registrar" if any(role) else "an administrator"
    return LedgerRefused(
        f"the account {account} is not {named} of the contract",
        reason=_NOT_ALLOWED,
        advice="Its key was revoked, or never allowed: `huella ledger registrars` tells who is.",
    )


# -------------------------------------------------------------------------------------------- calls


def append_call(
    expected_size: int, leaves: Sequence[bytes], orders: bytes, records: bytes, checkpoint: bytes
) -> bytes:
    """Call data of `append`. `orders` as `orders_bitmap` makes it, `records` as `pack_records` does, or empty."""
    parts = (
        len(leaves).to_bytes(32) + b"".join(leaves),
        *(len(each).to_bytes(32) + each + bytes(-len(each) % 32) for each in (orders, records, checkpoint)),
    )
    # the contract's ABI by hand: the general encoder takes as long as compressing the records
    offsets = itertools.accumulate((len(part) for part in parts[:-1]), initial=32 * 5)
    head = b"".join(word.to_bytes(32) for word in (expected_size, *offsets))
    return APPEND + head + b"".join(parts)


def read_append(data: bytes) -> Batch:
    """The arguments back from call data; what a relay appended behind them is left out. ProofError if it is none."""
    if data[:4] != APPEND:
        raise ProofError("the transaction is no append call")
    try:
        expected, leaves, orders, records, checkpoint = decode(_APPEND, data[4:])
    except (Unreadable, OverflowError) as error:
        raise ProofError("the append call's data is malformed") from error
    return Batch(expected, tuple(leaves), orders, records, checkpoint)


def assign_call(token: int, from_: str, to: str, entry: int) -> bytes:
    """Call data of `assign`: `token` moves by the `rights.assigned` record at index `entry`."""
    types = ("uint256", "address", "address", "uint64")
    return _selector("assign(uint256,address,address,uint64)") + encode(types, [token, from_, to, entry])


def lodge_call(digest: bytes) -> bytes:
    """Call data of `lodge` for a digest of 32 bytes."""
    return _selector("lodge(bytes32)") + encode(["bytes32"], [digest])


def base_uri_call(uri: str) -> bytes:
    """Call data of `setBaseURI`, which only the administrator may send."""
    return _selector("setBaseURI(string)") + encode(["string"], [uri])


# ------------------------------------------------------------------------------------------ reading


def _ask(ledger: Ledger, signature: str, values: Sequence[Any], answer: Sequence[str]) -> tuple[Any, ...]:
    types = [name for name in signature[signature.index("(") + 1 : -1].split(",") if name]
    data = ledger.call(_selector(signature) + encode(types, values))
    try:
        return decode(answer, data)
    except Unreadable as error:
        advice = "Check the contract's address and the chain."
        message = f"{ledger.contract} does not answer as a registry"
        raise LedgerRefused(message, reason="NoRegistry", advice=advice) from error


HEAD_CALL = _selector(_HEAD)
"""What asks a contract for its head."""


def root_at_call(size: int) -> bytes:
    """What asks a contract for the head at a size; it answers root and time, zeros where no batch ends there."""
    return _selector(_ROOT_AT) + encode(["uint64"], [size])


def head(ledger: Ledger) -> Head:
    """The log's head as the chain holds it; size 0 with a root and time of zero before the first batch."""
    return Head(*_ask(ledger, _HEAD, [], ["uint64", "bytes32", "uint64"]))


def root_at(ledger: Ledger, size: int) -> Head | None:
    """The head at `size`; None where no batch ends there."""
    root, time = _ask(ledger, _ROOT_AT, [size], ["bytes32", "uint64"])
    return Head(size, root, time) if time else None


def start(ledger: Ledger) -> int:
    """The size at which this contract took over from its predecessor; 0 for a first one."""
    (size,) = _ask(ledger, "start()", [], ["uint64"])
    return int(size)


def predecessor(ledger: Ledger) -> str | None:
    """The contract (0x hex) that this one continues; None for a first one."""
    (found,) = _ask(ledger, "predecessor()", [], ["address"])
    return None if found == NOBODY else str(found)


def head_slot(size: int) -> int:
    """Storage slot of the root at `size`; the time is in the next one."""
    return int.from_bytes(keccak(size.to_bytes(32) + bytes(32)))


def owner_of(ledger: Ledger, token: int) -> str | None:
    """The account that holds the order at leaf `id`, 0x hex; None where that leaf is no order."""
    try:
        (owner,) = _ask(ledger, "ownerOf(uint256)", [token], ["address"])
    except LedgerRefused as error:
        if error.reason == "ERC721NonexistentToken":
            return None
        raise
    return str(owner)


def custodian(ledger: Ledger) -> str:
    """The account that holds every order that was never assigned."""
    (account,) = _ask(ledger, "custodian()", [], ["address"])
    return str(account)


def balance_of(ledger: Ledger, owner: str) -> int:
    """How many orders an account holds."""
    (count,) = _ask(ledger, "balanceOf(address)", [owner], ["uint256"])
    return int(count)


def read_event(topics: Sequence[bytes], data: bytes) -> Appended | Transferred | Lodged | None:
    """The contract's event in a log entry; None for an event of another kind. ProofError where it is malformed."""
    try:
        match list(topics):
            case [topic, first] if topic == APPENDED_TOPIC:
                size, root, leaves = decode(["uint64", "bytes32", "bytes32[]"], data)
                return Appended(int.from_bytes(first), size, root, tuple(leaves))
            case [topic, from_, to, token] if topic == TRANSFER_TOPIC:
                return Transferred("0x" + from_[-20:].hex(), "0x" + to[-20:].hex(), int.from_bytes(token))
            case [topic, by] if topic == LODGED_TOPIC:
                return Lodged("0x" + by[-20:].hex(), decode(["bytes32"], data)[0])
    except Unreadable as error:
        raise ProofError("the event's data is malformed") from error
    return None


# --------------------------------------------------------------------------- what goes into a batch


def orders_bitmap(flags: Sequence[bool]) -> bytes:
    """One bit a leaf, leaf i at byte i/8, least significant bit first, spare bits zero."""
    bits = sum(1 << at for at, flag in enumerate(flags) if flag)
    return bits.to_bytes((len(flags) + 7) // 8, "little")


def gas_for(leaves: int, orders: int, payload_bytes: int, first: int | None = None) -> int:
    """An upper bound of what an `append` uses, tight because Besu packs blocks by it: 2 to 10 per cent above the
    usual use at 500 leaves with `first`, the size that the batch extends, given; 40 without it.

    `payload_bytes` is the length of `records` and `checkpoint` together. Storage slots that may be new count as new.
    """
    words = leaves // 256 + 2
    memory = 75 + leaves
    fixed = 21_000 + 16_000 + 2 * 22_100 + 22_100 + words * 800 + _frontier_gas(leaves, first)
    bitmap = words * 22_100 + leaves * 62 + orders * 1_960 if orders else 0
    per_leaf = 512 + 256 + 2 + 8 + 289
    return (
        fixed + leaves * per_leaf + bitmap + (payload_bytes + 62) * 16 + 3 * memory + memory * memory // 512
    )


def _frontier_gas(leaves: int, first: int | None) -> int:
    """What `_grow` spends on the frontier's levels beyond one hash a leaf; a log of up to 2^40 where unknown."""
    if first is None:
        return (leaves.bit_length() + 1) * 22_500 + 40 * 2_700
    gas, count, before = 0, leaves, first
    while count:
        joins = before & 1
        count += joins
        gas += 150 + joins * 2_400 + (count & 1) * (3_300 if joins else 22_500)
        count >>= 1
        before >>= 1
    return gas + before.bit_count() * 2_400 + before.bit_length() * 80


def pack_records(records: Sequence[bytes], annexes: Sequence[bytes]) -> bytes:
    """Records, then annexes, each behind its length as a big-endian uint32, as one zlib stream (RFC 1950)."""
    parts = [part for item in (*records, *annexes) for part in (len(item).to_bytes(4), item)]
    return zlib.compress(b"".join(parts), 6)  # level 9 takes twice as long for 1 % less


def unpack_records(stream: bytes, limit: int) -> list[bytes]:
    """The items of `pack_records`; none for an empty stream. ProofError: malformed, or above `limit` bytes."""
    if not stream:
        return []
    inflate = zlib.decompressobj()
    try:
        plain = inflate.decompress(stream, limit + 1)
    except zlib.error as error:
        raise ProofError(f"the batch's records are no zlib stream: {error}") from error
    if len(plain) > limit:
        raise ProofError(f"the batch's records exceed {limit} bytes")
    if not inflate.eof or inflate.unused_data:
        raise ProofError("the batch's records are cut, or something follows them")
    items, at = [], 0
    while at < len(plain):
        end = at + 4 + int.from_bytes(plain[at : at + 4])
        if at + 4 > len(plain) or end > len(plain):
            raise ProofError("the last of the batch's records is cut")
        items.append(plain[at + 4 : end])
        at = end
    return items
