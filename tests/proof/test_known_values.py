"""Values that others published: this room must agree with them."""

from __future__ import annotations

from huella.proof import checkpoint, headers, merkle

# golang.org/x/mod/sumdb/note, package documentation
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_the_go_projects_example_note_verifies() -> None:
    note, key = checkpoint.parse_note(NOTE), checkpoint.parse_verifier_key(NEUMANN)
    asked = checkpoint.Checkpoint("PeterNeumann", 0, bytes(32), note, NOTE)
    assert checkpoint.check_signatures(asked, [key], "PeterNeumann") == "good"


def test_the_go_checksum_databases_key_has_its_id() -> None:
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert checkpoint.parse_verifier_key(text).text == text


def test_ethereums_empty_trie_and_empty_code_have_their_hashes() -> None:
    assert headers.EMPTY_TRIE.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
    assert headers.keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_certificate_transparencys_tree_of_two_known_leaves_has_its_root() -> None:
    # RFC 6962 reference implementation: the leaves "" and 0x00
    leaves = [merkle.leaf_hash(b""), merkle.leaf_hash(b"\0")]
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root(leaves).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"


def test_a_quorum_is_two_thirds_rounded_up() -> None:
    assert [headers.quorum(count) for count in (1, 2, 3, 4, 5, 6, 7, 10)] == [1, 2, 2, 3, 4, 4, 5, 7]
