"""Papers a second a core: order PDFs of every shape, a book of hashes of 10,000 entries, constancias, stamps.

The aims are 20 order PDFs a second a core and a book of 10,000 entries under 60 s. Counted in processor time.
"""

from __future__ import annotations

import hashlib
import resource
import time
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO

import pikepdf

from benchmarks.cast import Figure, now
from huella.documents import book
from huella.documents.book import Book, Line, Lot
from huella.documents.order import render_order
from huella.documents.qr import address, verification_code
from huella.documents.stamp import stamp
from huella.records import kinds
from huella.records.generator import orders
from huella.records.model import Order

FEW, ENTRIES, BATCH, START = 60, 10_000, 500, 1_795_500_000
CODE = verification_code(bytes(range(16)))
LINK = address("https://huella.example.pe", CODE)


def run(_count: int) -> Iterator[Figure]:
    """Order PDFs, stamps and one book."""
    made = [(draft.subject, order_of(draft.kind, draft.data)) for draft in orders(FEW, 7)]
    render_order(made[0][1], made[0][0], CODE, LINK)  # what is made once is made
    used = spent(lambda: [render_order(order, number, CODE, LINK) for number, order in made])
    yield Figure("documents", "order PDFs, generated orders", FEW / used, "PDFs/s CPU", FEW)
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        out = BytesIO()
        pdf.save(out)
    used = spent(lambda: [stamp(out.getvalue(), "OCAM-2026-1-1-0", CODE, LINK, now()) for _ in range(FEW)])
    yield Figure("documents", "agencies' PDFs stamped", FEW / used, "PDFs/s CPU", FEW)
    told = of_entries(ENTRIES)
    body = b""

    def make() -> None:
        nonlocal body
        body = book.render_book(told, LINK)

    yield Figure("documents", f"book of {ENTRIES:,} entries", spent(make), "s CPU", ENTRIES)
    yield Figure("documents", "its size", len(body) / 1e6, "MB", ENTRIES)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("documents", "memory at most while it is made", peak, "MB", ENTRIES)


def order_of(kind: str, data: dict[str, object]) -> Order:
    """A generated order, typed."""
    order: Order = kinds.read(kind, data)
    return order


def of_entries(count: int) -> Book:
    """A book of so many entries, in batches of 500 over a day."""
    lots = tuple(
        Lot(
            at,
            at + BATCH,
            digest(at),
            "0x" + digest(-at),
            100 + at // BATCH,
            "0x" + digest(at + 1),
            1_795_500_000 + at,
        )
        for at in range(0, count, BATCH)
    )
    lines = tuple(Line(n, "order.published", f"OCAM-2026-1335-{n}-0", digest(n), n % 9) for n in range(count))
    note = f"example.pe/huella\n{count}\n{'A' * 43}=\n\n— example.pe/huella {'B' * 90}\n"
    return Book(
        "libro-2026-11-24-001", date(2026, 11, 24), 1, 1, "Registro", "example.pe/huella", 648_539, "0x" + "c1" * 20,
        True, None, note, lots, lines,
    )  # fmt: skip


def digest(number: int) -> str:
    """Any digest."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def spent(work: Callable[[], object]) -> float:
    """Processor seconds that some work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun
