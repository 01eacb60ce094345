"""Trust lists (ETSI TS 119 612): read only where the operator's certificate signed them as they are."""

from __future__ import annotations

import functools
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureConstructionMethod
from signxml.signer import XMLSigner

from cast import NOON
from documents import signed
from huella.documents.authority import ISSUER, ROOT, SIGNER, STAMPS
from huella.documents.sign_lists import NAMESPACE, read
from huella.errors import InputError

TYPES = "http://uri.etsi.org/TrstSvc/Svctype/"
STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"


def service(kind: str, status: str, certificate: bytes) -> str:
    return f"""<TSPService><ServiceInformation>
      <ServiceTypeIdentifier>{TYPES}{kind}</ServiceTypeIdentifier>
      <ServiceName><Name xml:lang="es">Servicio {kind}</Name></ServiceName>
      <ServiceDigitalIdentity><DigitalId><X509Certificate>{b64encode(certificate).decode()}</X509Certificate>
      </DigitalId></ServiceDigitalIdentity>
      <ServiceStatus>{STATUS}{status}</ServiceStatus>
      <StatusStartingTime>2020-01-01T00:00:00Z</StatusStartingTime>
    </ServiceInformation></TSPService>"""


def unsigned(services: str, until: datetime = NOON + timedelta(days=30)) -> str:
    return f"""<TrustServiceStatusList xmlns="{NAMESPACE}" Id="list">
    <SchemeInformation><TSLSequenceNumber>7</TSLSequenceNumber>
      <SchemeOperatorName><Name xml:lang="en">X</Name><Name xml:lang="es">INDECOPI de prueba</Name></SchemeOperatorName>
      <SchemeTerritory>PE</SchemeTerritory><ListIssueDateTime>2026-11-01T00:00:00Z</ListIssueDateTime>
      <NextUpdate><dateTime>{until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</dateTime></NextUpdate>
    </SchemeInformation>
    <TrustServiceProviderList><TrustServiceProvider>
      <TSPInformation><TSPName><Name xml:lang="es">Proveedor</Name></TSPName></TSPInformation>
      <TSPServices>{services}</TSPServices>
    </TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>"""


@functools.cache
def services() -> str:
    authority = signed.ours().authority
    return (
        service("CA/QC", "granted", authority.certificate(ROOT))
        + service("CA/QC", "withdrawn", authority.certificate(ISSUER))
        + service("TSA/QTST", "granted", authority.certificate(STAMPS))
    )


def made(text: str, house: signed.House | None = None) -> bytes:
    holder = (house or signed.ours()).authority.holder(SIGNER)
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm="ecdsa-sha256",
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
    )
    done = signer.sign(etree.fromstring(text), key=holder.key, cert=[pem(house)])
    return bytes(etree.tostring(done))


def pem(house: signed.House | None = None) -> str:
    certificate = (house or signed.ours()).authority.holder(SIGNER).certificate
    return certificate.public_bytes(Encoding.PEM).decode()


def operator() -> bytes:
    return pem().encode()


def test_a_list_names_the_services_that_count() -> None:
    found = read(made(unsigned(services())), operator(), NOON)
    authority = signed.ours().authority
    assert (found.territory, found.number, found.operator) == ("PE", 7, "INDECOPI de prueba")
    assert found.authorities() == (authority.certificate(ROOT),)
    assert found.timestamps() == (authority.certificate(STAMPS),)
    assert [each.granted for each in found.services] == [True, False, True]


def test_a_list_changed_after_its_signature_is_refused() -> None:
    raw = made(unsigned(services())).replace(b"withdrawn", b"granted")
    with pytest.raises(InputError, match="not signed with the operator"):
        read(raw, operator(), NOON)


def test_a_list_signed_by_somebody_else_is_refused() -> None:
    with pytest.raises(InputError, match="not signed with the operator"):
        read(made(unsigned(services()), signed.strangers()), operator(), NOON)


def test_a_list_without_a_signature_is_refused() -> None:
    with pytest.raises(InputError, match="not signed"):
        read(unsigned(services()).encode(), operator(), NOON)


def test_a_list_that_should_have_been_replaced_is_refused() -> None:
    with pytest.raises(InputError, match="replaced on 2026-11-22"):
        read(made(unsigned(services(), NOON - timedelta(days=1))), operator(), NOON)


def test_a_signed_list_wrapped_into_a_forged_one_gives_only_the_signed_part() -> None:
    forged = unsigned(service("CA/QC", "granted", signed.strangers().authority.certificate(ROOT)))
    inner = made(unsigned(services())).decode()
    raw = forged.replace("</TrustServiceStatusList>", f"{inner}</TrustServiceStatusList>").encode()
    try:
        found = read(raw, operator(), NOON)
    except InputError:
        return
    assert found.authorities() == (signed.ours().authority.certificate(ROOT),)


@pytest.mark.parametrize("raw", [b"", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\x00" * 99])
def test_what_is_no_list_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError):
        read(raw, operator(), NOON)
