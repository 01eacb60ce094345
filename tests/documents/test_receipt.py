"""The receipt of an offer on paper: one page that says what it proves and what not, with its evidence attached."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import offer_cases as people
import tenders
from cast import anchored
from documents import paper
from huella.documents.receipt import address, page, render_receipt
from huella.errors import InputError
from huella.flow import procedure
from huella.flow.receipt import NAME, newest_of_offer, receipt, receipt_paper
from huella.proof import evidence as files
from huella.proof.evidence import Evidence
from huella.proof.paper import embedded
from huella.proof.verify import verify
from huella.records import offer

BASE = "https://huella.example.pe"


class Papers:
    """The receipts of one offer: before the anchor, behind it, and a late one's."""

    def __init__(self, folder: Path) -> None:
        with tenders.fair(folder) as fair:
            house = fair.house
            (sent,) = fair.send(tenders.quote(fair.request, people.rosa()))
            self.waiting = receipt_paper(house, sent.index)
            anchored(house)
            self.anchored = receipt_paper(house, sent.index)
            self.again = receipt_paper(house, sent.index)
            self.evidence = receipt(house, sent.index)
            self.trust = house.trust
            self.order = files.parse(receipt(house, 0).encode())
            fair.clock.forward(days=2, hours=8)
            procedure.close(house, tenders.NUMBER)
            late = tenders.quote(fair.request, people.andina())
            procedure.submit(house, [offer.offer_file(late, fair.request)])
            self.late = receipt_paper(house, newest_of_offer(house, late.offer.subject).index)
        self.leaf = sent.leaf.hex()
        self.code = json.loads(self.evidence.record)["subject"]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers(tmp_path_factory.mktemp("papers"))


def drawn(evidence: Evidence, at: str | None = "2026-11-23T14:00:03.000Z", attested: bool = True) -> bytes:
    return render_receipt(evidence, BASE, at, attested=attested)


def test_the_page_says_which_offer_stands_where(papers: Papers) -> None:
    (text,) = paper.texts(papers.anchored)
    assert "Constancia de recepción de oferta" in text
    for word in (papers.code, "Oferta recibida", "REQ-2026-1335-42", "25/11/2026", "23/11/2026 09:00"):
        assert word in text
    assert papers.leaf in text.replace(" ", "")
    assert papers.evidence.proof.checkpoint.root.hex() in text.replace(" ", "")


def test_the_page_says_what_it_does_not_prove(papers: Papers) -> None:
    text = paper.text(papers.anchored)
    assert "LO QUE NO PRUEBA" in text
    assert "La hora exacta: la del registro es su palabra" in text
    assert "Nada del contenido" in text
    assert "sin atestación independiente" in text


def test_before_the_anchor_the_page_says_so(papers: Papers) -> None:
    assert "Todavía no está anclada" in paper.text(papers.waiting)
    assert "Todavía no está anclada" not in paper.text(papers.anchored)


def test_nothing_of_bidder_or_prices_is_in_page_or_evidence(papers: Papers) -> None:
    (_, attached) = embedded(papers.anchored)[0]
    for told in (paper.text(papers.anchored), attached.decode()):
        assert people.PERSON["ruc"] not in told
        assert "QUISPE" not in told
        assert "2150" not in told


def test_the_attached_evidence_is_authentic_and_ties_the_offer_to_its_requirement(papers: Papers) -> None:
    ((name, attached),) = embedded(papers.anchored)
    assert name == NAME
    assert verify(attached, papers.trust).overall == "authentic"
    assert len(files.parse(attached).disclosures) == 1


def test_the_same_receipt_has_the_same_bytes(papers: Papers) -> None:
    assert papers.anchored == papers.again


def test_the_qr_reads_at_a_hundred_dots_and_leads_to_the_offer(papers: Papers) -> None:
    found = paper.codes(drawn(papers.evidence), 100)
    assert [code.text for code in found] == [f"{BASE}/v/{papers.code}"]


def test_it_is_an_archive_and_accessible_file_in_spanish(papers: Papers) -> None:
    with paper.opened(papers.anchored) as pdf:
        assert str(pdf.Root.Lang) == "es-PE"
        assert pdf.Root.MarkInfo.Marked
        metadata = bytes(pdf.Root.Metadata.read_bytes())
    assert b"<pdfaid:part>3</pdfaid:part>" in metadata
    assert b"<pdfuaid:part>1</pdfuaid:part>" in metadata


def test_a_late_offer_gets_a_paper_that_says_late(papers: Papers) -> None:
    (text,) = paper.texts(papers.late)
    assert "Oferta rechazada: llegó después del cierre" in text
    assert "Constancia de oferta rechazada" in text
    assert "ocupa este asiento" not in text


def test_attested_chains_are_not_called_one_organisations(papers: Papers) -> None:
    assert "sin atestación" not in paper.text(drawn(papers.evidence))


def test_the_page_adds_no_facts_to_its_data(papers: Papers) -> None:
    data = page(papers.evidence, address(BASE, papers.code), None, attested=True)
    assert data["facts"][0]["label"] == "Requerimiento"
    assert data["anchor"][0]["label"] == "Cadena y bloque"


def test_only_offers_have_such_a_receipt(papers: Papers) -> None:
    with pytest.raises(InputError, match="made for an offer"):
        drawn(papers.order)
