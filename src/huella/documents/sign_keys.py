"""Keys that sign papers, loaded once and held: a PKCS#12 file, PKCS#11 (an HSM), the development authority."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import pkcs11
from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

from huella.documents.authority import ISSUER, ROOT, SIGNER, Authority
from huella.errors import SettingsError, SigningUnavailable


class HeldSigner(Signer):
    """A key in memory. pyHanko's own signer would decode the key again for every signature."""

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
        certificate: bytes,
        chain: Sequence[bytes],
    ) -> None:
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple([x509.Certificate.load(each) for each in chain])
        super().__init__(
            signing_cert=x509.Certificate.load(certificate), cert_registry=store, embed_roots=False
        )
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign (called by pyHanko)."""
        algorithm = get_pyca_cryptography_hash(digest_algorithm)
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            # a signature's DER has one of a few lengths: the estimate takes the longest
            return b"0" * (2 * 66 + 9) if dry_run else self._key.sign(data, ec.ECDSA(algorithm))
        return self._key.sign(data, padding.PKCS1v15(), algorithm)


def of_authority(authority: Authority) -> HeldSigner:
    """The development authority's signer."""
    chain = [authority.certificate(name) for name in (ISSUER, ROOT)]
    return HeldSigner(authority.holder(SIGNER).key, authority.certificate(SIGNER), chain)


def of_pkcs12(raw: bytes, password: str, chain: Sequence[bytes] = ()) -> HeldSigner:
    """The key and certificate of a PKCS#12 file. SettingsError where it cannot be opened; RSA and EC keys are taken."""
    try:
        found = load_pkcs12(raw, password.encode() or None)
    except ValueError:
        raise SettingsError("the PKCS#12 file or its password is wrong") from None
    key, holder = found.key, found.cert
    if holder is None or not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SettingsError("the PKCS#12 file holds no RSA or EC key with its certificate")
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != holder.certificate.public_key().public_bytes(*form):
        raise SettingsError("the PKCS#12 file's certificate is of another key")
    others = [each.certificate.public_bytes(Encoding.DER) for each in found.additional_certs]
    return HeldSigner(key, holder.certificate.public_bytes(Encoding.DER), [*others, *chain])


class Slot(NamedTuple):
    """Where a key stands in an HSM: the vendor's PKCS#11 library, the token's label, the key's label."""

    module: str
    token: str
    label: str


@contextmanager
def of_pkcs11(
    slot: Slot, pin: str, chain: Sequence[bytes] = (), certificate: bytes | None = None
) -> Iterator[PKCS11Signer]:
    """A key that never leaves its HSM, for as long as the session is open.

    The certificate is that of the same label in the token, unless one (DER) is given. SigningUnavailable where the
    token does not answer.
    """
    try:
        session = open_pkcs11_session(
            slot.module, token_criteria=TokenCriteria(label=slot.token), user_pin=pin or None
        )
        with session:
            store = [x509.Certificate.load(each) for each in chain]
            own = None if certificate is None else x509.Certificate.load(certificate)
            signer = PKCS11Signer(
                session, cert_label=slot.label, key_label=slot.label, signing_cert=own, ca_chain=store,
                embed_roots=False, other_certs_to_pull=(), use_raw_mechanism=_is_curve(session, slot.label),
            )  # fmt: skip
            yield signer
    except (pkcs11.PKCS11Error, pkcs11.NoSuchKey, RuntimeError, OSError) as error:
        raise SigningUnavailable(
            f"the signing token {slot.token} is not at hand: {type(error).__name__}"
        ) from None


def _is_curve(session: pkcs11.Session, label: str) -> bool:
    """Whether the key is one of a curve: SoftHSM and many tokens sign a digest with those, never a message."""
    key = session.get_key(label=label, object_class=pkcs11.ObjectClass.PRIVATE_KEY)
    return bool(key.key_type == pkcs11.KeyType.EC)
