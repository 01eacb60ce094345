"""A procedure's opened offers as anybody may see them: bidder, prices, freight, each held against what was sealed."""

from __future__ import annotations

from typing import Any

from huella.errors import HuellaError
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


def offers(house: House, found: Case) -> list[dict[str, Any]]:
    """Every claimed offer in the order of the log; `bidder` and what is below it None until it is opened. A person's
    name and RUC stay sealed in an opened offer too."""
    return [_offer(house, found, claim.offer) | {
        "offer": claim.offer, "leaf": claim.leaf, "index": claim.index, "withdrawn": claim.withdrawn,
        "opened": claim.offer in found.openings,
    } for claim in found.life.claims]  # fmt: skip


def _offer(house: House, found: Case, code: str) -> dict[str, Any]:
    told = opened(house, found, code)
    if told is None:
        return {
            "bidder": None,
            "currency": None,
            "products": (),
            "shipping": None,
            "declined": None,
            "proven": None,
        }
    content = told.content
    return {
        "bidder": {"ruc": told.bidder.ruc, "name": told.bidder.name},
        "currency": content.currency, "products": content.products,
        "shipping": sum(each.cost for each in content.shipping) if content.shipping else None,
        "declined": content.declined, "proven": not found.openings[code].unproven,
    }  # fmt: skip
