"""Nothing personal stands in a record in clear, whatever the kind."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from huella.records import canonical, kinds, policy
from huella.records.draft import Prepared
from huella.records.record import Record

SECRET = "SECRETO"
FILE = {"media_type": "application/pdf", "name": "resolucion.pdf", "sha256": "5ec2e70" + "0" * 57, "size": 9}
CONTACT = {"email": f"{SECRET}@x.example", "name": SECRET, "telephone": f"9{SECRET}"}
PERSON = {"address": SECRET, "contact": CONTACT, "name": SECRET, "ruc": "10000000847"}
FIRM = {"address": SECRET, "contact": CONTACT, "name": "ANDINA S.A.C.", "ruc": "20100186170"}
FACT = {"documents": [FILE], "effective_at": "2026-08-31T05:00:00.000Z", "reason": SECRET}
DELIVERY = {**FACT, "delivery": 1, "observations": SECRET}
PLACE = {"address": SECRET, "contact": CONTACT, "number": 1, "ubigeo": "150101"}
KEY = {
    "alg": "ed25519",
    "effective_at": FACT["effective_at"],
    "key": "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg",
    "party": PERSON,
    "reason": SECRET,
}

FAMILIES = (kinds.ORDER, kinds.REGISTRY)
"""Procedures and offers have their own: test_procedure_rules.py, test_offer.py, test_offer_secrecy.py."""
SHOWS_ALL = {"calendar.published", "offers.closed", "offers.opened", "award.decided", "offer.refused"}

FACTS: dict[str, dict[str, Any]] = {
    "order.accepted": {**FACT, "mode": "explicit"},
    "order.rejected": FACT,
    "order.amended": {**FACT, "delivery": 1, "destination": PLACE},
    "order.annulled": FACT,
    "order.terminated": FACT,
    "rights.assigned": {**FACT, "assignee": PERSON},
    "delivery.made": DELIVERY,
    "delivery.conformed": DELIVERY,
    "delivery.paid": DELIVERY,
    "delivery.terminated": DELIVERY,
    "document.issued": {
        "document": "orden.pdf", "documents": [FILE], "of": "0" * 64, "subject": "OCAM-2026-1335-17-0",
        "verification_code": SECRET,
    },
    "key.authorised": KEY,
    "key.revoked": KEY,
    "calendar.published": {"first_year": 2026, "holidays": ["2026-01-01"], "last_year": 2026, "name": "pe"},
    "operator.acted": {"action": "backup", "reason": SECRET, "role": "operator"},
    "disclosure.erased": {"digest": "A" * 43, "index": 3, "pointer": "/supplier/name", "reason": SECRET},
    "log.recovered": {
        "date": "2026-11-25", "handover": "note", "head": "note", "kept": 3, "lost": {"first": 3, "size": 6},
        "origin": "example.pe/huella", "reason": SECRET, "root": "0" * 64, "successor": "example.pe/huella/2+00+00",
    },
}  # fmt: skip


def complete(kind: str, order: dict[str, Any]) -> dict[str, Any]:
    if kind not in kinds.FIRST_OF_ORDER:
        return copy.deepcopy(FACTS[kind])
    order |= {"supplier": PERSON, "verification_code": SECRET, "documents": [FILE], "destinations": [PLACE]}
    order["entity"] |= {"address": SECRET, "contact": CONTACT}
    if kind == "order.imported":
        order["origin"] = {
            "assignment": SECRET, "pdf_url": f"https://x.example/{SECRET}", "physical_pdf_url": f"{SECRET}.pdf",
            "source": "perucompras", "state": "ACEPTADA", "state_document": SECRET, "state_text": SECRET,
        }  # fmt: skip
    return order


@pytest.mark.parametrize("kind", [k for k, row in kinds.KINDS.items() if row.family in FAMILIES])
def test_nothing_personal_is_in_clear(
    kind: str, order: dict[str, Any], record: Callable[..., Record]
) -> None:
    subject = "registry" if kinds.KINDS[kind].family == kinds.REGISTRY else "OCAM-2026-1335-17-0"
    raw = canonical.encode(record(kind, complete(kind, order), subject))
    for secret in (SECRET, PERSON["ruc"], FILE["sha256"], "x.example"):
        assert str(secret).encode() not in raw


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_kind_has_its_row_in_the_table(kind: str) -> None:
    assert policy.SEALED[kind] or kind in SHOWS_ALL


def test_a_company_stands_in_clear_and_its_contact_does_not(
    order: dict[str, Any], prepare: Callable[..., Prepared]
) -> None:
    order["supplier"] = copy.deepcopy(FIRM)
    made = prepare("order.published", order)
    assert made.data["supplier"] == {"contact": {}, "name": "ANDINA S.A.C.", "ruc": "20100186170"}
    assert "/supplier/contact/email" in made.sealed


@pytest.mark.parametrize(
    ("party", "sealed"),
    [
        ({"ruc": "20100186170", "name": "A"}, []),
        ({"ruc": "10000000847", "name": "A"}, ["/supplier/ruc", "/supplier/name"]),
        ({"ruc": "15000000008", "name": "A"}, ["/supplier/ruc", "/supplier/name"]),
        ({"name": "A"}, ["/supplier/name"]),
        ({"identifier": "GB-COH-1", "name": "A"}, []),
        ({"identifier": "PE-DNI-00000001", "name": "A"}, ["/supplier/identifier", "/supplier/name"]),
        ({"code": 12, "name": "A"}, []),
    ],
)
def test_who_is_taken_for_a_person(party: dict[str, Any], sealed: list[str]) -> None:
    assert sorted(policy.pointers("order.published", {"supplier": party})) == sorted(sealed)


@pytest.mark.parametrize(
    ("name", "clear"),
    [
        ("OCAM-2026-1335-17_27-08-26 17-15-54_FISICA.pdf", True),
        ("https://saeusceprod01.blob.core.windows.net/contentidad/uploads/OCAM-2023-126-2_FISICA.pdf", True),
        (
            "https://apps1.perucompras.gob.pe//OrdenCompra/obtenerPdfOrdenPublico?ID_OrdenCompra=1&ImprimirCompleto=1",
            True,
        ),
        ("https://saeusceprod01.blob.core.windows.net/contentidad/uploads/DNI 41234567.pdf", False),
        ("https://apps1.perucompras.gob.pe.example/OCAM-2023-126-2_FISICA.pdf", False),
        ("https://x.perucompras.gob.pe/JUAN PEREZ/OCAM-2023-126-2_FISICA.pdf", False),
        ("OCAM-2023-126-2_FISICA.pdf\n", False),
        ("orden de juan.pdf", False),
    ],
)
def test_only_names_that_the_platform_makes_stay_in_clear(name: str, clear: bool) -> None:
    found = policy.pointers("order.imported", {"origin": {"physical_pdf_url": name}})
    assert found == ([] if clear else ["/origin/physical_pdf_url"])


def test_a_document_shows_personal_data_unless_nothing_else_is_sealed(order: dict[str, Any]) -> None:
    assert policy.shows_personal("order.published", order)
    order["supplier"].pop("contact")
    order["destinations"] = [{"number": 1}]
    assert not policy.shows_personal(
        "order.published", {**order, "verification_code": "x", "documents": [FILE]}
    )
