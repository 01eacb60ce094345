"""Certificates of a signed PDF: where they lead, whom they name, and whether a time stamp fits its bytes."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, crl, ocsp, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import load_der_x509_certificate
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.general import CMSExtractionError
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import SignatureValidationError, ValidationInfoReadingError
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InsufficientRevinfoError,
    NotYetValidError,
    PathBuildingError,
    RevokedError,
    ValidationError,
)

# what goes wrong there becomes a check of ours: nothing is told twice
for _library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_library).addHandler(logging.NullHandler())
    logging.getLogger(_library).propagate = False

UNREADABLE = (
    SignatureValidationError, ValidationInfoReadingError, CMSExtractionError, ValidationError, PdfError, ValueError,
    TypeError, KeyError, AttributeError, IndexError, RecursionError, NotImplementedError,
)  # fmt: skip
"""What reading somebody's PDF or certificates may raise: none of it says that anything was altered."""
SIGNING, STAMPING = "signing", "stamping"
GOOD, UNKNOWN, REVOKED, EXPIRED, MISSING, WEAK, UNSURE = (
    "good", "unknown", "revoked", "expired", "missing", "weak", "unsure",
)  # fmt: skip
"""Standings of a certificate; `missing`: nothing says whether it was revoked; `unknown`: no accepted authority's."""
_SAID: dict[type[Exception], str] = {
    RevokedError: REVOKED, ExpiredError: EXPIRED, NotYetValidError: EXPIRED, InsufficientRevinfoError: MISSING,
    DisallowedAlgorithmError: WEAK, PathBuildingError: UNKNOWN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Material:
    """What a document brings along to check its certificates: others, revocation lists, OCSP answers.

    `required`: a certificate without a word on its revocation is `missing`; else it passes.
    """

    certificates: Sequence[x509.Certificate]
    lists: Sequence[Any]
    answers: Sequence[Any]
    required: bool

    @classmethod
    def of(
        cls, signature: EmbeddedPdfSignature, more: Sequence[x509.Certificate] = (), *, required: bool = True
    ) -> Material:
        """From the signature and the document's security store (ISO 32000-2, 12.8.4.3)."""
        certificates = {each.sha256: each for each in (*signature.other_embedded_certs, *more)}
        try:
            store = DocumentSecurityStore.read_dss(signature.reader)
            certificates |= {each.sha256: each for each in store.load_certs()}
            lists = [crl.CertificateList.load(each.get_object().data) for each in store.crls]
            answers = [ocsp.OCSPResponse.load(each.get_object().data) for each in store.ocsps]
        except UNREADABLE:
            lists, answers = [], []
        return cls(tuple(certificates.values()), lists, answers, required)

    def standing(
        self, certificate: x509.Certificate, authorities: Sequence[bytes], moment: datetime, use: str
    ) -> str:
        """A certificate's standing at a moment (RFC 5280, 6), for SIGNING or STAMPING.

        A list made later than the moment counts too: what it revokes earlier is revoked.
        """
        if not leads(certificate, self.certificates, authorities):
            return UNKNOWN
        found = self._path(certificate, authorities, (moment, use), (self.lists, self.answers))
        if (
            found == MISSING and not self.required
        ):  # lists that are too old say nothing; the rest of the path must hold
            return self._path(certificate, authorities, (moment, use), ((), ()))
        return found

    def _path(
        self,
        certificate: x509.Certificate,
        authorities: Sequence[bytes],
        when: tuple[datetime, str],
        told: tuple[Sequence[Any], Sequence[Any]],
    ) -> str:
        moment, use = when
        if not certificate.not_valid_before <= moment <= certificate.not_valid_after:
            return EXPIRED
        context = ValidationContext(
            trust_roots=[x509.Certificate.load(each) for each in authorities],
            other_certs=list(self.certificates),
            crls=list(told[0]),
            ocsps=list(told[1]),
            allow_fetching=False,
            revocation_mode="require" if self.required else "soft-fail",
            moment=moment,
            retroactive_revinfo=True,
        )
        validator = CertificateValidator(certificate, list(self.certificates), validation_context=context)
        wanted = {"time_stamping"} if use == STAMPING else set()
        try:
            asyncio.run(validator.async_validate_usage(set(), wanted))  # type: ignore[no-untyped-call]
        except (PathBuildingError, *UNREADABLE) as error:
            return next((said for kind, said in _SAID.items() if isinstance(error, kind)), UNSURE)
        return GOOD


def stamp_time(token: cms.SignedData) -> datetime:
    """The moment that a time stamp states."""
    moment: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def name_of(certificate: x509.Certificate) -> str:
    """A certificate's subject for people: its common name and organisation, on one line. Never a person's number."""
    told = certificate.subject.native
    parts = [told.get("common_name"), told.get("organization_name")]
    return " · ".join(" ".join(str(part).split())[:120] for part in parts if part)


def is_named(certificate: x509.Certificate, named: str) -> bool:
    """Whether a certificate is one that the trust file names: `sha256:…`, or `CN=…`, `O=…` and the like."""
    kind, _, value = named.partition(":" if named.startswith("sha256:") else "=")
    if kind == "sha256":
        return bool(certificate.sha256.hex() == value)
    attribute = {
        "CN": "common_name", "O": "organization_name", "organizationIdentifier": "organization_identifier",
        "serialNumber": "serial_number",
    }.get(kind)  # fmt: skip
    return attribute is not None and certificate.subject.native.get(attribute) == value


def leads(
    certificate: x509.Certificate, known: Sequence[x509.Certificate], authorities: Sequence[bytes]
) -> bool:
    """Whether signatures lead from a certificate to a root. Names alone prove nothing: each step is verified."""
    roots = [x509.Certificate.load(each) for each in authorities]
    here, steps = certificate, 0
    by_issuer = [*roots, *known]
    trusted = {each.sha256 for each in roots}
    while here.sha256 not in trusted:
        above = [each for each in by_issuer if each.subject == here.issuer and _signed_by(here, each)]
        steps += 1
        if not above or steps > 8:
            return False
        here = next((each for each in above if each.sha256 in trusted), above[0])
    return True


def _signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        load_der_x509_certificate(certificate.dump()).verify_directly_issued_by(
            load_der_x509_certificate(issuer.dump())
        )
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def fits(token: cms.SignedData, stamped: bytes | None, whole: EmbeddedPdfSignature | None = None) -> bool:
    """Whether a time stamp is of these bytes and its signature that of the certificate it names."""
    try:
        info = token["encap_content_info"]["content"]
        imprint = info.parsed["message_imprint"]
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        if whole is not None:
            digest = whole.compute_digest(algorithm)
        else:
            digest = hashlib.new(algorithm, stamped or b"").digest()
        if digest != imprint["hashed_message"].native:
            return False
        signer = token["signer_infos"][0]
        own = extract_certs_for_validation(token).signer_cert
        content = hashlib.new(signer["digest_algorithm"]["algorithm"].native, bytes(info)).digest()
        return all(validate_sig_integrity(signer, own, "tst_info", content))
    except UNREADABLE:
        return False


def last_day(certificate: x509.Certificate) -> str:
    """The last day of a certificate, UTC."""
    return str(certificate.not_valid_after.date())
