"""QR and verification code onto a PDF that somebody else made, before it is registered (docs/spec/paper.md, The stamp).

PDF ─► may it be stamped? ─► the first page's blank place nearest a corner (or a sheet behind) ─► the same content and
one drawing over it ─► the bytes that are registered as they are
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
from pikepdf import Dictionary, Name, Pdf
from PIL import Image

from huella.documents import qr, typeset
from huella.documents.marks import PRIVATE, Marks, opened, private_of
from huella.errors import InputError

TEMPLATE = "stamp.typ"
RENDERER = f"huella stamp/1 ({typeset.ENGINE})"
_DPI, _POINTS = 36, 72
_EDGE = 12.0
"""So far from the visible page's edge the stamp stays, in points."""
_LIGHT, _EVEN = 200, 8
"""A place is blank where it is at least so light and its lightness differs by no more."""
_STEP = 4


class Stamped(NamedTuple):
    """A stamped PDF: its bytes, and the page (from 1) that the QR is on; `added` where that is a sheet of its own."""

    body: bytes
    page: int
    added: bool


class _Seen(NamedTuple):
    """A page as it is seen: visible box in page space, turn (0, 90, 180, 270), size of its units, size as seen."""

    box: tuple[float, float, float, float]
    turn: int
    unit: float
    width: float
    height: float


def stamp(original: bytes, number: str, code: str, address: str, when: datetime) -> Stamped:
    """Put QR (35 mm, level M) and code onto a PDF. Its content stays; what was blank on one page is not any more.

    InputError where that cannot be done without spoiling it: encrypted, signed, a dynamic form, damaged, stamped.
    """
    with opened(original) as pdf:
        _check(pdf)
        page, found = pdf.pages[0], None
        seen = _seen(page)
        picture = _picture(original)
        for upright in (False, True):
            panel = _panel(number, code, address, when, upright)
            found = _blank(picture, seen, panel)
            if found is not None:
                break
        added = found is None
        if found is None:
            panel, page, found = _sheet(pdf, seen, (number, code, address, when))
            seen = _seen(page)
        _draw(pdf, page, seen, panel, found)
        _mark(pdf, Marks(number, code), when)
        out = io.BytesIO()
        pdf.save(out, fix_metadata_version=False, deterministic_id=True)
        return Stamped(out.getvalue(), len(pdf.pages) if added else 1, added)


def _check(pdf: Pdf) -> None:
    """Refuse what a stamp would spoil, or what could not carry its evidence later."""
    if pdf.is_encrypted:
        raise InputError(
            "the PDF is encrypted",
            field="FILE",
            advice="Give it without a password; nothing else of it changes.",
        )
    if any(isinstance(each, Dictionary) and "/ByteRange" in each for each in pdf.objects):
        raise InputError(
            "the PDF is signed, and a stamp would break its signature", field="FILE",
            advice="Stamp it first and sign it then: a stamped PDF may be signed before it is registered.",
        )  # fmt: skip
    if "/XFA" in pdf.Root.get("/AcroForm", Dictionary()):
        raise InputError(
            "the PDF is a dynamic form (XFA), which draws its pages itself", field="FILE",
            advice="Print it to a PDF once more and give that one.",
        )  # fmt: skip
    if private_of(pdf) is not None:
        raise InputError("the PDF has a stamp already", field="FILE", advice="Give the one without it.")
    if not len(pdf.pages):
        raise InputError("the PDF has no page", field="FILE")


def _mark(pdf: Pdf, told: Marks, when: datetime) -> None:
    stamped = when.strftime("D:%Y%m%d%H%M%SZ")
    pieces = pdf.Root.get("/PieceInfo", Dictionary())
    pieces[PRIVATE] = Dictionary(
        LastModified=pikepdf.String(stamped),
        Private=Dictionary(Order=pikepdf.String(told.number), Code=pikepdf.String(told.code)),
    )
    pdf.Root.PieceInfo = pieces


def _panel(number: str, code: str, address: str, when: datetime, upright: bool) -> Pdf:
    """The drawing as a PDF of one page, fonts embedded, without tags: it becomes an artifact of another page."""
    data = {
        "title": number, "number": typeset.plain(number), "code": code, "address": typeset.chopped(address),
        "qr": qr.drawn(address), "upright": upright,
    }  # fmt: skip
    return pikepdf.open(io.BytesIO(typeset.panel(TEMPLATE, data, when)))


def _size(panel: Pdf) -> tuple[float, float]:
    left, bottom, right, top = (float(each) for each in panel.pages[0].mediabox)
    return right - left, top - bottom


def _seen(page: pikepdf.Page) -> _Seen:
    media, crop = _corners(page.mediabox), _corners(page.cropbox)
    box = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    if box[2] <= box[0] or box[3] <= box[1]:
        box = media
    turn = int(_inherited(page.obj, "/Rotate", 0)) % 360
    wide, high = box[2] - box[0], box[3] - box[1]
    if turn in (90, 270):
        wide, high = high, wide
    return _Seen(box, turn, float(page.obj.get("/UserUnit", 1)), wide, high)


