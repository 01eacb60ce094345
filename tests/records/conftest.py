"""The cast of the records' tests: salts that repeat, one small order, drafts sealed into records."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from huella.records import draft
from huella.records.draft import Draft, Prepared
from huella.records.record import Record, parse

SUBJECT = "OCAM-2026-1335-17-0"
AT = "2026-11-23T14:05:09.123Z"

ORDER: dict[str, Any] = {
    "agreement": {"code": "EXT-CE-2022-5", "name": "COMPUTADORAS"},
    "contracting_type": "individual",
    "currency": "PEN",
    "deliveries": [
        {
            "destination": 1,
            "lines": [{"item": 1, "quantity": "4"}],
            "number": 1,
            "start": "2026-09-01",
            "sub_total": "400.00",
            "total": "472.00",
            "vat": "72.00",
        }
    ],
    "delivery_type": "Un solo destino una sola entrega",
    "destinations": [
        {"address": "Jr. Puno 100", "contact": {"name": "ROSA QUISPE"}, "number": 1, "ubigeo": "150101"}
    ],
    "entity": {"code": 1335, "name": "UNIDAD EJECUTORA", "ruc": "20131257750"},
    "items": [
        {"amount": "400.00", "description": "MOUSE", "number": 1, "quantity": "4", "unit_price": "100.00"}
    ],
    "procedure": "ordinary",
    "published_at": "2026-08-27T22:15:54.000Z",
    "sub_total": "400.00",
    "supplier": {"contact": {"email": "ventas@demo.example"}, "name": "ANDINA S.A.C.", "ruc": "20100186170"},
    "total": "472.00",
    "vat": "72.00",
}


@pytest.fixture
def order() -> dict[str, Any]:
    """A classic order's complete data, free to change."""
    return copy.deepcopy(ORDER)


@pytest.fixture
def salt() -> Callable[[], bytes]:
    """Salts 0, 1, 2, … in 16 bytes."""
    numbers = itertools.count()
    return lambda: next(numbers).to_bytes(16, "big")


@pytest.fixture
def prepare(salt: Callable[[], bytes]) -> Callable[..., Prepared]:
    """A fact checked and sealed: kind, data, subject."""

    def prepared(kind: str, data: dict[str, Any], subject: str = SUBJECT) -> Prepared:
        return draft.prepare(Draft(kind=kind, subject=subject, data=data), salt)

    return prepared


@pytest.fixture
def record(prepare: Callable[..., Prepared]) -> Callable[..., Record]:
    """The first record of a subject, read back from its bytes."""

    def first(kind: str, data: dict[str, Any], subject: str = SUBJECT) -> Record:
        made = prepare(kind, data, subject)
        return parse(draft.finish(made, seq=0, prev=None, recorded_at=AT, recorded_by="perucompras"))

    return first
