"""The tree against RFC 6962 written down as it reads."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huella.errors import ProofError
from huella.proof import merkle


def plain_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = plain_split(len(leaves))
    return sha256(b"\x01" + plain_root(leaves[:k]) + plain_root(leaves[k:])).digest()


def plain_split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def plain_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = plain_split(len(leaves))
    if m < k:
        return [*plain_path(m, leaves[:k]), plain_root(leaves[k:])]
    return [*plain_path(m - k, leaves[k:]), plain_root(leaves[:k])]


def plain_subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [plain_root(leaves)]
    k = plain_split(len(leaves))
    if m <= k:
        return [*plain_subproof(m, leaves[:k], whole), plain_root(leaves[k:])]
    return [*plain_subproof(m - k, leaves[k:], False), plain_root(leaves[:k])]


def some_leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"record %d" % number) for number in range(count)]


sizes = st.one_of(st.integers(1, 70), st.sampled_from([127, 128, 129, 255, 256, 257]))


@given(sizes)
def test_the_root_is_that_of_the_plain_definition(size: int) -> None:
    leaves = some_leaves(size)
    assert merkle.root(leaves) == plain_root(leaves) == merkle.root_of(size, merkle.tree_node(leaves))


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle.root([]) == merkle.root_of(0, merkle.tree_node([])) == sha256(b"").digest()


@given(sizes, st.data())
def test_an_inclusion_proof_is_that_of_the_plain_definition_and_verifies(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = some_leaves(size)
    path = merkle.inclusion_proof(index, size, merkle.tree_node(leaves))
    assert path == plain_path(index, leaves)
    assert merkle.verify_inclusion(leaves[index], index, size, path, plain_root(leaves))


@given(sizes, st.data())
def test_a_consistency_proof_is_that_of_the_plain_definition_and_verifies(
    size: int, data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, size))
    leaves = some_leaves(size)
    path = merkle.consistency_proof(old, size, merkle.tree_node(leaves))
    assert path == plain_subproof(old, leaves, True)
    assert merkle.verify_consistency(old, size, plain_root(leaves[:old]), plain_root(leaves), path)


@given(st.integers(1, 40), st.integers(0, 45), st.integers(0, 45))
def test_an_inclusion_proof_verifies_for_no_other_index(size: int, index: int, other: int) -> None:
    index %= size
    leaves = some_leaves(size)
    path = merkle.inclusion_proof(index, size, merkle.tree_node(leaves))
    verifies = merkle.verify_inclusion(leaves[index], other, size, path, plain_root(leaves))
    assert verifies == (other == index)


@given(st.integers(1, 40), st.integers(0, 39), st.integers(0, 8))
def test_an_inclusion_proof_with_a_hash_removed_added_or_changed_fails(
    size: int, index: int, place: int
) -> None:
    index %= size
    leaves = some_leaves(size)
    root = plain_root(leaves)
    path = merkle.inclusion_proof(index, size, merkle.tree_node(leaves))
    place %= len(path) + 1
    longer = [*path[:place], root, *path[place:]]
    assert not merkle.verify_inclusion(leaves[index], index, size, longer, root)
    if place < len(path):
        shorter, changed = [*path[:place], *path[place + 1 :]], [*path[:place], root, *path[place + 1 :]]
        assert not merkle.verify_inclusion(leaves[index], index, size, shorter, root)
        assert not merkle.verify_inclusion(leaves[index], index, size, changed, root)


@given(st.integers(1, 40), st.integers(1, 40))
def test_a_rewritten_past_has_no_consistency_proof(old: int, more: int) -> None:
    leaves = some_leaves(old + more)
    other = [merkle.leaf_hash(b"forged"), *leaves[1:]]
    path = merkle.consistency_proof(old, old + more, merkle.tree_node(other))
    assert not merkle.verify_consistency(old, old + more, plain_root(leaves[:old]), plain_root(other), path)


@given(st.integers(1, 64), st.integers(1, 64))
def test_an_empty_proof_shows_nothing_where_the_sizes_differ(old: int, more: int) -> None:
    leaves = some_leaves(old + more)
    old_root, new_root = plain_root(leaves[:old]), plain_root(leaves)
    assert not merkle.verify_consistency(old, old + more, old_root, new_root, [])
    assert not merkle.verify_consistency(old, old + more, old_root, old_root, [])


def test_at_equal_sizes_only_equal_roots_and_no_proof_pass() -> None:
    first, second = some_leaves(2)
    assert merkle.verify_consistency(5, 5, first, first, [])
    assert not merkle.verify_consistency(5, 5, first, second, [])
    assert not merkle.verify_consistency(5, 5, first, first, [first])


def test_a_shrinking_tree_is_not_consistent() -> None:
    leaves = some_leaves(8)
    assert not merkle.verify_consistency(8, 4, plain_root(leaves), plain_root(leaves[:4]), [leaves[0]])


@given(st.integers(0, 200), st.integers(0, 60))
def test_a_saved_frontier_goes_on_as_if_it_had_never_stopped(size: int, more: int) -> None:
    leaves = some_leaves(size + more)
    first = merkle.Frontier()
    first.extend(leaves[:size])
    taken_up = merkle.Frontier(first.size, first.hashes)
    taken_up.extend(leaves[size:])
    assert (taken_up.size, taken_up.root()) == (size + more, plain_root(leaves))
    assert first.root() == plain_root(leaves[:size])


@pytest.mark.parametrize(
    ("size", "count", "width"), [(3, 1, 32), (4, 2, 32), (-1, 0, 32), (1, 1, 31), (2**53, 1, 32)]
)
def test_a_frontier_that_fits_no_tree_is_refused(size: int, count: int, width: int) -> None:
    with pytest.raises(ProofError):
        merkle.Frontier(size, [bytes(width)] * count)


def test_a_proof_of_a_leaf_beyond_the_tree_is_refused() -> None:
    with pytest.raises(ProofError):
        merkle.inclusion_proof(3, 3, merkle.tree_node(some_leaves(3)))
    with pytest.raises(ProofError):
        merkle.consistency_proof(4, 3, merkle.tree_node(some_leaves(3)))


@settings(max_examples=20)
@given(st.integers(0, 8))
def test_a_leaf_cannot_pass_for_a_node(number: int) -> None:
    left, right = merkle.leaf_hash(b"a%d" % number), merkle.leaf_hash(b"b")
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
