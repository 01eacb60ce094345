"""OCDS 1.1: orders from contracts, in every form that packages, records and releases come in."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from huella.errors import InputError
from huella.records import draft, intake, kinds
from huella.records.draft import Draft, Refusal
from huella.records.intake import compare, contract

RELEASE: dict[str, Any] = {
    "ocid": "ocds-dgv273-2026-77",
    "id": "r1",
    "date": "2026-09-01T10:00:00-05:00",
    "buyer": {"id": "PE-RUC-20131257750", "name": "ESSALUD"},
    "parties": [
        {
            "id": "PE-RUC-20100186170",
            "name": "ANDINA S.A.C.",
            "identifier": {"scheme": "PE-RUC", "id": "20100186170"},
            "contactPoint": {"name": "ROSA QUISPE", "email": "rosa@demo.example"},
        }
    ],
    "relatedProcesses": [{"relationship": ["framework"], "identifier": "EXT-CE-2022-5", "title": "COMPUTADORAS"}],
    "tender": {"procurementMethodDetails": "Gran Compra"},
    "awards": [{"id": "a1", "suppliers": [{"id": "PE-RUC-20100186170", "name": "ANDINA"}]}],
    "contracts": [
        {
            "id": "c1",
            "awardID": "a1",
            "status": "active",
            "dateSigned": "2026-08-31T00:00:00-05:00",
            "value": {"amount": 1180.5, "currency": "PEN"},
            "items": [
                {
                    "id": 1, "description": "MOUSE", "quantity": 4,
                    "unit": {"value": {"amount": 29.5125, "currency": "PEN"}},
                }
            ],
            "documents": [{"documentType": "contractSigned", "url": "https://x.example/firmado.pdf"}],
        }
    ],
}  # fmt: skip


def read(document: Any, name: str = "paquete.json") -> list[Draft | Refusal]:
    raw = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    return list(intake.read(io.BytesIO(raw), name))


def one(document: Any) -> Draft:
    (found,) = read(document)
    assert isinstance(found, Draft), found
    draft.prepare(found, lambda: os.urandom(16))
    return found


def with_contract(**changes: Any) -> dict[str, Any]:
    changed = {k: v for k, v in {**RELEASE["contracts"][0], **changes}.items() if v is not ...}
    return {**RELEASE, "contracts": [changed]}


def test_the_whole_contract_is_understood() -> None:
    made = one(RELEASE)
    assert made.subject == "ocds-dgv273-2026-77/c1"
    assert made.data == {
        "accepted_at": "2026-08-31T05:00:00.000Z",
        "agreement": {"code": "EXT-CE-2022-5", "name": "COMPUTADORAS"},
        "currency": "PEN",
        "entity": {"name": "ESSALUD", "ruc": "20131257750"},
        "items": [{"description": "MOUSE", "number": 1, "quantity": "4", "unit_price": "29.5125"}],
        "origin": {
            "extracted_at": "2026-09-01T15:00:00.000Z", "pdf_url": "https://x.example/firmado.pdf",
            "reference": "ocds-dgv273-2026-77", "source": "ocds", "state": "active",
        },
        "procedure": "large_purchase",
        "sub_total": "1180.50",
        "supplier": {
            "contact": {"email": "rosa@demo.example", "name": "ROSA QUISPE"}, "name": "ANDINA S.A.C.",
            "ruc": "20100186170",
        },
        "total": "1180.50",
        "vat": "0.00",
    }  # fmt: skip


PACKAGE = {"version": "1.1", "releases": [RELEASE]}
RECORD = {"ocid": RELEASE["ocid"], "compiledRelease": RELEASE}


@pytest.mark.parametrize(
    "document",
    [
        RELEASE,
        [RELEASE],
        PACKAGE,
        [PACKAGE],
        RECORD,
        {"records": [RECORD]},
        {"records": [{"ocid": RELEASE["ocid"], "releases": [RELEASE]}]},
        {
            "records": [
                {**RECORD, "versionedRelease": {"ocid": "x"}, "releases": [{"url": "https://x.example"}]}
            ]
        },
        json.dumps(PACKAGE, indent=2).encode(),
        b"\xef\xbb\xbf" + json.dumps(PACKAGE).encode(),
        b"\n\n" + json.dumps(RECORD).encode() + b"\n",
    ],
)
def test_every_form_gives_the_same_order(document: Any) -> None:
    assert one(document).data == one(RELEASE).data


@pytest.mark.parametrize(
    ("name", "orders"),
    [
        ("fictional-1.1-release-package-list.json", 2),
        ("fictional-1.1-record-package.json", 1),
        ("fictional-1.1-record-package-versioned.json", 1),
    ],
)
def test_the_published_examples_are_read(name: str, orders: int, shared_data: Path) -> None:
    with (shared_data / "ocds" / "examples" / name).open("rb") as file:
        found = [f for f in intake.read(file, name) if isinstance(f, Draft)]
    assert len(found) == orders
    for made in found:
        assert made.subject == "ocds-213czf-000-00001/ocds-213czf-000-00001-contract-01"
        order = draft.prepare(made, lambda: os.urandom(16)).complete
        assert (str(order.total), order.currency, order.supplier.name) == (
            "11000000.00",
            "GBP",
            "AnyCorp Cycle Provision",
        )


def test_a_versioned_record_says_what_its_compiled_release_says(shared_data: Path) -> None:
    name = "fictional-1.1-record-package-versioned.json"
    package = json.loads((shared_data / "ocds" / "examples" / name).read_text(encoding="utf-8"))
    (compiled,) = read(package)
    for record in package["records"]:
        del record["compiledRelease"]
    (versioned,) = read(package)
    assert isinstance(compiled, Draft)
    assert isinstance(versioned, Draft)
    for told in (compiled.data["origin"], versioned.data["origin"]):
        told.pop("extracted_at", None)
    assert versioned.data == compiled.data


def test_the_same_contract_told_again_is_the_same(shared_data: Path) -> None:
    with (shared_data / "ocds" / "examples" / "fictional-1.1-release-package-list.json").open("rb") as file:
        first, second = (kinds.read(f.kind, f.data) for f in intake.read(file, "x") if isinstance(f, Draft))
    assert compare.newer(first, second) == compare.SAME


def test_a_template_without_content_is_refused_and_not_taken(shared_data: Path) -> None:
    found = read((shared_data / "ocds" / "examples" / "release-template-1.1.5.json").read_bytes())
    assert found
    assert all(isinstance(f, Refusal) for f in found)


def test_json_lines_are_read_one_by_one() -> None:
    other = {**RELEASE, "ocid": "ocds-dgv273-2026-78"}
    lines = [
        json.dumps(RELEASE),
        "{broken",
        "",
        json.dumps({"records": [{"ocid": "x", "compiledRelease": other}]}),
        "[1]",
    ]
    found = read("\n".join(lines).encode())
    assert [(type(f), f.row) for f in found] == [(Draft, 1), (Refusal, 2), (Draft, 3), (Refusal, 4)]


def test_line_ends_inside_text_are_taken() -> None:
    raw = json.dumps(PACKAGE, indent=1).replace("MOUSE", "MOUSE\nÓPTICO\tUSB").encode()
    assert one(raw).data["items"][0]["description"] == "MOUSE\nÓPTICO\tUSB"


def test_releases_of_one_process_inform_each_other() -> None:
    award = {k: v for k, v in RELEASE.items() if k != "contracts"}
    signed = {"ocid": RELEASE["ocid"], "date": RELEASE["date"], "contracts": RELEASE["contracts"]}
    assert one({"releases": [award, signed]}).data["supplier"]["name"] == "ANDINA S.A.C."


def test_a_later_release_need_not_repeat_what_an_earlier_one_told() -> None:
    paid = {
        "ocid": RELEASE["ocid"],
        "date": "2026-10-01T10:00:00-05:00",
        "contracts": [{"id": "c1", "status": "terminated"}],
    }
    first, second = (
        kinds.read(f.kind, f.data) for f in read({"releases": [RELEASE, paid]}) if isinstance(f, Draft)
    )
    assert (second.total, second.items, second.supplier) == (first.total, first.items, first.supplier)
    assert compare.newer(first, second) == compare.NEWER
    assert compare.newer(second, first) == compare.OLDER


def test_an_amount_keeps_every_cent() -> None:
    raw = json.dumps(PACKAGE).replace("1180.5", "123456789012.35").encode()
    assert one(raw).data["total"] == "123456789012.35"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ...}, "/contracts/0/id"),
        ({"awardID": "a9"}, "/contracts/0/awardID"),
        ({"value": ...}, "/contracts/0/value"),
        ({"value": {"amount": 1.005, "currency": "PEN"}}, "/contracts/0/value/amount"),
        ({"value": {"amount": "10", "currency": "PEN"}}, "/contracts/0/value/amount"),
        ({"value": {"amount": 10}}, "/contracts/0/value/currency"),
        ({"status": "TERMINATED"}, "/contracts/0/status"),
        ({"status": ...}, "/contracts/0/status"),
        ({"dateSigned": "2026-08-31"}, "/contracts/0/dateSigned"),
        ({"dateSigned": "2026-08-31T00:00:00"}, "/contracts/0/dateSigned"),
        ({"items": [{"quantity": 1}]}, "/contracts/0/items/0/description"),
        ({"items": [{"description": "x", "quantity": 0.1234567}]}, "/contracts/0/items/0/quantity"),
        ({"items": 5}, "/contracts/0/items"),
    ],
)
def test_what_is_missing_or_unclear_is_refused_with_its_pointer(change: dict[str, Any], field: str) -> None:
    (found,) = read(with_contract(**change))
    assert isinstance(found, Refusal)
    assert (found.row, found.field) == (1, field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"buyer": {}}, "/contracts/0: buyer"),
        ({"ocid": "77"}, "ocid"),
        ({"ocid": None}, "/ocid"),
        ({"awards": [{"id": "a1", "suppliers": [{"id": "x"}, {"id": "y"}]}]}, "/contracts/0/awardID"),
        ({"buyer": {"id": "PE-RUC-20131257751"}}, "/contracts/0: buyer/identifier/id"),
        ({"contracts": [7]}, "/contracts/0"),
    ],
)
def test_a_release_that_does_not_tell_enough_refuses_its_contract(change: dict[str, Any], field: str) -> None:
    (found,) = read({**RELEASE, **change})
    assert isinstance(found, Refusal)
    assert found.field == field


def test_a_link_to_a_release_is_no_release() -> None:
    (found,) = read({"records": [{"ocid": "x", "releases": [{"url": "https://x.example/1.json"}]}]})
    assert isinstance(found, Refusal)
    assert "link" in found.reason


def test_a_word_of_the_platform_in_status_details_counts() -> None:
    assert one(with_contract(statusDetails="PAGADA", status="terminated")).data["origin"]["state"] == "PAGADA"
    assert one(with_contract(statusDetails="TERMINATED")).data["origin"]["state"] == "TERMINATED"


@pytest.mark.parametrize(
    ("ocid", "contract_id", "subject"),
    [
        ("ocds-dgv273-1", "c1", "ocds-dgv273-1/c1"),
        ("ocds-dgv273-1", "OCAM-2026-1335-17-0", "OCAM-2026-1335-17-0"),
        ("ocds-dgv273-1", "OCAM-2026-1335-17-1", "ocds-dgv273-1/OCAM-2026-1335-17-1"),
    ],
)
def test_subjects_are_plain_where_the_ids_are(ocid: str, contract_id: str, subject: str) -> None:
    assert contract.subject(ocid, contract_id) == subject


@pytest.mark.parametrize("contract_id", ["contrato n.º 5", "a/b", "x" * 80, "con espacio", "7" * 61])
def test_other_ids_have_a_digest_that_never_changes_and_never_collides(contract_id: str) -> None:
    subject = contract.subject("ocds-dgv273-1", contract_id)
    assert (
        subject
        == contract.subject("ocds-dgv273-1", contract_id)
        != contract.subject("ocds-dgv273-2", contract_id)
    )
    assert len(subject) <= 80
    changed = with_contract(id=contract_id)
    assert one({**changed, "ocid": "ocds-dgv273-1"}).subject == subject


def test_a_file_that_is_cut_is_refused_as_a_whole() -> None:
    with pytest.raises(InputError, match="not JSON"):
        read(json.dumps(PACKAGE, indent=1).encode()[:-20])


@pytest.mark.parametrize("number", ["1e999999999", "1e400", "-1", "1e-400", "9" * 400, "9" * 20])
def test_an_amount_of_any_size_is_refused_at_once(number: str) -> None:
    (found,) = read(json.dumps(PACKAGE).replace("1180.5", number).encode())
    assert isinstance(found, Refusal)
    assert found.field == "/releases/0/contracts/0/value/amount"


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00Z", "2023-02-30T10:00:00Z"]
)
def test_a_moment_that_no_record_holds_is_refused_with_its_pointer(moment: str) -> None:
    (found,) = read(json.dumps(with_contract(dateSigned=moment)).encode())
    assert isinstance(found, Refusal)
    assert found.field == "/contracts/0/dateSigned"
    assert moment in found.reason
