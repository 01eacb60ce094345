"""What a stamped PDF says of itself: read where an order comes with its paper (docs/spec/paper.md, The stamp)."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Dictionary, Pdf

from huella.documents import qr
from huella.errors import InputError

PRIVATE = "/Huella"
"""The name of what the stamp keeps in the catalogue's /PieceInfo (ISO 32000-2, 14.5): order and code."""


class Marks(NamedTuple):
    """What a stamped PDF says of itself: the order's number and the verification code."""

    number: str
    code: str


def marks(body: bytes) -> Marks | None:
    """What a PDF says of its stamp; None where it has none. InputError where it cannot be read."""
    with opened(body) as pdf:
        private = private_of(pdf)
        if private is None:
            return None
        return Marks(str(private.get("/Order", "")), qr.normalise(str(private.get("/Code", ""))))


def opened(raw: bytes) -> Pdf:
    """A PDF that needs no repair. InputError where it is another thing, or encrypted."""
    try:
        return pikepdf.open(io.BytesIO(raw), attempt_recovery=False, suppress_warnings=True)
    except pikepdf.PasswordError:
        raise InputError(
            "the PDF is encrypted",
            field="FILE",
            advice="Give it without a password; nothing else of it changes.",
        ) from None
    except pikepdf.PdfError as error:
        raise InputError(
            f"the PDF cannot be read without repair: {str(error).splitlines()[0]}", field="FILE",
            advice="Print it to a PDF once more and give that one.",
        ) from None  # fmt: skip


def private_of(pdf: Pdf) -> Any:
    """What the stamp keeps in the catalogue; None where there is no stamp."""
    pieces = pdf.Root.get("/PieceInfo", Dictionary())
    return pieces[PRIVATE].get("/Private", Dictionary()) if PRIVATE in pieces else None
