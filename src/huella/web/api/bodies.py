"""The bodies of facts, for the API's description: their schemas are those of the kinds of record themselves."""

from __future__ import annotations

from typing import Any

import msgspec

from huella.records import kinds
from huella.records.record import Act

ORDER: dict[str, Any] = {
    "subject": "OCAM-2026-9001-1-0",
    "data": {
        "entity": {"ruc": "20990004065", "name": "MUNICIPALIDAD DE EJEMPLO", "code": 9001},
        "supplier": {"ruc": "20995001358", "name": "PROVEEDORA DE EJEMPLO S.A.C."},
        "agreement": {"code": "EXT-CE-2021-7", "name": "ÚTILES DE ESCRITORIO, PAPELES Y CARTONES"},
        "contracting_type": "individual",
        "procedure": "ordinary",
        "delivery_type": "classic",
        "currency": "PEN",
        "published_at": "2026-11-20T15:00:00.000Z",
        "items": [
            {
                "number": 1,
                "description": "PAPEL BOND A4 80 G",
                "unit": "PAQUETE",
                "quantity": "100",
                "unit_price": "12.50",
                "amount": "1250.00",
            }
        ],
        "destinations": [
            {
                "number": 1,
                "ubigeo": "150101",
                "department": "LIMA",
                "province": "LIMA",
                "district": "LIMA",
                "address": "Jr. Ejemplo 123",
                "contact": {"name": "Ana Ejemplo", "email": "ana@example.pe"},
            }
        ],
        "deliveries": [
            {
                "number": 1,
                "destination": 1,
                "start": "2026-12-01",
                "max_days": 10,
                "lines": [{"item": 1, "quantity": "100"}],
                "sub_total": "1250.00",
                "vat": "225.00",
                "total": "1475.00",
            }
        ],
        "sub_total": "1250.00",
        "vat": "225.00",
        "total": "1475.00",
    },
}
"""A whole order, as docs/guide/order.jsonl has it."""
_REF = "#/components/schemas/record.{name}"


def schemas() -> dict[str, Any]:
    """The schema of every kind's data, and of what they are made of, under names that begin with `record.`."""
    shapes = [*dict.fromkeys(kind.shape for kind in kinds.KINDS.values()), Act]
    _, made = msgspec.json.schema_components(shapes, ref_template=_REF)
    return {f"record.{name}": schema for name, schema in made.items()}


def fact(*named: str) -> dict[str, Any]:
    """The schema of a fact of some kinds: complete, for the registry to seal, or as its party sealed and signed it."""
    data = [_ref(name) for name in dict.fromkeys(kinds.find(kind).shape.__name__ for kind in named)]
    kind = {"enum": [*named], "description": "Where the address does not tell it."}
    subject = {"type": "string", "maxLength": 80, "description": "Where the address does not tell it."}
    complete = {
        "title": "Complete",
        "description": "The registry seals what the kind's policy names.",
        "type": "object",
        "required": ["data"],
        "properties": {
            "kind": kind,
            "subject": subject,
            "data": data[0] if len(data) == 1 else {"anyOf": data},
        },
    }
    texts = {"type": "array", "items": {"type": "string"}}
    ready = {
        "title": "Sealed and signed by its party",
        "description": "`data` is the public part; `sealed` has a digest for each pointer that is not in it.",
        "type": "object",
        "required": ["data", "act"],
        "properties": {
            "kind": kind, "subject": subject, "data": {"type": "object"}, "disclosures": texts, "annexes": texts,
            "sealed": {"type": "object", "additionalProperties": {"type": "string"}},
            "prev": {"type": "string"}, "act": _ref(Act.__name__),
        },
    }  # fmt: skip
    return {"anyOf": [complete, ready]}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": _REF.format(name=name)}
