"""Signatures of papers: PAdES B-LTA (ETSI EN 319 142-1), built on pyHanko.

bytes ─► signature + time stamp ─► certificates and revocation (DSS) ─► archive time stamp ─► … ─► renewed

The unsigned bytes stay a prefix of the signed ones. The field has no extent: what is to be seen is on the page.
"""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from asn1crypto import cms, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, Signer
from pyhanko.sign.validation import add_validation_info
from pyhanko.sign.validation.errors import SignatureValidationError, ValidationInfoReadingError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from huella.documents.sign_time import StampAuthority
from huella.errors import InputError, SigningUnavailable

FIELD = "Firma"
STAMP_FIELD = "Sello"
MAX_SIGNED = 67_108_864
_LTV_ERRORS = (SigningError, SignatureValidationError, ValidationError, PathError, ValidationInfoReadingError)

Revocation = Callable[[], tuple[Sequence[bytes], Sequence[bytes]]]
"""Gives fresh revocation lists and OCSP answers (DER); where it gives none, they are fetched as certificates name."""


class Pen(Protocol):
    """Who signs: whole PDFs go in, the same bytes with a signature behind them come out."""

    def sign(self, body: bytes, how: Signing, authority: StampAuthority) -> bytes:
        """The PDF with one more signature, time-stamped (B-T or better). SigningUnavailable where it is not at hand."""


@dataclass(frozen=True, slots=True)
class Signing:
    """All that signing needs, held once: pen, time-stamp authorities in order, accepted certificates, revocation.

    `authorities` are the roots (DER) of signers and of time stamps, `chain` what stands between.
    """

    pen: Pen
    stamps: Sequence[StampAuthority]
    authorities: Sequence[bytes]
    revocation: Revocation | None
    now: Callable[[], datetime]
    reason: str = ""
    chain: Sequence[bytes] = ()

    def sign(self, body: bytes) -> bytes:
        """The signed PDF, level B-LTA; its first bytes are `body`. The first authority that works stamps all of it.

        InputError where `body` is no PDF that can be added to; SigningUnavailable where no authority works or
        revocation information cannot be had.
        """
        return self._by_turns(lambda authority: self.pen.sign(body, self, authority))

    def renew(self, body: bytes) -> bytes:
        """The PDF with the last time stamp's validation data and a new archive time stamp behind them."""
        return self._by_turns(lambda authority: _archived(body, self, authority))

    def context(self) -> ValidationContext:
        """What pyHanko checks own certificates with before it embeds their validation data."""
        lists, answers = ((), ()) if self.revocation is None else self.revocation()
        return ValidationContext(
            trust_roots=[x509.Certificate.load(each) for each in self.authorities],
            other_certs=[x509.Certificate.load(each) for each in self.chain],
            crls=list(lists),
            ocsps=list(answers),
            allow_fetching=self.revocation is None,
            revocation_mode="require",
            moment=self.now(),
        )

    def _by_turns(self, work: Callable[[StampAuthority], bytes]) -> bytes:
        wrong: list[str] = []
        for authority in self.stamps:
            try:
                return work(authority)
            except SigningUnavailable as error:
                wrong.append(str(error))
                authority.forget()
        if not wrong:
            raise SigningUnavailable("no time-stamp authority is set")
        raise SigningUnavailable(f"the paper waits for its signature: {'; '.join(wrong)}")


@dataclass(frozen=True, slots=True)
class HeldPen:
    """Signs with a key at hand: in memory or in an HSM."""

    signer: Signer

    def sign(self, body: bytes, how: Signing, authority: StampAuthority) -> bytes:
        """B-LTA in one go."""
        number = _next_number(body)
        meta = PdfSignatureMetadata(
            field_name=f"{FIELD}{number}",
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            reason=how.reason or None,
            embed_validation_info=True,
            use_pades_lta=True,
            timestamp_field_name=f"{STAMP_FIELD}{number + 1}",
            validation_context=how.context(),
            signer_key_usage={"non_repudiation"},
        )
        pdf = _writer(body)
        own = self.signer.signing_cert.sha256 if self.signer.signing_cert is not None else b""
        key = own + how.reason.encode()
        try:
            made = PdfSigner(meta, self.signer, timestamper=authority).sign_pdf(
                pdf, bytes_reserved=authority.reserved.get(key), output=io.BytesIO()
            )
        except _LTV_ERRORS as error:
            raise SigningUnavailable(f"the paper cannot be signed: {_first(error)}") from None
        signed = bytes(made.getvalue())
        if key not in authority.reserved:
            authority.reserved[key] = _reserved(signed)
        return signed


