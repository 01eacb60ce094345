"""A procedure's opened offers as anybody may see them: bidder, prices, freight, each held against what was sealed."""

from __future__ import annotations

from typing import Any

from huella.errors import HuellaError
from huella.flow import show
from huella.flow.house import House
from huella.flow.procedure import placed
from huella.records import opening
from huella.records.opening import OpenedOffer
from huella.records.tender import Case


def opened(house: House, found: Case, code: str) -> OpenedOffer | None:
    """A claimed offer that was opened, checked against its records again; None where it is not, or does not fit."""
    if code not in found.openings:
        return None
    claim = next(each for each in found.life.claims if each.offer == code)
    own = [each.record for each in placed(house, code) if each.index <= claim.index]
    try:
        return opening.check_opened(own, found.openings[code], found.ties[code])
    except HuellaError:
        return None


def procedure_card(house: House, number: str) -> dict[str, Any]:
    """A procedure as its pages show it, in one moment: `case` and `told` (as the API tells it), the requirement
    `wanted`, count and root of the `closed` set, its `offers`, and the `codes` of their leaves. NotFound where there is
    none. What an open procedure has of offers nobody knows, and nothing here tells it."""
    with house.moment():
        found = show.case_of(house, number)
        told = show.told_procedure(house, found, number)
        return {
            "number": number, "case": found, "told": told, "wanted": found.life.requirement,
            "closed": _closed(told["entries"]), "codes": {each["leaf"]: each["offer"] for each in told["offers"]},
            "offers": [each | _offer(house, found, each["offer"]) for each in told["offers"]],
        }  # fmt: skip


def _closed(entries: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Count and root of the closed set, as its record tells them."""
    for entry in entries:
        if entry["kind"] in ("offers.closed", "procedure.cancelled") and entry["data"].get("root"):
            return {"count": entry["data"]["count"], "root": entry["data"]["root"], "index": entry["index"]}
    return None


def _offer(house: House, found: Case, code: str) -> dict[str, Any]:
    """What an opened offer says; None throughout until it is opened. A person's name and RUC stay sealed in it."""
    told = opened(house, found, code)
    if told is None:
        return dict.fromkeys(("bidder", "currency", "shipping", "declined", "proven")) | {"products": ()}
    content = told.content
    return {
        "bidder": {"ruc": told.bidder.ruc, "name": told.bidder.name},
        "currency": content.currency, "products": content.products,
        "shipping": sum(each.cost for each in content.shipping) if content.shipping else None,
        "declined": content.declined, "proven": not found.openings[code].unproven,
    }  # fmt: skip
