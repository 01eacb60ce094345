"""The public version of an order's PDF: for everybody, without personal data and without the code."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from cast import Clock, anchored, natural_order, registry
from cli.program import spawn
from documents import paper
from huella.flow.paper import complete_data, order_paper, public_paper, seal_orders
from huella.flow.publish import newest_entry
from huella.proof import evidence as files
from huella.proof.paper import embedded
from huella.proof.verify import verify

pytestmark = pytest.mark.slow
NUMBER = "OCAM-2026-1335-1-0"
PERSONAL = ("10000000006", "PERSONA DE EJEMPLO", "Ana Ejemplo", "ana@example.pe", "Jr. Ejemplo")


class Pages(NamedTuple):
    """An order of a natural person: its public version, the whole paper, its code, and the registry's folder."""

    public: bytes
    whole: bytes
    code: str
    folder: Path


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    folder = tmp_path_factory.mktemp("public")
    settings = {"documents__order_pdf": "sealing", "registry__address": "https://huella.example.pe"}
    with registry(folder, None, Clock(), **settings) as house:
        seal_orders(house, [natural_order()])
        anchored(house)
        code = complete_data(house, newest_entry(house, NUMBER))["verification_code"]
        return Pages(public_paper(house, NUMBER), order_paper(house, NUMBER), code, folder)


def test_nothing_personal_stands_on_the_public_version(pages: Pages) -> None:
    shown, whole = paper.text(pages.public), paper.text(pages.whole)
    assert [text for text in PERSONAL if text in shown] == []
    assert [text for text in PERSONAL if text not in whole] == []


def test_the_code_stands_nowhere_in_its_bytes_nor_in_its_evidence(pages: Pages) -> None:
    ((_, evidence),) = embedded(pages.public)
    with paper.opened(pages.public) as pdf:
        objects = b"".join(repr(one).encode() for one in pdf.objects)
    assert pages.code in paper.text(pages.whole)
    assert pages.code not in paper.text(pages.public)
    assert pages.code.encode() not in pages.public + objects + evidence
    assert files.parse(evidence).disclosures == ()


def test_amounts_and_places_stand_as_on_the_whole_paper(pages: Pages) -> None:
    for text in (
        "S/ 2,950.00",
        "S/ 450.00",
        "SEGURO SOCIAL DE SALUD",
        "LIMA / LIMA / LIMA",
        "LLANTA 185/65 R15",
    ):
        assert text in paper.text(pages.public)
    assert paper.text(pages.public).count("Reservado") >= 4


def test_it_says_what_it_is_and_its_qr_leads_to_the_order_s_own_page(pages: Pages) -> None:
    assert "Versión pública" in paper.text(pages.public)
    assert "No es el documento registrado" in paper.text(pages.public)
    assert [code.text for code in paper.codes(pages.public, 100)] == [
        f"https://huella.example.pe/orders/{NUMBER}"
    ]


def test_its_evidence_is_authentic_and_the_page_by_itself_is_not(pages: Pages, tmp_path: Path) -> None:
    ((name, evidence),) = embedded(pages.public)
    path = tmp_path / "public.pdf"
    path.write_bytes(pages.public)
    ran = spawn("verify", path, "--trust", pages.folder / "trust.json", "--json")
    (result,) = ran.value["results"]
    assert name == "constancia.huella.json"
    assert verify(evidence, None).check(5).status == "passed"
    assert (ran.code, result["overall"], result["checks"][3]["code"]) == (3, "unknown", "page-not-recorded")
