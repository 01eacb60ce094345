"""PAdES B-LTA signatures a second a core: key in memory, time stamps and revocation of the development authority.

The aim is 10 a second a core. Counted in processor time: the stamps are made by the same process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf

from benchmarks.cast import Figure, now
from huella.documents.authority import ISSUER, ROOT, Authority, make
from huella.documents.sign import HeldPen, Signing
from huella.documents.sign_check import check
from huella.documents.sign_keys import of_authority
from huella.documents.sign_time import StampAuthority
from huella.proof.trust import Papers

FEW = 40


def run(orders: int) -> Iterator[Figure]:
    """Sign, renew and check a page some dozens of times."""
    count = max(5, min(FEW, orders // 10))
    with TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, "Registro", "https://huella.example.pe", now, os.urandom)
        authority = Authority(folder, now, os.urandom)
        root = authority.certificate(ROOT)
        stamp = StampAuthority("own", authority.stamp, [root], now, timedelta(seconds=1))
        how = Signing(
            HeldPen(of_authority(authority)), [stamp], [root], lambda: (authority.crls(), ()), now,
            chain=[authority.certificate(ISSUER)],
        )  # fmt: skip
        body = page(folder / "page.pdf")
        paper = how.sign(body)  # what is made once is made
        yield rate("B-LTA signatures", count, lambda: how.sign(body))
        yield rate("renewals", count, lambda: how.renew(paper))
        accepted = Papers((root,), (root,))
        yield rate("checks 11 to 16", count, lambda: check(paper, accepted, now()))
        if {each.status for each in check(paper, accepted, now())} != {"passed"}:
            raise SystemExit("the benchmark's own signature does not hold")


def page(path: Path) -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(path)
    return path.read_bytes() + b"\n"


def rate(what: str, count: int, work: Callable[[], object]) -> Figure:
    begun = time.process_time()
    for _ in range(count):
        work()
    return Figure("signatures", what, count / (time.process_time() - begun), "/s of CPU", count)
