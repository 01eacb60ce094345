"""The development authority: certificates, revocation and time stamps that a registry makes for itself.

root ─► issuing authority ─► signer, time-stamp authority          CRLs of both, OCSP of the issuing one

It proves nothing to strangers: whoever has the folder can make any signature. Pages signed with it say so (NOTICE).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from huella.errors import SettingsError

NOTICE = "Autoridad de desarrollo: firma y sello de tiempo de prueba, sin valor legal."
"""What every page of a document says that the development authority signs."""
POLICY = "1.3.6.1.4.1.59999.1.1"
"""Time-stamp policy of a development authority; of no meaning elsewhere."""
ROOT, ISSUER, SIGNER, STAMPS = "root", "issuer", "signer", "timestamps"
NAMES = (ROOT, ISSUER, SIGNER, STAMPS)
_YEARS = {ROOT: 20, ISSUER: 15, SIGNER: 3, STAMPS: 10}
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_FRESH = timedelta(hours=1)
_VALID = timedelta(days=7)

Now = Callable[[], datetime]
Randomness = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Holder:
    """A key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def make(folder: Path, operator: str, base: str, now: Now, randomness: Randomness) -> list[str]:
    """Make the authority's keys and certificates in `folder`; what exists stays. Returns the names of what was made.

    `operator` stands in the subjects; `base` is the portal's address, below which CRLs and OCSP are named.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made: list[str] = []
    holders: dict[str, Holder] = {}
    for name in NAMES:
        path = folder / f"{name}.pem"
        if not path.exists():
            key = _new_key(randomness)
            issuer = holders.get(ROOT if name == ISSUER else ISSUER)
            certificate = _certificate(name, key, issuer, (operator, base.rstrip("/")), (now(), randomness))
            _write(path, key, certificate)
            made.append(path.name)
        holders[name] = _read(path)
    return made


class Authority:
    """A development authority, opened: certificates, fresh revocation lists, OCSP answers, time stamps."""

    def __init__(self, folder: Path, now: Now, randomness: Randomness) -> None:
        self._holders = {name: _read(folder / f"{name}.pem") for name in NAMES}
        self._revoked = folder / "revoked.txt"
        self._now = now
        self._randomness = randomness
        self._lists: tuple[datetime, tuple[bytes, ...]] | None = None
        own = asn1_x509.Certificate.load(self.certificate(STAMPS))
        named = {"issuer": own.issuer, "serial_number": own.serial_number}
        sid = cms.SignerIdentifier({"issuer_and_serial_number": named}).dump()
        algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}).dump()
        others = b"".join(self.certificate(name) for name in (STAMPS, ISSUER, ROOT))
        self._frame = _der(0x02, b"\x01") + sid + _SHA256, algorithm, _der(0xA0, others)
        """What stands in a signer's information before and behind the signed attributes; the certificates."""
        self._attributes = _attribute("content_type", "tst_info") + _attribute(
            "signing_certificate_v2", _named_by_digest(own)
        )

    def holder(self, name: str) -> Holder:
        """Key and certificate of one of NAMES."""
        return self._holders[name]

    def certificate(self, name: str) -> bytes:
        """The certificate of one of NAMES (DER)."""
        return self._holders[name].certificate.public_bytes(Encoding.DER)

    def revoke(self, certificate: bytes) -> None:
        """Put a certificate (DER) of this authority on its lists from now on."""
        serial = x509.load_der_x509_certificate(certificate).serial_number
        with self._revoked.open("a", encoding="ascii") as file:
            file.write(f"{serial} {self._now().isoformat()}\n")
        self._lists = None

    def crls(self) -> tuple[bytes, ...]:
        """The revocation lists (DER, RFC 5280) of root and issuing authority, at most an hour old."""
        now = self._now()
        if self._lists is None or not self._lists[0] <= now < self._lists[0] + _FRESH:
            self._lists = now, tuple(self._list(self._holders[name], now) for name in (ROOT, ISSUER))
        return self._lists[1]

    def ocsp(self, request: bytes) -> bytes:
        """The answer (DER, RFC 6960) to a request about one certificate of the issuing authority."""
        try:
            asked = ocsp.load_der_ocsp_request(request)
        except (ValueError, UnsupportedAlgorithm):
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        found = [each.certificate for each in self._holders.values()]
        known = [each for each in found if each.serial_number == asked.serial_number]
        issuer = self._holders[ISSUER]
        if not known or known[0].issuer != issuer.certificate.subject:
            return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        moment = self._revocations().get(asked.serial_number)
        now = self._now().replace(microsecond=0)
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=known[0],
            issuer=issuer.certificate,
            algorithm=asked.hash_algorithm,
            cert_status=ocsp.OCSPCertStatus.GOOD if moment is None else ocsp.OCSPCertStatus.REVOKED,
            this_update=now,
            next_update=now + _VALID,
            revocation_time=moment,
            revocation_reason=None if moment is None else x509.ReasonFlags.unspecified,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
        for extension in asked.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def stamp(self, request: bytes) -> bytes:
        """The answer (DER, RFC 3161) to a time-stamp request: accuracy one second, its nonce, its certificates."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            sized = _DIGESTS.get(algorithm) == len(imprint["hashed_message"].native)
        except (ValueError, TypeError, KeyError):
            return _rejection("bad_data_format")
        if not sized:
            return _rejection("bad_alg")
        told = {
            "version": "v1",
            "policy": tsp.ObjectIdentifier(POLICY),
            "message_imprint": imprint,
            "serial_number": int.from_bytes(self._randomness(8)) + 1,
            "gen_time": self._now().replace(microsecond=0),
            "accuracy": tsp.Accuracy({"seconds": 1}),
        }
        if asked["nonce"].native is not None:
            told["nonce"] = asked["nonce"]
        return _der(0x30, _GRANTED, self._token(tsp.TSTInfo(told).dump()))

    def _token(self, content: bytes) -> bytes:
        """A time stamp's content as signed data (RFC 5652, DER) of the time-stamp authority.

        Only digest, content and signature differ between two of them: the rest is encoded once. An object for every
        member costs thirty times as much, a third of a paper's signature.
        """
        before, between, behind = self._frame
        attributes = self._attributes + _attribute("message_digest", _digest(content))
        signed = _der(0x31, b"".join(sorted(attributes)))
        signature = self._holders[STAMPS].key.sign(signed, ec.ECDSA(hashes.SHA256()))
        implicit = b"\xa0" + signed[1:]
        signer = _der(0x30, before, implicit, between, _der(0x04, signature))
        told = _der(0x30, _TST_INFO, _der(0xA0, _der(0x04, content)))
        body = _der(0x30, b"\x02\x01\x03", _der(0x31, _SHA256), told, behind, _der(0x31, signer))
        return _der(0x30, _SIGNED_DATA, _der(0xA0, body))

    def _list(self, holder: Holder, now: datetime) -> bytes:
        now = now.replace(microsecond=0)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(holder.certificate.subject)
            .last_update(now)
            .next_update(now + _VALID)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(holder.key.public_key()), critical=False
            )
        )
        if holder is self._holders[ISSUER]:
            for serial, moment in self._revocations().items():
                row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment)
                builder = builder.add_revoked_certificate(row.build())
        return builder.sign(holder.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _revocations(self) -> dict[int, datetime]:
        if not self._revoked.exists():
            return {}
        rows = (line.split() for line in self._revoked.read_text(encoding="ascii").splitlines())
        return {int(serial): datetime.fromisoformat(moment).replace(microsecond=0) for serial, moment in rows}


_DIGESTS = {"sha256": 32, "sha384": 48, "sha512": 64}
_SHA256: bytes = algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
_TST_INFO: bytes = cms.ContentType("tst_info").dump()
_GRANTED: bytes = tsp.PKIStatusInfo({"status": tsp.PKIStatus("granted")}).dump()
_SIGNED_DATA: bytes = cms.ContentType("signed_data").dump()


def _der(tag: int, *parts: bytes) -> bytes:
    """A DER element with a tag of one byte and a length of up to three."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + body