def _corners(box: Any) -> tuple[float, float, float, float]:
    left, bottom, right, top = (float(each) for each in box)
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _inherited(node: Any, name: str, default: Any) -> Any:
    for _ in range(100):
        if node is None or name in node:
            break
        node = node.get("/Parent")
    return default if node is None else node.get(name, default)


def _picture(original: bytes) -> Image.Image:
    """The first page as a reader shows it, forms and annotations too, in grey, two pixels for each four points."""
    document = pypdfium2.PdfDocument(original)
    try:
        if document.get_formtype():
            document.init_forms()
        drawn: Image.Image = document[0].render(scale=_DPI / _POINTS).to_pil().convert("L")
        return drawn
    finally:
        document.close()


def _blank(picture: Image.Image, seen: _Seen, panel: Pdf) -> tuple[float, float] | None:
    """Where the panel's lower left corner goes, in units of the page as seen; None where there is no such place."""
    wide, high = (each / seen.unit for each in _size(panel))
    scale = picture.width / seen.width
    for left, bottom in _places(seen.width - wide, seen.height - high):
        top = seen.height - bottom - high
        corners = (left, top, left + wide, top + high)
        low, up = picture.crop(tuple(round(each * scale) for each in corners)).getextrema()  # type: ignore[arg-type]
        if (
            isinstance(low, int | float)
            and isinstance(up, int | float)
            and low >= _LIGHT
            and up - low <= _EVEN
        ):
            return left, bottom
    return None


def _places(right: float, top: float) -> Iterator[tuple[float, float]]:
    """Every place of a grid, those nearest a corner first: lower right, upper right, lower left, upper left."""
    if right < 2 * _EDGE or top < 2 * _EDGE:
        return
    corners = ((right - _EDGE, _EDGE), (right - _EDGE, top - _EDGE), (_EDGE, _EDGE), (_EDGE, top - _EDGE))
    across = [_EDGE + n * _STEP for n in range(int((right - 2 * _EDGE) // _STEP) + 1)] + [right - _EDGE]
    up = [_EDGE + n * _STEP for n in range(int((top - 2 * _EDGE) // _STEP) + 1)] + [top - _EDGE]

    def far(place: tuple[float, float]) -> float:
        away = (abs(place[0] - x) + abs(place[1] - y) + rank for rank, (x, y) in enumerate(corners))
        return min(away)

    yield from sorted(((x, y) for x in across for y in up), key=far)


def _sheet(
    pdf: Pdf, seen: _Seen, told: tuple[str, str, str, datetime]
) -> tuple[Pdf, pikepdf.Page, tuple[float, float]]:
    """A sheet behind the last page, as large as the first one and no smaller than A5, with the panel at its top."""
    panel = _panel(*told, False)
    wide, high = max(seen.width * seen.unit, 420.0), max(seen.height * seen.unit, 595.0)
    pdf.add_blank_page(page_size=(wide, high))
    return panel, pdf.pages[-1], (2 * _EDGE, high - 2 * _EDGE - _size(panel)[1])


def _draw(pdf: Pdf, page: pikepdf.Page, seen: _Seen, panel: Pdf, at: tuple[float, float]) -> None:
    """The panel over the page's content, upright as the page is seen, as an artifact (ISO 32000-2, 14.8.2.2)."""
    form = pdf.copy_foreign(panel.pages[0].as_form_xobject())
    name = page.add_resource(form, Name.XObject, Name(_free(page)))
    a, b, c, d, e, f = _turned(seen)
    scale, (u, v) = 1 / seen.unit, at
    placed = (a * scale, b * scale, c * scale, d * scale, a * u + c * v + e, b * u + d * v + f)
    numbers = " ".join(f"{each:.4f}" for each in placed)
    lacking, open_ = _unbalanced(page)
    page.contents_add(b"q\n" * (1 + lacking), prepend=True)
    drawn = f"\n{'Q ' * (1 + open_)}\n/Artifact BMC q {numbers} cm {name} Do Q EMC\n"
    page.contents_add(drawn.encode("ascii"))


def _free(page: pikepdf.Page) -> str:
    """A name for the drawing that the page does not have yet; the same each time."""
    known = _inherited(page.obj, "/Resources", Dictionary()).get("/XObject", Dictionary())
    return next(name for n in range(len(known) + 1) if (name := f"/Huella{n}") not in known)


def _turned(seen: _Seen) -> tuple[float, float, float, float, float, float]:
    """From the page as seen (origin at its lower left) to page space, as a transformation matrix."""
    left, bottom, right, top = seen.box
    return {
        0: (1, 0, 0, 1, left, bottom),
        90: (0, 1, -1, 0, right, bottom),
        180: (-1, 0, 0, -1, right, top),
        270: (0, -1, 1, 0, left, top),
    }.get(seen.turn, (1, 0, 0, 1, left, bottom))


def _unbalanced(page: pikepdf.Page) -> tuple[int, int]:
    """How many saved states (q) the content restores without having saved them, and how many it leaves open."""
    lowest = depth = 0
    for each in pikepdf.parse_content_stream(page, "q Q"):
        depth += {"q": 1, "Q": -1}.get(str(each.operator), 0)
        lowest = min(lowest, depth)
    return -lowest, depth - lowest
