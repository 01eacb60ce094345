"""The registrar's key in an HSM, behind PKCS#11: it is made there, signs there and never leaves it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pkcs11
from coincurve import PublicKey
from pkcs11.util.ec import encode_named_curve_parameters

from huella.errors import LedgerUnreachable, SettingsError
from huella.ledger.signer import Transaction, account_of, digest_of, sealed

CURVE = "1.3.132.0.10"
"""secp256k1, the curve of every Ethereum account."""
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEPT = 256
"""Signatures that are remembered: an HSM signs the same thing otherwise each time, a repeated send must be the same."""


class Slot(NamedTuple):
    """Where the key stands: the vendor's PKCS#11 library, the token's label, the key's label, and the PIN."""

    module: str
    token: str
    label: str
    pin: str


class HsmSigner:
    """The registrar's account, whose key is in an HSM. Safe between threads; a session is opened for each signature, so
    that a token that was away is at hand again by itself."""

    def __init__(self, slot: Slot) -> None:
        """Nothing is asked yet."""
        self._slot = slot
        self._turn = threading.Lock()
        self._address = ""
        self._point = b""
        self._signed: OrderedDict[bytes, bytes] = OrderedDict()

    @property
    def address(self) -> str:
        """See Signer. SettingsError where the token has no such key, LedgerUnreachable where it is not at hand."""
        with self._turn:
            if not self._address:
                self._point = _point(self._slot)
                self._address = account_of(self._point)
        return self._address

    def sign(self, transaction: Transaction) -> bytes:
        """See Signer. The same transaction gets the same signature as long as this object lives."""
        self.address  # noqa: B018 - asks the token for the public key, once
        digest = digest_of(transaction)
        with self._turn:
            if digest not in self._signed:
                self._signed[digest] = self._sign(digest)
                while len(self._signed) > KEPT:
                    self._signed.popitem(last=False)
            return sealed(transaction, self._signed[digest])

    def _sign(self, digest: bytes) -> bytes:
        with _session(self._slot) as session:
            key: Any = session.get_key(label=self._slot.label, object_class=pkcs11.ObjectClass.PRIVATE_KEY)
            told = bytes(key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
        if len(told) != 64:
            raise SettingsError(f"the token {self._slot.token} gave no signature of secp256k1")
        r, s = int.from_bytes(told[:32]), int.from_bytes(told[32:])
        pair = r.to_bytes(32) + min(s, ORDER - s).to_bytes(32)  # every network refuses the upper half (EIP-2)
        for parity in (0, 1):
            made = pair + bytes([parity])
            try:
                found = PublicKey.from_signature_and_message(made, digest, hasher=None)
            except ValueError:
                continue
            if found.format(compressed=False) == self._point:
                return made
        raise SettingsError(f"the token {self._slot.token} signed with another key than {self._slot.label}")


def make(slot: Slot) -> bool:
    """Make the key in the token; False where one of this label is there."""
    with _session(slot, write=True) as session:
        wanted = {pkcs11.Attribute.LABEL: slot.label, pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}
        if list(session.get_objects(wanted)):  # to its end: a search that is left open outlives its session
            return False
        domain = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(CURVE)},
            local=True,
        )
        hidden = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
        domain.generate_keypair(store=True, label=slot.label, private_template=hidden)
        return True


@contextmanager
def _session(slot: Slot, *, write: bool = False, login: bool = True) -> Iterator[pkcs11.Session]:
    if login and not slot.pin:
        raise SettingsError(
            f"the PIN of the token {slot.token} is not given",
            advice="Give it as HUELLA_KEYS_REGISTRAR_PASSWORD_FILE or keys.registrar_password.",
        )
    library = _library(slot.module)
    try:
        token = library.get_token(token_label=slot.token)
        with token.open(user_pin=slot.pin if login else None, rw=write) as session:
            yield session
    except pkcs11.PinIncorrect:
        raise SettingsError(f"the PIN of the token {slot.token} is wrong") from None
    except pkcs11.NoSuchKey:
        raise SettingsError(f"the token {slot.token} has no key {slot.label}") from None
    except pkcs11.NoSuchToken:
        raise LedgerUnreachable(
            f"the HSM shows no token {slot.token}",
            advice="Connect it, or correct keys.registrar_token; sealing goes on meanwhile.",
        ) from None
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        raise LedgerUnreachable(
            f"the registrar's token {slot.token} is not at hand: {type(error).__name__}",
            advice="Sealing goes on; anchoring continues by itself once the HSM answers.",
        ) from None


def _library(module: str) -> Any:
    """The vendor's library. LedgerUnreachable where it is none: it may stand on a disk or device that is away."""
    try:
        return pkcs11.lib(module)
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        why = (str(error) or type(error).__name__) if Path(module).is_file() else "there is no such file"
        raise LedgerUnreachable(
            f"the PKCS#11 library {module} cannot be used: {why}",
            advice="Put right what the HSM's vendor asks for, or keys.registrar_module; sealing goes on meanwhile.",
        ) from None


def _point(slot: Slot) -> bytes:
    """The public key's point, 65 bytes. It is read without a PIN, unless it stands in the token as private.

    A wrong PIN that is tried at each reading would lock the token.
    """
    for login in (False, True):
        try:
            with _session(slot, login=login) as session:
                key = session.get_key(label=slot.label, object_class=pkcs11.ObjectClass.PUBLIC_KEY)
                told = bytes(key[pkcs11.Attribute.EC_POINT])
                break
        except SettingsError:
            if login or not slot.pin:
                raise
    point = told[2:] if len(told) == 67 else told  # within a DER octet string, as the standard says, or bare
    try:
        return bytes(PublicKey(point).format(compressed=False))
    except ValueError:
        raise SettingsError(f"the key {slot.label} in the token {slot.token} is none of secp256k1") from None