def _attribute(name: str, value: object) -> list[bytes]:
    """A signed attribute (DER), as a list of one: sets are put in order once they are whole."""
    return [cms.CMSAttribute({"type": cms.CMSAttributeType(name), "values": (value,)}).dump()]


def _named_by_digest(certificate: asn1_x509.Certificate) -> tsp.SigningCertificateV2:
    """The signer's certificate as the signed attributes name it (RFC 5035, section 3)."""
    directory = asn1_x509.GeneralName({"directory_name": certificate.issuer})
    serial = certificate["tbs_certificate"]["serial_number"]
    named = {
        "hash_algorithm": {"algorithm": "sha256"},
        "cert_hash": _digest(certificate.dump()),
        "issuer_serial": {"issuer": [directory], "serial_number": serial},
    }
    return tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2(named)]})


def _digest(content: bytes) -> bytes:
    running = hashes.Hash(hashes.SHA256())
    running.update(content)
    return running.finalize()


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def _rejection(reason: str) -> bytes:
    told = {"status": tsp.PKIStatus("rejection"), "fail_info": tsp.PKIFailureInfo({reason})}
    return _der(
        0x30, tsp.PKIStatusInfo(told).dump()
    )  # the library would ask for a token, which RFC 3161 forbids here


def _new_key(randomness: Randomness) -> ec.EllipticCurvePrivateKey:
    """A P-256 key of 40 random bytes: the remainder's bias is below 2**-64 (FIPS 186-5, A.2.1)."""
    return ec.derive_private_key(int.from_bytes(randomness(40)) % (_ORDER - 1) + 1, ec.SECP256R1())


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: Holder | None,
    who: tuple[str, str],
    when: tuple[datetime, Randomness],
) -> x509.Certificate:
    operator, base = who
    now, randomness = when
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "PE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, operator[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Huella desarrollo {name} {randomness(4).hex()}"),
        ]
    )
    above = subject if issuer is None else issuer.certificate.subject
    public = key.public_key() if issuer is None else issuer.key.public_key()
    start = now.astimezone(UTC).replace(microsecond=0) - timedelta(minutes=5)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(randomness(16)) >> 1 | 1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * _YEARS[name]))
        .add_extension(
            x509.BasicConstraints(ca=name in (ROOT, ISSUER), path_length=_path(name)), critical=True
        )
        .add_extension(_usage(name), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
    )
    if name == STAMPS:
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(stamping, critical=True)
    for extension in _addresses(name, base):
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key if issuer is None else issuer.key, hashes.SHA256())


