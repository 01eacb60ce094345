"""Pictures of every page of the portal (tests/web/every_page.py): phone (390 px) and desktop, Spanish and English, and
its print view.

    screenshots.py FOLDER [WORD…]     only the pages whose name has one of the words
    screenshots.py --docs             the README's two pictures, anew, of few colours

A registry of the tests' cast is made in a temporary folder and served on the loopback; Debian's Chromium draws it. The
pictures are for looking at; only those of the README are committed. What is wider than its screen is named, and the
exit code is 1.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "vectors"), str(ROOT / "tools")]

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page, PdfMargins, sync_playwright  # noqa: E402

from web.every_page import VISITS, Visit, arrive  # noqa: E402
from web.room import Room, room  # noqa: E402

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
LANGUAGES = {"es": "es-PE", "en": "en-GB"}
MARGIN: PdfMargins = {"top": "12mm", "right": "12mm", "bottom": "12mm", "left": "12mm"}
PATIENCE = 180_000
"""Milliseconds that Chromium may take for one thing: a picture needs many seconds where others use the machine."""
DOCS = Path("--docs")


@contextmanager
def browser_page(chromium: Browser, size: str, language: str) -> Iterator[Page]:
    """A page of a browser that nobody has used."""
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale=LANGUAGES[language], has_touch=size == "phone"
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield context.new_page()
    finally:
        context.close()


def draw(made: Room, chromium: Browser, visit: Visit, target: Path) -> list[str]:
    """One page in each size and language, and its print view; the names of those that are too wide."""
    wide = []
    for size in SIZES:
        for language in LANGUAGES:
            name = f"{target.name}-{size}-{language}"
            with browser_page(chromium, size, language) as page:
                arrive(made, page, visit)
                page.screenshot(path=target.with_name(f"{name}.png"), full_page=True)
                over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                wide += [f"{name} is {over} px too wide"] if over > 0 else []
                if (size, language) == ("desktop", "es"):
                    page.pdf(path=target.with_name(f"{target.name}.pdf"), format="A4", margin=MARGIN)
    return wide


def draw_docs(made: Room, chromium: Browser) -> None:
    """The start page on a desk and a QR's page on a phone, small enough to be committed."""
    for size, visit, name in (("desktop", "start", "start"), ("phone", "code-moved", "code")):
        target = ROOT / "docs" / "img" / f"portal-{name}.png"
        with browser_page(chromium, size, "es") as page:
            arrive(made, page, VISITS[visit])
            page.screenshot(path=target)
        Image.open(target).convert("RGB").quantize(96).save(target, optimize=True)
        print(f"{target.name}: {target.stat().st_size} bytes")


def main(folder: Path, words: list[str]) -> int:
    """Draw everything whose name has one of the words; 1 where something is too wide."""
    wide: list[str] = []
    with (
        tempfile.TemporaryDirectory() as home,
        room(Path(home) / "site") as made,
        sync_playwright() as driver,
    ):
        chromium = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        if folder == DOCS:
            draw_docs(made, chromium)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            for name, visit in VISITS.items():
                if not words or any(word in name for word in words):
                    wide += draw(made, chromium, visit, folder / name)
        chromium.close()
    print("\n".join(wide), end="\n" if wide else "")
    return 1 if wide else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
