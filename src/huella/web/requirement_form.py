"""The form of a requirement: fields named by the JSON pointers of its data, rows that may be left empty, and back.

form ─► rows that say something, numbered ─► draft of requirement.published       an error's pointer ─► the field
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from huella.errors import InputError
from huella.records import identifiers as ids
from huella.records import places
from huella.web.forms import Form

ROWS = {"products": 2, "destinations": 1, "deliveries": 2}
"""Rows that an empty form shows."""
MOST = 20
RULES = {"individual": "lowest_total", "package": "lowest_total_package"}
_NUMBER = re.compile(r"[0-9]{1,6}\Z")
_QUANTITY = re.compile(r"[0-9]{1,13}(\.[0-9]{1,6})?\Z")
Lima = Callable[[str, str], str]


class Filled(NamedTuple):
    """What a form says as a draft's members, and the field of each pointer in it."""

    draft: dict[str, Any]
    fields: dict[str, str]


def rows_of(form: Form) -> dict[str, int]:
    """How many rows of each kind the form has; one more of the kind that was asked for."""
    found = {}
    for name, least in ROWS.items():
        told = [int(n) for n in re.findall(rf"(?m)^/{name}/(\d{{1,2}})/", "\n".join(form.values))]
        found[name] = min(MOST, max([least, *(n + 1 for n in told)]) + (form.get("more") == name))
    return found


def read(form: Form, fixed: dict[str, Any], lima: Lima) -> Filled:
    """The draft of a requirement. `fixed` are `ruc` and `published_at`. InputError names the field at fault."""
    subject = form.get("subject").upper()
    number = ids.requirement_number(subject, "subject")
    fields: dict[str, str] = {"/subject": "subject", "/entity/code": "subject"}
    kept = [n for n in range(MOST) if _says(form, f"/products/{n}/")]
    products = [_product(form, n, place, fields) for place, n in enumerate(kept)]
    stops = [n for n in range(MOST) if _says(form, f"/destinations/{n}/")]
    destinations = [_destination(form, n, place, fields) for place, n in enumerate(stops)]
    terms = [n for n in range(MOST) if _says(form, f"/deliveries/{n}/")]
    deliveries = [_delivery(form, n, place, (kept, stops), fields) for place, n in enumerate(terms)]
    if len(deliveries) == 1 and not deliveries[0]["lines"]:  # one delivery carries everything
        deliveries[0]["lines"] = [{"item": each["number"], "quantity": each["quantity"]} for each in products]
    agreement = {
        name: form.get(f"/agreement/{name}") for name in ("code", "name") if form.get(f"/agreement/{name}")
    }
    contracting = form.get("/contracting_type")
    data: dict[str, Any] = {
        "entity": {"code": number.entity_code, "name": form.get("/entity/name"),
                   "ruc": fixed["ruc"] or form.get("/entity/ruc")},
        "procedure": form.get("/procedure"), "contracting_type": contracting,
        "currency": form.get("/currency") or "PEN", "products": products, "destinations": destinations,
        "deliveries": deliveries, "needs_freight": bool(form.get("/needs_freight")),
        "published_at": fixed["published_at"], "closes_at": lima(form.get("/closes_at"), "/closes_at"),
        "opening_key": form.get("/opening_key"), "sealing": "supplier",
        "rule": {"name": RULES.get(contracting, "lowest_total"), "version": 1},
    }  # fmt: skip
    if agreement:
        data["agreement"] = agreement
    if form.get("/auditor_key"):
        data["auditor_key"] = form.get("/auditor_key")
    return Filled({"kind": "requirement.published", "subject": subject, "data": data}, fields)


def field_of(pointer: str, fields: dict[str, str]) -> str:
    """The form's field that an error's pointer is about: the nearest one above it."""
    above = pointer
    while above and above not in fields:
        above = above.rpartition("/")[0]
    return fields.get(above, pointer)


def _says(form: Form, begin: str) -> bool:
    return any(value.strip() for name, value in form.values.items() if name.startswith(begin))


