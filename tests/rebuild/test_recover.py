"""The registry's own database is lost: it comes back whole, or nothing is sealed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from attacks.thief import big_order
from cast import Clock, anchored, order, randomness, registry, sealed
from cli.conftest import huella
from cli.program import Run
from huella.errors import SignerError, StoreError
from huella.flow.audit import audit
from huella.flow.house import House, open_house
from huella.flow.make import prepare
from huella.flow.publish import evidence_of
from huella.flow.recover import Tail, finish, take_back
from huella.flow.sources import sources
from rebuild.mirrors import mirror

__all__ = ["huella"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A registry with three anchored entries, and three more with receipts; then its database is lost."""
    folder = tmp_path / "one"
    with registry(folder) as house:
        sealed(house, order(1), order(2), big_order(3))
        anchored(house)
        sealed(house, order(4), big_order(5), order(6))
        for index in (3, 4, 5):
            (tmp_path / f"{index}.huella.json").write_bytes(evidence_of(house, index).encode())
    shutil.copytree(folder, tmp_path / "copy")
    lose(folder)
    return folder


def lose(folder: Path) -> None:
    """The disk of the database is gone; keys, signer and chain are elsewhere."""
    for name in ("huella.db", "huella.db-wal", "huella.db-shm"):
        (folder / name).unlink(missing_ok=True)


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    prepare(folder, randomness("prepare"))
    with open_house(folder, Clock(), randomness("again")) as house:
        yield house


def recovered(house: House, given: Sequence[Path], *, nothing_behind: bool = False) -> Tail:
    """The whole of `huella recover`."""
    with sources(given) as found:
        for _ in take_back(house, found):
            pass
        return finish(house, found, nothing_behind=nothing_behind)


def receipts(folder: Path, *indexes: int) -> list[Path]:
    return [folder.parent / f"{index}.huella.json" for index in indexes]


def test_until_then_each_command_says_that_the_database_is_lost(folder: Path, huella: Run) -> None:
    for command in (("show", "0"), ("stats",), ("anchor",)):
        ran = huella(*command, folder=folder)
        assert (ran.code, "error: the database is empty" in ran.err, "huella recover" in ran.err) == (
            2,
            True,
            True,
        )


def test_chain_and_receipts_bring_everything_back_and_the_log_goes_on(folder: Path) -> None:
    with opened(folder) as house:
        assert recovered(house, receipts(folder, 3, 4, 5)) == Tail(6, 6, 3)
        sealed(house, order(7))
        anchored(house)
        report = audit(house)
        # what was personal was in the lost database: the audit names every disclosure, and nothing else
        assert {(found.table, found.cls) for found in report.findings} == {("disclosures", "tampered")}
        assert (report.entries, report.anchored) == (7, 7)


@pytest.mark.parametrize("missing", [3, 4, 5])
def test_one_missing_record_is_named_and_nothing_is_sealed(folder: Path, missing: int) -> None:
    given = receipts(folder, *({3, 4, 5} - {missing}))
    with opened(folder) as house:
        with pytest.raises(
            StoreError, match=f"1 sealed entries are missing behind the last anchor: {missing};"
        ):
            recovered(house, given)
        assert house.journal.size() == 3
        with pytest.raises(SignerError):
            sealed(house, order(7))
        assert recovered(house, receipts(folder, 3, 4, 5)).size == 6


def test_an_old_copy_of_the_folder_brings_the_tail(folder: Path, tmp_path: Path) -> None:
    with opened(folder) as house:
        assert recovered(house, [tmp_path / "copy"]) == Tail(6, 6, 3)