def _path(name: str) -> int | None:
    return {ROOT: 1, ISSUER: 0}.get(name)


def _usage(name: str) -> x509.KeyUsage:
    authority = name in (ROOT, ISSUER)
    return x509.KeyUsage(
        digital_signature=not authority or name == ISSUER,  # the issuing authority answers OCSP itself
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _addresses(name: str, base: str) -> list[x509.ExtensionType]:
    """Where lists and answers are to be had (RFC 5280, 4.2.1.13 and 4.2.2.1)."""
    if name == ROOT:
        return []
    issuer = ROOT if name == ISSUER else ISSUER
    point = x509.UniformResourceIdentifier(f"{base}/authority/{issuer}.crl")
    found: list[x509.ExtensionType] = [
        x509.CRLDistributionPoints([x509.DistributionPoint([point], None, None, None)])
    ]
    if name in (SIGNER, STAMPS):
        answer = x509.UniformResourceIdentifier(f"{base}/authority/ocsp")
        found.append(
            x509.AuthorityInformationAccess(
                [x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.OCSP, answer)]
            )
        )
    return found


def _write(path: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    body = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(
        Encoding.PEM
    )
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> Holder:
    try:
        raw = path.read_bytes()
        key = load_pem_private_key(raw, None)
        certificate = x509.load_pem_x509_certificate(raw)
    except (OSError, ValueError, TypeError):
        raise SettingsError(
            f"{path.name} of the development authority is missing or cannot be read"
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SettingsError(f"{path.name} of the development authority is missing or cannot be read")
    return Holder(key, certificate)
