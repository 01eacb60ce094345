"""The demonstration's procedure: offers sealed by their suppliers, closed, opened, decided, its order, a receipt held
against the closed set. It happens in the days before, so that its deadline has passed."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huella.cli import awards, console
from huella.cli.open import now
from huella.flow import procedure
from huella.flow.anchor import anchor
from huella.flow.house import House
from huella.flow.paper import seal_orders
from huella.flow.receipt import bundle_of, receipt, receipt_paper
from huella.flow.seal import Outcome, Sealed, seal
from huella.proof import bundle as bundles
from huella.records import canonical, envelope, offer
from huella.records import generator_procedures as generated
from huella.records.award import Award
from huella.records.generator_procedures import Answer, Invitation, Recipients
from huella.records.offer import QuotationRequest, Supplier
from huella.records.offer_file import OfferCopy, write
from huella.records.quotation import Quotation

SEED = 2026
BEFORE = timedelta(days=generated.OPEN_DAYS + 1)
"""How long before now the procedure is published."""
_PACKAGE = "package"


class Calendar:
    """The demonstration's clock: it stands in the past until it is left, and jumps over the days of waiting."""

    def __init__(self, start: datetime) -> None:
        self._behind = now() - start

    def __call__(self) -> datetime:
        """The moment that it tells, aware UTC."""
        return now() - self._behind

    def jump(self, to: datetime) -> None:
        """Go on at a moment."""
        self._behind = now() - to

    def leave(self) -> None:
        """Tell the time of the world."""
        self._behind = timedelta()


