"""Reading over HTTP: every answer is what the register says, and nothing sealed is in any."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json

import pypdfium2  # type: ignore[import-untyped]
import pytest

import offer_cases as people
from huella.flow import paper
from huella.flow.publish import newest_entry
from huella.proof.verify import verify
from huella.records.record import leaf_hash
from web.site import FIRST, HOSTILE, HOSTILE_ORDER, NATURAL, REQUIREMENT, Site

PERSONAL = (
    "Ana Ejemplo",
    "ana@example.pe",
    "Jr. Ejemplo 123",
    "PERSONA DE EJEMPLO",
    "10000000006",
    "00000000-",
)


def test_orders_are_listed_in_the_order_of_the_log_a_page_at_a_time(reader: Site) -> None:
    first = reader.client.get("/api/v1/orders?limit=2").json()
    assert [row["number"] for row in first["orders"]] == [FIRST, NATURAL]
    second = reader.client.get("/api/v1/orders", params={"from": first["next"], "limit": 2}).json()
    assert ([row["number"] for row in second["orders"]], second["next"]) == ([HOSTILE_ORDER], None)


def test_a_list_is_filtered_and_amounts_are_exact_texts(reader: Site) -> None:
    found = reader.client.get("/api/v1/orders", params={"supplier": "20100186170"}).json()["orders"]
    assert [(row["number"], row["total"], row["entity"]) for row in found] == [
        (FIRST, "2950.00", "SEGURO SOCIAL DE SALUD")
    ]
    assert reader.client.get("/api/v1/orders?status=paid").json()["orders"] == []


def test_an_order_tells_state_deliveries_token_and_records(reader: Site) -> None:
    found = reader.client.get(f"/api/v1/orders/{FIRST}").json()
    assert (found["order"]["status"], found["deliveries"][0]["status"]) == ("accepted", "delivered")
    assert [entry["kind"] for entry in found["entries"]] == [
        "order.published",
        "order.accepted",
        "delivery.made",
    ]
    assert found["token"]["owner"].startswith("0x")


@pytest.mark.parametrize("path", ["orders/OCAM-2026-9-9-0", "orders/0", "requirements/REQ-2026-1-1", "records/9999",
                                  "tokens/0", "orders/OCAM-2026-9-9-0.pdf", "orders/OCAM-2026-9-9-0/evidence",
                                  "offers/OFE-0000-0000-0000-0000"])  # fmt: skip
def test_what_is_not_there_is_not_found(reader: Site, path: str) -> None:
    found = reader.client.get(f"/api/v1/{path}")
    assert found.status_code in (404, 422), found.text
    assert found.headers["content-type"] == "application/problem+json"


def test_nothing_personal_is_in_any_answer(reader: Site) -> None:
    paths = ["orders", f"orders/{NATURAL}", f"orders/{FIRST}", "feed?limit=500", "exports/csv", "stats",
             f"requirements/{REQUIREMENT}", f"orders/{NATURAL}/evidence", "requirements"]  # fmt: skip
    for path in paths:
        text = reader.client.get(f"/api/v1/{path}").text
        assert not [value for value in PERSONAL if value in text], path


def test_the_feed_is_gap_free_and_goes_on_where_it_ended(reader: Site) -> None:
    seen: list[int] = []
    following = 0
    while page := reader.client.get("/api/v1/feed", params={"from": following, "limit": 4}).json():
        if not page["entries"]:
            break
        seen += [row["index"] for row in page["entries"]]
        assert all(leaf_hash(row["record"].encode()).hex() == row["leaf"] for row in page["entries"])
        following = page["next"]
    assert seen == list(range(reader.house.journal.size()))


def test_the_feed_gives_lines_to_who_asks_for_them(reader: Site) -> None:
    found = reader.client.get("/api/v1/feed?limit=3", headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line)["index"] for line in found.text.splitlines()] == [0, 1, 2]
    assert found.headers["huella-next"] == "3"


def test_a_month_of_records_comes_compressed(reader: Site) -> None:
    months = reader.client.get("/api/v1/exports/records").json()["months"]
    raw = b"".join(
        gzip.decompress(reader.client.get(f"/api/v1/exports/records/{row['file']}").content) for row in months
    )
    assert [json.loads(line)["index"] for line in raw.splitlines()] == list(
        range(reader.house.journal.size())
    )


def test_the_csv_holds_no_formula_and_every_order(reader: Site) -> None:
    text = reader.client.get("/api/v1/exports/csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [row["ORDEN_ELECTRÓNICA"] for row in rows] == [FIRST, NATURAL, HOSTILE_ORDER]
    assert (rows[1]["PROVEEDOR"], rows[2]["PROVEEDOR"]) == ("(reservado)", HOSTILE)


def test_a_record_has_immutable_bytes_with_etag_and_ranges(reader: Site) -> None:
    path = "/api/v1/records/0/raw"
    found = reader.client.get(path)
    assert "immutable" in found.headers["cache-control"]
    again = reader.client.get(path, headers={"If-None-Match": found.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    part = reader.client.get(path, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, found.content[5:10])
    assert reader.client.get(path, headers={"Range": "bytes=999999-"}).status_code == 416
    assert reader.client.get(path, headers={"Range": "bytes=-4"}).content == found.content[-4:]


def test_evidence_handed_out_is_authentic(reader: Site) -> None:
    found = reader.client.get(f"/api/v1/orders/{FIRST}/evidence")
    verdict = verify(found.content, reader.house.trust)
    assert verdict.overall == "authentic"
    told = reader.client.post("/api/v1/verify", json={"evidence": found.text}).json()["verdict"]
    assert told["overall"] == "authentic"


def test_altered_evidence_is_told_so(reader: Site) -> None:
    text = reader.client.get(f"/api/v1/orders/{FIRST}/evidence").text.replace("2950.00", "2951.00")
    told = reader.client.post("/api/v1/verify", json={"evidence": text}).json()["verdict"]
    assert (told["overall"], told["exit_code"]) == ("altered", 1)


def test_a_paper_is_masked_by_number_and_whole_by_its_code(reader: Site) -> None:
    code = code_of(reader, NATURAL)
    masked = reader.client.get(f"/api/v1/orders/{NATURAL}.pdf")
    whole = reader.client.get(f"/api/v1/orders/{NATURAL}.pdf", params={"code": code})
    assert masked.content[:5] == whole.content[:5] == b"%PDF-"
    shown, kept = text_of(masked.content), text_of(whole.content)
    assert "PERSONA DE EJEMPLO" in kept
    assert code in kept
    assert "PERSONA DE EJEMPLO" not in shown
    assert code not in shown
    assert "no-store" in whole.headers["cache-control"]


def test_another_papers_code_opens_nothing(reader: Site) -> None:
    path = f"/api/v1/orders/{FIRST}.pdf"
    for code in (code_of(reader, NATURAL), "0000-0000-0000-0000"):
        assert reader.client.get(path, params={"code": code}).status_code == 404
    assert reader.client.get(path, params={"code": "nothing"}).status_code == 422


def test_a_code_and_a_documents_hash_lead_to_the_order(reader: Site) -> None:
    code = code_of(reader, FIRST).lower().replace("0", "o")
    told = reader.client.post("/api/v1/verify", json={"code": code}).json()
    assert (told["order"]["number"], told["order"]["status"]) == (FIRST, "accepted")
    original = reader.client.post("/api/v1/verify", json={"hash": paper_hash(reader, FIRST)}).json()
    assert original["order"]["number"] == FIRST
    assert reader.client.post("/api/v1/verify", json={"hash": "0" * 64}).status_code == 404


@pytest.mark.parametrize(
    "given", [{}, {"hash": "0" * 64, "code": "x"}, {"hash": "zz"}, {"document": "x"}, []]
)
def test_a_question_is_exactly_one(reader: Site, given: object) -> None:
    found = reader.client.post("/api/v1/verify", json=given)
    assert (found.status_code, found.json()["code"]) == (422, "input")


def test_a_token_has_erc721_metadata(reader: Site) -> None:
    index = reader.client.get(f"/api/v1/orders/{FIRST}").json()["token"]["id"]
    found = reader.client.get(f"/api/v1/tokens/{index}").json()
    traits = {each["trait_type"]: each["value"] for each in found["attributes"]}
    assert (found["name"], traits["total"], traits["supplier_ruc"]) == (FIRST, "2950.00", "20100186170")


def test_a_procedure_tells_its_offers_and_award_and_an_offer_nothing_of_it(reader: Site) -> None:
    found = reader.client.get(f"/api/v1/requirements/{REQUIREMENT}").json()
    assert (found["procedure"]["status"], len(found["offers"])) == ("awarded", 2)
    offer = reader.client.get(f"/api/v1/offers/{found['offers'][0]['offer']}").text
    assert REQUIREMENT not in offer
    assert people.ORGANISATION["ruc"] not in offer
    listed = reader.client.get("/api/v1/requirements?status=awarded").json()["requirements"]
    assert [row["number"] for row in listed] == [REQUIREMENT]


def test_a_bundle_holds_the_whole_procedure(reader: Site) -> None:
    found = reader.client.get(f"/api/v1/requirements/{REQUIREMENT}/bundle").json()
    assert found["format"] == "huella/bundle/1"


def code_of(site: Site, number: str) -> str:
    entry = newest_entry(site.house, number)
    return str(paper.complete_data(site.house, entry)["verification_code"])


def paper_hash(site: Site, number: str) -> str:
    return hashlib.sha256(paper.order_paper(site.house, number, original=True)).hexdigest()


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)
