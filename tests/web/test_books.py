"""A book of hashes is at the address that stands on it, once it is anchored and signed."""

from __future__ import annotations

import pytest

from huella.flow.book import Books
from huella.flow.worker import Worker, jobs
from web.site import Site

pytestmark = pytest.mark.slow


def work(site: Site, *names: str) -> None:
    Worker(site.house, [job for job in jobs() if job.name in names], lambda *_: None).round(lambda: False)


def test_a_book_waits_for_its_anchor_and_is_then_where_its_qr_leads(own: Site) -> None:
    own.clock.forward(days=2)
    work(own, "book")
    (book,) = Books().all(own.house)
    waiting = own.client.get(f"/books/{book.name}")
    assert waiting.status_code == 503
    work(own, "anchor", "sign")
    shown = own.client.get(f"/books/{book.name}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "application/pdf")
    assert b"/ByteRange" in shown.content
    assert own.client.get(f"/books/{book.name}").content == shown.content


@pytest.mark.parametrize("name", ["libro-2020-01-01-001", "libro", "%3Cscript%3E"])
def test_a_book_that_was_never_issued_is_not_found(own: Site, name: str) -> None:
    found = own.client.get(f"/books/{name}")
    assert found.status_code == 404
    assert "<script>" not in found.text
