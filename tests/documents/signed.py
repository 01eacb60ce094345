"""Signed papers for the tests: a development authority at noon, one signed order, and what forgers do to it."""

from __future__ import annotations

import functools
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

from cast import NOON, Clock, randomness
from documents import orders
from huella.documents.attach import attach_evidence
from huella.documents.authority import ISSUER, ROOT, Authority, Holder, make
from huella.documents.order import render_order
from huella.documents.sign import HeldPen, Pen, Signing
from huella.documents.sign_check import check
from huella.documents.sign_keys import HeldSigner, of_authority
from huella.documents.sign_time import StampAuthority
from huella.proof.trust import Papers
from huella.proof.verdict import Check, Verdict, with_paper

EVIDENCE = b'{"format":"huella/evidence/1"}'


class House(NamedTuple):
    """An authority, all that signs with it, and what a reader accepts."""

    folder: Path
    authority: Authority
    signing: Signing
    papers: Papers
    clock: Clock


def house(folder: Path, seed: str = "authority", operator: str = "Perú Compras") -> House:
    """A development authority of its own, with clock and randomness of the tests."""
    clock = Clock(NOON)
    random = randomness(seed)
    make(folder, operator, "https://huella.example.pe", clock, random)
    authority = Authority(folder, clock, random)
    root = authority.certificate(ROOT)
    return House(
        folder,
        authority,
        signing(authority, HeldPen(of_authority(authority)), clock),
        Papers((root,), (root,)),
        clock,
    )


def signing(
    authority: Authority, pen: Pen, clock: Clock, stamps: Sequence[StampAuthority] | None = None
) -> Signing:
    root = authority.certificate(ROOT)
    if stamps is None:
        stamps = [StampAuthority("own", authority.stamp, [root], clock)]
    chain = [authority.certificate(ISSUER)]
    return Signing(pen, stamps, [root], lambda: (authority.crls(), ()), clock, "Prueba", chain)


def issue(authority: Authority, name: str = "otro", days: int = 365, **usage: bool) -> HeldSigner:
    """One more signer below an authority."""
    issuer = authority.holder(ISSUER)
    key = ec.derive_private_key(int.from_bytes(name.encode()) + days, ec.SECP256R1())
    return HeldSigner(
        key,
        certified(key, issuer, name, days, **usage),
        [authority.certificate(each) for each in (ISSUER, ROOT)],
    )


def certified(
    key: ec.EllipticCurvePrivateKey, issuer: Holder, name: str, days: int, signs: bool = True
) -> bytes:
    start = NOON - timedelta(days=2)
    usage = x509.KeyUsage(False, signs, not signs, False, False, False, False, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(name.encode()[:12]) + days)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(usage, critical=True)
        .sign(issuer.key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.DER)


@functools.cache
def body() -> bytes:
    """An order's PDF with its evidence attached, not signed."""
    order = orders.make(2, 1, 1)
    made = render_order(order, orders.NUMBER, orders.CODE, orders.ADDRESS)
    return attach_evidence(made, EVIDENCE, NOON)


@functools.cache
def ours() -> House:
    return house(Path(tempfile.mkdtemp(prefix="huella-signed-")))


@functools.cache
def strangers() -> House:
    """Somebody who calls himself as we do, with keys of his own."""
    return house(Path(tempfile.mkdtemp(prefix="huella-signed-")), "stranger")


@functools.cache
def paper() -> bytes:
    """The signed order, B-LTA."""
    return ours().signing.sign(body())


def plainly(signer: HeldSigner, raw: bytes, stamp: StampAuthority | None = None) -> bytes:
    """A signature without validation data (B-B, or B-T): nothing is looked at before signing."""
    meta = PdfSignatureMetadata(
        field_name=f"Otra{len(raw)}", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    made = PdfSigner(meta, signer, timestamper=stamp).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(raw)), output=io.BytesIO()
    )
    return bytes(made.getvalue())


def looked(raw: bytes, papers: Papers | None = None, now: datetime | None = None) -> dict[int, Check]:
    found = check(raw, papers or ours().papers, now or NOON + timedelta(minutes=1))
    return {each.number: each for each in found}


def verdict(raw: bytes, papers: Papers | None = None) -> Verdict:
    return with_paper(None, tuple(looked(raw, papers).values()))


def update(raw: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """An incremental update, as a forger adds one."""
    writer = IncrementalPdfFileWriter(io.BytesIO(raw))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def rewritten(raw: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    """The whole file written anew, with the old signature in it."""
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def stream(writer: IncrementalPdfFileWriter, content: bytes) -> generic.IndirectObject:
    return writer.add_object(generic.StreamObject(stream_data=content))


@contextmanager
def service(answer: Callable[[bytes], bytes | None]) -> Iterator[str]:
    """A signing service on loopback: gets a PDF, gives what `answer` makes of it (None: it is down)."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made = answer(self.rfile.read(int(self.headers["Content-Length"])))
            if made is None:
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(made)))
            self.end_headers()
            self.wfile.write(made)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/sign"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
