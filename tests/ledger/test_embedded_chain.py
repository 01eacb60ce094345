"""The embedded chain: one file, durable block by block, safe between processes."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from huella.errors import LedgerRefused, LedgerUnreachable, SettingsError, StoreError
from huella.ledger import registry
from huella.ledger.embedded import EmbeddedLedger
from huella.ledger.signer import Transaction

SOAK = os.environ.get("HUELLA_SOAK") == "1"
KILLS = 60 if SOAK else 4


def reopen(world: Any, chain_id: int | None = None) -> EmbeddedLedger:
    now = lambda: world.start  # noqa: E731
    return EmbeddedLedger.open(world.path, world.registrar, now, chain_id or world.chain_id)


def start(world: Any, batches: int, size: int, name: str) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("appender.py")
    command = [sys.executable, str(script), str(world.path), str(batches), str(size), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def check_whole(ledger: EmbeddedLedger, root_of: Any) -> list[str]:
    """Reads every batch from the first, recomputes every root; the writers' names in order."""
    leaves: list[bytes] = []
    names = []
    while (batch := ledger.batch(len(leaves))) is not None:
        leaves += batch.leaves
        names.append(batch.records.decode())
        assert batch.size == len(leaves)
        assert batch.root == root_of(leaves)
        assert batch.leaves[0] == sha256(f"{names[-1]} {batch.first}".encode()).digest()
        assert registry.root_at(ledger, batch.size) == registry.Head(batch.size, batch.root, batch.time)
    assert registry.head(ledger).size == len(leaves)
    return names


