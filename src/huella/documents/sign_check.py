"""The checks 11 to 16 of a signed PDF (docs/spec/paper.md, Signatures): who signed, when, and what came afterwards.

11 signature · 12 additions · 13 signer · 14 certificate · 15 time stamp · 16 archive

Offline: nothing is fetched. What cannot be told is unknown; only 11 and 12 of an accepted signer can say "altered".
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    extract_tst_data_iter,
    validate_sig_integrity,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from huella.documents.sign_chain import (
    EXPIRED,
    GOOD,
    MISSING,
    REVOKED,
    SIGNING,
    STAMPING,
    UNKNOWN,
    UNREADABLE,
    UNSURE,
    WEAK,
    Material,
    fits,
    is_named,
    last_day,
    leads,
    name_of,
    stamp_time,
)
from huella.proof import paper
from huella.proof.trust import Papers
from huella.proof.verdict import Check

NUMBERS = (11, 12, 13, 14, 15, 16)
MAX_SIGNATURES = 64


def is_signed(document: bytes) -> bool:
    """Whether a PDF says of itself that it is signed; cheap, without reading it."""
    return b"/ByteRange" in document


def check(document: bytes, papers: Papers | None, now: datetime) -> tuple[Check, ...]:
    """Checks 11 to 16 of a signed PDF, by the accepted authorities and signers, as of `now` (aware).

    Of several signatures those of accepted signers count, and a change behind any of them is a failure; signatures of
    others are ignored. Empty where the PDF is not signed.
    """
    try:
        reader = PdfFileReader(io.BytesIO(document))
        found: list[EmbeddedPdfSignature] = reader.embedded_regular_signatures
        stamps = list(reader.embedded_timestamp_signatures)
    except UNREADABLE as error:
        return _all("unknown", "paper-unread", type(error).__name__) if is_signed(document) else ()
    if not found and not stamps:
        return ()
    if not found:
        return _all("unknown", "paper-unsigned")
    if len(found) + len(stamps) > MAX_SIGNATURES:
        return _all("unknown", "paper-unread", f"{len(found)} /Sig")
    if papers is None or not papers.authorities:
        return tuple(_untrusted(document, found[0]))
    return _weighed([tuple(_Look(document, each, papers, now).checks()) for each in found])


def _weighed(reports: Sequence[tuple[Check, ...]]) -> tuple[Check, ...]:
    """The report that stands for the document."""
    accepted = [each for each in reports if each[0].status == "passed" and each[2].status == "passed"]
    changed = [each for each in accepted if each[1].status == "failed"]
    whole = [each for each in accepted if all(one.status in ("passed", "not asked") for one in each)]
    broken = [each for each in reports if each[0].status == "failed"]
    return next(iter((*changed, *whole, *accepted, *broken, *reports)))


def _all(status: Any, code: str, *details: str) -> tuple[Check, ...]:
    first = Check(11, status, code, details)
    return (first, *(Check(number, "unknown", "not-reached") for number in NUMBERS[1:]))


def _untrusted(document: bytes, signature: EmbeddedPdfSignature) -> list[Check]:
    """Without accepted authorities: only whether the signature fits the bytes, and what came behind it."""
    intact = _intact(signature)
    first = Check(11, "passed") if intact is True else Check(11, "unknown", "paper-signature-unsure")
    rest = [Check(number, "unknown", "no-papers") for number in NUMBERS[2:]]
    return [first, _additions(document, signature), *rest]


def _intact(signature: EmbeddedPdfSignature) -> bool | None:
    """Whether the signed bytes have the digest and the signature is the named certificate's; None: cannot be read."""
    try:
        whole, valid = validate_sig_integrity(
            signature.signer_info, signature.signer_cert, "data", signature.compute_digest()
        )
    except UNREADABLE:
        return None
    return bool(whole and valid)


def _additions(document: bytes, signature: EmbeddedPdfSignature) -> Check:
    """What came behind the signed bytes; the very procedure of check 4."""
    try:
        covered = signature.evaluate_signature_coverage()
        start, gap, behind, size = (int(value) for value in signature.byte_range)
    except UNREADABLE:
        return Check(12, "unknown", "paper-coverage")
    if start != 0 or behind < gap or covered < SignatureCoverageLevel.ENTIRE_REVISION:
        return Check(12, "failed", "paper-coverage")
    found = paper.compare(document, behind + size)
    if found.status == "changed":
        return Check(12, "failed", "paper-changed", (found.place,))
    if found.status == "unreadable":
        return Check(12, "unknown", "document-unread", (found.place,))
    return Check(12, "passed", "paper-alone" if behind + size == len(document) else "paper-added")


