"""huella verify tells integrity, issuer and state apart, names a forged page's figures, and reads photographs."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import segno
from pypdfium2 import PdfDocument  # type: ignore[import-untyped]

from cast import NOON
from cli.program import FIRST, Run
from documents import orders
from huella.documents.attach import attach_evidence
from huella.documents.order import render_order
from huella.flow.reading import order_of
from huella.proof.paper import embedded

PORTAL = "http://localhost:8000"


def trust(folder: Path) -> tuple[str, Path]:
    return "--trust", folder / "trust.json"


@pytest.fixture
def forged(paper: Path, tmp_path: Path) -> Path:
    """The first order's page made anew with another total, and the true evidence attached to it."""
    ((_, evidence),) = embedded(paper.read_bytes())
    found = order_of(evidence)
    assert found is not None
    order = msgspec.structs.replace(found[1], total=Decimal("29500.00"))
    page = render_order(order, FIRST, orders.CODE, orders.ADDRESS)
    path = tmp_path / "forged.pdf"
    path.write_bytes(attach_evidence(page, evidence, NOON))
    return path


@pytest.fixture
def photograph(paper: Path, tmp_path: Path) -> Path:
    """The first order's paper as a JPEG of 110 dpi."""
    path = tmp_path / "photo.jpg"
    PdfDocument(paper.read_bytes())[0].render(scale=110 / 72).to_pil().save(path, quality=50)
    return path


def test_the_three_answers_stand_below_the_verdict(kept: Path, paper: Path, huella: Run) -> None:
    ran = huella("verify", paper, *trust(kept))
    assert "Integrity: intact" in ran.out
    assert "Issuer: the registry; not independently attested" in ran.out
    assert "State not checked" in ran.out


def test_a_forged_total_is_refused_and_named(kept: Path, forged: Path, huella: Run) -> None:
    ran = huella("verify", forged, *trust(kept))
    assert ran.code == 1
    assert "Integrity: ALTERED: the document is not the one recorded" in ran.out
    assert "total: sealed 2,950.00, the paper says 29,500.00" in ran.out


def test_a_forged_total_is_named_in_spanish_too(kept: Path, forged: Path, huella: Run) -> None:
    ran = huella("verify", forged, *trust(kept), HUELLA_LANG="es")
    assert "total: sellado 2,950.00, el papel dice 29,500.00" in ran.out


def test_the_json_has_the_text_and_the_three_answers(kept: Path, forged: Path, huella: Run) -> None:
    (found,) = huella("verify", forged, *trust(kept), "--json").value["results"]
    assert found["text"]["differences"] == [
        {"pointer": "/total", "sealed": "2,950.00", "present": "29,500.00"}
    ]
    assert {name: part["word"] for name, part in found["parts"].items()} == {
        "integrity": "altered",
        "issuer": "unattested",
        "state": "unknown",
    }


def test_a_page_that_reads_the_same_stays_altered(
    kept: Path, paper: Path, tmp_path: Path, huella: Run
) -> None:
    ((_, evidence),) = embedded(paper.read_bytes())
    number, order = order_of(evidence) or pytest.fail("no order")
    copy = tmp_path / "copy.pdf"
    copy.write_bytes(
        attach_evidence(render_order(order, number, orders.CODE, orders.ADDRESS), evidence, NOON)
    )
    ran = huella("verify", copy, *trust(kept), "--json")
    assert (ran.code, ran.value["results"][0]["text"]["word"]) == (1, "same")


def test_a_good_paper_needs_no_explanation(kept: Path, paper: Path, huella: Run) -> None:
    assert "text" not in huella("verify", paper, *trust(kept), "--json").value["results"][0]


def test_a_photograph_shows_what_the_paper_has_to_say(own: Path, photograph: Path, huella: Run) -> None:
    ran = huella("verify", "--scan", photograph, folder=own)
    assert ran.code == 0, ran.err
    assert f"Compare each line of order {FIRST} with the paper" in ran.out
    assert "2,950.00" in ran.out
    assert "A QR is copied with its paper" in ran.out


def test_a_photograph_beside_its_evidence_needs_no_registry(
    own: Path, photograph: Path, evidence: Path, tmp_path: Path, huella: Run
) -> None:
    ran = huella(
        "verify", "--scan", photograph, evidence, "--portal", PORTAL, *trust(own), "--json", folder=tmp_path
    )
    record = ran.value["record"]
    assert (ran.code, record["from"], record["order"]) == (0, "evidence", FIRST)
    assert {"pointer": "/total", "value": "2,950.00"} in record["fields"]


def test_a_photograph_without_a_trust_file_is_not_vouched_for(
    photograph: Path, evidence: Path, tmp_path: Path, huella: Run
) -> None:
    assert huella("verify", "--scan", photograph, evidence, "--portal", PORTAL, folder=tmp_path).code == 3


def test_a_qr_of_another_domain_is_refused_in_words(own: Path, tmp_path: Path, huella: Run) -> None:
    out = io.BytesIO()
    segno.make(f"https://huella.example.com/v/{orders.CODE}").save(out, kind="png", scale=6)
    path = tmp_path / "other.png"
    path.write_bytes(out.getvalue())
    ran = huella("verify", "--scan", path, folder=own)
    assert ran.code == 3
    assert "REFUSED: the QR leads to another domain" in ran.out
    assert "huella.example.com" in ran.out


def test_a_code_that_no_paper_carries_is_named(own: Path, tmp_path: Path, huella: Run) -> None:
    out = io.BytesIO()
    segno.make(f"{PORTAL}/v/{orders.CODE}").save(out, kind="png", scale=6)
    path = tmp_path / "unknown.png"
    path.write_bytes(out.getvalue())
    ran = huella("verify", "--scan", path, folder=own)
    assert ran.code != 0
    assert "no paper of this registry carries this code" in ran.err


def test_a_picture_without_a_qr_says_how_to_take_a_better_one(own: Path, tmp_path: Path, huella: Run) -> None:
    path = tmp_path / "blank.png"
    PdfDocument(render_order(orders.imported(), orders.NUMBER, orders.CODE, orders.ADDRESS))[0].render(
        scale=0.2
    ).to_pil().save(path)
    ran = huella("verify", "--scan", path, folder=own)
    assert ran.code == 3
    assert "no QR was found" in ran.out
