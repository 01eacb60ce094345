"""The signer of the log's heads. What it has signed it remembers itself, outside the database.

It keeps every leaf hash that it signed for and the frontier over them, so it computes each root on its own and never
signs what a database says. A head that does not extend the last one is refused.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from huella.errors import SignerError, StoreError
from huella.proof import checkpoint
from huella.proof.epoch import SUCCESSOR
from huella.proof.merkle import Frontier

HASH = 32
ENDING = "ending"
"""In the signer's folder while an epoch's end is under way; it holds the epoch's origin."""
WAIT = 60.0
"""Seconds that one waits for the signer's folder at most; whoever has it only reads and writes small files."""
_BUSY = f"the log's signer was not free within {WAIT:.0f} s"
_LATER = "Is another process that has the signer's folder stopped? Try again in a moment."
_OTHER = "If the log's epoch ended meanwhile, start this process again: it holds the ended key."
Leaves = Callable[[int, int], Sequence[tuple[bytes, bytes]]]
"""Leaf hash and MAC of entries first … end-1."""


class LogSigner:
    """Signs checkpoints of one log (`origin`) with one key; several processes may share the folder."""

    def __init__(
        self, folder: Path, key: Ed25519PrivateKey, origin: str, mac_key: bytes | None = None
    ) -> None:
        """`mac_key` is the first epoch's, in a later one; the key's own where there is none."""
        self._folder = folder
        self._key = key
        self._prefix = Frontier()
        self._turn = threading.Lock()
        self._mac = HMAC(
            mac_key_of(key) if mac_key is None else mac_key, SHA256()
        )  # copied for each use: keying it anew takes longer than the work
        self.origin = origin
        self.verifier_key = checkpoint.verifier_key(origin, key.public_key().public_bytes_raw()).text
        """The log's public key as C2SP writes it."""

    def last(self) -> tuple[int, str | None]:
        """Size and note of the last signed head; 0 and None before the first."""
        with self._locked():
            frontier, note = self._read()
            return frontier.size, note

    def root(self) -> bytes:
        """The root of the last signed head."""
        with self._locked():
            return self._read()[0].root()

    def leaves(self, first: int, end: int) -> list[bytes]:
        """The leaf hashes that it signed for at indexes first … end-1."""
        with (self._folder / "leaves").open("rb") as file:
            file.seek(first * HASH)
            packed = file.read((end - first) * HASH)
        return [packed[at : at + HASH] for at in range(0, len(packed), HASH)]

    def mac(self, index: int, leaf: bytes) -> bytes:
        """The sealing process's word for one entry, which nobody without the log key can give (HMAC-SHA256)."""
        made = self._mac.copy()
        made.update(index.to_bytes(8, "big") + leaf)
        return made.finalize()

    def mac_of_submission(self, index: int, body: bytes) -> bytes:
        """The same word for what was handed in with an entry; never one that an entry itself could have."""
        return self.mac(index, hashlib.sha256(b"submission" + body).digest())

    def check_extends(self, size: int, root: bytes) -> None:
        """Refuse to seal behind a head that is shorter than the last one signed, or another one of its size."""
        with self._locked():
            self._check_going_on()
            frontier, _ = self._read()
        if size < frontier.size or (size == frontier.size and root != frontier.root()):
            raise SignerError(
                f"the database's head at {size} does not extend the head signed at {frontier.size}"
            )

    def sign(self, size: int, root: bytes, leaves: Leaves) -> str:
        """The signed checkpoint of a head. SignerError where it does not extend the last one or is not its leaves'.

        A head shorter than the last one is signed if it is a prefix of it: anchoring asks for those, in growing order.
        """
        known, _ = self.last()
        # before the lock: who holds it never waits for the database, whose writer may be waiting for the lock
        new = list(leaves(known, size)) if known < size else []
        with self._locked():
            self._check_going_on()
            frontier, note = self._read()
            if size < frontier.size:
                return self._again(size, root)
            del new[: frontier.size - known]  # what another one has signed for meanwhile
            if frontier.size + len(new) != size:
                raise SignerError(
                    f"the log gave {len(new)} leaves behind {frontier.size}, not {size - frontier.size}"
                )
            begun = frontier.size
            for index, (leaf, mac) in enumerate(new, begun):
                if not hmac.compare_digest(mac, self.mac(index, leaf)):
                    raise SignerError(
                        f"entry {index} was not sealed by this registry: its row was put there or changed"
                    )
            frontier.extend(leaf for leaf, _ in new)
            if frontier.root() != root:
                raise SignerError(f"the log's root at {size} does not extend the head signed at {begun}")
            if note is not None and not new:
                return note
            note = checkpoint.sign(self.origin, size, root, self._key)
            self._write(
                begun, [leaf for leaf, _ in new], frontier, note
            )  # durable before anybody sees the note
            return note

    def hand_over(self, size: int, root: bytes, successor: str) -> str:
        """The epoch's last checkpoint, with the next one's verifier key in its extension line. From here on nothing is
        signed any more, until `retire` or `go_on`.

        SignerError where the root is not that of what it remembers, or where another one stands in for it.
        """
        with self._locked():
            frontier, _ = self._read()
            if 0 < size <= frontier.size:
                self._again(size, root)
            replace_durably(self._folder / ENDING, self.origin.encode())
            return checkpoint.sign(self.origin, size, root, self._key, SUCCESSOR + successor)

    def ending(self) -> str | None:
        """The origin of the epoch whose end is under way; None where none is."""
        try:
            return (self._folder / ENDING).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def go_on(self) -> None:
        """Sign again: the epoch does not end after all."""
        with self._locked():
            (self._folder / ENDING).unlink(missing_ok=True)

    def retire(self, name: str) -> None:
        """Put what an ended epoch's signer remembers aside, under a name, so that this one begins. Twice is once.

        The folder belongs to this signer's origin and key before the mark of the end goes: a process that was opened
        before, or in between, holds the ended key and would else find an empty folder and sign with it.
        """
        with self._locked():
            if self.ending() is None:
                return
            if not self._owns(_kept(self._folder / "head.json")):
                self._put_aside(name)
                self._write_head(Frontier(), None)
            (self._folder / ENDING).unlink()  # last: until here nothing is signed

    def _put_aside(self, name: str) -> None:
        """The leaves first: behind another head nobody would know any more whose they are. The head stays in its place
        until the next one takes it."""
        head, leaves = self._folder / "head.json", self._folder / "leaves"
        if leaves.exists():
            leaves.replace(leaves.with_name(f"leaves.{name}"))
        if head.exists():
            aside = head.with_name(f"head.{name}.json")
            aside.unlink(missing_ok=True)
            os.link(head, aside)

    def _check_going_on(self) -> None:
        if self.ending() is not None:
            raise SignerError(
                "the end of this log's epoch is under way: nothing is signed until it is through",
                advice="Run `huella recover --end-epoch` again; it goes on where it was stopped.",
            )

    def _again(self, size: int, root: bytes) -> str:
        if size < self._prefix.size:
            self._prefix = Frontier()
        self._prefix.extend(self.leaves(self._prefix.size, size))
        if self._prefix.root() != root:
            raise SignerError(f"a longer head was signed, and the root at {size} is not a part of it")
        return checkpoint.sign(self.origin, size, root, self._key)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The folder, for one at a time: of this process's threads and of the processes. No wait without an end."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        until = time.monotonic() + WAIT
        if not self._turn.acquire(timeout=WAIT):
            raise StoreError(_BUSY, advice=_LATER)
        try:
            with (self._folder / "lock").open("a") as lock:
                while not _taken(lock):
                    if time.monotonic() > until:
                        raise StoreError(_BUSY, advice=_LATER)
                    time.sleep(0.001)
                yield
        finally:
            self._turn.release()

    def _read(self) -> tuple[Frontier, str | None]:
        kept = _kept(self._folder / "head.json")
        if kept is None:
            return Frontier(), None
        if kept["origin"] != self.origin:
            raise SignerError(f"the signer's folder belongs to the log {kept['origin']}", advice=_OTHER)
        if not self._owns(kept):
            raise SignerError(
                f"the signer's folder belongs to another key of the log {self.origin}", advice=_OTHER
            )
        return Frontier(kept["size"], [bytes.fromhex(value) for value in kept["frontier"]]), kept["note"]

    def _write(self, begun: int, new: Sequence[bytes], frontier: Frontier, note: str) -> None:
        """Leaves first, then the head that covers them: leaves behind the head are of a write that did not end."""
        path = self._folder / "leaves"
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(begun * HASH)
            file.seek(begun * HASH)
            file.write(b"".join(new))
            file.flush()
            os.fsync(file.fileno())
        self._write_head(frontier, note)

    def _write_head(self, frontier: Frontier, note: str | None) -> None:
        head = {
            "origin": self.origin,
            "key": self.verifier_key,
            "size": frontier.size,
            "frontier": [value.hex() for value in frontier.hashes],
            "note": note,
        }
        replace_durably(self._folder / "head.json", json.dumps(head).encode())

    def _owns(self, kept: dict[str, Any] | None) -> bool:
        """Whether a kept head is of this origin and key; what older releases kept names no key."""
        return kept is not None and (kept["origin"], kept.get("key", self.verifier_key)) == (
            self.origin, self.verifier_key,
        )  # fmt: skip


def mac_key_of(key: Ed25519PrivateKey) -> bytes:
    """The key of an entry's MAC that follows from a log key."""
    return hashlib.sha256(b"huella entry mac" + key.private_bytes_raw()).digest()


def _kept(path: Path) -> dict[str, Any] | None:
    """What stands in head.json; None where nothing was signed yet."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def _taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def replace_durably(path: Path, body: bytes, mode: int = 0o644) -> None:
    """Put a file in place at once and durably: after a crash there is the old one or the new one, whole."""
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    keep_names(path.parent)


def keep_names(folder: Path) -> None:
    """Names given in a folder are durable when this returns."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
