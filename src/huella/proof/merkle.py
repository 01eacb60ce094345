"""The log's tree: RFC 6962 hashes, roots and proofs; verification as in RFC 9162, section 2.1.

A `Node` answers with the hash of the complete subtree of 2**level leaves that starts at leaf index *
2**level, so that a list in memory, a table of hashes or a store of tiles serve the same
functions. All hashes are 32 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from huella.errors import ProofError

Node = Callable[[int, int], bytes]

EMPTY_ROOT = sha256(b"").digest()
MAX_SIZE = 2**53 - 1
"""The largest tree size of every format here: the largest integer that all JSON readers agree on."""


def leaf_hash(record: bytes) -> bytes:
    """SHA-256(0x00 || record): the leaf of one record's exact bytes (RFC 6962, section 2.1)."""
    return sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right): the parent of two subtrees (RFC 6962, section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the complete subtrees on the tree's right edge, largest first: all that appending needs.

    There is one hash for each bit set in `size`. Appending costs one node hash a leaf on average.
    """

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Take up a saved frontier; ProofError where the hashes are not those of a tree of that size."""
        self.size = size
        self.hashes = list(hashes)
        if not 0 <= size <= MAX_SIZE or len(self.hashes) != size.bit_count():
            raise ProofError(f"a frontier of {size} leaves cannot have {len(self.hashes)} hashes")
        if any(len(value) != 32 for value in self.hashes):
            raise ProofError("a frontier holds hashes of 32 bytes")

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at index `size`."""
        size, hashes = self.size, self.hashes
        while size & 1:
            leaf = sha256(b"\x01" + hashes.pop() + leaf).digest()
            size >>= 1
        hashes.append(leaf)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order, level by level: of a pair only the parent is taken further."""
        row = list(leaves)
        if self.size + len(row) > MAX_SIZE:
            raise ProofError(f"a tree has at most {MAX_SIZE} leaves")
        size, level, kept = self.size, 0, []
        standing = self.hashes[::-1]  # the smallest subtree first
        self.size += len(row)
        while row or size >> level:
            if size >> level & 1:
                row.insert(0, standing.pop(0))
            if len(row) & 1:
                kept.append(row.pop())
            pairs = zip(row[0::2], row[1::2], strict=True)
            row = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            level += 1
        self.hashes = kept[::-1]

    def root(self) -> bytes:
        """The RFC 6962 root at the present size; SHA-256 of nothing for the empty tree."""
        if not self.hashes:
            return EMPTY_ROOT
        result = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            result = node_hash(left, result)
        return result

    def copy(self) -> Frontier:
        """An independent frontier of the same tree, to try leaves without keeping them."""
        return Frontier(self.size, self.hashes)


def root(leaves: Iterable[bytes]) -> bytes:
    """The RFC 6962 root over leaf hashes in order."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def tree_node(leaves: Sequence[bytes]) -> Node:
    """A `Node` over leaf hashes in memory; computes every complete subtree once."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = zip(below[0::2], below[1::2], strict=False)
        levels.append([sha256(b"\x01" + left + right).digest() for left, right in pairs])

    def node(level: int, index: int) -> bytes:
        return levels[level][index]

    return node


def _split(size: int) -> int:
    """The largest power of two below `size` (size > 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def _range(first: int, end: int, node: Node) -> bytes:
    """The root over leaves first to end-1, where first is a multiple of the range's largest subtree."""
    subtrees = []
    while first < end:
        level = (end - first).bit_length() - 1
        subtrees.append(node(level, first >> level))
        first += 1 << level
    result = subtrees.pop()
    while subtrees:
        result = node_hash(subtrees.pop(), result)
    return result


def root_of(size: int, node: Node) -> bytes:
    """The root of the first `size` leaves."""
    return _range(0, size, node) if size else EMPTY_ROOT


def frontier_of(size: int, node: Node) -> tuple[bytes, ...]:
    """The roots of the perfect trees of the first `size` leaves, left to right."""
    found, at = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            found.append(node(level, at >> level))
            at += 1 << level
    return tuple(found)


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, sibling first (RFC 6962, section
    2.1.1).
    """
    if not 0 <= index < size:
        raise ProofError(f"a tree of {size} leaves has no leaf {index}")
    path = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            path.append(_range(middle, end, node))
            end = middle
        else:
            path.append(_range(first, middle, node))
            first = middle
    return path[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """The proof that the tree of `new` leaves begins with that of `old` (RFC 6962, section 2.1.2).

    Empty where the sizes are equal or `old` is 0.
    """
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {new} leaves cannot extend one of {old}")
    if old in (0, new):
        return []
    path = []
    first, end = 0, new
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            path.append(_range(middle, end, node))
            end = middle
        else:
            path.append(_range(first, middle, node))
            first = middle
    if first:
        path.append(_range(first, end, node))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether the path leads from the leaf hash at `index` to the root of `size` leaves (RFC 9162,
    2.1.3.2).
    """
    if not 0 <= index < size:
        return False
    position, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and result == expected


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that `new` leaves extend `old` leaves, with these roots (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    hashes = list(path) if old & (old - 1) else [old_root, *path]
    if len(hashes) == 0 or (len(hashes) == 1 and not path):
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position >>= 1
        last >>= 1
    from_old = from_new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            from_old = node_hash(sibling, from_old)
            from_new = node_hash(sibling, from_new)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            from_new = node_hash(from_new, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and from_old == old_root and from_new == new_root
