"""The registrar's key under a password: Web3 Secret Storage version 3, which every Ethereum program reads.

The account stands in clear, so that reading the chain needs no password; the key is opened at the first signature.
"""

from __future__ import annotations

import hmac
import json
import os
import uuid
from collections.abc import Callable
from hashlib import pbkdf2_hmac, scrypt
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from huella.errors import SettingsError
from huella.ledger.signer import Registrar, Transaction
from huella.proof.headers import keccak

COST = 1 << 17
"""scrypt's N: about a third of a second and 128 MB for each guess."""
_MEMORY = 1 << 30


class Keystore:
    """A key file under a password; the signer of a registry whose chain others keep too."""

    def __init__(self, name: str, content: dict[str, Any], password: str) -> None:
        """Use `open`."""
        self._name = name
        self._content = content
        self._password = password
        self._key: Registrar | None = None

    @classmethod
    def open(cls, path: Path, password: str) -> Keystore:
        """Reads a key file; the password is tried at the first signature. SettingsError where it is no key file."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise SettingsError(f"the registrar key {path.name} is missing or no key file") from None
        if not isinstance(content, dict) or content.get("version") != 3 or "address" not in content:
            raise SettingsError(f"the registrar key {path.name} is no key file of version 3 with an address")
        return cls(path.name, content, password)

    @property
    def address(self) -> str:
        """See Signer."""
        return "0x" + str(self._content["address"]).lower().removeprefix("0x")

    def sign(self, transaction: Transaction) -> bytes:
        """See Signer. SettingsError where the password is wrong."""
        if self._key is None:
            self._key = self._unlock()
        return self._key.sign(transaction)

    def _unlock(self) -> Registrar:
        if not self._password:
            raise SettingsError(
                f"the registrar key {self._name} is under a password",
                advice="Give it as HUELLA_KEYS_REGISTRAR_PASSWORD_FILE or keys.registrar_password.",
            )
        try:
            crypto = self._content["crypto"]
            derived = _derive(crypto, self._password)
            body = bytes.fromhex(crypto["ciphertext"])
            mac = keccak(derived[16:32] + body)
            cipher, start = crypto["cipher"], bytes.fromhex(crypto["cipherparams"]["iv"])
        except (KeyError, TypeError, ValueError):
            raise SettingsError(f"the registrar key {self._name} is damaged") from None
        if cipher != "aes-128-ctr" or not hmac.compare_digest(mac.hex(), str(crypto["mac"])):
            raise SettingsError(f"the password of the registrar key {self._name} is wrong")
        key = Registrar(_crypt(derived, start, body))
        if key.address != self.address:
            raise SettingsError(f"the registrar key {self._name} is another account's than it says")
        return key


def save(
    path: Path, key: Registrar, password: str, randomness: Callable[[int], bytes], cost: int = COST
) -> None:
    """Writes a key file that only its owner reads; FileExistsError where there is one already.

    `cost` is scrypt's N, a power of two.
    """
    salt, start = randomness(32), randomness(16)
    params = {"dklen": 32, "n": cost, "p": 1, "r": 8, "salt": salt.hex()}
    crypto: dict[str, Any] = {"kdf": "scrypt", "kdfparams": params}
    derived = _derive(crypto, password)
    body = _crypt(derived, start, key.secret)
    crypto |= {
        "cipher": "aes-128-ctr", "cipherparams": {"iv": start.hex()}, "ciphertext": body.hex(),
        "mac": keccak(derived[16:32] + body).hex(),
    }  # fmt: skip
    name = str(uuid.UUID(bytes=randomness(16), version=4))
    content = {"address": key.address[2:], "crypto": crypto, "id": name, "version": 3}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(json.dumps(content, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _derive(crypto: dict[str, Any], password: str) -> bytes:
    params = crypto["kdfparams"]
    salt, length = bytes.fromhex(params["salt"]), params["dklen"]
    if length < 32:
        raise ValueError("a derived key has 32 bytes at least")
    if crypto["kdf"] == "scrypt":
        n, r, p = params["n"], params["r"], params["p"]
        return scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=length, maxmem=_MEMORY)
    if crypto["kdf"] == "pbkdf2" and params["prf"] == "hmac-sha256":
        return pbkdf2_hmac("sha256", password.encode(), salt, params["c"], length)
    raise ValueError("an unknown way to derive a key")


def _crypt(derived: bytes, start: bytes, body: bytes) -> bytes:
    machine = Cipher(AES(derived[:16]), CTR(start)).encryptor()
    return machine.update(body) + machine.finalize()
