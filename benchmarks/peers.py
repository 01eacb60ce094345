"""What sealing is compared with: the same record bytes kept with less."""

from __future__ import annotations

import hashlib
import itertools
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.cast import SEED, Figure
from huella.proof import checkpoint
from huella.proof.merkle import Frontier
from huella.records import draft
from huella.records.generator import orders

AT_ONCE = 500


def run(count: int) -> Iterator[Figure]:
    """Records that are ready already: into one SQLite table, and into a log of files without a database."""
    records = [
        draft.finish(
            draft.prepare(given, lambda: os.urandom(16)),
            seq=0, prev=None, recorded_at="2026-11-23T14:05:09.123Z", recorded_by="huella",
        )
        for given in orders(count, SEED)
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="huella-bench-") as name:
        for what, work in (("SQLite, durable inserts only", _sqlite), ("log of files, no database", _log)):
            begun = time.perf_counter()
            work(Path(name), records)
            yield Figure("peers", what, count / (time.perf_counter() - begun), "records/s", count)


def _sqlite(folder: Path, records: list[bytes]) -> None:
    """One table, one transaction for every 500 rows, full durability."""
    with sqlite3.connect(folder / "peer.db") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE entries (i INTEGER PRIMARY KEY, record BLOB)")
        rows = enumerate(records)
        while some := list(itertools.islice(rows, AT_ONCE)):
            database.executemany("INSERT INTO entries VALUES (?, ?)", some)
            database.commit()


def _log(folder: Path, records: list[bytes]) -> None:
    """What a transparency log does: append, hash into the tree, fsync, sign the head; here for every 500 records."""
    key = Ed25519PrivateKey.generate()
    frontier = Frontier()
    with (folder / "log").open("wb") as file:
        for at in range(0, len(records), AT_ONCE):
            for record in records[at : at + AT_ONCE]:
                file.write(len(record).to_bytes(4) + record)
                frontier.append(hashlib.sha256(b"\x00" + record).digest())
            file.flush()
            os.fsync(file.fileno())
            checkpoint.sign("example.pe/peer", frontier.size, frontier.root(), key)
