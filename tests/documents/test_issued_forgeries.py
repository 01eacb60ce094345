"""What forgers do to a constancia and to a book of hashes: each is refused, with the reason that fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from cast import Clock, anchored, registry, sealed
from documents import signed
from documents.test_forgeries import page
from flow import test_stories as story
from huella.flow import book, constancia, issue
from huella.flow.papers import check_paper
from huella.flow.worker import Worker, jobs
from huella.proof.paper import embedded
from huella.proof.trust import Trust
from huella.proof.verdict import Verdict, with_paper
from huella.proof.verify import verify
from huella.store.papers import Papers

pytestmark = pytest.mark.slow
KINDS = ("constancia", "book")
Forge = Callable[[bytes], bytes]


class Issued(NamedTuple):
    """The signed papers of a registry by kind, its trust file, and the time."""

    papers: dict[str, bytes]
    trust: Trust
    now: datetime


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    clock, shape = Clock(story.START), story.SHAPES[3]
    with registry(tmp_path_factory.mktemp("forgeries"), None, clock) as house:
        sealed(house, story.requirement(shape))
        story.compete(house, shape, clock)
        sealed(house, story.order(house, shape, clock))
        anchored(house)
        index = constancia.newest(house, story.ORDER)
        found = {"constancia": issue.issued(house, "constancia", index)}
        clock.forward(days=1)
        worker = Worker(house, [job for job in jobs() if job.name in ("anchor", "book", "sign")], print)
        for _ in range(2):
            worker.round(lambda: False)
        (made,) = book.Books().all(house)
        kept = Papers(house.engine).find(f"book/{made.entry}")
        assert kept is not None
        assert kept.body is not None
        return Issued(found | {"book": kept.body}, house.trust, house.now())


def told(issued: Issued, paper: bytes) -> Verdict:
    """The verdict on a paper as `huella verify` gives it."""
    checks = check_paper(paper, issued.trust, issued.now)
    ((_, evidence),) = [each for each in embedded(paper) if each[0].endswith(".huella.json")] or [("", b"")]
    return with_paper(verify(evidence, issued.trust) if evidence else None, checks)


def edited(paper: bytes) -> bytes:
    """A figure of the first page's content changed in the signed bytes."""
    forged = bytearray(paper)
    at = [found.end() for found in re.finditer(rb"stream\r?\n", paper)][1]
    forged[at + 40] ^= 1
    return bytes(forged)


def replaced(paper: bytes) -> bytes:
    """The first page's content replaced by an update."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        found = page(writer)
        found["/Contents"] = signed.stream(writer, b"BT ET")
        writer.update_container(found)

    return signed.update(paper, change)


def overlaid(paper: bytes) -> bytes:
    """A white square over a hash."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        box = generic.ArrayObject([generic.NumberObject(n) for n in (100, 100, 300, 200)])
        note = generic.DictionaryObject(
            {generic.pdf_name("/Subtype"): generic.pdf_name("/Square"), generic.pdf_name("/Rect"): box}
        )
        found = page(writer)
        found["/Annots"] = generic.ArrayObject([*found.get("/Annots", []), writer.add_object(note)])
        writer.update_container(found)

    return signed.update(paper, change)


def hidden_and_replaced(paper: bytes) -> bytes:
    """A shadow attack: other pages put in the place of the signed ones by a new page tree."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        first, tree = page(writer), writer.root["/Pages"]
        other = generic.DictionaryObject({key: first.raw_get(key) for key in first})
        other["/Contents"] = signed.stream(writer, b"BT (otra raiz) Tj ET")
        shadow = generic.DictionaryObject({key: tree.raw_get(key) for key in tree})
        shadow["/Kids"] = generic.ArrayObject([writer.add_object(other)])
        writer.root["/Pages"] = writer.add_object(shadow)
        writer.update_root()

    return signed.update(paper, change)


def shortened(paper: bytes) -> bytes:
    """The last page removed."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        tree = writer.root["/Pages"]
        tree["/Kids"] = generic.ArrayObject(list(tree["/Kids"])[:-1])
        tree["/Count"] = generic.NumberObject(int(tree["/Count"]) - 1)
        writer.update_container(tree)

    return signed.update(paper, change)


def reattached(paper: bytes) -> bytes:
    """The evidence replaced by another one."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        for spec in list(names)[1::2]:
            found = spec.get_object()
            found["/EF"]["/F"] = signed.stream(writer, b'{"format":"huella/evidence/1"}')
            writer.update_container(found["/EF"])

    return signed.update(paper, change)


def resigned(paper: bytes) -> bytes:
    """Changed, then signed by a stranger who calls himself as we do."""
    return signed.plainly(signed.issue(signed.strangers().authority), replaced(paper))


def rewritten(paper: bytes) -> bytes:
    """Written anew with another title and the old signature in it."""

    def change(pdf: pikepdf.Pdf) -> None:
        pdf.docinfo["/Title"] = "Otra"

    return signed.rewritten(paper, change)


FORGERIES: dict[str, tuple[Forge, int, str]] = {
    "a figure edited in the signed bytes": (edited, 11, "paper-signature-wrong"),
    "a page's content replaced": (replaced, 12, "paper-changed"),
    "an overlay": (overlaid, 12, "paper-changed"),
    "other pages by a shadow attack": (hidden_and_replaced, 12, "paper-changed"),
    "the last page removed": (shortened, 12, "paper-changed"),
    "the evidence replaced": (reattached, 12, "paper-changed"),
    "changed and signed by a stranger": (resigned, 12, "paper-changed"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_as_it_was_issued_is_authentic(issued: Issued, kind: str) -> None:
    assert told(issued, issued.papers[kind]).overall == "authentic"


@pytest.mark.parametrize("what", FORGERIES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_forged_paper_is_altered_and_the_check_names_why(issued: Issued, kind: str, what: str) -> None:
    forge, number, code = FORGERIES[what]
    verdict = told(issued, forge(issued.papers[kind]))
    assert (verdict.overall, verdict.check(number).code) == ("altered", code)
    assert verdict.parts()[0].word == "altered"


@pytest.mark.parametrize("kind", KINDS)
def test_the_changed_page_is_named(issued: Issued, kind: str) -> None:
    assert "p. 1 /Contents" in told(issued, replaced(issued.papers[kind])).parts()[0].sentence("en")


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_written_anew_is_never_authentic(issued: Issued, kind: str) -> None:
    assert told(issued, rewritten(issued.papers[kind])).overall != "authentic"


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_s_paper_is_nobody_s(issued: Issued, kind: str) -> None:
    foreign = issued._replace(trust=signed_by_strangers(issued.trust))
    verdict = told(foreign, issued.papers[kind])
    assert (verdict.overall, verdict.parts()[1].word) != ("authentic", "confirmed")
    assert verdict.check(13).code == "signer-unknown"


def signed_by_strangers(trust: Trust) -> Trust:
    """The same trust file, accepting another authority."""
    return replace(trust, papers=signed.strangers().papers)
