"""Proofs out of stored tiles are those of the plain tree over all leaves, around every border of tiles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from huella.proof.merkle import (
    consistency_proof,
    inclusion_proof,
    root_of,
    tree_node,
    verify_consistency,
    verify_inclusion,
)
from huella.store import database
from huella.store.journal import Journal, NewEntry
from huella.store.upgrade import upgrade

BORDERS = (1, 2, 255, 256, 257, 511, 512, 513)
FAR = 65_536 + 300


def leaf(index: int) -> bytes:
    return hashlib.sha256(b"%d" % index).digest()


def fill(journal: Journal, upto: int, step: int) -> None:
    size = journal.size()
    while size < upto:
        end = min(size + step, upto)
        new = [NewEntry(b"", leaf(n), "k", f"s{n}", 0, "2026", b"") for n in range(size, end)]
        with journal.hold() as held:
            held.append(new)
        size = end


@pytest.fixture
def journal(database_url: str) -> Iterator[Journal]:
    engine = database.connect(database_url)
    upgrade(engine)
    made = Journal(engine)
    made.begin()
    yield made
    engine.dispose()


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    engine = database.connect(f"sqlite:///{tmp_path_factory.mktemp('far') / 'x.db'}")
    upgrade(engine)
    made = Journal(engine)
    made.begin()
    fill(made, FAR, 8_192)
    yield made
    engine.dispose()


def test_roots_and_proofs_around_one_tile(journal: Journal) -> None:
    for size in BORDERS:
        fill(journal, size, 100)
        tree, plain = journal.tree(), tree_node([leaf(n) for n in range(size)])
        root = root_of(size, plain)
        assert journal.head()[:2] == (size, root)
        assert root_of(size, tree) == root
        for index in {0, size // 2, size - 1}:
            path = inclusion_proof(index, size, tree)
            assert path == inclusion_proof(index, size, plain)
            assert verify_inclusion(leaf(index), index, size, path, root)


def test_the_frontier_in_the_head_is_the_same_however_the_log_grew(journal: Journal) -> None:
    for size in (1, 3, 256, 258, 700):
        fill(journal, size, 256)
    assert journal.head()[1] == root_of(700, tree_node([leaf(n) for n in range(700)]))


PLAIN = tree_node([leaf(n) for n in range(FAR)])


@pytest.mark.slow
@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, FAR])
def test_proofs_around_the_second_level_of_tiles(far: Journal, size: int) -> None:
    tree = far.tree()
    root = root_of(size, tree)
    assert root == root_of(size, PLAIN)
    for index in (0, 255, 256, 65_279, size - 1):
        assert inclusion_proof(index, size, tree) == inclusion_proof(index, size, PLAIN)
    for old in (1, 256, 65_535):
        path = consistency_proof(old, size, tree)
        assert path == consistency_proof(old, size, PLAIN)
        assert verify_consistency(old, size, root_of(old, tree), root, path)


@pytest.mark.slow
@examples(max_examples=40)
@given(data=st.data())
def test_any_proof_out_of_tiles_is_that_of_the_plain_tree(far: Journal, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, FAR))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    tree = far.tree()
    assert inclusion_proof(index, size, tree) == inclusion_proof(index, size, PLAIN)
    assert consistency_proof(old, size, tree) == consistency_proof(old, size, PLAIN)


def test_a_crash_in_the_middle_of_an_append_leaves_the_log_as_it_was(journal: Journal) -> None:
    fill(journal, 255, 100)
    before = journal.head()
    holding = journal.hold()
    held = holding.__enter__()
    held.append([NewEntry(b"", leaf(255), "k", "s255", 0, "2026", b"")])
    crash = RuntimeError()
    assert not holding.__exit__(RuntimeError, crash, None)
    assert journal.head() == before
    fill(journal, 256, 1)
    assert journal.head()[1] == root_of(256, tree_node([leaf(n) for n in range(256)]))
