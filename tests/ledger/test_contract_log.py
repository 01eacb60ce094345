"""The log on the chain: the contract computes the tree itself and only ever extends it."""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rlp  # type: ignore[import-untyped]
from eth_hash.auto import keccak
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from huella.ledger import registry
from huella.ledger.embedded import EmbeddedLedger

SOAK = os.environ.get("HUELLA_SOAK") == "1"
STARTS = sorted({(1 << power) + step for power in range(12) for step in (-1, 0, 1)})
SIZES = st.one_of(st.integers(1, 40), st.sampled_from([63, 64, 65, 255, 256, 257, 500]), st.integers(1, 2048))


def call(size: int, count: int, bitmap: bytes | None = None) -> bytes:
    leaves = [sha256(b"x%d" % at).digest() for at in range(count)]
    flags = bytes((count + 7) // 8) if bitmap is None else bitmap
    return registry.append_call(size, leaves, flags, b"", b"")


@(pytest.mark.soak if SOAK else pytest.mark.slow)
@settings(
    max_examples=400 if SOAK else 25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a chain of thousands takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    start=st.sampled_from(STARTS),
    sizes=st.lists(SIZES, min_size=1, max_size=2),
    every=st.sampled_from([1, 4, 5000]),
)
def test_the_root_on_the_chain_is_the_root_of_rfc_6962(
    start: int, sizes: list[int], every: int, world: Any
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fresh = type(world)(Path(folder) / "chain")
        for count in [size for size in (min(start, 2048), start - 2048) if size > 0] + sizes:
            orders = range(every - 1, count, every)
            fresh.append(count, orders)
            head = registry.head(fresh.ledger)
            assert (head.size, head.root) == (len(fresh.leaves), world.root_of(fresh.leaves))
            used, first = fresh.ledger.head_gas(), head.size - count
            assert used <= registry.gas_for(count, len(orders), 4, first) <= used * 1.3 + 200_000
            assert used <= registry.gas_for(count, len(orders), 4)
        fresh.ledger.close()


def test_an_empty_log_has_a_head_of_zeros(world: Any) -> None:
    assert registry.head(world.ledger) == registry.Head(0, bytes(32), 0)
    assert registry.root_at(world.ledger, 0) is None


def test_a_leaf_of_zeros_is_a_leaf(world: Any) -> None:
    for size in range(3):
        world.ledger.send(registry.append_call(size, [bytes(32)], b"\0", b"", b""), 1_000_000)
    assert registry.head(world.ledger).root == world.root_of([bytes(32)] * 3)


def test_heads_stay_readable_at_batch_ends_only(world: Any) -> None:
    world.append(3)
    world.append(4)
    first = registry.root_at(world.ledger, 3)
    assert first is not None
    assert first.root == world.root_of(world.leaves[:3])
    assert [registry.root_at(world.ledger, size) for size in (1, 2, 4, 5, 6, 8)] == [None] * 6


def test_a_batch_that_extends_another_size_is_refused(world: Any) -> None:
    world.append(3)
    before = registry.head(world.ledger)
    for size in (0, 2, 4):
        assert world.refused(lambda size=size: world.ledger.send(call(size, 1), 1_000_000)) == "WrongSize"
    assert registry.head(world.ledger) == before


def test_only_a_registrar_appends(world: Any) -> None:
    reason = world.refused(lambda: world.send_as(world.stranger, call(0, 1)))
    assert reason == "AccessControlUnauthorizedAccount"
    assert world.refused(lambda: world.send_as(world.administrator, call(0, 1))) == reason


def test_the_administrator_makes_and_unmakes_registrars(world: Any) -> None:
    role = world.ask("REGISTRAR_ROLE()", answer="bytes32")
    account = bytes(12) + bytes.fromhex(world.stranger.address[2:])
    world.send_as(world.administrator, keccak(b"grantRole(bytes32,address)")[:4] + role + account)
    world.send_as(world.stranger, call(0, 1))
    world.send_as(world.administrator, keccak(b"revokeRole(bytes32,address)")[:4] + role + account)
    assert "Unauthorized" in world.refused(lambda: world.send_as(world.stranger, call(1, 1)))


def test_an_empty_batch_is_refused(world: Any) -> None:
    assert world.refused(lambda: world.ledger.send(call(0, 0), 1_000_000)) == "EmptyBatch"


@pytest.mark.slow
def test_a_batch_of_2048_leaves_is_taken_and_one_of_2049_refused(world: Any) -> None:
    assert world.refused(lambda: world.ledger.send(call(0, 2049), 20_000_000)) == "BatchTooLarge"
    world.append(2048, range(2048))
    assert registry.head(world.ledger).root == world.root_of(world.leaves)


@pytest.mark.parametrize(
    ("count", "bitmap"), [(3, b"\x08"), (3, b"\x80"), (9, b"\xff\x02"), (9, b"\xff"), (8, b"\0\0"), (1, b"")]
)
def test_spare_bits_and_a_bitmap_of_another_length_are_refused(world: Any, count: int, bitmap: bytes) -> None:
    assert world.refused(lambda: world.ledger.send(call(0, count, bitmap), 1_000_000)) == "BadBitmap"


def test_the_batch_is_told_in_one_event(world: Any) -> None:
    world.append(2)
    leaves = world.append(5)
    (event,) = [registry.read_event(*log) for log in world.events()]
    assert event == registry.Appended(2, 7, world.root_of(world.leaves), tuple(leaves))


def test_too_little_gas_changes_nothing_wherever_it_ends(world: Any) -> None:
    world.append(5)
    twin = world.path.with_name("twin")
    world.ledger._store._db.execute("VACUUM INTO ?", (str(twin),))
    other = EmbeddedLedger.open(twin, world.registrar, lambda: world.start, world.chain_id)
    other.send(call(5, 40), 1_000_000)
    needed = other.head_gas()
    for gas in [*range(40_000, needed, 9_000), *range(needed - 2_000, needed, 211)]:
        world.refused(lambda gas=gas: world.ledger.send(call(5, 40), gas))
    world.ledger.send(call(5, 40), needed)
    assert registry.head(world.ledger) == registry.head(other)


def test_includes_follows_rfc_6962_paths(world: Any) -> None:
    world.append(7)
    leaf, paths = world.leaves, {index: path(index, world.leaves, world.root_of) for index in range(7)}
    ask = "includes(bytes32,uint64,uint64,bytes32[])"
    assert all(world.ask(ask, leaf[i], i, 7, paths[i], answer="bool") for i in range(7))
    wrong = [
        (leaf[1], 0, 7, paths[0]),
        (leaf[0], 1, 7, paths[0]),
        (leaf[0], 0, 6, paths[0]),
        (leaf[0], 0, 7, paths[0][:-1]),
        (leaf[0], 0, 7, [*paths[0], leaf[0]]),
        (leaf[0], 7, 7, paths[0]),
        (bytes(32), 0, 0, []),
    ]
    assert not any(world.ask(ask, *values, answer="bool") for values in wrong)


def path(index: int, leaves: list[bytes], root_of: Any) -> list[bytes]:
    """RFC 6962 2.1.1, from the top."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*path(index, leaves[:split], root_of), root_of(leaves[split:])]
    return [*path(index - split, leaves[split:], root_of), root_of(leaves[:split])]


def test_anyone_lodges_a_digest(world: Any) -> None:
    world.send_as(world.stranger, registry.lodge_call(b"\x07" * 32))
    (event,) = [registry.read_event(*log) for log in world.events()]
    assert event == registry.Lodged(world.stranger.address, b"\x07" * 32)


def test_a_relayed_transaction_counts_for_its_signer(world: Any, relay_code: bytes) -> None:
    hub = world.deploy(relay_code + bytes(32))
    for forwarder in (hub, world.deploy(relay_code + bytes(12) + bytes.fromhex(hub[2:]))):
        relayed = world.at(world.deploy(registry.deploy_code(world.setup(forwarder=forwarder))))
        relay = keccak(b"relay(address,bytes)")[:4]
        target = bytes(12) + bytes.fromhex(relayed.ledger.contract[2:])
        lodge = registry.lodge_call(b"\x09" * 32)
        data = relay + target + (64).to_bytes(32) + len(lodge).to_bytes(32) + lodge.ljust(64, b"\0")
        if forwarder == hub:
            world.send_as(world.administrator, data, to=hub)
            (event,) = [registry.read_event(*log) for log in world.events()]
            assert event == registry.Lodged(world.administrator.address, b"\x09" * 32)
        relayed.send_as(world.stranger, lodge)
        (event,) = [registry.read_event(*log) for log in world.events()]
        assert event == registry.Lodged(world.stranger.address, b"\x09" * 32)


def test_a_relayed_stranger_is_still_no_registrar(world: Any, relay_code: bytes) -> None:
    hub = world.deploy(relay_code + bytes(32))
    relayed = world.at(world.deploy(registry.deploy_code(world.setup(forwarder=hub))))
    append = call(0, 1)
    target = bytes(12) + bytes.fromhex(relayed.ledger.contract[2:])
    head = keccak(b"relay(address,bytes)")[:4] + target + (64).to_bytes(32) + len(append).to_bytes(32)
    data = head + append + bytes(-len(append) % 32)
    reason = world.refused(lambda: world.send_as(world.stranger, data, to=hub))
    assert reason == "AccessControlUnauthorizedAccount"
    world.ledger.submit(signed_by_registrar(world, hub, data))
    assert registry.head(relayed.ledger).size == 1


def signed_by_registrar(world: Any, to: str, data: bytes) -> bytes:
    from_nonce = 1  # the deployment of the chain's own contract was the registrar's first transaction
    transaction = world.transaction(from_nonce, bytes.fromhex(to[2:]), data)
    return bytes(world.registrar.sign(transaction))


def test_storage_is_laid_out_as_the_specification_says(world: Any) -> None:
    first = registry.artifact()["storage"]["storage"][0]
    assert (first["label"], first["slot"], first["offset"]) == ("rootAt", "0", 0)
    kind = registry.artifact()["storage"]["types"][first["type"]]
    assert (kind["key"], kind["encoding"]) == ("t_uint64", "mapping")
    members = registry.artifact()["storage"]["types"][kind["value"]]["members"]
    assert [(item["label"], item["slot"], item["type"]) for item in members] == [
        ("root", "0", "t_bytes32"),
        ("time", "1", "t_uint64"),
    ]


def test_storage_proofs_show_root_and_time(world: Any) -> None:
    world.append(5)
    world.append(300)
    proof = world.ledger.prove(5)
    state_root = rlp.decode(proof.header)[3]
    account = value_at(state_root, keccak(bytes.fromhex(world.ledger.contract[2:])), proof.account_proof)
    storage_root = rlp.decode(account)[2]
    slot = int.from_bytes(keccak((5).to_bytes(32) + bytes(32)))
    held = [
        rlp.decode(value_at(storage_root, keccak((slot + at).to_bytes(32)), proof.storage_proof[at]))
        for at in (0, 1)
    ]
    head = registry.root_at(world.ledger, 5)
    assert head is not None
    assert (held[0], int.from_bytes(held[1])) == (head.root, head.time)


def value_at(root: bytes, key: bytes, nodes: tuple[bytes, ...]) -> bytes:
    """Walks the proof's nodes by hand: each must be the one its parent names, or stand inside it."""
    nibbles = key.hex()
    expected: Any = root
    rest = list(nodes)
    while True:
        if isinstance(expected, list):
            node = expected
        else:
            raw = rest.pop(0)
            assert keccak(raw) == expected
            node = rlp.decode(raw)
        if len(node) == 17:
            expected, nibbles = node[int(nibbles[0], 16)], nibbles[1:]
            continue
        prefix = node[0].hex()
        part = prefix[1:] if prefix[0] in "13" else prefix[2:]
        assert nibbles.startswith(part)
        nibbles = nibbles[len(part) :]
        if prefix[0] in "23":
            assert not nibbles
            assert not rest
            return bytes(node[1])
        expected = node[1]