@dataclass(frozen=True, slots=True)
class ServicePen:
    """Signs through a service that has the key, such as an installation of FIRMA PERÚ.

    POST of the PDF (`application/pdf`) with `X-Huella-Signature: {"field", "reason"}`; answered with the PDF and a
    signature of its own behind the same bytes. Time stamps and validation data are added here. `certificates` are
    those (DER) that may sign; without any, whatever the authorities accept.
    """

    url: str
    token: str = ""
    certificates: Sequence[bytes] = ()
    seconds: float = 30

    def sign(self, body: bytes, how: Signing, authority: StampAuthority) -> bytes:
        """Ask the service, look at what came back, add what makes it last."""
        signed = self._asked(body, {"field": f"{FIELD}{_next_number(body)}", "reason": how.reason})
        if not signed.startswith(body):
            raise SigningUnavailable("the signing service changed the document")
        before, after = _signatures(body), _signatures(signed)
        if len(after) != len(before) + 1 or after[-1].signer_cert is None:
            raise SigningUnavailable("the signing service did not give one signature")
        if self.certificates and after[-1].signer_cert.dump() not in self.certificates:
            raise SigningUnavailable("the signing service signed with another certificate")
        return _archived(_validated(signed, how), how, authority)

    def _asked(self, body: bytes, told: dict[str, str]) -> bytes:
        headers = {"Content-Type": "application/pdf", "X-Huella-Signature": json.dumps(told)}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if not self.url.startswith(("http://", "https://")):
            raise SigningUnavailable("the signing service's address begins with http:// or https://")
        try:
            made = urllib.request.Request(self.url, body, headers)  # noqa: S310  (looked at above)
            with urllib.request.urlopen(made, timeout=self.seconds) as answer:  # noqa: S310
                found: bytes = answer.read(MAX_SIGNED + 1)
        except (OSError, ValueError) as error:
            raise SigningUnavailable(f"the signing service gave no answer: {type(error).__name__}") from None
        if len(found) > MAX_SIGNED:
            raise SigningUnavailable("the signing service's answer is too long")
        return found


def life(body: bytes) -> datetime | None:
    """Until when a signed paper holds by itself: the end of its newest time stamp's certificate. None without one."""
    stamps = list(_reader(body).embedded_timestamp_signatures)
    if not stamps or stamps[-1].signer_cert is None:
        return None
    end: datetime = stamps[-1].signer_cert.not_valid_after
    return end


def digests(body: bytes) -> Iterator[str]:
    """The digest algorithms that a signed paper rests on, oldest first: of its signatures and time stamps."""
    reader = _reader(body)
    for each in reader.embedded_signatures:
        yield str(each.md_algorithm)


def tokens(body: bytes) -> list[tuple[bytes, bytes]]:
    """Every document time stamp as a bare token (DER) with the bytes that it stamps: what `openssl ts` takes."""
    reader = _reader(body)
    found = []
    for each in reader.embedded_timestamp_signatures:
        spans = [int(value) for value in each.byte_range]
        covered = b"".join(body[at : at + size] for at, size in zip(spans[::2], spans[1::2], strict=True))
        token = cms.ContentInfo.load(bytes(each.pkcs7_content))
        found.append((token.dump(), covered))
    return found


def _validated(signed: bytes, how: Signing) -> bytes:
    """Validation data of a signature that somebody else made."""
    (*_, last) = _signatures(signed)
    try:
        made = add_validation_info(last, how.context(), output=io.BytesIO(), add_vri_entry=False)
    except _LTV_ERRORS as error:
        raise SigningUnavailable(f"the signature's validation data: {_first(error)}") from None
    return bytes(made.getvalue())


def _archived(body: bytes, how: Signing, authority: StampAuthority) -> bytes:
    reader = _reader(body)
    stamper = PdfTimeStamper(authority, field_name=f"{STAMP_FIELD}{_next_number(body)}")
    try:
        made = stamper.update_archival_timestamp_chain(
            reader, how.context(), in_place=False, output=io.BytesIO(), default_md_algorithm="sha256"
        )
    except _LTV_ERRORS as error:
        raise SigningUnavailable(f"the paper cannot be renewed: {_first(error)}") from None
    return bytes(made.getvalue())


def _writer(body: bytes) -> IncrementalPdfFileWriter:
    try:
        pdf = IncrementalPdfFileWriter(io.BytesIO(body))
        if pdf.prev.encrypted:
            raise InputError("an encrypted PDF cannot be signed here", field="file")
    except (PdfError, ValueError) as error:
        raise InputError(f"this PDF cannot be signed: {_first(error)}", field="file") from None
    return pdf


def _reader(body: bytes) -> Any:
    try:
        return PdfFileReader(io.BytesIO(body))
    except (PdfError, ValueError) as error:
        raise InputError(f"this PDF cannot be read: {_first(error)}", field="file") from None


def _signatures(body: bytes) -> list[EmbeddedPdfSignature]:
    return list(_reader(body).embedded_regular_signatures)


def _reserved(signed: bytes) -> int:
    """How many hex digits the newest signature's place has: finding out costs a whole trial signature."""
    start, before, behind, _ = (int(value) for value in _signatures(signed)[-1].byte_range)
    return behind - start - before - 2


def _next_number(body: bytes) -> int:
    return len(list(_reader(body).embedded_signatures)) + 1


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
