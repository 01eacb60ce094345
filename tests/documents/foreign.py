"""PDFs as agencies bring them: of several producers, turned, cropped, with forms and comments, signed, encrypted."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
from pikepdf import Array, Dictionary, Name, Pdf, String

from documents import orders, signed
from huella.documents.order import render_order

WORDS = "CONTENIDO DE LA ENTIDAD"


def typeset() -> bytes:
    """Tagged, PDF/A-3a and PDF/UA-1, fonts embedded."""
    return render_order(orders.make(1, 1, 1), orders.NUMBER, orders.CODE, orders.ADDRESS)


def office(
    size: tuple[float, float] = (595, 842), lines: int = 12, extra: bytes = b"", **page: object
) -> bytes:
    """As an office program writes it: one of the standard fonts, a tinted bar, compressed streams."""
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=size)
        one = pdf.pages[0]
        font = Dictionary(
            Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
        )
        one.Resources = Dictionary(Font=Dictionary(F1=pdf.make_indirect(font)))
        width, height = size
        drawn = [f"0.9 0.9 0.6 rg 0 {height - 40} {width} 40 re f 0 g BT /F1 10 Tf 14 TL 60 {height - 80} Td"]
        drawn += [f"({WORDS} {n}) Tj T*" for n in range(lines)] + ["ET"]
        one.Contents = pdf.make_stream("\n".join(drawn).encode() + extra)
        for name, value in page.items():
            one[f"/{name}"] = value
        return saved(pdf)


def bare() -> bytes:
    """As PDFium makes it: a page with a rectangle of its own kind, no fonts, no metadata."""
    document = pypdfium2.PdfDocument.new()
    document.new_page(420, 595)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def turned(degrees: int) -> bytes:
    return office(Rotate=degrees)


def cropped() -> bytes:
    return office(CropBox=Array([100, 200, 560, 800]), MediaBox=Array([0, 0, 595, 842]))


def doubled() -> bytes:
    """Units of two points (UserUnit): the page is twice as large as its numbers say."""
    return office((400, 500), 3, UserUnit=2)


def commented() -> bytes:
    """A comment in the lower right corner, which nothing may be put over."""
    return changed(office(), _comment)


def _comment(pdf: Pdf) -> None:
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.Square, Rect=Array([300, 20, 585, 160]), F=4,
        AP=Dictionary(N=_box(pdf, 285, 140)),
    )  # fmt: skip
    pdf.pages[0].Annots = Array([pdf.make_indirect(note)])


def _box(pdf: Pdf, width: float, height: float) -> pikepdf.Stream:
    form = pdf.make_stream(f"0.2 0.4 0.9 rg 0 0 {width} {height} re f".encode())
    form.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, width, height])))
    return form


def form() -> bytes:
    """A form with a text field and a field to sign that nobody signed."""

    def add(pdf: Pdf) -> None:
        text = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("monto"), V=String("100.00"), F=4,
            Rect=Array([60, 500, 200, 520]),
        )  # fmt: skip
        sign = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String("firma"), Rect=Array([0] * 4)
        )
        fields = Array([pdf.make_indirect(text), pdf.make_indirect(sign)])
        pdf.pages[0].Annots = fields
        pdf.Root.AcroForm = Dictionary(Fields=fields)

    return changed(office(), add)


def unbalanced() -> bytes:
    """Content that leaves a turned and scaled state behind, and one that takes back more than it saved."""
    return office(extra=b"\nq 0.5 0 0 0.5 100 100 cm q 0 1 -1 0 0 0 cm")


def overdrawn() -> bytes:
    return office(extra=b"\nQ Q 3 0 0 3 0 0 cm")


def full() -> bytes:
    """No blank place on the page."""
    return office(lines=60, extra=b"\n0 0 1 rg 0 0 595 842 re f")


def small() -> bytes:
    """A slip on which the stamp has no room."""
    return office((150, 200), 2)


def encrypted() -> bytes:
    with pikepdf.open(io.BytesIO(office())) as pdf:
        out = io.BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="secreto", user=""))
        return out.getvalue()


def locked() -> bytes:
    with pikepdf.open(io.BytesIO(office())) as pdf:
        out = io.BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="secreto", user="clave"))
        return out.getvalue()


def dynamic() -> bytes:
    def add(pdf: Pdf) -> None:
        pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_stream(b"<xdp/>"))

    return changed(office(), add)


def signed_one() -> bytes:
    return signed.plainly(signed.issue(signed.ours().authority), office())


def changed(raw: bytes, change: Callable[[Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        change(pdf)
        return saved(pdf)


def saved(pdf: Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


KINDS: dict[str, Callable[[], bytes]] = {
    "typst": typeset, "office": office, "pdfium": bare, "landscape": lambda: office((842, 595), 6),
    "turned-90": lambda: turned(90), "turned-180": lambda: turned(180), "turned-270": lambda: turned(270),
    "cropped": cropped, "doubled": doubled, "commented": commented, "form": form, "unbalanced": unbalanced,
    "overdrawn": overdrawn,
}  # fmt: skip
"""PDFs that have room for a stamp on their first page."""
