"""What strangers' validators say of our papers: veraPDF of PDF/A-3a and PDF/UA-1, the EU's DSS of the signature."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import offer_cases as people
import tenders
from cast import NOON, anchored
from documents import orders, signed
from huella.documents.attach import attach_evidence
from huella.documents.authority import ROOT
from huella.documents.order import render_order
from huella.flow.receipt import receipt_paper
from huella.flow.worker import Worker, jobs
from referees import Dss, Signature, VeraPdf

pytestmark = pytest.mark.slow
LATER = NOON + timedelta(minutes=1)


class Receipts:
    """One offer's receipt: before its anchor, and signed by the worker behind it."""

    def __init__(self, folder: Path) -> None:
        with tenders.fair(folder) as fair:
            house = fair.house
            (sent,) = fair.send(tenders.quote(fair.request, people.rosa()))
            self.early = receipt_paper(house, sent.index)
            anchored(house)
            Worker(house, [job for job in jobs() if job.name == "sign"], print).round(lambda: False)
            self.signed = receipt_paper(house, sent.index)
            assert house.trust.papers is not None
            (self.root,) = house.trust.papers.authorities
            self.now = house.now()


@pytest.fixture(scope="module")
def receipts(tmp_path_factory: pytest.TempPathFactory) -> Receipts:
    return Receipts(tmp_path_factory.mktemp("standards"))


def told(dss: Dss, paper: bytes) -> Signature:
    """What DSS says of a paper's one signature, with the tests' authority trusted."""
    (found,) = dss.signatures(paper, signed.ours().authority.certificate(ROOT), LATER)
    return found


@pytest.mark.parametrize("shape", orders.SHAPES)
def test_an_order_of_every_shape_and_its_copy_are_pdf_a_3a_and_pdf_ua_1(verapdf: VeraPdf, shape: str) -> None:
    body = render_order(orders.make(*orders.SHAPES[shape]), orders.NUMBER, orders.CODE, orders.ADDRESS)
    assert verapdf.failed(body) == []
    assert verapdf.failed(attach_evidence(body, signed.EVIDENCE, NOON)) == []


def test_a_signed_order_stays_pdf_a_3a_and_pdf_ua_1(verapdf: VeraPdf) -> None:
    assert verapdf.failed(signed.paper()) == []


def test_a_renewed_order_stays_pdf_a_3a_and_pdf_ua_1(verapdf: VeraPdf) -> None:
    assert verapdf.failed(signed.ours().signing.renew(signed.paper())) == []


def test_a_receipt_is_pdf_a_3a_and_pdf_ua_1_before_and_behind_its_signature(
    verapdf: VeraPdf, receipts: Receipts
) -> None:
    assert verapdf.failed(receipts.early) == []
    assert verapdf.failed(receipts.signed) == []


def test_dss_says_of_a_signed_order_that_it_is_valid_at_level_lta(dss: Dss) -> None:
    found = told(dss, signed.paper())
    assert (found.level, found.verdict, found.errors) == ("PAdES-BASELINE-LTA", "TOTAL_PASSED", [])
    assert found.intact
    assert found.time == NOON.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_dss_says_of_a_receipt_that_the_worker_signed_that_it_is_valid_at_level_lta(
    dss: Dss, receipts: Receipts
) -> None:
    (found,) = dss.signatures(receipts.signed, receipts.root, receipts.now)
    assert (found.level, found.verdict, found.errors) == ("PAdES-BASELINE-LTA", "TOTAL_PASSED", [])


def test_dss_says_lta_after_a_renewal_when_the_signer_s_certificate_has_ended(
    dss: Dss, tmp_path: Path
) -> None:
    house = signed.house(tmp_path, "renewed")
    paper = house.signing.sign(signed.body())
    house.clock.forward(days=365 * 9)
    renewed = house.signing.renew(paper)
    house.clock.forward(days=30)
    (found,) = dss.signatures(renewed, house.authority.certificate(ROOT), house.clock())
    assert (found.level, found.verdict, found.stamps) == ("PAdES-BASELINE-LTA", "TOTAL_PASSED", 3)


# the referees can say no


def test_verapdf_names_the_rule_that_a_broken_paper_breaks(verapdf: VeraPdf) -> None:
    untagged = signed.rewritten(signed.body(), lambda pdf: pdf.Root.__delitem__("/MarkInfo"))
    found = verapdf.failed(untagged)
    assert any(each.startswith("3a 6.7.2.2-1") for each in found)
    assert any(each.startswith("ua1 6.2-1") for each in found)


def test_dss_refuses_changed_bytes(dss: Dss) -> None:
    paper = bytearray(signed.paper())
    paper[len(signed.body()) // 2] ^= 1
    assert told(dss, bytes(paper)).verdict == "TOTAL_FAILED"


def test_dss_does_not_accept_a_stranger_s_signature(dss: Dss) -> None:
    found = told(dss, signed.strangers().signing.sign(signed.body()))
    assert (found.verdict, found.reason) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")


def test_dss_tells_a_signature_without_validation_data_from_one_that_lasts(dss: Dss) -> None:
    signer = signed.issue(signed.ours().authority)
    assert told(dss, signed.plainly(signer, signed.body())).level == "PAdES-BASELINE-B"
