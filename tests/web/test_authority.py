"""The development authority is served where its certificates say, and nowhere that signs with something else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from fastapi.testclient import TestClient

from huella.web.app import create_app
from web.site import Site


def certificate(site: Site, name: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(site.client.get(f"/authority/{name}.cer").content)


def test_lists_and_answers_are_where_the_signers_certificate_says(reader: Site) -> None:
    signer, issuer = certificate(reader, "signer"), certificate(reader, "issuer")
    points = signer.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    (point,) = points[0].full_name or []
    found = x509.load_der_x509_crl(reader.client.get(point.value).content)
    assert found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    assert found.get_revoked_certificate_by_serial_number(signer.serial_number) is None


def test_a_certificates_status_is_answered(reader: Site) -> None:
    signer, issuer = certificate(reader, "signer"), certificate(reader, "issuer")
    asked = ocsp.OCSPRequestBuilder().add_certificate(signer, issuer, hashes.SHA256()).build()
    access = signer.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    body = reader.client.post(
        access[0].access_location.value, content=asked.public_bytes(Encoding.DER)
    ).content
    assert ocsp.load_der_ocsp_response(body).certificate_status is ocsp.OCSPCertStatus.GOOD


def test_a_time_stamp_is_of_the_digest_that_was_asked_for(reader: Site) -> None:
    digest = bytes(range(32))
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    asked = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True}).dump()
    answer = tsp.TimeStampResp.load(reader.client.post("/authority/tsa", content=asked).content)
    assert answer["status"]["status"].native == "granted"
    told = answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    assert told["message_imprint"]["hashed_message"].native == digest


@pytest.mark.parametrize("path", ["ocsp", "tsa"])
def test_nonsense_is_refused_in_the_protocols_own_words_and_too_much_is_not_read(
    reader: Site, path: str
) -> None:
    assert reader.client.post(f"/authority/{path}", content=b"nonsense").status_code == 200
    assert reader.client.post(f"/authority/{path}", content=bytes(20_000)).status_code == 413


def test_a_registry_that_signs_with_something_else_has_no_development_authority(reader: Site) -> None:
    values = {**reader.house.settings.values, "signatures.key": "none"}
    house = replace(reader.house, settings=replace(reader.house.settings, values=values))
    with TestClient(create_app(house), base_url="http://localhost:8000") as client:
        assert client.get("/authority/root.cer").status_code == 404
        assert client.post("/authority/tsa", content=b"").status_code == 404
