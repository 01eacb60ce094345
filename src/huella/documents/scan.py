"""The QR on a photographed or scanned paper.

picture or scanned PDF ─► grey, several sizes, more contrast ─► texts of its QR codes
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from huella.errors import InputError

MAX_PIXELS = 120_000_000
MAX_PAGES = 20
_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_SIDES = (0, 2400, 1200, 3600)
"""Longer sides that a picture is tried at, in pixels: as it is, then smaller (noise goes), then larger."""


def codes(body: bytes) -> list[str]:
    """The texts of the QR codes on a picture (JPEG, PNG, TIFF…) or on a scanned PDF's pages, each once.

    InputError where the file is no picture that can be read.
    """
    found: dict[str, None] = {}
    for picture in _pictures(body):
        found.update(dict.fromkeys(_read(picture)))
    return list(found)


def _pictures(body: bytes) -> Iterator[Image.Image]:
    if body.startswith(b"%PDF-"):
        yield from _pages(body)
        return
    try:
        with Image.open(io.BytesIO(body)) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise InputError("the picture has too many pixels", field="--scan")
            yield ImageOps.exif_transpose(opened).convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise InputError(
            "the file is no picture that can be read", field="--scan", advice="Give a JPEG, a PNG or a PDF."
        ) from None


def _pages(body: bytes) -> Iterator[Image.Image]:
    try:
        with pypdfium2.PdfDocument(body) as pdf:
            for page in list(pdf)[:MAX_PAGES]:
                scale = min(200 / 72, 4000 / max(page.get_size()))
                yield page.render(scale=scale, grayscale=True).to_pil()
    except (pypdfium2.PdfiumError, ValueError, ZeroDivisionError):
        raise InputError("the PDF cannot be read", field="--scan") from None


def _read(picture: Image.Image) -> list[str]:
    """Texts at the first attempt that finds any: most papers need one, a bad photograph all."""
    for attempt in _attempts(picture):
        found = zxingcpp.read_barcodes(attempt, formats=_FORMATS)
        texts = [each.text for each in found if each.text]
        if texts:
            return texts
    return []


def _attempts(picture: Image.Image) -> Iterator[Image.Image]:
    for side in _SIDES:
        scale = side / max(picture.size) if side else 1.0
        if side and 0.9 < scale < 1.1:
            continue
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        sized = picture if scale == 1.0 else picture.resize(size, Image.Resampling.LANCZOS)
        yield sized
        yield ImageOps.autocontrast(sized.filter(ImageFilter.MedianFilter(3)), cutoff=2)
