"""Offers opened from their suppliers' own copies: where an opening key is lost, or an envelope does not open.

supplier's copies ─► held against what was sealed ─► offers.opened, all at once, before any other offer is open
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from huella.errors import HuellaError, InputError, RuleError
from huella.flow.house import House
from huella.flow.procedure import case, placed
from huella.flow.seal import Outcome, seal
from huella.records import actors, canonical, opening
from huella.records.draft import Draft
from huella.records.offer_file import OfferCopy
from huella.records.procedure import Claim
from huella.records.tender import Case


def open_copies(house: House, number: str, copies: Sequence[OfferCopy]) -> list[tuple[str, Outcome]]:
    """Open claimed offers with their suppliers' copies, one of each record of an offer; offer code and outcome.

    What a copy says is held against the sealed digests: nobody opens anything else with it than was sealed.
    RuleError `copies-before-opening` where an offer is open already: who could choose then which to open would choose
    with the others' prices known. InputError where a copy is of no offer that this procedure claims.
    """
    found = case(house, number)
    if found.life.opened:
        raise RuleError(
            "offers of this procedure are open already: no copy brings another back",
            rule="copies-before-opening",
        )
    given: dict[str, list[OfferCopy]] = {}
    for copy in copies:
        given.setdefault(copy.offer.subject, []).append(copy)
    claims = {claim.offer: claim for claim in found.life.claims}
    strange = next((code for code in given if code not in claims), None)
    if strange is not None:
        raise InputError(f"{number} claims no offer {strange}", field="--copy")
    made = [(code, _try(house, found, claims[code], own)) for code, own in given.items()]
    done = iter(seal(house, [each for _, each in made if isinstance(each, Draft)]))
    return [(code, next(done) if isinstance(each, Draft) else each) for code, each in made]


def _try(house: House, found: Case, claim: Claim, copies: Sequence[OfferCopy]) -> Draft | HuellaError:
    try:
        return _opening(house, found, claim, copies)
    except HuellaError as error:
        return error


def _opening(house: House, found: Case, claim: Claim, copies: Sequence[OfferCopy]) -> Draft:
    """The draft of `offers.opened`, checked as an opening by the key is."""
    texts = list(dict.fromkeys(text for copy in copies for text in copy.public))
    records = [each.record for each in placed(house, claim.offer) if each.index <= claim.index]
    fact = opening.opened_fact(claim.offer, claim.leaf, texts)
    opening.check_opened(records, fact, found.ties[claim.offer])
    ruc, key = opening.bidder_of(fact)
    owned = [] if ruc is None else house.rights.keys_of(ruc)
    proven = actors.proven(house.rights.key(key), owned, ruc, claim.index)
    data: dict[str, Any] = msgspec.json.decode(
        canonical.encode(msgspec.structs.replace(fact, unproven=not proven))
    )
    return Draft(kind="offers.opened", subject=found.number, data=data)