@dataclass(frozen=True, slots=True)
class Held:
    """What came of the procedure: numbers, files, verdicts; `opened` is the entry that opened the offer `rival`."""

    number: str
    order: str
    offers: int
    award: str
    standing: str
    receipt: Path
    bundle: Path
    rival: str
    opened: int

    @property
    def good(self) -> bool:
        """Whether the award came out the same, and the receipt's offer is in the closed set."""
        return (self.award, self.standing) == ("same", "claimed")

    def told(self) -> dict[str, Any]:
        """The same for `--json`."""
        return {
            "requirement": self.number, "order": self.order, "offers": self.offers, "award": self.award,
            "standing": self.standing, "receipt": str(self.receipt), "bundle": str(self.bundle),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sent:
    """An answer as its supplier sealed it, and where the register has it."""

    answer: Answer
    copy: OfferCopy
    sealed: Sealed


def hold(house: House, folder: Path, clock: Calendar) -> Held:
    """Hold the procedure from its announcement to its order, and write what each party takes home."""
    place = folder / "procedure"
    place.mkdir()
    identity, recipient = envelope.new_identity()
    made = next(
        each
        for each in generated.procedures(5, SEED, Recipients(recipient), clock())
        if each.requirement.data["contracting_type"] == _PACKAGE
    )
    number = made.requirement.subject
    sent = _offers(house, made, place)
    # a block's time has no fractions of a second: within the deadline's own second it would seem to be before it
    clock.jump(datetime.fromisoformat(made.requirement.data["closes_at"]) + timedelta(seconds=1))
    opened = _open(house, number, identity, len(sent))
    decided = _award(house, number)
    order = _order(house, made, sent, decided)
    bundle = place / f"{number}.bundle.json"
    bundle.write_bytes(bundle_of(house, number).encode())
    checked = bundles.check(bundles.parse(bundle.read_bytes()), house.trust)
    same = checked.overall == "authentic" and checked.recomputed is not None and checked.recomputed.same
    console.show(
        "  " + console.say("award-same" if same else "award-differs"), style="green" if same else None
    )
    _chapter("demo-linked", order=order)
    winner = {each.offer for each in decided.winners}
    rival = next(
        each
        for each in sent
        if isinstance(each.answer.given, Quotation) and each.sealed.leaf.hex() not in winner
    )
    kept = place / f"{rival.copy.offer.subject}.pdf"
    kept.write_bytes(receipt_paper(house, rival.sealed.index))
    word = awards.standing(receipt(house, rival.sealed.index).encode(), str(bundle), folder, house.trust).word
    console.show("  " + console.say(f"standing-{word}", against=number), style="green")
    code = rival.copy.offer.subject
    return Held(
        number, order, len(sent), "same" if same else "differs", word, kept, bundle, code, opened[code]
    )


def lower(raw: bytes) -> tuple[bytes, str, str]:
    """The record of an opened offer with its first price at a tenth, as a forger would rewrite it; the price before and
    after."""
    record = orjson.loads(raw)
    texts, prices = record["data"]["disclosures"], ["", ""]
    for place, text in enumerate(texts):
        salt, pointer, value = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if pointer == "/products":
            prices = [value[0]["unit_price"], f"{Decimal(value[0]['unit_price']) / 10:.2f}"]
            value[0]["unit_price"] = prices[1]
            body = canonical.encode([salt, pointer, value])
            texts[place] = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    return canonical.encode(record), prices[0], prices[1]


def _offers(house: House, made: Invitation, place: Path) -> list[_Sent]:
    """The requirement on record and anchored; then every answer, sealed by its supplier and handed in."""
    number = made.requirement.subject
    _all(seal(house, [made.requirement]))
    _anchor(house)
    _chapter("demo-offers", number=number, count=len(made.answers))
    request = offer.quotation_request(
        [(each.record, each.annexes) for each in procedure.placed(house, number)]
    )
    sent = []
    for answer in made.answers:
        by = Supplier(answer.party, Ed25519PrivateKey.generate(), lambda: os.urandom(16))
        copy = _sealed(request, by, answer.given)
        (done,) = _all(procedure.submit(house, [offer.offer_file(copy, request)]))
        code = copy.offer.subject
        (place / f"{code}.receipt.huella.json").write_bytes(receipt(house, done.index).encode())
        (place / f"{code}.copy.json").write_bytes(write(copy))
        console.show(console.say("demo-sent", offer=code, index=done.index))
        sent.append(_Sent(answer, copy, done))
    return sent


def _sealed(request: QuotationRequest, by: Supplier, given: Quotation | str) -> OfferCopy:
    if isinstance(given, Quotation):
        return offer.compose(request, by, given)
    return offer.decline(request, by, given)


def _open(house: House, number: str, identity: str, count: int) -> dict[str, int]:
    """Close at the deadline, anchor, open: the entry that opened each offer, by its code."""
    _chapter("demo-close", count=count)
    procedure.close(house, number)
    _anchor(house)
    outcomes = procedure.open_offers(house, number, identity)
    opened = _all(outcome for _, outcome in outcomes)
    console.show(console.say("demo-opened", count=len(opened)))
    return {code: done.index for (code, _), done in zip(outcomes, opened, strict=True)}


def _award(house: House, number: str) -> Award:
    _chapter("demo-award")
    procedure.decide_award(house, number)
    decided = procedure.case(house, number).award
    if decided is None:
        raise TypeError("the award is not on record")
    awards.tell_award(decided)
    return decided


def _order(house: House, made: Invitation, sent: list[_Sent], decided: Award) -> str:
    """The winner's order, with the link to the award; then all is anchored."""
    number = made.requirement.subject
    leaf = procedure.case(house, number).life.head
    winner = next(each for each in sent if each.sealed.leaf.hex() == decided.winners[0].offer)
    link = {"leaf": leaf, "requirement": number, "winner": 0}
    draft = generated.order(made, winner.answer, link, house.now())
    _all(seal_orders(house, [draft]))
    _anchor(house)
    return draft.subject


def _all(outcomes: Iterator[Outcome] | list[Outcome]) -> list[Sealed]:
    done = []
    for outcome in outcomes:
        if not isinstance(outcome, Sealed):
            raise outcome
        done.append(outcome)
    return done


def _anchor(house: House) -> None:
    for _ in anchor(house):
        pass


def _chapter(key: str, **values: object) -> None:
    console.show(console.say(key, **values), style="bold")
