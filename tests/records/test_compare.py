"""Which of two statements of one order is newer: the whole table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from huella.records.intake.compare import newer
from huella.records.model import Delivery, Order, Origin, Party

D1, D2 = "2026-08-30T05:00:00.000Z", "2026-08-31T05:00:00.000Z"
SUM = Decimal("1.00")
ZERO = Decimal("0.00")


def told(source: str = "perucompras", state: str = "ACEPTADA", name: str = "A", **origin: Any) -> Order:
    """One source's statement; `name` stands for any content that may differ."""
    return Order(
        entity=Party(ruc="20131257750", name=name), supplier=Party(ruc="20100186170"), currency="PEN",
        sub_total=SUM, vat=ZERO, total=SUM, origin=Origin(source=source, state=state, **origin),
    )  # fmt: skip


PORTAL = replace(
    told("portal", "ACEPTADA C/ENTREGA PENDIENTE"),
    deliveries=(Delivery(number=1, destination=1, sub_total=SUM, vat=ZERO, total=SUM),),
)


@pytest.mark.parametrize(
    ("known", "given", "verdict"),
    [
        (told(), told(), "same"),
        (told(extracted_at=D1), told(extracted_at=D2), "same"),
        (told(extracted_at=D2), told(extracted_at=D1), "same"),
        (told(state_at=D1), told(state_at=D2), "newer"),
        (told(state_at=D2), told(state_at=D1), "older"),
        (told(state="PAGADA", state_at=D1), told(state_at=D2), "newer"),
        (told(state_at=D1), told(state="PAGADA", state_at=D1), "newer"),
        (told(state="PAGADA"), told(state="ACEPTADA"), "older"),
        (told(state_at=D2), told("portal", "PAGADA"), "newer"),
        (told("portal", "PAGADA"), told(state_at=D2), "older"),
        (told(extracted_at=D1), told(name="B", extracted_at=D2), "newer"),
        (told(extracted_at=D2), told(name="B", extracted_at=D1), "older"),
        (told(extracted_at=D1), told(name="B", extracted_at=D1), "contradiction"),
        (told(state_at=D1, extracted_at=D1), told(name="B", state_at=D1, extracted_at=D1), "contradiction"),
        (told(), told(name="B"), "contradiction"),
        (told(), told(pdf_url="x"), "newer"),
        (told(pdf_url="x"), told(), "same"),
        (told(pdf_url="x"), told(pdf_url="y"), "contradiction"),
        (told(state_at=D1, extracted_at=D2), PORTAL, "newer"),
        (PORTAL, told(state_at=D1, extracted_at=D2), "older"),
        (told(), replace(PORTAL, total=Decimal("2.00"), sub_total=Decimal("2.00")), "contradiction"),
        (told(), replace(PORTAL, supplier=Party(ruc="20131257750")), "contradiction"),
        (told(), replace(told(), origin=None), "contradiction"),
    ],
)
def test_two_statements_of_one_order(known: Order, given: Order, verdict: str) -> None:
    assert newer(known, given) == verdict


@pytest.mark.parametrize(
    "left", [told(), told(state_at=D1), told(name="B", extracted_at=D1), PORTAL, told("ocds", "active")]
)
@pytest.mark.parametrize(
    "right", [told(), told(state_at=D2), told(state="PAGADA"), PORTAL, told("ocds", "pending")]
)
def test_two_statements_never_take_turns(left: Order, right: Order) -> None:
    both = {newer(left, right), newer(right, left)}
    assert both in ({"newer", "older"}, {"newer", "same"}, {"same"}, {"contradiction"})
