"""The log's key on disk: made, read, and changed where an epoch ends.

The word for an entry's row (MAC) is keyed by the first epoch's key for ever: a later key takes its MAC key over, so
that no row is written anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from huella.errors import SettingsError
from huella.flow.sign import keep_names, mac_key_of
from huella.settings import Settings

Randomness = Callable[[int], bytes]


def make(settings: Settings, randomness: Randomness) -> bool:
    """Make the log's key where there is none; whether it was made."""
    path = settings.path("keys.log")
    if path.exists():
        return False
    _make(path, randomness)
    return True


def read(settings: Settings) -> Ed25519PrivateKey:
    """The log's key. SettingsError where it is missing or no Ed25519 key."""
    return _read(settings.path("keys.log"))


def mac_key(settings: Settings) -> bytes:
    """What rows' MACs are keyed with: the key of the first epoch, whichever key signs now."""
    try:
        found = bytes.fromhex(_mac_path(settings).read_text(encoding="ascii"))
    except FileNotFoundError:
        return mac_key_of(read(settings))
    except (OSError, ValueError):
        found = b""
    if len(found) != len(mac_key_of(read(settings))):
        raise SettingsError(f"the key {_mac_path(settings).name} cannot be read")
    return found


def following(settings: Settings, randomness: Randomness) -> Ed25519PrivateKey:
    """The key of the next epoch; made where there is none yet, so that a second attempt has the same."""
    path = _next_path(settings)
    if not path.exists():
        _make(path, randomness)
    return _read(path)


def change(settings: Settings, public_key: bytes, ended: str) -> None:
    """Put the next key, the one with this public key, in the log key's place; the old one stays beside it as `ended`.

    Stopped anywhere and run again it goes on.
    """
    path, key = settings.path("keys.log"), read(settings)
    own = key.public_key().public_bytes_raw()
    if own == public_key:
        return
    if _read(_next_path(settings)).public_key().public_bytes_raw() != public_key:
        raise SettingsError(
            f"{_next_path(settings).name} is not the key that the log's record names for the next epoch",
            advice="Bring back the keys' folder as it was when the epoch's end was recorded.",
        )
    if not _mac_path(settings).exists():
        write_secret(_mac_path(settings), mac_key_of(key).hex().encode() + b"\n")
    aside = path.with_name(f"{path.stem}.{ended}{path.suffix}")
    if not aside.exists():
        os.link(path, aside)
    _next_path(settings).replace(path)
    keep_names(path.parent)


def _next_path(settings: Settings) -> Path:
    path = settings.path("keys.log")
    return path.with_name(f"{path.stem}.next{path.suffix}")


def _mac_path(settings: Settings) -> Path:
    return settings.path("keys.log").with_suffix(".mac")


def _make(path: Path, randomness: Randomness) -> None:
    key = Ed25519PrivateKey.from_private_bytes(randomness(32))
    write_secret(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        raise SettingsError(f"the log key {path.name} is missing or cannot be read") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"the log key {path.name} is no Ed25519 key")
    return key


def write_secret(path: Path, body: bytes) -> None:
    """Write a new file that only its owner reads, durably. FileExistsError where there is one.

    It gets its name when it is whole: a key of half its bytes would be taken for another key.
    """
    begun = path.with_name(f".{path.name}.{os.getpid()}")
    begun.unlink(missing_ok=True)
    handle = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.link(begun, path)
    finally:
        begun.unlink()
    keep_names(path.parent)
