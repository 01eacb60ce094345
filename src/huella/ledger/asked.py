"""The embedded chain, opened at the first question to it: its virtual machine takes longer to load than all the rest.

What must be known at once, whether there is a chain and which, is read from its file without the machine.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from huella.errors import LedgerError, LedgerUnreachable, SettingsError, StoreError
from huella.ledger.port import Anchored, Call, Landed, Ledger, Lodgings, NodeFinding, ProofBlock

if TYPE_CHECKING:
    from huella.ledger.embedded import EmbeddedLedger


def embedded() -> type[EmbeddedLedger]:
    """The embedded chain's class. The only import of it: a second of CPU that most commands and readers never need."""
    from huella.ledger.embedded import EmbeddedLedger  # noqa: PLC0415

    return EmbeddedLedger


def failure(error: sqlite3.DatabaseError) -> LedgerError | StoreError:
    """A lock, a full or failing disk may pass; a file that is no database any more does not."""
    if isinstance(error, sqlite3.OperationalError):
        return LedgerUnreachable(
            f"the embedded chain cannot be reached: {error}",
            advice="Is the disk full, or the file locked? What was acknowledged is kept; run it again afterwards.",
        )
    return StoreError(
        f"the embedded chain is damaged: {error}", advice="Restore the chain's file from a copy."
    )


def unopened(path: Path, error: sqlite3.DatabaseError) -> LedgerError | StoreError:
    """Why a chain's file cannot be opened: the disk's trouble, or it holds no chain."""
    if isinstance(error, sqlite3.OperationalError) and "no such table" not in str(error):
        return failure(error)
    return StoreError(f"{path.name} is not a chain: {error}")


class Identity(NamedTuple):
    """Which chain a file holds: its id, and the contract's address, 0x hex."""

    chain_id: int
    contract: str


def identity(path: Path, chain_id: int) -> Identity:
    """Which chain a file holds. StoreError where there is none, SettingsError where it has another id."""
    if not path.exists():
        raise StoreError(f"{path.name}: there is no chain")
    try:
        with closing(sqlite3.connect(path, timeout=30)) as file:
            row = file.execute("SELECT id, contract FROM chain").fetchone()
    except sqlite3.DatabaseError as error:
        raise unopened(path, error) from error
    if row is None:
        raise StoreError(f"{path.name} is not a chain: it is empty")
    found = Identity(*row)
    if found.chain_id != chain_id:
        raise SettingsError(f"{path.name} is a chain with id {found.chain_id}, not {chain_id}")
    return found


class Asked:
    """The ledger port over a chain that `opening` opens once, at the first question. Safe between threads."""

    def __init__(self, known: Identity, opening: Callable[[], Ledger]) -> None:
        """`known` is answered without opening anything."""
        self._known = known
        self._opening = opening
        self._opened: Ledger | None = None
        self._lock = threading.Lock()

    @property
    def chain_id(self) -> int:
        """See Ledger."""
        return self._known.chain_id

    @property
    def contract(self) -> str:
        """See Ledger."""
        return self._known.contract

    @property
    def findings(self) -> tuple[NodeFinding, ...]:
        """See Ledger: none, there are no other nodes."""
        return ()

    def call(self, data: bytes) -> bytes:
        """See Ledger."""
        return self._ledger().call(data)

    def send(self, data: bytes, gas: int) -> str:
        """See Ledger."""
        return self._ledger().send(data, gas)

    def send_all(self, calls: Iterable[Call]) -> Iterator[Landed]:
        """See Ledger."""
        return self._ledger().send_all(calls)

    def batch(self, first: int) -> Anchored | None:
        """See Ledger."""
        return self._ledger().batch(first)

    def prove(self, size: int) -> ProofBlock:
        """See Ledger."""
        return self._ledger().prove(size)

    def lodged(self, since: int) -> Lodgings:
        """See Ledger."""
        return self._ledger().lodged(since)

    def _ledger(self) -> Ledger:
        with self._lock:
            if self._opened is None:
                self._opened = self._opening()
            return self._opened
