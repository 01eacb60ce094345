"""Somebody changes a kept document, or puts one of their own in its place."""

from __future__ import annotations

from attacks.thief import Thief, findings, found
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.paper import order_paper
from huella.records.draft import file_digest
from huella.store.tables import documents

ORDER, PERSON = "OCAM-2026-1335-1-0", "OCAM-2026-1335-2-0"
FORGED = b"%PDF-1.7 forged"


def test_changed_bytes_are_named(house: House, thief: Thief) -> None:
    order_paper(house, ORDER)
    assert audit(house).clean
    row = thief.read(documents)[0]
    thief.set(documents, documents.c.sha256 == row["sha256"], body=FORGED)
    one = found(house, "documents", "body")
    assert (one.sealed, one.present, one.entry) == (row["sha256"], file_digest(FORGED), row["entry"])


def test_a_forged_document_under_its_own_digest_is_named(house: House, thief: Thief) -> None:
    """It would be handed out as the order's paper, with genuine evidence attached."""
    order_paper(house, ORDER)
    digest = file_digest(FORGED)
    thief.set(documents, True, sha256=digest, body=FORGED)
    assert found(house, "documents", "row", digest).cls == "tampered"


def test_a_forged_document_is_named_where_the_digest_is_sealed(house: House, thief: Thief) -> None:
    order_paper(house, PERSON)
    assert audit(house).clean
    row = thief.read(documents)[0]
    thief.put(documents, **{**row, "sha256": file_digest(FORGED), "body": FORGED})
    assert found(house, "documents", "row", file_digest(FORGED)).entry == row["entry"]


def test_the_paper_of_another_order_is_named(house: House, thief: Thief) -> None:
    order_paper(house, ORDER)
    order_paper(house, PERSON)
    for row in thief.read(documents):
        swapped = {ORDER: PERSON, PERSON: ORDER}[row["subject"]]
        thief.set(documents, documents.c.sha256 == row["sha256"], subject=swapped)
    assert len(findings(house, "documents", "row")) == 2


def test_a_document_without_an_entry_is_named(house: House, thief: Thief) -> None:
    order_paper(house, ORDER)
    thief.set(documents, True, entry=999)
    assert found(house, "documents", "row").entry == 999
