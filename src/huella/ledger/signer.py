"""The registrar's key: signs legacy transactions, which every network of docs/spec/anchor.md takes."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from coincurve import PrivateKey

from huella.errors import LedgerUnreachable, SettingsError
from huella.proof import rlp
from huella.proof.headers import keccak


@dataclass(frozen=True, slots=True)
class Transaction:
    """A legacy transaction before its signature. `to` is 20 bytes, or empty to deploy `data`."""

    nonce: int
    to: bytes
    data: bytes
    gas: int
    chain_id: int
    gas_price: int = 0


def digest_of(transaction: Transaction) -> bytes:
    """What the account's key signs: the hash of the transaction with the chain's id (EIP-155)."""
    return keccak(rlp.encode([*_body(transaction), _int(transaction.chain_id), b"", b""]))


def sealed(transaction: Transaction, signature: bytes) -> bytes:
    """The signed transaction's RLP. `signature` is r, s and the recovery id, 65 bytes."""
    r, s = (int.from_bytes(signature[at : at + 32]) for at in (0, 32))
    return rlp.encode(
        [*_body(transaction), *map(_int, (35 + 2 * transaction.chain_id + signature[64], r, s))]
    )


def account_of(point: bytes) -> str:
    """The account of a public key, given as the 65 bytes of its point: 0x and 40 lower-case hex digits."""
    return "0x" + keccak(point[1:])[-20:].hex()


def _body(tx: Transaction) -> list[bytes]:
    return [*map(_int, (tx.nonce, tx.gas_price, tx.gas)), tx.to, b"", tx.data]


def _int(value: int) -> bytes:
    """A number as RLP has it: big-endian without a zero in front, nothing for zero."""
    return value.to_bytes((value.bit_length() + 7) // 8)


class Signer(Protocol):
    """Whoever signs for the registrar's account: a key of this machine, an HSM, a signing server.

    The same transaction gets the same signature (RFC 6979), or at least may not matter which: a repeated send is then
    the same transaction.
    """

    @property
    def address(self) -> str:
        """The account: 0x and 40 lower-case hex digits."""

    def sign(self, transaction: Transaction) -> bytes:
        """The signed transaction's RLP (EIP-155). Raises SettingsError where the key cannot be used, LedgerUnreachable
        where it is not at hand now."""


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Nobody's account: whoever only reads asks in its name, and signs nothing."""

    address: str = "0x" + "00" * 20

    def sign(self, transaction: Transaction) -> bytes:
        """Refused: SettingsError."""
        del transaction
        raise SettingsError("there is no registrar's key here: nothing is sent to the chain")


@dataclass(frozen=True, slots=True)
class Absent:
    """A key file that is not here: it stands on another machine, or is lost."""

    path: Path

    @property
    def address(self) -> str:
        """Refused: SettingsError."""
        raise SettingsError(
            f"registrar key {self.path.name} is not here",
            advice="Only transactions need it: send them where it is, or bring it. A lost registrar's key is changed "
            "with `huella ledger rotate` and the administrator's.",
        )

    def sign(self, transaction: Transaction) -> bytes:
        """Refused: SettingsError."""
        del transaction
        return bytes.fromhex(self.address)


def asker(signer: Signer) -> str:
    """In whose name the chain is read: the signer's account, or nobody's while its key is not at hand. Reading needs no
    key."""
    try:
        return signer.address
    except (SettingsError, LedgerUnreachable):
        return Onlooker().address


@dataclass(frozen=True, slots=True)
class Registrar:
    """A secp256k1 key; `secret` is its 32 bytes and never shown."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """ValueError where `secret` is no key of the curve."""
        if len(self.secret) != 32:
            raise ValueError("a key has 32 bytes")
        PrivateKey(self.secret)

    @property
    def address(self) -> str:
        """The account: 0x and 40 lower-case hex digits."""
        return account_of(PrivateKey(self.secret).public_key.format(compressed=False))

    def sign(self, transaction: Transaction) -> bytes:
        """The signed transaction's RLP, protected against use on another chain (EIP-155)."""
        return sealed(
            transaction, PrivateKey(self.secret).sign_recoverable(digest_of(transaction), hasher=None)
        )

    def save(self, path: Path) -> None:
        """Writes the key to a new file that only its owner reads; FileExistsError where there is one already."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(self.secret.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def load(cls, path: Path) -> Registrar:
        """Reads the key; SettingsError where it is missing, malformed, or readable by others."""
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise SettingsError(
                    f"registrar key {path.name} is readable by others", advice="Set its mode to 0600."
                )
            return cls(bytes.fromhex(path.read_text(encoding="ascii").strip()))
        except OSError as error:
            raise SettingsError(f"registrar key {path.name} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise SettingsError(f"registrar key {path.name} is not a key of 64 hex digits") from error
