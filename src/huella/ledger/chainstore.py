"""The embedded chain's memory: a key-value store on SQLite whose blocks commit by compare-and-swap."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth.abc import AtomicWriteBatchAPI
from eth.db.atomic import AtomicDBWriteBatch
from eth.db.backends.base import BaseAtomicDB

from huella.errors import StoreError
from huella.ledger.asked import failure, unopened

_SCHEMA = """
CREATE TABLE node (key BLOB PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE batch (contract BLOB, first INTEGER, block INTEGER NOT NULL, PRIMARY KEY (contract, first));
CREATE TABLE chain (only INTEGER PRIMARY KEY CHECK (only = 1), id INTEGER NOT NULL, contract TEXT NOT NULL,
                    head BLOB NOT NULL);
"""


def sync_folder(folder: Path) -> None:
    """Makes a file's new name in this folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class ChainStore(BaseAtomicDB):
    """Writes gather in memory until `commit`, which makes all of a block durable at once, or nothing of it."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if path.exists() == create:
            raise StoreError(f"{path.name}: there is {'already a' if create else 'no'} chain")
        self._pending: dict[bytes, bytes | None] = {}
        try:
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            # a block that was acknowledged survives a power failure
            self._db.execute("PRAGMA synchronous = FULL")
            if create:
                self._db.executescript(_SCHEMA)
            self._db.execute("SELECT head FROM chain")
        except sqlite3.DatabaseError as error:
            raise unopened(path, error) from error

    def __getitem__(self, key: bytes) -> bytes:
        held = key in self._pending
        value = self._pending[key] if held else self._one("SELECT value FROM node WHERE key = ?", key)
        if value is None:
            raise KeyError(key)
        return bytes(value)

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._pending[key] = value

    def __delitem__(self, key: bytes) -> None:
        self._pending[key] = None

    def _exists(self, key: bytes) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    @contextmanager
    def atomic_batch(self) -> Iterator[AtomicWriteBatchAPI]:
        """What py-evm writes in one go; it still waits for `commit`."""
        with AtomicDBWriteBatch._commit_unless_raises(self) as batch:
            yield batch

    def discard(self) -> None:
        """Forgets what was written since the last commit."""
        self._pending.clear()

    def commit(self, parent: bytes, head: bytes, batch: tuple[bytes, int, int] | None) -> bool:
        """Makes the pending block durable if the head is still `parent`; False, and nothing changed, if it is not.

        `batch` is (contract, first leaf, block number) of the batch that the block holds.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                if self._db.execute("UPDATE chain SET head = ? WHERE head = ?", (head, parent)).rowcount == 0:
                    self._db.execute("ROLLBACK")
                    return False
                self._write(batch)
                self._db.execute("COMMIT")  # from here the block exists
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.DatabaseError as error:
            raise failure(error) from error
        finally:
            self._pending.clear()
        return True

    def begin(self, chain_id: int, contract: str, head: bytes) -> None:
        """Writes a new chain's first blocks and its one row."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("INSERT INTO chain VALUES (1, ?, ?, ?)", (chain_id, contract, head))
            self._write(None)
        self._pending.clear()

    def head(self) -> bytes:
        """Hash of the newest block, whoever wrote it."""
        head = self._one("SELECT head FROM chain")
        if head is None:
            advice = "Its creation did not end: remove it and create it again."
            raise StoreError("the chain's file holds no chain", advice=advice)
        return bytes(head)

    def identity(self) -> tuple[int, str]:
        """Chain id and contract."""
        return self._one("SELECT id FROM chain") or 0, self._one("SELECT contract FROM chain") or ""

    def block_of(self, contract: bytes, first: int) -> int | None:
        """Number of the block whose batch to this contract begins at this leaf."""
        query = "SELECT block FROM batch WHERE contract = ? AND first = ?"
        number: int | None = self._one(query, contract, first)
        return number

    def close(self) -> None:
        """Ends the connection; the file stays complete without it."""
        self._db.close()

    def _write(self, batch: tuple[bytes, int, int] | None) -> None:
        gone = [(key,) for key, value in self._pending.items() if value is None]
        kept = [(key, value) for key, value in self._pending.items() if value is not None]
        self._db.executemany("DELETE FROM node WHERE key = ?", gone)
        self._db.executemany("INSERT OR REPLACE INTO node VALUES (?, ?)", kept)
        if batch is not None:
            self._db.execute("INSERT INTO batch VALUES (?, ?, ?)", batch)

    def _one(self, query: str, *values: object) -> Any:
        try:
            row = self._db.execute(query, values).fetchone()
        except sqlite3.DatabaseError as error:
            raise failure(error) from error
        return None if row is None else row[0]
