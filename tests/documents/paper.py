"""A PDF as a reader meets it: its text, its pages as pictures, its inner structure."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import zxingcpp


def texts(pdf: bytes) -> list[str]:
    """The text of each page, with single spaces and without the marks where a long word may break."""
    pages = pypdfium2.PdfDocument(pdf)
    raw = [page.get_textpage().get_text_bounded() for page in pages]
    return [" ".join(text.replace("\u200b", "").replace("\ufffe", "").split()) for text in raw]


def text(pdf: bytes) -> str:
    return " ".join(texts(pdf))


def codes(pdf: bytes, dots_per_inch: int, page: int = 0) -> list[Any]:
    """The codes that a scanner finds on a page at this resolution."""
    picture = pypdfium2.PdfDocument(pdf)[page].render(scale=dots_per_inch / 72).to_pil().convert("L")
    return list(zxingcpp.read_barcodes(picture))


def right_edge(pdf: bytes) -> tuple[float, float]:
    """Where the first page's text ends and how wide the page is, in points."""
    page = pypdfium2.PdfDocument(pdf)[0]
    words = page.get_textpage()
    return max(words.get_charbox(n)[2] for n in range(words.count_chars())), page.get_width()


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))