@dataclass(frozen=True, slots=True)
class _Look:
    """One signature, looked at with accepted authorities."""

    document: bytes
    signature: EmbeddedPdfSignature
    papers: Papers
    now: datetime

    def checks(self) -> list[Check]:
        """11 to 16, each by itself: a failure does not hide the next."""
        intact = _intact(self.signature)
        if intact is None:
            return list(_all("unknown", "paper-signature-unsure"))
        accepted = self._accepted()
        if not intact:
            # a false signature in the name of an accepted signer is a forgery; in a stranger's it says nothing
            first = Check(11, "failed", "paper-signature-wrong")
            if accepted.status != "passed":
                first = Check(11, "unknown", "paper-signature-unsure")
            return [first, *(Check(number, "unknown", "not-reached") for number in NUMBERS[1:])]
        archive, proven = self._archived()
        stamp, signed_at = self._stamped(proven)
        return [
            Check(11, "passed"),
            _additions(self.document, self.signature),
            accepted,
            self._certificate(accepted, signed_at),
            stamp,
            archive,
        ]

    def _accepted(self) -> Check:
        """Whether the certificate leads to an accepted authority by signatures alone, and is one of those named."""
        certificate = self.signature.signer_cert
        if self.papers.signers and not any(is_named(certificate, named) for named in self.papers.signers):
            return Check(13, "unknown", "signer-unknown")
        if not leads(certificate, self._material().certificates, self.papers.authorities):
            return Check(13, "unknown", "signer-unknown")
        usage = certificate.key_usage_value
        if usage is not None and not {"non_repudiation", "digital_signature"} & usage.native:
            return Check(13, "failed", "signer-usage")
        return Check(13, "passed", "signer-known", (name_of(certificate),))

    def _certificate(self, accepted: Check, signed_at: datetime) -> Check:
        """Whether the signer's certificate was good when the time stamp says that it signed."""
        if accepted.status != "passed":
            return Check(14, "unknown", accepted.code)
        own = self.signature.signer_cert
        found = self._material().standing(own, self.papers.authorities, signed_at, SIGNING)
        if found == REVOKED:
            return Check(14, "failed", "certificate-revoked")
        detail = {EXPIRED: last_day(own), UNSURE: own.hash_algo or ""}.get(found)
        code = "ok" if found == GOOD else _CERTIFICATE[found]
        return Check(14, "passed" if found == GOOD else "unknown", code, () if detail is None else (detail,))

    def _stamped(self, proven: datetime) -> tuple[Check, datetime]:
        """The time stamp of the signature itself, and the moment that it proves (else `proven`)."""
        stamped = self.signature.signer_info["signature"].native
        token = next(iter(extract_tst_data_iter(self.signature.signer_info, signed=False)), None)
        if token is None:
            return Check(15, "unknown", "no-time-stamp"), proven
        if not fits(token, stamped):
            return Check(15, "failed", "stamp-wrong"), proven
        found, moment = self._stamp(token, proven), stamp_time(token)
        if found == GOOD:
            return Check(15, "passed", "stamped", (moment.strftime("%Y-%m-%d %H:%M:%SZ"),)), moment
        return Check(15, "unknown", _STAMP[found], ("CMS",) if found == UNSURE else ()), proven

    def _archived(self) -> tuple[Check, datetime]:
        """The document time stamps behind the signature, from the newest back; the earliest moment that they prove.

        The newest holds as of now, each older one as of the next newer. Those of strangers or of other bytes
        are ignored where others hold.
        """
        later = [
            each
            for each in self.signature.reader.embedded_timestamp_signatures
            if each.signed_revision > self.signature.signed_revision
        ]
        proven, until, wrong = self.now, None, ""
        for each in reversed(later):
            whole = fits(each.signed_data, None, each)
            found = self._stamp(each.signed_data, proven) if whole else "wrong"
            if found == GOOD:
                until = until or last_day(each.signer_cert)
                proven = min(proven, stamp_time(each.signed_data))
            else:
                wrong = wrong or found
        if until is not None:
            return Check(16, "passed", "archive-until", (until,)), proven
        if not later:
            return Check(16, "not asked", "no-archive"), proven
        if wrong == "wrong":
            return Check(16, "failed", "stamp-wrong"), proven
        return Check(16, "unknown", _STAMP[wrong], ("CMS",) if wrong == UNSURE else ()), proven

    def _stamp(self, token: cms.SignedData, moment: datetime) -> str:
        """The standing of a time stamp's certificate at a moment. As of now nobody can bring fresh lists offline."""
        try:
            own = extract_certs_for_validation(token)
        except UNREADABLE:
            return UNSURE
        material = self._material(list(own.other_certs), required=moment < self.now)
        return material.standing(own.signer_cert, self.papers.timestamps, moment, STAMPING)

    def _material(self, more: Sequence[x509.Certificate] = (), *, required: bool = True) -> Material:
        return Material.of(self.signature, more, required=required)


_CERTIFICATE = {
    UNKNOWN: "signer-unknown", EXPIRED: "certificate-expired", MISSING: "no-revocation", WEAK: "algorithm-weak",
    UNSURE: "certificate-unsure",
}  # fmt: skip
_STAMP = {
    UNKNOWN: "stamp-unknown", EXPIRED: "stamp-expired", MISSING: "stamp-unproven", WEAK: "algorithm-weak",
    REVOKED: "stamp-revoked", UNSURE: "stamp-unsure",
}  # fmt: skip