def test_the_same_arguments_make_the_same_chain(world: Any, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = type(world)(tmp_path / "other" / "chain")
    assert other.ledger._head().hash == world.ledger._head().hash
    assert other.ledger.contract == world.ledger.contract


def test_a_chain_is_found_again_as_it_was_left(world: Any) -> None:
    world.append(3, [0])
    before = (registry.head(world.ledger), world.ledger.batch(0), world.ledger.prove(3))
    world.ledger.close()
    world.ledger = reopen(world)
    assert (registry.head(world.ledger), world.ledger.batch(0), world.ledger.prove(3)) == before
    world.append(4)


def test_a_chain_is_made_once(world: Any) -> None:
    with pytest.raises(StoreError, match="already a chain"):
        type(world)(world.path)


def test_a_creation_that_died_leaves_no_chain_and_can_be_repeated(world: Any, tmp_path: Path) -> None:
    path = tmp_path / "late"
    for left in ("late.new", "late.new-wal"):
        (tmp_path / left).write_bytes(b"half of a chain")
    assert registry.head(type(world)(path).ledger).size == 0
    assert not path.with_name("late.new").exists()


def test_where_there_is_no_chain_none_is_made(world: Any, tmp_path: Path) -> None:
    world.path = tmp_path / "nowhere"
    with pytest.raises(StoreError, match="no chain"):
        reopen(world)
    assert not world.path.exists()


@pytest.mark.parametrize("content", [b"", b"no database, but long enough to be read as one" * 9])
def test_a_file_that_is_no_chain_is_refused(world: Any, tmp_path: Path, content: bytes) -> None:
    world.path = tmp_path / "other"
    world.path.write_bytes(content)
    with pytest.raises(StoreError):
        reopen(world)


def test_another_chain_id_is_refused(world: Any) -> None:
    with pytest.raises(SettingsError, match="id 1337, not 1338"):
        reopen(world, 1338)
    raw = world.stranger.sign(world.transaction(0, bytes(20), b"", chain_id=1338))
    assert world.refused(lambda: world.ledger.submit(raw)) == "ChainId"
    assert world.refused(lambda: world.ledger.submit(b"\x01junk")) == "Malformed"


def test_a_transaction_out_of_order_is_refused(world: Any) -> None:
    raw = world.stranger.sign(world.transaction(5, bytes(20), b""))
    assert world.refused(lambda: world.ledger.submit(raw)) == "Invalid"
    poor = world.stranger.sign(Transaction(0, bytes(20), b"", 100, world.chain_id))
    assert world.refused(lambda: world.ledger.submit(poor)) == "Invalid"


def test_a_refused_transaction_takes_no_block(world: Any) -> None:
    before = world.ledger._head()
    world.refused(lambda: world.ledger.send(registry.append_call(9, [bytes(32)], b"\0", b"", b""), 1_000_000))
    assert world.ledger._head() == before
    assert not world.ledger._store._pending


def test_block_times_follow_the_clock_and_never_stand_still(world: Any) -> None:
    clock = [world.start + timedelta(hours=3)]
    world.ledger._now = lambda: clock[0]
    for step in (0, 0, -7200):
        clock[0] += timedelta(seconds=step)
        world.append(1)
    first = int((world.start + timedelta(hours=3)).timestamp())
    assert [world.ledger.batch(index).time for index in range(3)] == [first, first + 1, first + 2]


def test_two_openers_see_each_others_batches(world: Any) -> None:
    other = reopen(world)
    world.append(3)
    assert registry.head(other).size == 3
    with pytest.raises(LedgerRefused, match="WrongSize"):
        other.send(registry.append_call(0, [bytes(32)], b"\0", b"", b""), 1_000_000)
    other.send(registry.append_call(3, [bytes(32)], b"\0", b"", b""), 1_000_000)
    assert registry.head(world.ledger).size == 4


def test_who_loses_the_block_tries_on_the_winners(world: Any) -> None:
    other = reopen(world)
    commit = world.ledger._store.commit
    raced: list[str] = []

    def late(*values: Any) -> bool:
        if not raced:
            raced.append(other.send(registry.lodge_call(b"\x01" * 32), 100_000))
        return bool(commit(*values))

    world.ledger._store.commit = late
    sent = world.ledger.send(registry.lodge_call(b"\x02" * 32), 100_000)
    assert raced
    assert sent != raced[0]
    assert world.ledger._head().block_number == 3


def test_a_locked_file_is_unreachable_and_nothing_is_lost(world: Any) -> None:
    world.ledger._store._db.execute("PRAGMA busy_timeout = 10")
    lock = sqlite3.connect(world.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnreachable):
        world.append(1)
    lock.execute("ROLLBACK")
    world.append(1)
    assert registry.head(world.ledger).size == 1


def test_a_damaged_file_is_said_to_be_damaged(world: Any) -> None:
    world.append(200)
    world.ledger.close()
    content = bytearray(world.path.read_bytes())
    content[100:] = os.urandom(len(content) - 100)
    world.path.write_bytes(content)
    with pytest.raises(StoreError):
        registry.head(reopen(world))


def test_threads_share_one_ledger(world: Any) -> None:
    done: list[str] = []

    def lodge(name: int) -> None:
        calls = [registry.lodge_call(sha256(bytes([name, at])).digest()) for at in range(5)]
        done.extend(world.ledger.send(call, 100_000) for call in calls)

    threads = [threading.Thread(target=lodge, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(done)) == 20
    assert world.ledger._head().block_number == 21


@pytest.mark.slow
def test_processes_race_on_one_chain_and_every_batch_stands_once(world: Any) -> None:
    writers = {name: start(world, 12, 16, name) for name in ("ana", "luz")}
    told = {name: writer.communicate(timeout=60)[0].split()[1:] for name, writer in writers.items()}
    names = check_whole(world.ledger, world.root_of)
    assert all(writer.returncode == 0 for writer in writers.values())
    assert names.count("ana") == names.count("luz") == 12
    for name in writers:
        assert [int(first) // 16 for first in told[name]] == [
            at for at, who in enumerate(names) if who == name
        ]


@(pytest.mark.soak if SOAK else pytest.mark.slow)
def test_a_killed_writer_loses_nothing_that_was_acknowledged(world: Any) -> None:
    chance = random.Random(7)
    acknowledged: list[int] = []
    for _ in range(KILLS):
        writer = start(world, 10_000, 32, "ana")
        assert writer.stdout is not None
        for _ in range(chance.randrange(2, 12)):
            line = writer.stdout.readline().strip()
            acknowledged += [int(line)] if line != "ready" else []
        threading.Event().wait(chance.random() * 0.02)  # die anywhere within a batch
        writer.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in writer.communicate()[0].split()]
    ledger = reopen(world)
    names = check_whole(ledger, world.root_of)
    assert len(acknowledged) == len(set(acknowledged)) > KILLS
    assert all(ledger.batch(first) is not None for first in acknowledged)
    assert len(acknowledged) <= len(names) <= len(acknowledged) + KILLS


def test_each_block_waits_for_the_disk(world: Any) -> None:
    told = [world.ledger._store._one(f"PRAGMA {name}") for name in ("journal_mode", "synchronous")]
    assert told == ["wal", 2]
