"""The QR of a paper as clerks send it: scanned coarsely, turned, as a grey photocopy, as a poor JPEG, photographed."""

from __future__ import annotations

import functools
import io
import random
from collections.abc import Callable

import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from documents import orders
from huella.documents import scan
from huella.documents.order import render_order
from huella.errors import InputError


@functools.cache
def page(dots: int) -> Image.Image:
    """The order's first page as a scanner sees it at this resolution."""
    body = render_order(orders.make(2, 1, 1), orders.NUMBER, orders.CODE, orders.ADDRESS)
    picture: Image.Image = pypdfium2.PdfDocument(body)[0].render(scale=dots / 72).to_pil().convert("L")
    return picture


def saved(picture: Image.Image, form: str = "PNG", **how: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


def photocopy(picture: Image.Image, seed: int = 7) -> Image.Image:
    """Less contrast, a grey ground, blur, specks and a streak of the glass."""
    chance = random.Random(seed)
    grey = ImageEnhance.Contrast(picture).enhance(0.45).filter(ImageFilter.GaussianBlur(0.8))
    noise = Image.frombytes("L", grey.size, chance.randbytes(grey.width * grey.height))
    copied = Image.blend(grey, noise, 0.22)
    draw = ImageDraw.Draw(copied)
    for _ in range(1500):
        x, y = chance.randrange(copied.width), chance.randrange(copied.height)
        draw.point((x, y), fill=chance.choice((0, 255)))
    draw.line((copied.width // 3, 0, copied.width // 3 + 4, copied.height), fill=90, width=2)
    return copied


def photographed(picture: Image.Image) -> Image.Image:
    """On a table, seen from below and from the left, with light falling off to one side."""
    width, height = picture.size
    table = Image.new("L", (round(width * 1.4), round(height * 1.3)), 70)
    table.paste(picture, (width // 5, height // 8))
    w, h = table.size
    corners = (-0.10 * w, -0.02 * h, 0.03 * w, 1.06 * h, 0.99 * w, 0.98 * h, 1.15 * w, 0.05 * h)
    tilted = table.transform(table.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
    light = Image.linear_gradient("L").rotate(90).resize(tilted.size)
    shaded = Image.composite(tilted, tilted.point(lambda value: value * 0.45), light)
    return shaded.filter(ImageFilter.GaussianBlur(1.0))


PAPERS: dict[str, Callable[[], bytes]] = {
    "at 100 dpi": lambda: saved(page(100)),
    "at 100 dpi, upside down": lambda: saved(page(100).rotate(180)),
    "turned by 7 degrees": lambda: saved(page(150).rotate(7, expand=True, fillcolor=200)),
    "turned by 45 degrees": lambda: saved(page(150).rotate(45, expand=True, fillcolor=255)),
    "lying on its side": lambda: saved(page(100).transpose(Image.Transpose.ROTATE_90)),
    "a grey photocopy with noise": lambda: saved(photocopy(page(150))),
    "a JPEG of quality 40": lambda: saved(page(100), "JPEG", quality=40),
    "a photocopy of a photocopy as a JPEG": lambda: saved(
        photocopy(photocopy(page(200)), 8), "JPEG", quality=40
    ),
    "photographed with perspective": lambda: saved(photographed(page(150)), "JPEG", quality=70),
    "photographed large": lambda: saved(photographed(page(300)), "JPEG", quality=60),
    "a coloured TIFF": lambda: saved(page(150).convert("RGB"), "TIFF"),
    "a scanned PDF": lambda: saved(page(150), "PDF"),
}


@pytest.mark.parametrize("how", PAPERS)
def test_the_qr_is_read(how: str) -> None:
    assert scan.codes(PAPERS[how]()) == [orders.ADDRESS]


def test_a_photograph_that_says_how_it_was_held_is_turned_first() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    page(100).save(out, "JPEG", exif=exif)
    assert scan.codes(out.getvalue()) == [orders.ADDRESS]


def test_a_page_without_a_qr_has_none() -> None:
    assert scan.codes(saved(Image.new("L", (800, 1100), 255))) == []


@pytest.mark.parametrize(
    "raw", [b"", b"no picture", b"%PDF-1.7 broken", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"]
)
def test_what_is_no_picture_is_named(raw: bytes) -> None:
    with pytest.raises(InputError):
        scan.codes(raw)


def test_a_picture_of_too_many_pixels_is_not_unpacked() -> None:
    with pytest.raises(InputError):
        scan.codes(saved(Image.new("1", (20_000, 20_000))))
