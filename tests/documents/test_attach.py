"""The portal's copy: the original and one update behind it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache

import pytest

from documents import paper
from documents.orders import ADDRESS, CODE, NUMBER, make
from huella.documents.attach import EVIDENCE_NAME, attach_evidence
from huella.documents.order import render_order
from huella.errors import InputError
from huella.proof.paper import compare, embedded

EVIDENCE = b'{"format":"huella/evidence/1","record":"\xc3\xb1"}'
DATE = datetime(2026, 11, 23, 14, 5, 9, 123000, tzinfo=UTC)


@cache
def original() -> bytes:
    return render_order(make(2, 2, 2), NUMBER, CODE, ADDRESS)


def copied() -> bytes:
    return attach_evidence(original(), EVIDENCE, DATE)


def test_the_original_is_a_prefix_and_one_update_follows() -> None:
    copy = copied()
    assert copy.startswith(original())
    assert copy[len(original()) :].count(b"%%EOF") == 1
    assert copy.endswith(b"%%EOF\n")


def test_the_evidence_comes_out_as_it_went_in() -> None:
    assert embedded(copied()) == [(EVIDENCE_NAME, EVIDENCE)]


def test_check_4_finds_the_document_unchanged() -> None:
    assert compare(copied(), len(original())).status == "unchanged"


def test_the_same_evidence_and_date_give_the_same_bytes() -> None:
    lima = DATE.astimezone(timezone(timedelta(hours=-5)))
    assert copied() == attach_evidence(original(), EVIDENCE, lima)


def test_the_attachment_has_what_pdf_a_3_asks_for() -> None:
    with paper.opened(copied()) as pdf:
        (file,) = pdf.Root.AF
        assert file.AFRelationship == "/Supplement"
        assert str(file.F) == str(file.UF) == EVIDENCE_NAME
        assert file.EF.F.Subtype == "/application/json"
        assert str(file.EF.F.Params.ModDate) == "D:20261123140509Z"
        assert int(file.EF.F.Params.Size) == len(EVIDENCE)


def test_metadata_identity_and_text_stay_those_of_the_original() -> None:
    with paper.opened(copied()) as copy, paper.opened(original()) as before:
        assert copy.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert bytes(copy.trailer.ID[0]) == bytes(before.trailer.ID[0])
        assert bytes(copy.trailer.ID[1]) != bytes(before.trailer.ID[1])
    assert paper.texts(copied()) == paper.texts(original())


def test_an_original_without_a_last_newline_stays_a_prefix() -> None:
    bare = original().rstrip(b"\n")
    assert attach_evidence(bare, EVIDENCE, DATE).startswith(bare + b"\n")


def test_a_second_evidence_needs_another_name() -> None:
    with pytest.raises(InputError, match="already"):
        attach_evidence(copied(), EVIDENCE, DATE)
    twice = attach_evidence(copied(), b"{}", DATE, name="otra.huella.json")
    assert dict(embedded(twice)) == {EVIDENCE_NAME: EVIDENCE, "otra.huella.json": b"{}"}


@pytest.mark.parametrize("name", ["evidencia.json", "evidencia.pdf", "ñ.huella.json"])
def test_the_name_tells_the_format(name: str) -> None:
    with pytest.raises(InputError, match=r"\.huella\.json"):
        attach_evidence(original(), EVIDENCE, DATE, name=name)


@pytest.mark.parametrize("broken", [b"", b"no es un PDF", b"%PDF-1.7\n%%EOF\n"])
def test_what_is_no_pdf_is_refused(broken: bytes) -> None:
    with pytest.raises(InputError, match="cannot be attached"):
        attach_evidence(broken, EVIDENCE, DATE)


def test_a_date_without_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="zone"):
        attach_evidence(original(), EVIDENCE, datetime(2026, 11, 23))  # noqa: DTZ001
