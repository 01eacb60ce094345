"""Small PDFs written by hand, as ASCII, and the updates that follow them: what check 4 must tell apart."""

from __future__ import annotations

Objects = dict[int, str]

PAGE = (
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    " /Resources << /Font << /F1 5 0 R >> >>{} >>"
)
BASE: Objects = {
    1: "<< /Type /Catalog /Pages 2 0 R >>",
    2: "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    3: PAGE.format(""),
    5: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
}


def stream(body: str, head: str = "") -> str:
    """A stream object that is stored as it stands."""
    return f"<< {head}/Length {len(body)} >>\nstream\n{body}\nendstream"


def text(shown: str) -> str:
    """A content stream that shows one line."""
    return stream(f"BT /F1 12 Tf 72 700 Td ({shown}) Tj ET")


def section(start: int, objects: Objects, previous: int | None, root: str = "1 0 R") -> bytes:
    """Objects, cross-reference table and trailer, to stand at byte `start`."""
    body, offsets = b"", {}
    for number, content in objects.items():
        offsets[number] = start + len(body)
        body += f"{number} 0 obj\n{content}\nendobj\n".encode("ascii")
    table = "xref\n" + ("0 1\n0000000000 65535 f \n" if previous is None else "")
    for number, offset in offsets.items():
        table += f"{number} 1\n{offset:010} 00000 n \n"
    prev = "" if previous is None else f" /Prev {previous}"
    trailer = f"trailer\n<< /Size 40 /Root {root}{prev} >>\nstartxref\n{start + len(body)}\n%%EOF\n"
    return body + table.encode("ascii") + trailer.encode("ascii")


def whole(objects: Objects) -> bytes:
    """A PDF of these objects."""
    head = b"%PDF-1.7\n"
    return head + section(len(head), objects, None)


def updated(original: bytes, objects: Objects, root: str = "1 0 R") -> bytes:
    """The original with one incremental update after it."""
    previous = int(original.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    return original + section(len(original), objects, previous, root)


ORIGINAL = whole(BASE | {4: text("Orden de compra: S/ 2690.00")})

FIELD = (
    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Firma1) /Rect [0 0 {0} {0}]"
    " /P 3 0 R /F 132 /V 11 0 R{1} >>"
)
SIGNATURE = (
    "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached"
    " /Contents <00> /ByteRange [0 1 2 3] >>"
)
CATALOG = "<< /Type /Catalog /Pages 2 0 R{} >>"
FORM = " /AcroForm << /Fields [10 0 R] /SigFlags 3 >>"


def signed(extent: int = 0, more: str = "") -> Objects:
    """An update that adds a signature field with this extent in points."""
    return {
        1: CATALOG.format(FORM),
        3: PAGE.format(" /Annots [10 0 R]"),
        10: FIELD.format(extent, more),
        11: SIGNATURE,
    }


def attached(name: str, body: str, more: str = "") -> Objects:
    """An update that attaches a file."""
    names = f" /Names << /EmbeddedFiles << /Names [({name}) 20 0 R] >>{more} >> /AF [20 0 R]"
    spec = f"<< /Type /Filespec /F ({name}) /UF ({name}) /AFRelationship /Data /EF << /F 21 0 R >> >>"
    return {1: CATALOG.format(names), 20: spec, 21: stream(body, "/Type /EmbeddedFile ")}


def cases() -> list[tuple[str, bytes, str]]:
    """Name, document (the first len(ORIGINAL) bytes are the original), and what `compare` must say of it."""
    after = ORIGINAL
    free = "<< /Type /Annot /Subtype /FreeText /Rect [0 0 200 50] /Contents (S/ 1.00) /P 3 0 R >>"
    bogus_end = b"trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
    return [
        ("whitespace after the end", after + b"\r\n \n", "unchanged"),
        ("a signature without extent", updated(after, signed()), "unchanged"),
        (
            "a signature and then its validation data",
            updated(updated(after, signed()), {1: CATALOG.format(FORM + " /DSS << /Certs [] >>")}),
            "unchanged",
        ),
        ("an attachment", updated(after, attached("a.huella.json", "{}")), "unchanged"),
        (
            "new metadata",
            updated(after, {1: CATALOG.format(" /Metadata 9 0 R"), 9: stream("<x/>")}),
            "unchanged",
        ),
        (
            "the same page written again",
            updated(after, {3: BASE[3], 4: text("Orden de compra: S/ 2690.00")}),
            "unchanged",
        ),
        ("another amount on the page", updated(after, {4: text("Orden de compra: S/ 9690.00")}), "changed"),
        ("another font", updated(after, {5: BASE[5].replace("Helvetica", "Symbol")}), "changed"),
        ("another page size", updated(after, {3: BASE[3].replace("842", "100")}), "changed"),
        (
            "another page before it",
            updated(
                after,
                {
                    2: "<< /Type /Pages /Kids [6 0 R 3 0 R] /Count 2 >>",
                    6: BASE[3],
                },
            ),
            "changed",
        ),
        (
            "another catalog with its own pages",
            updated(
                after,
                {30: "<< /Type /Catalog /Pages 31 0 R >>", 31: "<< /Type /Pages /Kids [] /Count 0 >>"},
                "30 0 R",
            ),
            "changed",
        ),
        ("a signature with extent", updated(after, signed(100)), "changed"),
        (
            "a signature field that runs a script",
            updated(after, signed(0, " /AA << /PO << /S /JavaScript >> >>")),
            "changed",
        ),
        (
            "a text note over the amount",
            updated(after, {3: PAGE.format(" /Annots [8 0 R]"), 8: free}),
            "changed",
        ),
        (
            "a script at opening",
            updated(after, {1: CATALOG.format(" /OpenAction << /S /JavaScript /JS (x) >>")}),
            "changed",
        ),
        (
            "a script in the name tree",
            updated(
                after, attached("a.txt", "x", " /JavaScript << /Names [(a) << /S /JavaScript /JS (x) >>] >>")
            ),
            "changed",
        ),
        (
            "layers that can be hidden",
            updated(after, {1: CATALOG.format(" /OCProperties << /OCGs [] >>")}),
            "changed",
        ),
        (
            "a form that asks for new appearances",
            updated(after, {1: CATALOG.format(" /AcroForm << /Fields [] /NeedAppearances true >>")}),
            "changed",
        ),
        (
            "a portfolio's cover",
            updated(after, {1: CATALOG.format(" /Collection << /View /T >>")}),
            "changed",
        ),
        ("bytes that are no update", after + b"hello\n", "unreadable"),
        ("an end that points into the original", after + bogus_end, "unreadable"),
        ("a cross-reference that is cut off", updated(after, signed())[:-30], "unreadable"),
        (
            "a cross-reference of garbage",
            after + b"xref\nnonsense\nstartxref\n%d\n%%%%EOF\n" % len(after),
            "unreadable",
        ),
    ]
