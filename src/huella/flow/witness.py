"""A witness of logs (C2SP tlog-witness): it keeps the last head of each log and cosigns only what extends it.

It needs the standard library, `proof` and the way to write a file durably, so that an organisation runs one without a
registry.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from huella.errors import InputError, ProofError, SettingsError, StoreError
from huella.flow.sign import replace_durably
from huella.proof.checkpoint import (
    Checkpoint,
    VerifierKey,
    check_signatures,
    parse_checkpoint,
    parse_verifier_key,
)
from huella.proof.cosignature import Request, cosign, parse_request, with_signatures, witness_key
from huella.proof.evidence import Fork
from huella.proof.form import items, member, read_object
from huella.proof.merkle import EMPTY_ROOT, verify_consistency

CONFIG, KEY, STATE, FORKS = "witness.json", "witness.pem", "heads.db", "forks"
FORMAT = "huella/witness/1"
MOST_FORKS = 100
"""Fork proofs that a witness keeps: who has the log's key could make it write without end."""
BACK = 60
"""Seconds that its clock may go back: it then tells the last time again. Beyond that it cosigns nothing."""
_BUSY = 10.0
_SCHEMA = """CREATE TABLE heads (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, time INTEGER NOT NULL, note TEXT NOT NULL
)"""
SIZE = "text/x.tlog.size"
TEXT = "text/plain; charset=utf-8"


class Reply(NamedTuple):
    """What an HTTP request is answered with; `origin` and `size` tell what it was about, for the witness's own log."""

    status: int
    body: bytes
    kind: str = TEXT
    origin: str = ""
    size: int | None = None


class Kept(NamedTuple):
    """The last head of a log that was cosigned: seconds since 1970, and the note with the witness's line."""

    origin: str
    size: int
    time: int
    note: str


class Doubt(NamedTuple):
    """Why a head is not cosigned by who holds the records, and the log's other head of that size where there is one."""

    reply: Reply
    other: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness: its folder, name, key and the keys of the logs that it knows. `now` is aware UTC.

    `doubt` is asked about each head that a known log signed, before it is compared with the last one.
    """

    folder: Path
    name: str
    key: Ed25519PrivateKey
    logs: tuple[VerifierKey, ...]
    now: Callable[[], datetime]
    doubt: Callable[[Checkpoint], Doubt | None] = lambda _: None

    @property
    def verifier_key(self) -> str:
        """What stands in readers' trust files."""
        return witness_key(self.name, self.key.public_key().public_bytes_raw()).text

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer an add-checkpoint request. From its answer with a cosignature on, the head is kept durably."""
        try:
            request = parse_request(body)
        except ProofError as error:
            return Reply(400, f"{error}\n".encode())
        head = request.checkpoint
        keys = [key for key in self.logs if key.name == head.origin]
        if not keys:
            return Reply(404, b"this log is not known here\n")
        if check_signatures(head, keys, head.origin) != "good":
            refused: Reply | None = Reply(403, b"no trusted key of this log signed the checkpoint\n")
        elif request.old > head.size:
            refused = Reply(400, b"the old size is above the checkpoint's\n")
        else:
            refused = self._doubted(_own(head, keys))
        reply = refused or self._advance(request, _own(head, keys))
        return reply._replace(origin=head.origin, size=head.size)

    def _doubted(self, head: Checkpoint) -> Reply | None:
        found = self.doubt(head)
        if found is None:
            return None
        if found.other is not None:
            self._keep_fork(found.other, head)
        return found.reply

    def _advance(self, request: Request, head: Checkpoint) -> Reply:
        """Take a head that the log signed, if it extends the last one: compared and kept in one transaction."""
        with _state(self.folder, write=True) as state:
            kept = _kept(state, head.origin)
            before = parse_checkpoint(kept.note) if kept is not None else None
            size, root = (0, EMPTY_ROOT) if before is None else (before.size, before.root)
            forked = size == head.size and root != head.root
            if forked and before is not None:
                self._keep_fork(before, head)
            if request.old != size or forked:
                return Reply(409, f"{size}\n".encode(), SIZE)
            if not verify_consistency(size, head.size, root, head.root, request.proof):
                return Reply(422, b"the proof does not lead from the last cosigned head to this one\n")
            time = self._time(kept)
            if time is None:
                return Reply(503, b"the witness's clock went back: it cosigns nothing until it is right\n")
            line = cosign(head, self.name, self.key, time)
            note = with_signatures(head, [line]).raw
            row = (head.origin, head.size, time, note)
            state.execute("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?)", row)
        return Reply(200, f"{line.text}\n".encode())

    def heads(self) -> list[Kept]:
        """The last head of each log that it cosigned."""
        with _state(self.folder, write=False) as state:
            return [
                Kept(*row)
                for row in state.execute("SELECT origin, size, time, note FROM heads ORDER BY origin")
            ]

    def head(self, name: str) -> Kept | None:
        """The last head of the log whose origin has this SHA-256, in hex."""
        return next((kept for kept in self.heads() if origin_hash(kept.origin) == name), None)

    def forks(self) -> list[Path]:
        """The fork proofs that it keeps."""
        return sorted((self.folder / FORKS).glob("*.huella-fork.json"))

    def _time(self, kept: Kept | None) -> int | None:
        """The time to tell: never earlier than the last one. None where the clock went back too far."""
        now, last = int(self.now().timestamp()), 0 if kept is None else kept.time
        return None if now < last - BACK else max(now, last)

    def _keep_fork(self, one: Checkpoint, other: Checkpoint) -> None:
        """Two signed heads of one size: evidence against the log, for everybody."""
        folder = self.folder / FORKS
        folder.mkdir(exist_ok=True)
        path = (
            folder / f"{sha256((one.note.text + other.note.text).encode()).hexdigest()[:16]}.huella-fork.json"
        )
        if not path.exists() and len(self.forks()) < MOST_FORKS:
            replace_durably(path, Fork((one, other)).encode())


def origin_hash(origin: str) -> str:
    """How a log is named in an address: the SHA-256 of its origin line, in hex."""
    return sha256(origin.encode()).hexdigest()


def init(folder: Path, name: str, logs: Sequence[str], randomness: Callable[[int], bytes]) -> bool:
    """Make a witness in a folder, or let one that is there know further logs (verifier keys). Whether it was made.

    InputError where a key or the name is none; StoreError where the folder's witness has lost what it cosigned.
    """
    try:
        given = tuple(parse_verifier_key(text) for text in logs)
    except ProofError as error:
        raise InputError(str(error), field="--log") from None
    if (folder / CONFIG).exists():
        found = _config(folder)
        if name not in ("", found[0]):
            raise InputError(
                f"the witness here is {found[0]}: a name and its key stay together", field="--name"
            )
        _check_state(folder)
        _write_config(folder, found[0], tuple(dict.fromkeys((*found[1], *given))))
        return False
    try:
        witness_key(name, bytes(32))
    except ProofError as error:
        raise InputError(str(error), field="--name") from None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / KEY).exists() or (folder / STATE).exists():
        raise StoreError(
            f"{folder} holds parts of another witness", advice="Make the new one in an empty folder."
        )
    key = Ed25519PrivateKey.from_private_bytes(randomness(32))
    replace_durably(folder / KEY, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    state = sqlite3.connect(folder / STATE)
    state.execute("PRAGMA synchronous=FULL")
    with state:
        state.execute(_SCHEMA)
    state.close()
    _write_config(folder, name, tuple(dict.fromkeys(given)))
    return True


def open_witness(folder: Path, now: Callable[[], datetime]) -> Witness:
    """The witness in a folder. SettingsError where there is none; StoreError where its state is gone: with the same key
    it could then cosign two histories."""
    name, logs = _config(folder)
    _check_state(folder)
    try:
        key = load_pem_private_key((folder / KEY).read_bytes(), None)
    except (OSError, ValueError, TypeError):
        raise SettingsError(f"the witness's key {KEY} is missing or cannot be read") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"the witness's key {KEY} is no Ed25519 key")
    return Witness(folder, name, key, logs, now)


def _own(head: Checkpoint, keys: Sequence[VerifierKey]) -> Checkpoint:
    """The checkpoint with the log's own lines alone: what others wrote below it is not kept."""
    known = {(key.name, key.key_id) for key in keys}
    lines = [line for line in head.note.signatures if (line.name, line.key_id) in known]
    return parse_checkpoint(head.note.text + "\n" + "".join(f"{line.text}\n" for line in lines))


