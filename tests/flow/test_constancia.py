"""The constancia of an order: what was registered, its offers, its life, what stands for it; signed, public only."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

import offer_cases as people
from cast import Clock, anchored, natural_order, order, registry, sealed
from cli.program import spawn
from documents import paper
from flow import test_stories as story
from huella.errors import NotFound, SigningUnavailable
from huella.flow import constancia, issue
from huella.flow.worker import Worker, jobs
from huella.proof.paper import embedded
from huella.proof.verify import verify
from huella.store.papers import Papers

pytestmark = pytest.mark.slow
PERSONAL = ("PERSONA DE EJEMPLO", "10000000006", "Ana Ejemplo", "Jr. Ejemplo", "ana@example.pe")


class Made(NamedTuple):
    """A paid order of an award in both languages, what its log says, and the registry's folder."""

    spanish: bytes
    english: bytes
    leaves: list[str]
    claims: list[str]
    folder: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder, clock, shape = tmp_path_factory.mktemp("constancia"), Clock(story.START), story.SHAPES[4]
    with registry(folder, None, clock, registry__address="https://huella.example.pe") as house:
        sealed(house, story.requirement(shape))
        story.compete(house, shape, clock)
        sealed(house, story.order(house, shape, clock))
        clock.forward(days=1)
        sealed(house, story.fact("order.accepted", clock, mode="explicit"))
        story.deliver(house, clock)
        anchored(house)
        index = constancia.newest(house, story.ORDER)
        both = [issue.issued(house, kind, index) for kind in constancia.KINDS.values()]
        leaves = [entry.leaf.hex() for entry in house.journal.of_subject(story.ORDER)]
        claims = [
            claim.leaf for claim in constancia.tell(house, house.journal.entries(index, index + 1)[0]).claims
        ]
    return Made(both[0], both[1], leaves, claims, folder)


def test_every_record_of_the_order_stands_there_with_its_hash(made: Made) -> None:
    text = paper.text(made.spanish)
    assert len(made.leaves) == 14
    assert [leaf for leaf in made.leaves if leaf not in text.replace(" ", "")] == []
    assert text.count("Entrega pagada") == 4


def test_every_claimed_offer_stands_there_by_its_hash_with_what_was_disclosed(made: Made) -> None:
    text = paper.text(made.spanish)
    assert len(made.claims) == 2
    assert [leaf for leaf in made.claims if leaf not in text.replace(" ", "")] == []
    assert str(people.ORGANISATION["ruc"]) in text
    assert "persona natural" in text
    assert str(people.PERSON["ruc"]) not in text


def test_it_says_in_words_what_was_registered_when_and_where(made: Made) -> None:
    text = paper.text(made.spanish)
    assert f"La orden de compra {story.ORDER}, de " in text
    assert "quedó anclada en la cadena de bloques el" in text
    for words in (
        "Lo que prueba",
        "Lo que no prueba",
        "Cómo comprobarla sin confiar en nadie",
        "Raíz del registro",
    ):
        assert words.lower() in text.lower()
    assert "Cadena de una sola organización" in text


def test_it_speaks_english_too(made: Made) -> None:
    text = paper.text(made.english)
    assert f"The purchase order {story.ORDER}, from " in text
    assert "Delivery paid" in text
    assert "Autoridad de desarrollo" in text  # whoever signs is told in the language of the law
    with paper.opened(made.english) as pdf:
        assert str(pdf.Root.Lang).startswith("en")


def test_a_reader_finds_it_authentic_by_the_registry_s_trust_file(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "constancia.pdf"
    path.write_bytes(made.spanish)
    ran = spawn("verify", path, "--trust", made.folder / "trust.json", "--json")
    (result,) = ran.value["results"]
    assert (ran.code, result["overall"]) == (0, "authentic")
    assert [check["status"] for check in result["checks"][10:]] == ["passed"] * 6


def test_a_page_that_was_edited_before_somebody_else_signed_is_not(made: Made, tmp_path: Path) -> None:
    unsigned = tmp_path / "edited.pdf"
    with registry(made.folder) as house:
        index = constancia.newest(house, story.ORDER)
        unsigned.write_bytes(constancia.render(house, index, "es", "Firmado digitalmente por el registro."))
    ran = spawn("verify", unsigned, "--trust", made.folder / "trust.json", "--json")
    assert (ran.code, ran.value["results"][0]["overall"]) == (3, "unknown")


def test_the_qr_leads_to_the_order_s_page(made: Made) -> None:
    assert [code.text for code in paper.codes(made.spanish, 100)] == [
        f"https://huella.example.pe/orders/{story.ORDER}"
    ]


def test_nothing_personal_stands_there_or_in_its_evidence(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        sealed(house, natural_order())
        anchored(house)
        body = issue.issued(house, "constancia", constancia.newest(house, "OCAM-2026-1335-1-0"))
        ((_, evidence),) = embedded(body)
        assert verify(evidence, house.trust).overall == "authentic"
    assert [text for text in PERSONAL if text in paper.text(body) or text.encode() in evidence] == []
    assert "Reservado" in paper.text(body)


def test_before_the_anchor_it_waits_and_the_worker_makes_it_behind(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        sealed(house, order())
        with pytest.raises(SigningUnavailable, match="once its entry is anchored"):
            issue.issued(house, "constancia", 0)
        Worker(house, [job for job in jobs() if job.name in ("anchor", "sign")], print).round(lambda: False)
        found = Papers(house.engine).find("constancia/0")
        assert found is not None
        assert issue.issued(house, "constancia", 0) == found.body


def test_without_a_signature_service_it_waits_and_sealing_goes_on(tmp_path: Path) -> None:
    with registry(tmp_path, signatures__key="pkcs12") as house:
        sealed(house, order())
        anchored(house)
        with pytest.raises(SigningUnavailable, match=r"signatures\.authorities"):
            issue.issued(house, "constancia", 0)
        sealed(house, order(2))
        assert anchored(house) == 1
        assert Papers(house.engine).counts() == {"due": 1, "signed": 0}


def test_where_nothing_signs_it_says_so_on_every_page(tmp_path: Path) -> None:
    with registry(tmp_path, signatures__key="none") as house:
        sealed(house, order())
        anchored(house)
        body = issue.issued(house, "constancia", 0)
    assert b"/ByteRange" not in body
    assert all("Sin firma digital" in page for page in paper.texts(body))


def test_a_paper_that_cannot_be_made_holds_up_no_other(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        sealed(house, order(1), order(2))
        anchored(house)
        Papers(house.engine).ask("book", 0)  # entry 0 names no book
        Papers(house.engine).ask("constancia", 1)
        worker = Worker(house, [job for job in jobs() if job.name == "sign"], lambda *_: None)
        worker.round(lambda: False)
        (row,) = worker.report()
        assert (row["done"], row["refused"]) == (1, 1)


def test_what_is_no_order_has_none(tmp_path: Path) -> None:
    with registry(tmp_path) as house, pytest.raises(NotFound, match="is not registered"):
        constancia.newest(house, "OCAM-2026-1335-1-0")
