"""Papers that the registry issues, before strangers' validators: constancia, book, public version, a long order."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import pytest

from cast import Clock, anchored, registry, sealed
from documents import orders, paper
from flow import test_stories as story
from huella.documents.order import render_order
from huella.flow import book, constancia, issue
from huella.flow.paper import public_paper
from huella.flow.worker import Worker, jobs
from huella.records.model import Party
from huella.store.papers import Papers
from referees import Dss, VeraPdf

pytestmark = pytest.mark.slow
LONG = "CORPORACIÓN DE SERVICIOS E INVERSIONES TECNOLÓGICAS HERMANOS QUISPE CCORIMANYA DEL SUR SOCIEDAD ANÓNIMA CERRADA"


class Issued(NamedTuple):
    """What the registry issued of an awarded order, all signed but the public version; its root, and the time."""

    papers: dict[str, bytes]
    root: bytes
    now: datetime


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    clock, shape = Clock(story.START), story.SHAPES[3]
    with registry(tmp_path_factory.mktemp("issued"), None, clock) as house:
        sealed(house, story.requirement(shape))
        story.compete(house, shape, clock)
        sealed(house, story.order(house, shape, clock))
        anchored(house)
        index = constancia.newest(house, story.ORDER)
        found = {kind: issue.issued(house, kind, index) for kind in constancia.KINDS.values()}
        clock.forward(days=1)
        worker = Worker(house, [job for job in jobs() if job.name in ("anchor", "book", "sign")], print)
        for _ in range(2):
            worker.round(lambda: False)
        (made,) = book.Books().all(house)
        kept = Papers(house.engine).find(f"book/{made.entry}")
        assert kept is not None
        assert kept.body is not None
        found |= {"book": kept.body, "public": public_paper(house, story.ORDER)}
        assert house.trust.papers is not None
        return Issued(found, house.trust.papers.authorities[0], house.now())


@pytest.mark.parametrize("kind", ["constancia", "constancia-en", "book", "public"])
def test_each_kind_is_pdf_a_3a_and_pdf_ua_1(verapdf: VeraPdf, issued: Issued, kind: str) -> None:
    assert verapdf.failed(issued.papers[kind]) == []


@pytest.mark.parametrize("kind", ["constancia", "constancia-en", "book"])
def test_dss_says_of_each_signed_kind_that_it_is_valid_at_level_lta(
    dss: Dss, issued: Issued, kind: str
) -> None:
    (found,) = dss.signatures(issued.papers[kind], issued.root, issued.now)
    assert (found.level, found.verdict, found.errors) == ("PAdES-BASELINE-LTA", "TOTAL_PASSED", [])


@pytest.mark.parametrize("kind", ["constancia", "constancia-en", "book"])
def test_every_page_of_each_signed_kind_says_that_the_development_authority_signed(
    issued: Issued, kind: str
) -> None:
    assert all("Autoridad de desarrollo" in page for page in paper.texts(issued.papers[kind]))


def test_an_order_of_sixty_products_and_24_deliveries_with_long_names_is_whole_and_by_the_standards(
    verapdf: VeraPdf,
) -> None:
    made = orders.make(
        60, 3, 8, supplier=Party(ruc="20999999922", name=LONG), entity=Party(ruc="20999999914", name=LONG)
    )
    body = render_order(made, orders.NUMBER, orders.CODE, orders.ADDRESS)
    pages = paper.texts(body)
    assert verapdf.failed(body) == []
    assert len(pages) == 6
    assert all(orders.CODE in page and orders.NUMBER in page for page in pages)
    assert all(f"FP-{n} " in " ".join(pages) for n in range(1, 61))
    assert all("Cantidad Precio unitario" in page for page in pages[:3])  # the head is repeated
