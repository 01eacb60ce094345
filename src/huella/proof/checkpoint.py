"""Signed notes, checkpoints and tlog-proofs, as C2SP writes them (signed-note, tlog-checkpoint, tlog-proof).

Bounds of our own, so that every reader refuses the same texts: a note is at most 262,144 bytes of UTF-8
with 64 signatures, a proof has at most 64 hashes, sizes and indexes are at most 2**53 - 1.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from huella.errors import ProofError
from huella.proof.merkle import MAX_SIZE

ED25519 = b"\x01"
"""The signature type of C2SP signed-note for plain Ed25519."""
COSIGNATURE = b"\x04"
"""The same for timestamped Ed25519 cosignatures (C2SP tlog-cosignature, cosignature/v1)."""
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
MAX_NOTE = 262_144
MAX_SIGNATURES = 64
MAX_HASHES = 64

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,15})\Z")
_KEY_ID = re.compile(r"[0-9a-f]{8}\Z")
# Unicode's White_Space property and the plus sign: what a key name may not hold
_NOT_IN_NAME = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]")

Signed = Literal["good", "wrong", "untrusted", "other origin"]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a log's or witness's key: name, 4-byte key id, 32-byte Ed25519 public key, signature type."""

    name: str
    key_id: bytes
    public_key: bytes
    kind: bytes = ED25519

    @property
    def text(self) -> str:
        """The C2SP verifier key: `name+hex key id+base64(signature type || public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{b64(self.kind + self.public_key)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who (name and key id) and the bytes after the key id."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def text(self) -> str:
        """The line as it stands in a note, without its newline."""
        return f"\u2014 {self.name} {b64(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A signed note: the text that is signed, its final newline included, and every signature line."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's head as its note says it. `root` is 32 bytes, `raw` the whole note as it was read."""

    origin: str
    size: int
    root: bytes
    note: Note
    raw: str


@dataclass(frozen=True, slots=True)
class LogProof:
    """A tlog-proof: the leaf's index, its audit path (sibling first) and the checkpoint that it leads to."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint
    extra: bytes | None = None

    def encode(self) -> str:
        """The proof's text; the checkpoint stands in it as it was read."""
        head = [PROOF_HEADER] if self.extra is None else [PROOF_HEADER, f"extra {b64(self.extra)}"]
        lines = [*head, f"index {self.index}", *map(b64, self.path), "", self.checkpoint.raw]
        return "\n".join(lines)


def verifier_key(name: str, public_key: bytes, kind: bytes = ED25519) -> VerifierKey:
    """The verifier key of an Ed25519 public key (32 bytes) under a name, its key id computed as C2SP says.

    `kind` is the signature type: ED25519 of a log, COSIGNATURE of a witness.
    """
    if not name or _NOT_IN_NAME.search(name) or _CONTROL.search(name):
        raise ProofError(f"a key name is not empty and has no space and no plus sign: {name!r}")
    if len(public_key) != 32:
        raise ProofError("an Ed25519 public key has 32 bytes")
    return VerifierKey(name, _key_id(name, kind + public_key), public_key, kind)


def parse_verifier_key(text: str, kind: bytes = ED25519) -> VerifierKey:
    """Read `name+hex8+base64`; ProofError where it is no Ed25519 key of this signature type or its key id is not
    that of its name and key.
    """
    parts = text.split("+", 2)
    if len(parts) != 3 or not _KEY_ID.match(parts[1]):
        raise ProofError("a verifier key is name+8 hex digits+base64")
    encoded = unb64(parts[2], "the verifier key")
    if encoded[:1] != kind or len(encoded) != 33:
        if kind == COSIGNATURE:
            raise ProofError("a witness's verifier key is one of cosignature/v1 (signature type 4)")
        raise ProofError("only Ed25519 verifier keys are known here")
    key = verifier_key(parts[0], encoded[1:], kind)
    if key.key_id.hex() != parts[1]:
        raise ProofError("the verifier key's id is not that of its name and key")
    return key


def sign(origin: str, size: int, root: bytes, key: Ed25519PrivateKey, extension: str = "") -> str:
    """The signed checkpoint of a head; the key's name is the origin. ProofError where the head has no
    form. `extension` is one further line, where there is one.
    """
    public = verifier_key(origin, key.public_key().public_bytes_raw())
    if not 0 <= size <= MAX_SIZE or len(root) != 32:
        raise ProofError("a head is a size of at most 2**53 - 1 and a root of 32 bytes")
    text = f"{origin}\n{size}\n{b64(root)}\n" + (f"{extension}\n" if extension else "")
    signature = key.sign(text.encode())
    return f"{text}\n{Signature(origin, public.key_id, signature).text}\n"


