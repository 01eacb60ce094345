"""What forgers do to a signed paper: each is refused, with the reason that fits. A false "altered" is as bad."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from cast import NOON
from documents import signed
from huella.documents.attach import attach_evidence
from huella.documents.authority import ROOT, SIGNER
from huella.documents.sign import HeldPen, Signing
from huella.documents.sign_check import check
from huella.documents.sign_keys import HeldSigner
from huella.documents.sign_time import StampAuthority
from huella.proof.trust import Papers

LATER = NOON + timedelta(minutes=1)


def page(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    found: generic.DictionaryObject = writer.root["/Pages"]["/Kids"][0]
    while found["/Type"] == "/Pages":
        found = found["/Kids"][0]
    return found


def test_a_paper_as_it_was_signed_passes_every_check() -> None:
    found = signed.looked(signed.paper())
    assert [each.status for each in found.values()] == ["passed"] * 6
    assert "Perú Compras" in found[13].reason("es")


def test_without_evidence_a_good_signature_is_not_the_register_s_word() -> None:
    verdict = signed.verdict(signed.paper())
    assert (verdict.overall, verdict.check(1).code) == ("unknown", "no-evidence")


# 1
def test_an_amount_edited_in_the_signed_bytes() -> None:
    paper = bytearray(signed.paper())
    (at,) = [found.start() for found in re.finditer(rb"stream\r?\n", paper)][3:4]
    paper[at + 30] ^= 1
    found = signed.looked(bytes(paper))
    assert (found[11].status, found[11].code) == ("failed", "paper-signature-wrong")
    assert signed.verdict(bytes(paper)).overall == "altered"


# 2
def test_a_page_s_content_replaced_by_a_later_increment() -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        found = page(writer)
        found["/Contents"] = signed.stream(writer, b"BT ET")
        writer.update_container(found)

    found = signed.looked(signed.update(signed.paper(), change))
    assert (found[11].status, found[12].code) == ("passed", "paper-changed")
    assert "p. 1 /Contents" in found[12].reason("en")


# 3
def test_an_overlay_annotation_over_an_amount() -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        box = generic.ArrayObject([generic.NumberObject(n) for n in (100, 100, 300, 200)])
        note = generic.DictionaryObject(
            {generic.pdf_name("/Subtype"): generic.pdf_name("/Square"), generic.pdf_name("/Rect"): box}
        )
        found = page(writer)
        found["/Annots"] = generic.ArrayObject([*found.get("/Annots", []), writer.add_object(note)])
        writer.update_container(found)

    verdict = signed.verdict(signed.update(signed.paper(), change))
    assert (verdict.overall, verdict.check(12).code) == ("altered", "paper-changed")


# 4
def test_a_swapped_qr() -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        resources = page(writer)["/Resources"]
        resources["/XObject"] = generic.DictionaryObject(
            {generic.pdf_name("/x0"): signed.stream(writer, b"other squares")}
        )
        writer.update_container(resources)

    assert signed.looked(signed.update(signed.paper(), change))[12].code == "paper-changed"


# 5
def test_a_removed_page() -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        tree = writer.root["/Pages"]
        tree["/Kids"] = generic.ArrayObject(list(tree["/Kids"])[:-1])
        tree["/Count"] = generic.NumberObject(0)
        writer.update_container(tree)

    assert signed.looked(signed.update(signed.paper(), change))[12].status == "failed"


# 6
def test_an_added_page() -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        tree = writer.root["/Pages"]
        first = page(writer)
        copy = generic.DictionaryObject({key: first.raw_get(key) for key in first if key != "/Contents"})
        tree["/Kids"] = generic.ArrayObject([*tree["/Kids"], writer.add_object(copy)])
        tree["/Count"] = generic.NumberObject(int(tree["/Count"]) + 1)
        writer.update_container(tree)

    assert signed.looked(signed.update(signed.paper(), change))[12].code == "paper-changed"


# 7
def test_a_replaced_attachment() -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        spec = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1]
        spec["/EF"]["/F"] = signed.stream(writer, b'{"format":"huella/evidence/1","forged":1}')
        writer.update_container(spec["/EF"])

    found = signed.looked(signed.update(signed.paper(), change))
    assert (found[12].status, "/EF" in found[12].reason()) == ("failed", True)


# 8
def test_a_signature_of_a_stranger_is_unknown_and_never_altered() -> None:
    paper = signed.strangers().signing.sign(signed.body())
    found, verdict = signed.looked(paper), signed.verdict(paper)
    assert (found[11].status, found[13].code, verdict.overall) == ("passed", "signer-unknown", "unknown")


# 9
def test_an_authority_of_the_same_name_with_other_keys() -> None:
    own, other = (each.authority.holder(ROOT).certificate for each in (signed.ours(), signed.strangers()))
    assert own.subject.rfc4514_string()[-20:] == other.subject.rfc4514_string()[-20:]
    assert signed.looked(signed.strangers().signing.sign(signed.body()))[13].code == "signer-unknown"


# 10
def test_a_certificate_that_was_expired_when_it_signed() -> None:
    house = signed.ours()
    short = signed.issue(house.authority, "corto", days=1)
    paper = signed.plainly(short, signed.body(), house.signing.stamps[0])
    found = signed.looked(paper, now=NOON + timedelta(hours=1))
    assert (found[13].status, found[14].status, found[14].code) == (
        "passed",
        "unknown",
        "certificate-expired",
    )


# 11
def test_a_certificate_revoked_before_it_signed(tmp_path: Path) -> None:
    house = signed.house(tmp_path / "a", "revoked")
    (lists, _) = house.signing.revocation() if house.signing.revocation else ((), ())
    house.authority.revoke(house.authority.certificate(SIGNER))
    house.clock.forward(hours=2)
    blind = Signing(
        house.signing.pen, house.signing.stamps, house.signing.authorities, lambda: (lists, ()), house.clock
    )
    paper = with_lists(blind.sign(signed.body()), house.authority.crls())
    found = signed.looked(paper, house.papers, house.clock())
    assert (found[14].status, found[14].code) == ("failed", "certificate-revoked")


def test_a_certificate_revoked_after_the_time_stamp_still_counts(tmp_path: Path) -> None:
    house = signed.house(tmp_path / "a", "later")
    paper = house.signing.sign(signed.body())
    house.clock.forward(days=1)
    house.authority.revoke(house.authority.certificate(SIGNER))
    paper = with_lists(paper, house.authority.crls())
    assert signed.looked(paper, house.papers, house.clock())[14].status == "passed"


# 12
def test_a_time_stamp_of_a_stranger() -> None:
    other = signed.strangers()
    stamp = StampAuthority("other", other.authority.stamp, other.papers.timestamps, other.clock)
    signer = HeldSigner(
        signed.ours().authority.holder(SIGNER).key, signed.ours().authority.certificate(SIGNER), []
    )
    found = signed.looked(signed.plainly(signer, signed.body(), stamp))
    assert (found[11].status, found[15].status, found[15].code) == ("passed", "unknown", "stamp-unknown")


# 13
def test_a_time_stamp_of_another_signature() -> None:
    assert signed.looked(with_stamp_of_other_bytes(signed.paper()))[15].code == "stamp-wrong"


# 14
def test_a_paper_signed_anew_by_another_accepted_signer_after_a_change() -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        found = page(writer)
        found["/Contents"] = signed.stream(writer, b"BT ET")
        writer.update_container(found)

    forged = signed.update(signed.paper(), change)
    forged = signed.plainly(signed.issue(signed.ours().authority), forged)
    assert signed.verdict(forged).overall == "altered"


# 15
def test_a_signer_below_the_authority_who_is_not_the_one_named() -> None:
    house = signed.ours()
    how = signed.signing(house.authority, HeldPen(signed.issue(house.authority, "vecino")), house.clock)
    named = Papers(house.papers.authorities, house.papers.timestamps, ("CN=registro",))
    assert signed.looked(how.sign(signed.body()), named)[13].code == "signer-unknown"


# 16
def test_a_shadow_that_moves_the_catalogue_to_other_pages() -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        first = page(writer)
        other = generic.DictionaryObject({key: first.raw_get(key) for key in first})
        other["/Contents"] = signed.stream(writer, b"BT (S/ 9.99) Tj ET")
        tree = generic.DictionaryObject(
            {key: writer.root["/Pages"].raw_get(key) for key in writer.root["/Pages"]}
        )
        tree["/Kids"] = generic.ArrayObject([writer.add_object(other)])
        writer.root["/Pages"] = writer.add_object(tree)
        writer.update_root()

    found = signed.looked(signed.update(signed.paper(), change))
    assert (found[11].status, found[12].status) == ("passed", "failed")


# 17
def test_a_byte_range_that_leaves_out_more_than_the_signature() -> None:
    paper = signed.paper()
    (_, gap, behind, size) = byte_range(paper)
    narrow = paper.replace(
        f"[0 {gap} {behind} {size}]".encode(),
        f"[0 {gap - 9} {behind} {size}]".encode().ljust(len(str((0, gap, behind, size)))),
    )
    assert signed.looked(narrow)[11].status in ("failed", "unknown")
    assert signed.verdict(narrow).overall != "authentic"


# 18
def test_a_file_written_anew_with_the_old_signature_in_it() -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.docinfo["/Title"] = "Otra orden"

    verdict = signed.verdict(signed.rewritten(signed.paper(), change))
    assert verdict.overall != "authentic"
    assert verdict.check(11).status != "passed"


# 19
def test_a_certificate_that_is_not_for_signing() -> None:
    wrong = signed.issue(signed.ours().authority, "cifrado", signs=False)
    found = signed.looked(signed.plainly(wrong, signed.body()))
    assert (found[13].status, found[13].code) == ("failed", "signer-usage")


# 20
def test_a_signature_whose_validation_data_and_archive_stamp_were_cut_off() -> None:
    paper = signed.paper()
    (_, _, behind, size) = byte_range(paper)
    found = signed.looked(paper[: behind + size])
    assert (found[11].status, found[14].code, found[16].code) == ("passed", "no-revocation", "no-archive")


# 21
def test_a_javascript_action_added_to_the_catalogue() -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/OpenAction"] = generic.DictionaryObject(
            {
                generic.pdf_name("/S"): generic.pdf_name("/JavaScript"),
                generic.pdf_name("/JS"): generic.pdf_string("app.alert(1)"),
            }
        )
        writer.update_root()

    assert signed.looked(signed.update(signed.paper(), change))[12].code == "paper-changed"


# 22
def test_a_visible_signature_field_laid_over_the_page() -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        box = generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 500, 800)])
        field = generic.DictionaryObject(
            {
                generic.pdf_name("/FT"): generic.pdf_name("/Sig"),
                generic.pdf_name("/Subtype"): generic.pdf_name("/Widget"),
                generic.pdf_name("/Rect"): box,
            }
        )
        found = page(writer)
        found["/Annots"] = generic.ArrayObject([*found["/Annots"], writer.add_object(field)])
        writer.update_container(found)

    assert signed.looked(signed.update(signed.paper(), change))[12].status == "failed"


def test_evidence_attached_behind_the_signature_is_no_change() -> None:
    paper = attach_evidence(signed.paper(), signed.EVIDENCE, NOON, "otra.huella.json")
    assert signed.looked(paper)[12].status == "passed"


def test_a_stranger_s_signature_behind_ours_changes_nothing() -> None:
    paper = signed.plainly(signed.issue(signed.strangers().authority), signed.paper())
    assert [each.status for each in signed.looked(paper).values()] == ["passed"] * 6


def test_without_a_trust_file_nothing_is_said_of_the_signer() -> None:
    found = {each.number: each for each in check(signed.paper(), None, LATER)}
    assert (found[11].status, found[12].status, found[13].code) == ("passed", "passed", "no-papers")


@pytest.mark.parametrize("raw", [b"%PDF-1.7 /ByteRange", b"/ByteRange [0 1 2 3]"])
def test_what_cannot_be_read_is_unknown(raw: bytes) -> None:
    assert {each.status for each in signed.looked(raw).values()} == {"unknown"}


def test_an_unsigned_paper_has_no_such_checks() -> None:
    assert signed.looked(signed.body()) == {}


def byte_range(paper: bytes) -> tuple[int, ...]:
    found = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", paper)
    assert found is not None
    return tuple(int(each) for each in found.groups())


def with_lists(paper: bytes, lists: tuple[bytes, ...]) -> bytes:
    """The paper with revocation lists added to its security store."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        store = writer.root["/DSS"]
        store["/CRLs"] = generic.ArrayObject(
            [*store.get("/CRLs", []), *(signed.stream(writer, each) for each in lists)]
        )
        writer.update_container(store)

    return signed.update(paper, change)


def with_stamp_of_other_bytes(paper: bytes) -> bytes:
    """The first signature with a time stamp whose imprint is another's; unsigned attributes are not covered by it."""
    start, end, raw = contents(paper)
    signature = cms.ContentInfo.load(raw)["content"]["signer_infos"][0]["signature"].native
    imprint = hashlib.sha256(signature).digest()
    assert raw.count(imprint) == 1
    return (
        paper[:start] + raw.replace(imprint, hashlib.sha256(b"other").digest()).hex().encode() + paper[end:]
    )


def contents(paper: bytes) -> tuple[int, int, bytes]:
    (_, gap, behind, _) = byte_range(paper)
    return gap + 1, behind - 1, bytes.fromhex(paper[gap + 1 : behind - 1].decode())