def _product(form: Form, n: int, place: int, fields: dict[str, str]) -> dict[str, Any]:
    at = f"/products/{n}"
    fields |= {f"/products/{place}": f"{at}/description", f"/products/{place}/quantity": f"{at}/quantity"}
    if not form.get(f"{at}/description"):
        raise InputError("a product is described", field=f"{at}/description")
    made = {
        "number": place + 1, "description": form.get(f"{at}/description"),
        "quantity": _decimal(form, f"{at}/quantity"), "unit": form.get(f"{at}/unit"),
    }  # fmt: skip
    sheets = [each.strip() for each in form.get(f"{at}/sheets").split(",") if each.strip()]
    return {name: value for name, value in {**made, "sheets": sheets}.items() if value}


def _destination(form: Form, n: int, place: int, fields: dict[str, str]) -> dict[str, Any]:
    at = f"/destinations/{n}"
    fields |= {f"/destinations/{place}": f"{at}/ubigeo", f"/destinations/{place}/ubigeo": f"{at}/ubigeo"}
    code = _district(form.get(f"{at}/ubigeo"), f"{at}/ubigeo")
    department, province, district = places.names(code)
    made: dict[str, Any] = {
        "number": place + 1, "ubigeo": code, "department": department, "province": province, "district": district,
        "address": form.get(f"{at}/address"),
    }  # fmt: skip
    contact = {name: form.get(f"{at}/contact/{name}") for name in ("name", "telephone", "email")}
    made["contact"] = {name: value for name, value in contact.items() if value}
    return {name: value for name, value in made.items() if value}


def _district(text: str, field: str) -> str:
    """A district by its code, or by its three names from the smallest up."""
    if text.isascii() and text.isdigit():
        if places.known(text):
            return text
        raise InputError(f"{text!r} is no district code of INEI", field=field)
    named = [each.strip() for each in text.split(",")]
    found = places.resolve(named[2], named[1], named[0]) if len(named) == 3 else None
    if found is None:
        raise InputError(
            "a place is INEI's code of the district, or district, province, department", field=field
        )
    return found


def _delivery(
    form: Form, n: int, place: int, rows: tuple[list[int], list[int]], fields: dict[str, str]
) -> dict[str, Any]:
    at, (products, stops) = f"/deliveries/{n}", rows
    mine = f"/deliveries/{place}"
    fields |= {mine: f"{at}/max_days", f"{mine}/destination": f"{at}/destination", f"{mine}/start": f"{at}/start",
               f"{mine}/max_days": f"{at}/max_days"}  # fmt: skip
    lines: list[dict[str, Any]] = []
    for item, product in enumerate(products, 1):
        name = f"{at}/lines/{product}"
        if form.get(name):
            fields[f"{mine}/lines/{len(lines)}"] = name
            lines.append({"item": item, "quantity": _decimal(form, name)})
    if products and f"{mine}/lines/0" not in fields:
        fields[f"{mine}/lines"] = f"{at}/lines/{products[0]}"
    stop = _whole(form, f"{at}/destination", 1) - 1
    made = {
        "number": place + 1, "destination": stops.index(stop) + 1 if stop in stops else stop + 1,
        "max_days": _whole(form, f"{at}/max_days", None), "lines": lines,
    }  # fmt: skip
    return {**made, "start": form.get(f"{at}/start")} if form.get(f"{at}/start") else made


def _whole(form: Form, name: str, default: int | None) -> int:
    text = form.get(name)
    if not text and default is not None:
        return default
    if not _NUMBER.match(text):
        raise InputError("a whole number is asked for here", field=name)
    return int(text)


def _decimal(form: Form, name: str) -> str:
    """A quantity in its one spelling; a comma is a decimal point."""
    text = form.get(name).replace(",", ".")
    if not _QUANTITY.match(text):  # before any arithmetic: an exponent of six digits is a number of a million
        raise InputError("a quantity such as 10 or 2.5", field=name)
    value = Decimal(text)
    if not value:
        raise InputError("a quantity is above zero", field=name)
    return f"{value.normalize():f}"
