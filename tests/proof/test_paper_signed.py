"""Check 4 on PDFs as the field's products make them: typst writes, pyHanko attaches and signs."""

from __future__ import annotations

import datetime
from io import BytesIO

import pytest
import typst
from asn1crypto import keys, x509  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import CertificateBuilder, Name, NameAttribute, random_serial_number
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from huella.proof import paper

PAGES = (
    b'#set document(title: "Orden")\n= Orden\n#table(columns: 2, [a], [b], [c], [d])\nS/ 10 #pagebreak() fin'
)


@pytest.fixture(scope="module")
def original() -> bytes:
    made = typst.compile(PAGES, format="pdf", pdf_standards=["a-3a"])
    assert isinstance(made, bytes)
    return made + b"\n"


@pytest.fixture(scope="module")
def signer() -> signers.SimpleSigner:
    key = ec.generate_private_key(ec.SECP256R1())
    name = Name([NameAttribute(NameOID.COMMON_NAME, "Firma de prueba")])
    day = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
    builder = CertificateBuilder(name, name, key.public_key(), random_serial_number())
    made = builder.not_valid_before(day).not_valid_after(day + datetime.timedelta(days=9))
    certificate = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(certificate),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )


def attach(document: bytes, name: str, body: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(document))
    stored = embed.EmbeddedFileObject.from_file_data(writer, body, mime_type="application/json")
    embed.embed_file(writer, embed.FileSpec(name, file_name=name, embedded_data=stored))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def sign(document: bytes, signer: signers.SimpleSigner, box: tuple[int, int, int, int] | None) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(document))
    field = fields.SigFieldSpec("Firma1", box=box)
    metadata = signers.PdfSignatureMetadata(field_name="Firma1")
    signed = signers.PdfSigner(metadata, signer=signer, new_field_spec=field).sign_pdf(writer)
    return bytes(signed.getbuffer())


def test_the_portals_copy_is_unchanged_and_gives_its_evidence_back(original: bytes) -> None:
    copy = attach(original, "evidencia.huella.json", b'{"format":"huella/evidence/1"}')
    assert copy.startswith(original)
    assert paper.compare(copy, len(original)).status == "unchanged"
    assert paper.embedded(copy) == [("evidencia.huella.json", b'{"format":"huella/evidence/1"}')]


def test_an_invisible_signature_leaves_the_document_unchanged(
    original: bytes, signer: signers.SimpleSigner
) -> None:
    signed = sign(attach(original, "a.json", b"{}"), signer, None)
    assert paper.compare(signed, len(original)).status == "unchanged"


def test_a_visible_signature_changes_the_page(original: bytes, signer: signers.SimpleSigner) -> None:
    found = paper.compare(sign(original, signer, (10, 10, 200, 60)), len(original))
    assert found.status == "changed"


def test_a_page_that_an_update_turns_is_changed(original: bytes) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(original))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = generic.NumberObject(90)
    writer.update_container(page)
    out = BytesIO()
    writer.write(out)
    assert paper.compare(out.getvalue(), len(original)).status == "changed"


def test_an_attachment_over_the_bound_is_left_out(original: bytes) -> None:
    bomb = attach(attach(original, "bomb.json", b"\0" * (paper.MAX_ATTACHMENT + 1)), "a.json", b"{}")
    assert [name for name, _ in paper.embedded(bomb)] == ["a.json"]


def test_a_document_that_is_no_pdf_cannot_be_compared() -> None:
    assert paper.compare(b"hello\n and more", 6).status == "unreadable"
    assert paper.embedded(b"hello") == []
