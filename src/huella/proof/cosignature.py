"""Cosignatures of witnesses (C2SP tlog-cosignature, Ed25519 `cosignature/v1`), and the request for one (tlog-witness).

A cosignature says: as of this time, the largest consistent head that the witness has seen of the log is this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huella.errors import ProofError
from huella.proof.checkpoint import (
    COSIGNATURE,
    MAX_NOTE,
    MAX_SIGNATURES,
    Checkpoint,
    Signature,
    VerifierKey,
    b64,
    decimal,
    parse_checkpoint,
    parse_signature,
    unb64,
    verifier_key,
    verifies,
)

MAX_TIME = 253_402_300_799
"""The last second of the year 9999: a later one can be neither written as a date nor true."""
MAX_PROOF_LINES = 63
MAX_REQUEST = MAX_NOTE + 64 * 64
"""Bytes of the largest request: the longest note, 63 hashes of 44 characters, the old size."""
MAX_ANSWER = 65_536
"""Bytes of the longest answer that a witness may give."""
_HEADER = "cosignature/v1"
_SIGNATURE = 8 + 64


@dataclass(frozen=True, slots=True)
class Attested:
    """What trusted witnesses say of one checkpoint: each one's earliest time (seconds since 1970), and whether a line
    under a trusted witness's name and key id is false."""

    times: dict[VerifierKey, int]
    false: bool = False

    def by(self, needed: int) -> int | None:
        """The moment by which so many of them had seen the head; None where there are fewer."""
        ranked = sorted(self.times.values())
        return ranked[max(needed, 1) - 1] if len(ranked) >= max(needed, 1) else None


@dataclass(frozen=True, slots=True)
class Request:
    """An add-checkpoint request: the size last cosigned, the consistency proof from there, the checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint

    def encode(self) -> bytes:
        """The request's body."""
        lines = [f"old {self.old}", *(b64(value) for value in self.proof), "", self.checkpoint.raw]
        return "\n".join(lines).encode()


def witness_key(name: str, public_key: bytes) -> VerifierKey:
    """A witness's verifier key: its key id differs from that of a log's key of the same name."""
    return verifier_key(name, public_key, COSIGNATURE)


def cosign(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey, time: int) -> Signature:
    """The signature line of a witness over a checkpoint, at `time` (seconds since 1970)."""
    if not 0 < time <= MAX_TIME:
        raise ProofError("a cosignature's time is in seconds since 1970")
    public = witness_key(name, key.public_key().public_bytes_raw())
    signature = key.sign(_message(checkpoint.note.text, time))
    return Signature(name, public.key_id, time.to_bytes(8, "big") + signature)


def attested(checkpoint: Checkpoint, witnesses: Sequence[VerifierKey]) -> Attested:
    """What these witnesses say of a checkpoint; lines of others are passed over.

    A witness that cosigned more than once counts once, with its earliest time. **Every** line under a trusted name and
    key id must be sound: of 72 bytes, its time from 1970 to 9999, signed.
    """
    times: dict[VerifierKey, int] = {}
    false = False
    for line in checkpoint.note.signatures:
        for witness in witnesses:
            if (witness.name, witness.key_id) != (line.name, line.key_id):
                continue
            time = _time_of(checkpoint, line, witness)
            if time is None:
                false = True
            else:
                times[witness] = min(time, times.get(witness, time))
    return Attested(times, false)


def with_signatures(checkpoint: Checkpoint, lines: Iterable[Signature]) -> Checkpoint:
    """The same checkpoint with these lines behind its own; the first line of a name and key id stays.

    No line is added beyond the 64 that a note may have.
    """
    kept = {(line.name, line.key_id): line for line in reversed(checkpoint.note.signatures)}
    added = {(line.name, line.key_id): line for line in lines if (line.name, line.key_id) not in kept}
    room = MAX_SIGNATURES - len(checkpoint.note.signatures)
    return parse_checkpoint(
        checkpoint.raw + "".join(f"{line.text}\n" for line in list(added.values())[:room])
    )


def parse_answer(body: bytes) -> tuple[Signature, ...]:
    """Read what a witness answers with: one or more signature lines. ProofError where it is anything else."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise ProofError("a witness's answer is UTF-8") from None
    if len(body) > MAX_ANSWER or not text.endswith("\n"):
        raise ProofError("a witness answers with signature lines")
    lines = text[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise ProofError(f"a witness answers with at most {MAX_SIGNATURES} signature lines")
    return tuple(parse_signature(line) for line in lines)


def parse_request(body: bytes) -> Request:
    """Read an add-checkpoint request strictly; ProofError where it is not in its form."""
    if len(body) > MAX_REQUEST:
        raise ProofError(f"a request is at most {MAX_REQUEST} bytes")
    try:
        head, blank, note = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise ProofError("a request is UTF-8") from None
    lines = head.split("\n")
    if not blank or not lines[0].startswith("old "):
        raise ProofError("a request is `old` and a size, hashes, an empty line and a checkpoint")
    if len(lines) - 1 > MAX_PROOF_LINES:
        raise ProofError(f"a request has at most {MAX_PROOF_LINES} hashes")
    proof = tuple(unb64(line, "the consistency proof") for line in lines[1:])
    if any(len(value) != 32 for value in proof):
        raise ProofError("a consistency proof holds hashes of 32 bytes")
    return Request(decimal(lines[0][4:], "the old size"), proof, parse_checkpoint(note))


def _time_of(checkpoint: Checkpoint, line: Signature, witness: VerifierKey) -> int | None:
    """The time of a sound cosignature, None where it is false."""
    time = int.from_bytes(line.signature[:8], "big")
    if len(line.signature) != _SIGNATURE or not 0 < time <= MAX_TIME:
        return None
    message = _message(checkpoint.note.text, time)
    return time if verifies(witness, line.signature[8:], message) else None


def _message(text: str, time: int) -> bytes:
    return f"{_HEADER}\ntime {time}\n{text}".encode()
