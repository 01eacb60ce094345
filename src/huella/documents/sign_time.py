"""RFC 3161 time stamps: one authority each, its answers checked before anything is built on them.

digest, nonce ─► ask ─► granted · nonce · imprint · accuracy · clock · signature and chain ─► token
"""

from __future__ import annotations

import hashlib
import logging
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from asn1crypto import cms, tsp, x509
from pyhanko.sign.general import CMSExtractionError
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import dummy_digest, handle_tsp_response
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    validate_sig_integrity,
    validate_tst_signed_data,
)
from pyhanko_certvalidator import ValidationContext

from huella.errors import SigningUnavailable

# what goes wrong there becomes an error or a check of ours: nothing is told twice
for _library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_library).addHandler(logging.NullHandler())
    logging.getLogger(_library).propagate = False

Ask = Callable[[bytes], bytes]
"""Sends a request (DER) to an authority and gives its answer (DER); OSError where there is none."""
MAX_ANSWER = 1_048_576
CLOCK = timedelta(minutes=5)
"""How far an authority's time may lie from the machine's clock."""
_HOUR = timedelta(hours=1)
BTSP = "0.4.0.2023.1.1"
"""ETSI EN 319 421's policy: an accuracy of a second or better, also where the token does not repeat it."""


class StampAuthority(TimeStamper):
    """One time-stamp authority. `roots` are the certificates (DER) that its chain must lead to."""

    def __init__(
        self,
        name: str,
        ask: Ask,
        roots: Sequence[bytes],
        now: Callable[[], datetime],
        accuracy: timedelta = timedelta(seconds=1),
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.name = name
        self._ask = ask
        self._roots = [x509.Certificate.load(root) for root in roots]
        self._now = now
        self._accuracy = accuracy
        self._sample: dict[str, bytes] = {}
        self._walked: dict[bytes, datetime] = {}
        self.reserved: dict[bytes, int] = {}
        """How much place a signature with this authority's time stamp takes, by who signs and why."""

    def forget(self) -> None:
        """Measure the size of its tokens anew: the authority may have changed its certificate."""
        self._dummy_response_cache.clear()
        self._sample.clear()
        self._walked.clear()
        self.reserved.clear()
        self._certs.clear()

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Ask the authority (called by pyHanko)."""
        try:
            return tsp.TimeStampResp.load(self._ask(req.dump()), strict=True)
        except (OSError, ValueError) as error:
            raise SigningUnavailable(
                f"the time-stamp authority {self.name} gave no answer: {type(error).__name__}"
            ) from None

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A checked token over a digest. SigningUnavailable names what is wrong with the answer."""
        nonce, request = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]
        answer = await self.async_request_tsa_response(request)
        try:
            # asn1crypto writes a value anew that was looked into: the bytes are taken before
            raw = answer["time_stamp_token"].dump()
            token = handle_tsp_response(answer, None)
            info = token["content"]["encap_content_info"]["content"].parsed
            found = self._flaw(info, nonce, (message_digest, md_algorithm))
            found = found or await self._false(token, message_digest)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            found = f"its answer is no time stamp ({type(error).__name__})"
        if found:
            raise SigningUnavailable(f"the time-stamp authority {self.name} is not used: {found}")
        return cms.ContentInfo.load(raw)

    async def async_dummy_response(self, md_algorithm: str) -> cms.ContentInfo:
        """A token of the usual size, which pyHanko reserves the place by; the first use asks for one."""
        if md_algorithm not in self._sample:
            token = await self.async_timestamp(dummy_digest(md_algorithm), md_algorithm)
            self._register_dummy(md_algorithm, token)  # type: ignore[no-untyped-call]
            self._sample[md_algorithm] = token.dump()
        return cms.ContentInfo.load(self._sample[md_algorithm])

    def _flaw(self, info: tsp.TSTInfo, nonce: int, asked: tuple[bytes, str]) -> str:
        """What does not fit the request or the clock (RFC 3161, 2.4.2); empty where all fits."""
        imprint = info["message_imprint"]
        stated = (imprint["hashed_message"].native, imprint["hash_algorithm"]["algorithm"].native)
        if info["nonce"].native != int(nonce.native if hasattr(nonce, "native") else nonce):
            return "another nonce than the one asked with"
        if stated != asked:
            return "a time stamp of something else"
        if abs(info["gen_time"].native - self._now()) > CLOCK:
            return "its clock and ours are minutes apart"
        accuracy = accuracy_of(info)
        if accuracy is None:
            return "no accuracy is stated"
        return "" if accuracy <= self._accuracy else "its accuracy is too low"

    async def _false(self, token: cms.ContentInfo, digest: bytes) -> str:
        """What is wrong with the token's signature or chain. A chain that held is not walked again for an hour."""
        held = token["content"]["certificates"].dump()
        known = self._walked.get(held)
        if known is not None and known <= self._now() < known + _HOUR:
            return "" if _signed(token["content"]) else "its signature is false"
        context = ValidationContext(trust_roots=self._roots, moment=self._now(), revocation_mode="soft-fail")
        try:
            status = await validate_tst_signed_data(token["content"], context, lambda _: digest)
        except (SignatureValidationError, CMSExtractionError):
            return "its signature cannot be read"
        if not (status["intact"] and status["valid"]):
            return "its signature is false"
        if status.get("trust_problem_indic") is not None:
            return "it is not below an accepted authority"
        self._walked = {held: self._now()}
        return ""


def _signed(token: cms.SignedData) -> bool:
    """Whether a token's signature is that of the certificate it names; the chain was walked before."""
    (signer,) = token["signer_infos"]
    own = extract_certs_for_validation(token).signer_cert
    algorithm = signer["digest_algorithm"]["algorithm"].native
    content = hashlib.new(algorithm, bytes(token["encap_content_info"]["content"])).digest()
    return all(validate_sig_integrity(signer, own, "tst_info", content))


def accuracy_of(info: tsp.TSTInfo) -> timedelta | None:
    """The accuracy that a time stamp states, by itself or by its policy; None where it states none."""
    stated = info["accuracy"].native
    if stated is None:
        return timedelta(seconds=1) if info["policy"].native == BTSP else None
    return timedelta(
        seconds=stated["seconds"] or 0, milliseconds=stated["millis"] or 0, microseconds=stated["micros"] or 0
    )


def over_http(url: str, seconds: float = 10) -> Ask:
    """Asks an authority by HTTP (RFC 3161, 3.4)."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("a time-stamp authority's address begins with http:// or https://")

    def ask(request: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        made = urllib.request.Request(url, request, headers)  # noqa: S310  (looked at above)
        with urllib.request.urlopen(made, timeout=seconds) as answer:  # noqa: S310
            body: bytes = answer.read(MAX_ANSWER + 1)
        if len(body) > MAX_ANSWER:
            raise urllib.error.URLError("the answer is too long")
        return body

    return ask
