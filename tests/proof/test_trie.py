"""Merkle-Patricia proofs against the trie that py-evm keeps its state in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from huella.errors import ProofError
from huella.proof import headers, rlp

entries = st.dictionaries(st.integers(0, 10**6), st.binary(min_size=1, max_size=90), min_size=1, max_size=60)


def plain(node: Any) -> Any:
    return [plain(item) for item in node] if isinstance(node, list | tuple) else bytes(node)


def build(values: dict[int, bytes]) -> HexaryTrie:
    trie = HexaryTrie({})
    for key, value in values.items():
        trie[headers.keccak(key.to_bytes(32, "big"))] = value
    return trie


def proof(trie: HexaryTrie, key: bytes) -> list[bytes]:
    return [rlp.encode(plain(node)) for node in trie.get_proof(headers.keccak(key)) if node]


@settings(max_examples=60, deadline=None)
@given(entries, st.integers(0, 10**6))
def test_a_proof_shows_the_value_or_that_there_is_none(values: dict[int, bytes], asked: int) -> None:
    trie = build(values)
    for number in (asked, next(iter(values))):
        key = number.to_bytes(32, "big")
        assert headers.prove(trie.root_hash, key, proof(trie, key)) == values.get(number)


@settings(max_examples=60, deadline=None)
@given(entries, st.data())
def test_a_proof_with_a_node_changed_moved_or_dropped_shows_nothing(
    values: dict[int, bytes], data: st.DataObject
) -> None:
    trie, key = build(values), next(iter(values)).to_bytes(32, "big")
    nodes = proof(trie, key)
    place = data.draw(st.integers(0, len(nodes) - 1))
    broken = bytearray(nodes[place])
    broken[data.draw(st.integers(0, len(broken) - 1))] ^= data.draw(st.integers(1, 255))
    for wrong in (
        [*nodes[:place], bytes(broken), *nodes[place + 1 :]],
        nodes[:place],
        [*nodes, nodes[place]],
    ):
        with pytest.raises(ProofError):
            headers.prove(trie.root_hash, key, wrong)


def test_a_node_short_enough_to_stand_in_its_parent_is_followed() -> None:
    path = headers.keccak(b"key").hex()
    # a leaf with one nibble left, inside a branch, under an extension that takes all the others
    leaf = [bytes([0x30 | int(path[63], 16)]), b"\x05"]
    branch: list[Any] = [b""] * 17
    branch[int(path[62], 16)] = leaf
    inner = rlp.encode(branch)
    tail = bytes.fromhex("00" + path[:62])
    top = rlp.encode([tail, branch]) if len(inner) < 32 else rlp.encode([tail, headers.keccak(inner)])
    nodes = [top] if len(inner) < 32 else [top, inner]
    assert headers.prove(headers.keccak(top), b"key", nodes) == b"\x05"
    with pytest.raises(ProofError):
        headers.prove(headers.keccak(top), b"key", [*nodes, rlp.encode(leaf)])
