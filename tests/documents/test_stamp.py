"""The stamp: QR and code onto PDFs that agencies made, whatever made them, with their content kept; or a clear no."""

from __future__ import annotations

import io
from functools import cache

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image, ImageChops

from cast import NOON
from documents import foreign, paper, signed
from documents.orders import ADDRESS, CODE, NUMBER
from huella.documents.attach import attach_evidence
from huella.documents.marks import Marks, marks
from huella.documents.stamp import Stamped, stamp
from huella.errors import InputError
from huella.proof.paper import compare
from referees import VeraPdf


@cache
def stamped(kind: str) -> Stamped:
    return stamp(foreign.KINDS[kind](), NUMBER, CODE, ADDRESS, NOON)


def drawn(raw: bytes, dpi: int = 72) -> Image.Image:
    document = pypdfium2.PdfDocument(raw)
    if document.get_formtype():
        document.init_forms()
    picture: Image.Image = document[0].render(scale=dpi / 72).to_pil().convert("L")
    return picture


@pytest.mark.parametrize("kind", foreign.KINDS)
def test_the_qr_reads_at_a_hundred_dots_per_inch_and_leads_to_the_code(kind: str) -> None:
    found = paper.codes(stamped(kind).body, 100)
    assert ADDRESS in [code.text for code in found]
    assert (stamped(kind).page, stamped(kind).added) == (1, False)
    assert CODE in paper.texts(stamped(kind).body)[0]


@pytest.mark.parametrize("kind", foreign.KINDS)
def test_nothing_changed_but_one_place_that_was_blank(kind: str) -> None:
    before, after = drawn(foreign.KINDS[kind]()), drawn(stamped(kind).body)
    assert before.size == after.size
    place = ImageChops.difference(before, after).getbbox()
    assert place is not None
    low, up = before.crop(place).getextrema()
    assert isinstance(low, int)
    assert isinstance(up, int)
    assert up - low <= 8


@pytest.mark.parametrize("kind", foreign.KINDS)
def test_the_qr_is_thirty_five_millimetres_wide_and_upright_as_the_page_is_seen(kind: str) -> None:
    unit = 2 if kind == "doubled" else 1
    code = next(
        each for each in paper.codes(stamped(kind).body, 200) if each.text == ADDRESS and "M" in each.ec_level
    )
    corners = code.position
    width = (corners.top_right.x - corners.top_left.x) / 200 * 25.4 * unit
    assert abs(corners.top_right.y - corners.top_left.y) <= 2
    assert 34 < width < 36


@pytest.mark.parametrize("kind", ["office", "form", "commented", "unbalanced", "turned-90"])
def test_text_fields_and_comments_are_still_there(kind: str) -> None:
    text = paper.text(stamped(kind).body)
    assert f"{foreign.WORDS} 11" in text
    with paper.opened(stamped(kind).body) as pdf, paper.opened(foreign.KINDS[kind]()) as old:
        assert len(pdf.pages[0].get("/Annots", [])) == len(old.pages[0].get("/Annots", []))
        assert ("/AcroForm" in pdf.Root) == ("/AcroForm" in old.Root)


@pytest.mark.parametrize("kind", foreign.KINDS)
def test_its_evidence_can_be_attached_and_its_pages_are_then_the_same(kind: str) -> None:
    body = stamped(kind).body
    copy = attach_evidence(body, b"{}", NOON)
    assert compare(copy, len(body)).status == "unchanged"


@pytest.mark.parametrize("make", [foreign.full, foreign.small], ids=["full", "small"])
def test_a_page_without_room_is_left_alone_and_a_sheet_is_added(make: object) -> None:
    original = make()  # type: ignore[operator]
    found = stamp(original, NUMBER, CODE, ADDRESS, NOON)
    assert (found.page, found.added) == (2, True)
    assert ImageChops.difference(drawn(original), drawn(found.body)).getbbox() is None
    assert [code.text for code in paper.codes(found.body, 100, page=1)] == [ADDRESS]


def test_a_stamp_tells_its_order_and_code() -> None:
    assert marks(stamped("office").body) == Marks(NUMBER, CODE)
    assert marks(foreign.office()) is None


def test_the_same_pdf_code_and_time_give_the_same_bytes() -> None:
    assert stamp(foreign.office(), NUMBER, CODE, ADDRESS, NOON).body == stamped("office").body


def test_a_stamped_pdf_may_be_signed_and_keeps_its_marks() -> None:
    body = signed.ours().signing.sign(stamped("office").body)
    assert marks(body) == Marks(NUMBER, CODE)
    assert [code.text for code in paper.codes(body, 100)] == [ADDRESS]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (foreign.encrypted, "encrypted"),
        (foreign.locked, "encrypted"),
        (foreign.signed_one, "is signed"),
        (foreign.dynamic, "XFA"),
        (lambda: stamped("office").body, "stamp already"),
        (lambda: foreign.office()[:-200], "without repair"),
        (lambda: b"PK\x03\x04 a spreadsheet", "without repair"),
    ],
    ids=["encrypted", "locked", "signed", "dynamic", "stamped", "damaged", "no-pdf"],
)
def test_what_a_stamp_would_spoil_is_refused_with_its_reason(make: object, why: str) -> None:
    with pytest.raises(InputError, match=why):
        stamp(make(), NUMBER, CODE, ADDRESS, NOON)  # type: ignore[operator]


@pytest.mark.slow
def test_a_tagged_archive_file_stays_one(verapdf: VeraPdf) -> None:
    assert verapdf.failed(foreign.typeset()) == []
    assert verapdf.failed(stamped("typst").body) == []


def test_the_content_s_bytes_are_the_same_inside() -> None:
    with pikepdf.open(io.BytesIO(foreign.office())) as old, paper.opened(stamped("office").body) as new:
        content = old.pages[0].Contents.read_bytes()
        parts = [part.read_bytes() for part in new.pages[0].Contents]
    assert content in parts