def test_a_backup_put_back_is_completed_from_chain_and_receipts(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    with registry(folder) as house:
        sealed(house, order(1), order(2))
        anchored(house)
        sealed(house, order(3))
    shutil.copytree(folder, tmp_path / "backup")
    with registry(folder) as house:
        sealed(house, order(4))
        anchored(house)
        sealed(house, order(5))
        (tmp_path / "4.huella.json").write_bytes(evidence_of(house, 4).encode())
    lose(folder)
    shutil.copy(tmp_path / "backup" / "huella.db", folder / "huella.db")
    with opened(folder) as house:
        assert recovered(house, receipts(folder, 4)) == Tail(5, 5, 1)
        anchored(house)
        assert {found.entry for found in audit(house).findings} == {3, 4}  # disclosures that no backup has


def test_a_lost_signer_needs_the_operators_word(folder: Path) -> None:
    shutil.rmtree(folder / "signer")
    with opened(folder) as house:
        with pytest.raises(SignerError, match="memory is lost"):
            recovered(house, [])
        assert recovered(house, receipts(folder, 3, 4, 5), nothing_behind=True) == Tail(6, 6, 3)
        sealed(house, order(7))


def test_a_lost_signer_is_told_by_a_receipt_how_far_the_log_went(folder: Path) -> None:
    shutil.rmtree(folder / "signer")
    with opened(folder) as house, pytest.raises(StoreError, match=r"3–4; the last known head is 6"):
        recovered(house, receipts(folder, 5), nothing_behind=True)


def test_records_of_another_log_are_not_taken(folder: Path, tmp_path: Path) -> None:
    with registry(tmp_path / "other") as other:
        sealed(other, *(order(n) for n in range(10, 16)))
    with opened(folder) as house:
        with pytest.raises(StoreError, match="missing"):
            recovered(house, [tmp_path / "other"])
        assert house.journal.size() == 3


def test_mirrors_go_on_with_a_recovered_registry(folder: Path, tmp_path: Path) -> None:
    with opened(folder) as house:
        recovered(house, receipts(folder, 3, 4, 5))
        anchored(house)
        with mirror(tmp_path / "two", house) as copy:
            assert (copy.journal.head()[:2], audit(copy).exit_code) == (house.journal.head()[:2], 0)


def test_the_command_recovers_and_names_what_is_missing(folder: Path, huella: Run) -> None:
    refused = huella("recover", *receipts(folder, 3, 4), folder=folder)
    assert (refused.code, "missing behind the last anchor: 5;" in refused.err) == (2, True), refused.err
    done = huella(
        "recover", folder.parent, "--json", folder=folder
    )  # a folder of files, and a folder within it
    assert done.code == 2  # which holds databases: they are named as what they are
    done = huella("recover", *receipts(folder, 3, 4, 5), "--json", folder=folder)
    assert done.value == {"size": 6, "anchored": 3, "recovered": 3}
    assert huella("anchor", folder=folder).code == 0


def test_a_mirror_is_not_recovered(folder: Path, tmp_path: Path, huella: Run) -> None:
    assert huella("rebuild", "--chain", folder / "chain.db", folder=tmp_path / "two").code == 0
    ran = huella("recover", folder=tmp_path / "two")
    assert (ran.code, "this is a mirror" in ran.err) == (2, True)


def test_the_keys_of_an_envelope_open_a_restored_folder(folder: Path, tmp_path: Path, huella: Run) -> None:
    """The key ceremony's last step, and a restore: settings, trust and keys from one place, the rest from a backup."""
    shutil.copytree(tmp_path / "copy" / "keys", tmp_path / "envelope")
    shutil.rmtree(tmp_path / "copy" / "keys")
    without = huella("audit", folder=tmp_path / "copy")
    assert (without.code, "key vault.hex is missing" in without.err) == (2, True), without.err
    shutil.copytree(tmp_path / "envelope", tmp_path / "copy" / "keys")
    assert huella("recover", folder=tmp_path / "copy").code == 0
    assert huella("audit", folder=tmp_path / "copy").code == 3  # clean; three entries wait for their anchor
    assert huella("anchor", folder=tmp_path / "copy").code == 0
    assert huella("audit", folder=tmp_path / "copy").code == 0


def test_without_trust_or_settings_nothing_is_made(tmp_path: Path, huella: Run) -> None:
    assert huella("recover", folder=tmp_path / "none").code == 2
    assert not (tmp_path / "none").exists()