def _kept(state: sqlite3.Connection, origin: str) -> Kept | None:
    row = state.execute("SELECT origin, size, time, note FROM heads WHERE origin = ?", (origin,)).fetchone()
    return None if row is None else Kept(*row)


@contextmanager
def _state(folder: Path, *, write: bool) -> Iterator[sqlite3.Connection]:
    """One transaction over the heads; a writing one has the file for itself, so that nothing read in it is stale."""
    try:
        state = sqlite3.connect(folder / STATE, timeout=_BUSY, isolation_level=None)
        try:
            state.execute("PRAGMA synchronous=FULL")
            state.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            yield state
            state.execute("COMMIT")
        finally:
            state.close()  # what was not committed is undone
    except sqlite3.Error as error:
        raise StoreError(
            f"the witness's state cannot be used: {error}",
            advice="Is the disk full, or another program in the file?",
        ) from None


def _config(folder: Path) -> tuple[str, tuple[VerifierKey, ...]]:
    try:
        value = read_object((folder / CONFIG).read_bytes(), 1_048_576, CONFIG)
    except OSError:
        raise SettingsError(
            f"there is no witness in {folder}", advice="Make one with `huella witness init`."
        ) from None
    try:
        if value.get("format") != FORMAT:
            raise ProofError(f"the format is not {FORMAT}")
        logs = tuple(parse_verifier_key(text) for text in items(value, "logs", str, 1024, ""))
        return member(value, "name", str, ""), logs
    except ProofError as error:
        raise SettingsError(f"{CONFIG} cannot be read: {error}") from None


def _check_state(folder: Path) -> None:
    if not (folder / STATE).exists():
        raise StoreError(
            f"the witness's {STATE} is gone: with this key it could cosign two histories",
            advice="Make a new witness with a new name, and tell who trusts the old one.",
        )


def _write_config(folder: Path, name: str, logs: tuple[VerifierKey, ...]) -> None:
    value: dict[str, Any] = {"format": FORMAT, "name": name, "logs": [key.text for key in logs]}
    replace_durably(folder / CONFIG, json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n")
