"""The signer signs only what extends its last head, was sealed here, and has the root that it computes itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huella.errors import SignerError
from huella.flow.sign import LogSigner, mac_key_of
from huella.proof.checkpoint import check_signatures, parse_checkpoint, parse_verifier_key
from huella.proof.merkle import root

KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
LEAVES = [hashlib.sha256(b"%d" % n).digest() for n in range(20)]
Given = Callable[[int, int], Sequence[tuple[bytes, bytes]]]


@pytest.fixture
def signer(tmp_path: Path) -> LogSigner:
    return LogSigner(tmp_path / "signer", KEY, "example.pe/huella")


def given(signer: LogSigner, leaves: list[bytes] = LEAVES) -> Given:
    return lambda first, end: [
        (leaves[n], signer.mac(n, leaves[n])) for n in range(first, min(end, len(leaves)))
    ]


def test_a_head_is_signed_and_remembered(signer: LogSigner, tmp_path: Path) -> None:
    note = signer.sign(5, root(LEAVES[:5]), given(signer))
    head = parse_checkpoint(note)
    assert (head.size, head.root) == (5, root(LEAVES[:5]))
    assert check_signatures(head, [parse_verifier_key(signer.verifier_key)], signer.origin) == "good"
    again = LogSigner(tmp_path / "signer", KEY, signer.origin)
    assert (again.last(), again.root(), again.leaves(0, 9)) == ((5, note), root(LEAVES[:5]), LEAVES[:5])


def test_a_shorter_head_is_signed_only_as_a_part_of_the_last_one(signer: LogSigner) -> None:
    signer.sign(9, root(LEAVES[:9]), given(signer))
    for size in (3, 7, 4):
        assert parse_checkpoint(signer.sign(size, root(LEAVES[:size]), given(signer))).size == size
    with pytest.raises(SignerError, match="not a part"):
        signer.sign(4, root(LEAVES[1:5]), given(signer))
    assert signer.last()[0] == 9


@pytest.mark.parametrize("size", [5, 6, 12])
def test_a_head_with_another_past_is_refused(signer: LogSigner, size: int) -> None:
    signer.sign(5, root(LEAVES[:5]), given(signer))
    other = [bytes(32), *LEAVES[1:]]
    with pytest.raises(SignerError, match="does not extend"):
        signer.sign(size, root(other[:size]), given(signer, other))
    with pytest.raises(SignerError):
        signer.check_extends(4, root(LEAVES[:4]))
    with pytest.raises(SignerError):
        signer.check_extends(5, root(other[:5]))
    assert signer.last()[0] == 5


def test_a_root_that_is_not_of_the_leaves_is_refused(signer: LogSigner) -> None:
    with pytest.raises(SignerError):
        signer.sign(5, bytes(32), given(signer))
    assert signer.last() == (0, None)


def test_a_leaf_without_its_mac_is_refused(signer: LogSigner) -> None:
    stolen = signer.mac(2, LEAVES[2])
    for forged in (bytes(32), b"", stolen):
        leaves = [(leaf, forged if n == 3 else signer.mac(n, leaf)) for n, leaf in enumerate(LEAVES)]
        with pytest.raises(SignerError, match="entry 3 was not sealed by this registry"):
            signer.sign(5, root(LEAVES[:5]), lambda first, end, given=leaves: given[first:end])  # type: ignore[misc]
    assert signer.last() == (0, None)


def test_missing_leaves_are_refused(signer: LogSigner) -> None:
    with pytest.raises(SignerError, match="gave 4 leaves"):
        signer.sign(5, root(LEAVES[:5]), given(signer, LEAVES[:4]))


def test_the_folder_of_another_log_is_refused(signer: LogSigner, tmp_path: Path) -> None:
    signer.sign(5, root(LEAVES[:5]), given(signer))
    stranger = LogSigner(tmp_path / "signer", KEY, "example.org/other")
    for act in (stranger.last, lambda: stranger.sign(6, root(LEAVES[:6]), given(stranger))):
        with pytest.raises(SignerError, match=r"belongs to the log example\.pe/huella"):
            act()


def test_leaves_of_a_write_that_did_not_end_are_written_over(signer: LogSigner, tmp_path: Path) -> None:
    signer.sign(5, root(LEAVES[:5]), given(signer))
    with (tmp_path / "signer" / "leaves").open("ab") as file:
        file.write(bytes(96))
    signer.sign(8, root(LEAVES[:8]), given(signer))
    assert signer.leaves(0, 20) == LEAVES[:8]


def test_macs_are_of_one_key_index_and_leaf(signer: LogSigner, tmp_path: Path) -> None:
    other = LogSigner(tmp_path / "x", Ed25519PrivateKey.from_private_bytes(b"\x08" * 32), signer.origin)
    macs = {
        signer.mac(1, LEAVES[1]),
        signer.mac(2, LEAVES[1]),
        signer.mac(1, LEAVES[2]),
        other.mac(1, LEAVES[1]),
    }
    assert len(macs) == 4


def test_an_epochs_last_checkpoint_names_the_next_key_and_ends_signing(signer: LogSigner) -> None:
    note = signer.sign(5, root(LEAVES[:5]), given(signer))
    last = parse_checkpoint(signer.hand_over(2, root(LEAVES[:2]), "example.pe/2+00+key"))
    assert (last.size, last.note.text.split("\n")[3]) == (2, "huella-successor example.pe/2+00+key")
    with pytest.raises(SignerError, match="under way"):
        signer.sign(6, root(LEAVES[:6]), given(signer))
    with pytest.raises(SignerError, match="under way"):
        signer.check_extends(5, root(LEAVES[:5]))
    signer.go_on()
    assert signer.sign(5, root(LEAVES[:5]), given(signer)) == note


def test_no_epoch_is_handed_over_at_another_root(signer: LogSigner) -> None:
    signer.sign(5, root(LEAVES[:5]), given(signer))
    with pytest.raises(SignerError, match="not a part"):
        signer.hand_over(2, root(LEAVES[1:3]), "example.pe/2+00+key")
    assert signer.ending() is None


def test_a_retired_signer_begins_anew_and_knows_the_rows_of_before(signer: LogSigner, tmp_path: Path) -> None:
    signer.sign(5, root(LEAVES[:5]), given(signer))
    signer.hand_over(3, root(LEAVES[:3]), "example.pe/2+00+key")
    other = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
    later = LogSigner(tmp_path / "signer", other, "example.pe/2", mac_key_of(KEY))
    for _ in range(2):
        later.retire("0a0b0c0d")
    assert later.last() == (0, None)
    assert parse_checkpoint(later.sign(4, root(LEAVES[:4]), given(signer))).origin == "example.pe/2"
    kept = {path.name for path in (tmp_path / "signer").iterdir()}
    assert kept == {"head.json", "leaves", "head.0a0b0c0d.json", "leaves.0a0b0c0d", "lock"}
