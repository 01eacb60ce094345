"""Records from beside the chain: evidence files and receipts, entry bundles (C2SP tlog-tiles), other folders.

Nothing here is believed: a record counts where its leaf hash is the wanted one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from huella import settings as table
from huella.errors import InputError, ProofError
from huella.proof import evidence as files
from huella.proof.checkpoint import Checkpoint
from huella.proof.merkle import verify_inclusion
from huella.records.draft import file_digest
from huella.records.record import leaf_hash
from huella.store import database
from huella.store.journal import Journal

MOST = 64 * 1024 * 1024
"""Bytes that one given file may have."""


class Receipt(NamedTuple):
    """What an evidence file or receipt says: its entry's place and leaf, the head that holds it, and the way there."""

    entry: int
    leaf: bytes
    head: Checkpoint
    path: tuple[bytes, ...]

    @property
    def leads(self) -> bool:
        """Whether the way leads from the leaf to the head; who signed the head it does not tell."""
        return verify_inclusion(self.leaf, self.entry, self.head.size, self.path, self.head.root)


class Sources:
    """What was given. Files are held in memory; folders are read when they are asked."""

    def __init__(self, journals: Sequence[Journal] = ()) -> None:
        self.journals = tuple(journals)
        self.receipts: list[Receipt] = []
        self._records: dict[bytes, bytes] = {}
        self._annexes: dict[str, bytes] = {}

    def record(self, index: int, leaf: bytes) -> bytes | None:
        """The record's exact bytes by its leaf, None where they are not here."""
        found = self._records.get(leaf)
        if found is not None:
            return found
        for journal in self.journals:
            entry = journal.entry(index)
            if entry is not None and leaf_hash(entry.record) == leaf:
                return entry.record
        return None

    def annex(self, sha256: str) -> bytes | None:
        """An annex's exact bytes by digest, None where they are not here."""
        found = self._annexes.get(sha256)
        if found is not None:
            return found
        for journal in self.journals:
            body = journal.annex(sha256)
            if body is not None and file_digest(body) == sha256:
                return body
        return None

    def take(self, path: Path) -> None:
        """Read one file: an evidence file, or an entry bundle. InputError where it is neither."""
        try:
            if path.stat().st_size > MOST:
                raise InputError(f"{path.name} is larger than {MOST} bytes", field="FILE")
            raw = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path.name}: {error.strerror}", field="FILE") from None
        if raw[:1] == b"{":
            self._take_evidence(path, raw)
            return
        for body in _bundle(path, raw):
            self._records[leaf_hash(body)] = body

    def _take_evidence(self, path: Path, raw: bytes) -> None:
        try:
            found = files.parse(raw)
        except ProofError as error:
            raise InputError(f"{path.name} is no evidence file: {error}", field="FILE") from None
        leaf = leaf_hash(found.record)
        self._records[leaf] = found.record
        self._annexes.update({file_digest(body): body for body in found.annexes})
        self.receipts.append(Receipt(found.proof.index, leaf, found.proof.checkpoint, found.proof.path))


@contextmanager
def sources(paths: Sequence[Path]) -> Iterator[Sources]:
    """Files, folders of files, and folders of registries or mirrors, for as long as they are asked."""
    with ExitStack() as stack:
        folders = [path for path in paths if (path / table.FILE).is_file()]
        engines = [stack.enter_context(_engine(folder)) for folder in folders]
        found = Sources([Journal(engine) for engine in engines])
        for path in paths:
            if path in folders:
                continue
            for each in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
                found.take(each)
        yield found


@contextmanager
def _engine(folder: Path) -> Iterator[Engine]:
    engine = database.connect(table.read(folder, {}).database("database.url"))
    try:
        yield engine
    finally:
        engine.dispose()


def _bundle(path: Path, raw: bytes) -> Iterator[bytes]:
    """The entries of a bundle: each behind its length as a big-endian uint16 (C2SP tlog-tiles)."""
    at = 0
    while at < len(raw):
        end = at + 2 + int.from_bytes(raw[at : at + 2])
        if at + 2 > len(raw) or end > len(raw):
            raise InputError(f"{path.name} is neither an evidence file nor an entry bundle", field="FILE")
        yield raw[at + 2 : end]
        at = end
