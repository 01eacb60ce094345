"""Trust lists (ETSI TS 119 612): which authorities a state accredits. Peru's (INDECOPI's TSL) has this form.

bytes ─► XML signature by the operator's certificate ─► services with type, status and certificates
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate
from lxml import etree
from signxml.exceptions import InvalidInput, InvalidSignature
from signxml.verifier import SignatureConfiguration, XMLVerifier

from huella.errors import InputError

MAX_LIST = 33_554_432
NAMESPACE = "http://uri.etsi.org/02231/v2#"
_T = f"{{{NAMESPACE}}}"
_STATUS = "/TrustedList/Svcstatus/"
SIGNERS = ("/Svctype/CA/QC", "/Svctype/CA/PKC")
"""Types of services that issue certificates of signers (5.5.1)."""
STAMPS = ("/Svctype/TSA/QTST", "/Svctype/TSA", "/Svctype/TSA/TSS-QC", "/Svctype/TSA/TSS-AdESQCandQES")
GRANTED = ("granted", "recognisedatnationallevel", "undersupervision", "accredited")
"""Statuses under which a service counts (5.5.4, and those of earlier lists)."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a list. `since` is when its present status began; `certificates` are DER."""

    provider: str
    name: str
    kind: str
    status: str
    since: datetime
    certificates: tuple[bytes, ...]

    @property
    def granted(self) -> bool:
        """Whether it counts now."""
        return self.status in GRANTED


@dataclass(frozen=True, slots=True)
class TrustList:
    """A list whose signature was checked."""

    territory: str
    operator: str
    number: int
    issued: datetime
    next_update: datetime | None
    services: tuple[Service, ...]

    def authorities(self) -> tuple[bytes, ...]:
        """Certificates of the granted services that issue signers' certificates."""
        return self._of(SIGNERS)

    def timestamps(self) -> tuple[bytes, ...]:
        """Certificates of the granted time-stamp services."""
        return self._of(STAMPS)

    def _of(self, kinds: tuple[str, ...]) -> tuple[bytes, ...]:
        found = [
            each
            for service in self.services
            if service.granted and service.kind.endswith(kinds)
            for each in service.certificates
        ]
        return tuple(dict.fromkeys(found))


def read(raw: bytes, operator: bytes, now: datetime) -> TrustList:
    """A list that is signed with the operator's certificate (PEM or DER), given by hand: no list vouches for itself.

    InputError where it is no list, is signed by somebody else, was changed, or should have been replaced by `now`.
    """
    if len(raw) > MAX_LIST:
        raise InputError("a trust list has at most 32 MiB", field="list")
    root = _signed(raw, operator)
    if root.tag != f"{_T}TrustServiceStatusList":
        raise InputError("the signature is not over a trust list (ETSI TS 119 612)", field="list")
    try:
        found = _list(root)
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"the trust list is not in its form: {type(error).__name__}", field="list") from None
    if found.next_update is not None and found.next_update < now:
        raise InputError(
            f"the trust list should have been replaced on {found.next_update:%Y-%m-%d}",
            field="list",
            advice="Get the present list from its operator.",
        )
    return found


def _signed(raw: bytes, operator: bytes) -> etree._Element:
    """The root element, as the signature covers it (XAdES, enveloped): nothing outside of it is read."""
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise InputError("a trust list declares no entities", field="list")
    expected = SignatureConfiguration(location="./", expect_references=True)
    try:
        verified = XMLVerifier().verify(
            raw, x509_cert=_pem(operator), expect_config=expected, validate_schema=False
        )
    except (InvalidSignature, InvalidInput, etree.XMLSyntaxError, ValueError, TypeError) as error:
        raise InputError(
            f"the trust list is not signed with the operator's certificate: {type(error).__name__}",
            field="list",
        ) from None
    results = verified if isinstance(verified, list) else [verified]
    whole = [each.signed_xml for each in results if each.signed_xml is not None]
    roots = [each for each in whole if each.tag == f"{_T}TrustServiceStatusList"]
    if len(roots) != 1:
        raise InputError("the signature is not over a trust list (ETSI TS 119 612)", field="list")
    return roots[0]


def _pem(certificate: bytes) -> str:
    try:
        load = load_pem_x509_certificate if b"-----BEGIN" in certificate else load_der_x509_certificate
        return load(certificate).public_bytes(Encoding.PEM).decode()
    except ValueError:
        raise InputError("the operator's certificate cannot be read", field="--signed-by") from None


def _list(root: etree._Element) -> TrustList:
    scheme = f"{_T}SchemeInformation/"
    following = root.findtext(f"{scheme}{_T}NextUpdate/{_T}dateTime")
    services = [
        _service(_name(provider, f"{_T}TSPInformation/{_T}TSPName"), each)
        for provider in root.iterfind(f"{_T}TrustServiceProviderList/{_T}TrustServiceProvider")
        for each in provider.iterfind(f"{_T}TSPServices/{_T}TSPService/{_T}ServiceInformation")
    ]
    return TrustList(
        territory=(root.findtext(f"{scheme}{_T}SchemeTerritory") or "").strip(),
        operator=_name(root, f"{scheme}{_T}SchemeOperatorName"),
        number=int(root.findtext(f"{scheme}{_T}TSLSequenceNumber") or ""),
        issued=_moment(root.findtext(f"{scheme}{_T}ListIssueDateTime") or ""),
        next_update=None if following is None else _moment(following),
        services=tuple(services),
    )


def _service(provider: str, found: etree._Element) -> Service:
    texts = found.iterfind(f"{_T}ServiceDigitalIdentity/{_T}DigitalId/{_T}X509Certificate")
    certificates = tuple(b64decode("".join((each.text or "").split()), validate=True) for each in texts)
    for each in certificates:
        load_der_x509_certificate(each)
    return Service(
        provider=provider,
        name=_name(found, f"{_T}ServiceName"),
        kind=(found.findtext(f"{_T}ServiceTypeIdentifier") or "").strip(),
        status=(found.findtext(f"{_T}ServiceStatus") or "").strip().rpartition("/")[2].lower(),
        since=_moment(found.findtext(f"{_T}StatusStartingTime") or ""),
        certificates=certificates,
    )


def _name(found: etree._Element, place: str) -> str:
    """A name: Spanish where there is one, else the first."""
    names = found.findall(f"{place}/{_T}Name")
    spanish = [each for each in names if each.get("{http://www.w3.org/XML/1998/namespace}lang") == "es"]
    return " ".join(((spanish or names)[0].text or "").split()) if names else ""


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text.strip())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
