"""Two who recover one registry at once: one does it, the other is told, nothing is written twice."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event

import pytest

from cast import anchored, sealed
from cli.program import plain as environment
from huella.errors import SignerError, StoreError
from huella.flow import epoch, recover
from huella.flow.audit import audit
from huella.flow.epoch import Loss, Wish, end_epoch
from huella.flow.house import House
from huella.flow.recover import alone, check_going_on, finish, take_back
from huella.flow.seal import sign_head
from huella.flow.sign import LogSigner
from huella.flow.sources import Sources, sources
from huella.store.journal import Entry
from rebuild.losses import Loser, loser, plain, staged

__all__ = ["loser", "staged"]


def raced(loser: Loser, *options: list[object]) -> list[tuple[int, str]]:
    """`huella recover` in as many processes at once: exit codes and what they told."""
    variables = environment() | {"PYTHONPATH": os.pathsep.join(sys.path), "HUELLA_DIR": str(loser.folder)}
    program = [sys.executable, "-c", "from huella.cli.main import run; run()", "recover"]
    begun = [
        subprocess.Popen(
            [*program, *map(str, given)],
            env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )
        for given in options
    ]  # fmt: skip
    return [(each.returncode, told) for each in begun for _, told in [each.communicate(timeout=120)]]


@pytest.mark.slow
def test_processes_that_end_an_epoch_at_once_end_it_once(tmp_path: Path, database_url: str) -> None:
    loser = Loser(tmp_path / "one", database_url)
    ending = [*loser.receipts(3), "--end-epoch"]
    told = raced(loser, ending, ending, ending)
    assert any(code == 0 for code, _ in told), told
    for code, text in told:
        assert code == 0 or "another `huella recover` is at work" in text or "nothing" in text, told
    with loser.opened() as house:
        assert len(house.journal.of_kind("registry", "log.recovered")) == 1
        assert (house.trust.origin, house.journal.size()) == ("example.pe/huella/2", 5)
        sealed(house, plain(8))
        anchored(house)
        assert audit(house).clean


def test_a_second_one_is_told_that_one_is_at_work(loser: Loser) -> None:
    with (
        alone(loser.folder),
        pytest.raises(StoreError, match="another `huella recover` is at work"),
        alone(loser.folder),
    ):
        pass
    with alone(loser.folder):  # behind the first one it may
        pass


@pytest.mark.slow
def test_an_end_in_its_transaction_is_never_taken_back(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has put the mark and not committed yet; the other would take a mark without a record for a leftover."""
    loser = Loser(tmp_path / "one", database_url)
    marked, go_on, real = Event(), Event(), LogSigner.hand_over

    def slow(self: LogSigner, size: int, root: bytes, successor: str) -> str:
        note = real(self, size, root, successor)
        marked.set()
        assert go_on.wait(30)
        return note

    monkeypatch.setattr(LogSigner, "hand_over", slow)
    with loser.opened() as one, loser.opened() as other, sources(loser.receipts(3)) as given:
        for _ in take_back(one, given):
            pass
        with ThreadPoolExecutor(2) as pool:
            ended = pool.submit(end_epoch, one, given, Wish())
            assert marked.wait(30)
            asked = pool.submit(check_going_on, other)
            hasty, _ = wait([asked], timeout=1)
            go_on.set()
            assert (hasty, ended.result(60).entry) == (set(), 4)
            assert asked.exception(60) is None or isinstance(asked.exception(), SignerError)
    with loser.opened() as house:
        assert (house.trust.origin, len(house.journal.of_kind("registry", "log.recovered"))) == (
            "example.pe/huella/2", 1,
        )  # fmt: skip


def test_a_tail_that_another_one_brought_back_meanwhile_is_not_written_again(
    loser: Loser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loser.opened() as one, loser.opened() as other, sources(loser.receipts(3, 4, 5, 6)) as given:
        for _ in take_back(one, given):
            pass

        def meanwhile(*_: object) -> None:
            monkeypatch.undo()
            finish(one, given)

        monkeypatch.setattr(recover, "check_memory", meanwhile)
        with pytest.raises(StoreError, match="somebody else writes"):
            finish(other, given)
        assert finish(other, given).recovered == 0
        assert (other.journal.size(), sign_head(other) is not None, audit(other).clean) == (7, True, True)


@pytest.mark.parametrize("how_far", ["marked", "through"])
def test_an_end_that_another_one_began_meanwhile_is_not_begun_again(
    loser: Loser, monkeypatch: pytest.MonkeyPatch, how_far: str
) -> None:
    with loser.opened() as one, loser.opened() as other, sources(loser.receipts(3)) as given:
        for _ in take_back(one, given):
            pass
        real = epoch.find_loss

        def meanwhile(house: House, found: Sources, *, nothing_behind: bool = False) -> Loss:
            monkeypatch.undo()
            loss = real(house, found, nothing_behind=nothing_behind)
            if how_far == "through":
                end_epoch(one, given, Wish())
            else:
                one_signer(one).hand_over(3, one.journal.head()[1], "example.pe/huella/2+00+key")
            return loss

        monkeypatch.setattr(epoch, "find_loss", meanwhile)
        with pytest.raises(StoreError, match="somebody else writes"):
            end_epoch(other, given, Wish())
    done = len(ended_in(loser))
    assert done == (1 if how_far == "through" else 0)
    if not done:
        loser.end(loser.receipts(3))
    assert len(ended_in(loser)) == 1


def one_signer(house: House) -> LogSigner:
    assert isinstance(house.signer, LogSigner)
    return house.signer


def ended_in(loser: Loser) -> list[Entry]:
    with loser.opened() as house:
        return house.journal.of_kind("registry", "log.recovered")