def parse_note(raw: str) -> Note:
    """Read a signed note strictly; says nothing about whether its signatures hold."""
    try:
        length = len(raw.encode())
    except UnicodeEncodeError:
        raise ProofError("a note is UTF-8 text") from None
    if length > MAX_NOTE:
        raise ProofError(f"a note is at most {MAX_NOTE} bytes")
    if _CONTROL.search(raw):
        raise ProofError("a note has no control characters but newlines")
    text, blank, lines = raw.rpartition("\n\n")
    if not blank or not text or not lines.endswith("\n"):
        raise ProofError("a note is text, an empty line and signature lines")
    signatures = lines[:-1].split("\n")
    if len(signatures) > MAX_SIGNATURES:
        raise ProofError(f"a note has at most {MAX_SIGNATURES} signatures")
    return Note(text + "\n", tuple(parse_signature(line) for line in signatures))


def parse_checkpoint(raw: str) -> Checkpoint:
    """Read a checkpoint strictly: origin, size, base64 root, extension lines that are not empty."""
    note = parse_note(raw)
    lines = note.text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise ProofError("a checkpoint is origin, size and root, a line each")
    root = unb64(lines[2], "the checkpoint's root")
    if len(root) != 32:
        raise ProofError("a checkpoint's root has 32 bytes")
    return Checkpoint(lines[0], decimal(lines[1], "the checkpoint's size"), root, note, raw)


def parse_proof(raw: str) -> LogProof:
    """Read a tlog-proof strictly. That the index lies below the size is not syntax and is not checked
    here.
    """
    head, blank, checkpoint = raw.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != PROOF_HEADER:
        raise ProofError(f"a log proof begins with {PROOF_HEADER} and holds a checkpoint after an empty line")
    rest = lines[1:]
    extra = None
    if rest and rest[0].startswith("extra "):
        extra = unb64(rest.pop(0)[6:], "the proof's extra line")
    if not rest or not rest[0].startswith("index "):
        raise ProofError("a log proof names its index")
    index = decimal(rest[0][6:], "the proof's index")
    return LogProof(index, _hashes(rest[1:]), parse_checkpoint(checkpoint), extra)


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > MAX_HASHES:
        raise ProofError(f"a log proof has at most {MAX_HASHES} hashes")
    path = tuple(unb64(line, "the proof's path") for line in lines)
    if any(len(value) != 32 for value in path):
        raise ProofError("a log proof's path holds hashes of 32 bytes")
    return path


def check_signatures(checkpoint: Checkpoint, keys: Sequence[VerifierKey], origin: str) -> Signed:
    """What the trusted keys say of a checkpoint.

    `wrong`: a line under a trusted key's name and id does not verify, whatever the other lines are.
    `untrusted`: no line is of a trusted key. `other origin`: the signature is sound, but the origin line is
    not `origin` or not the key's name. Lines of other keys, such as witnesses' cosignatures, are passed over.
    """
    message = checkpoint.note.text.encode()
    found: Signed = "untrusted"
    for line in checkpoint.note.signatures:
        for key in keys:
            if (key.name, key.key_id) != (line.name, line.key_id):
                continue
            if not verifies(key, line.signature, message):
                return "wrong"
            if key.name == checkpoint.origin == origin:
                found = "good"
            elif found == "untrusted":
                found = "other origin"
    return found


def verifies(key: VerifierKey, signature: bytes, message: bytes) -> bool:
    """Whether this is the key's Ed25519 signature (RFC 8032) over the message."""
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def parse_signature(line: str) -> Signature:
    """Read one signature line without its newline."""
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not parts[1] or _NOT_IN_NAME.search(parts[1]):
        raise ProofError("a signature line is an em dash, a key name and base64")
    encoded = unb64(parts[2], "a signature line")
    if len(encoded) < 5:
        raise ProofError("a signature line holds a 4-byte key id and a signature")
    return Signature(parts[1], encoded[:4], encoded[4:])


def _key_id(name: str, typed_key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + typed_key).digest()[:4]


def decimal(text: str, place: str) -> int:
    """Read a size or index; ProofError names the place."""
    if not _DECIMAL.match(text) or int(text) > MAX_SIZE:
        raise ProofError(f"{place} is a decimal number of at most 2**53 - 1 without leading zeros")
    return int(text)


def b64(raw: bytes) -> str:
    """Base64 as notes have it (RFC 4648, section 4, padded)."""
    return base64.b64encode(raw).decode("ascii")


def unb64(text: str, place: str) -> bytes:
    """Read base64 (RFC 4648, section 4) in its one canonical spelling; ProofError names the place."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ProofError(f"{place} is not base64") from None
    if b64(raw) != text:
        raise ProofError(f"{place} is not canonical base64")
    return raw
