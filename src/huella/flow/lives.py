"""The lives of procedures and offers inside one transaction, folded from their records while the head is held.

An offer is admitted by the life of the procedure that it is tied to, so an offer cannot slip in beside a close.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huella.errors import RuleError
from huella.flow.house import House
from huella.records import disclosure, hashlink, kinds, procedure_life, record
from huella.records import life as order_life
from huella.records.award import Award
from huella.records.draft import Prepared
from huella.records.life import OrderLife
from huella.records.model import Order
from huella.records.offer_form import REFUSED, OfferFact, Tie, read_as
from huella.records.procedure_life import OfferLife, ProcedureLife
from huella.records.record import Frame
from huella.store import tenders
from huella.store.journal import Held
from huella.store.tally import OFFERS, PROCEDURES, Tally

TIE = "/requirement"

Life = OrderLife | ProcedureLife | OfferLife


def advance(now: Life | None, found: Frame, fact: Any, leaf: str) -> Life | None:
    """A subject's life after one more record, whatever its family; None for the registry's own. RuleError names it."""
    family = kinds.find(found.kind).family
    if family == kinds.ORDER and not isinstance(now, ProcedureLife | OfferLife):
        return order_life.advance(now, found.kind, fact, found.recorded_at)
    if family == kinds.PROCEDURE and not isinstance(now, OrderLife | OfferLife):
        return procedure_life.advance(now, found.kind, fact, (found.recorded_at, leaf))
    if family == kinds.OFFER and not isinstance(now, OrderLife | ProcedureLife):
        return procedure_life.advance_offer(now, found.kind, fact)
    if now is not None:
        raise RuleError(f"{found.kind} does not belong to this subject", rule="one-family-a-subject")
    return None


def family_of(kind: str) -> str:
    """What the figures call the family of a procedure's or an offer's kind."""
    return PROCEDURES if kinds.find(kind).family == kinds.PROCEDURE else OFFERS


class Lives:
    """What one transaction knows of procedures and offers, and is about to write."""

    def __init__(self, house: House, held: Held, known: set[str]) -> None:
        self._house = house
        self._held = held
        self._known = known
        self._procedures: dict[str, ProcedureLife] = {}
        self._offers: dict[str, OfferLife] = {}
        self._awards: dict[str, Award] = {}
        self._ties: dict[str, Tie] = {}
        self._first: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self._begun: dict[str, tuple[str, str]] = {}

    def step(self, prepared: Prepared, at: tuple[str, str], index: int) -> None:
        """Take one more record, `at` its recorded_at and leaf hash (hex). RuleError where the rules do not allow it."""
        subject = prepared.subject
        if kinds.find(prepared.kind).family == kinds.PROCEDURE:
            now = self.procedure(subject)
            self._procedures[subject] = procedure_life.advance(now, prepared.kind, prepared.public, at)
            if isinstance(prepared.public, Award):
                self._awards[subject] = prepared.public
        else:
            self._step_offer(prepared)
        if subject not in self._known:
            self._begun.setdefault(subject, (family_of(prepared.kind), at[0]))
        self._first.setdefault(subject, index)
        self._last[subject] = index

    def procedure(self, number: str) -> ProcedureLife | None:
        """A procedure's life, None where it is not published."""
        if number not in self._procedures:
            now: ProcedureLife | None = None
            for index, raw in self._held.records(number):
                found = record.parse(raw)
                named = [self._held.annex(annex.sha256) for annex in record.annexes(found)]
                fact = kinds.read(found.kind, record.effective_data(found, named))
                place = (found.recorded_at, record.leaf_hash(raw).hex())
                now = procedure_life.advance(now, found.kind, fact, place)
                self._first.setdefault(number, index)
            if now is None:
                return None
            self._procedures[number] = now
        return self._procedures[number]

    def check_link(self, order: Order) -> None:
        """RuleError where an order says that it comes from a procedure, and is not what that one's award gave."""
        if order.hashlink is None:
            return
        number = order.hashlink.requirement
        given = self._awards.get(number)
        for _, raw in self._held.records(number) if given is None else ():
            found = record.parse(raw)
            if found.kind == "award.decided":
                named = [self._held.annex(annex.sha256) for annex in record.annexes(found)]
                given = kinds.read(found.kind, record.effective_data(found, named))
        hashlink.check_link(order, self.procedure(number), given)

    def write(self) -> None:
        """The derived rows of every procedure and offer that changed."""
        made = [
            tenders.procedure_rows(number, self._procedures[number], self._first[number], last)
            for number, last in self._last.items()
            if number in self._procedures
        ]
        offer_rows = [
            tenders.offer_row(code, self._offers[code], self._first[code], last)
            for code, last in self._last.items()
            if code in self._offers
        ]
        tenders.write(self._held.connection, made, offer_rows, self._known & set(self._last))

    def count_begun(self, made: Tally) -> None:
        """Count the procedures and offers that begin in this transaction."""
        for family, recorded_at in self._begun.values():
            made.begun(family, recorded_at)

    def _step_offer(self, prepared: Prepared) -> None:
        code = prepared.subject
        life = self._offer(code)
        if prepared.kind == REFUSED:
            self._offers[code] = procedure_life.advance_offer(life, prepared.kind, prepared.public)
            return
        fact: OfferFact = prepared.complete
        before = self._ties.get(code)
        procedure_life.admit(
            None if fact.requirement is None else self.procedure(fact.requirement.subject), fact, before
        )
        self._offers[code] = procedure_life.advance_offer(life, prepared.kind, fact)
        if fact.requirement is not None:
            self._ties[code] = fact.requirement

    def _offer(self, code: str) -> OfferLife | None:
        if code not in self._offers and code in self._known:
            now: OfferLife | None = None
            for index, raw in self._held.records(code):
                found = record.parse(raw)
                now = procedure_life.advance_offer(now, found.kind, kinds.read(found.kind, found.data))
                self._first.setdefault(code, index)
                if found.kind != REFUSED:
                    self._ties[code] = tie_of(self._house, index, record.sealed(found))[0]
            if now is None:
                return None
            self._offers[code] = now
        return self._offers.get(code)


def tie_of(house: House, index: int, sealed: dict[str, str]) -> tuple[Tie, str]:
    """The requirement that an offer's entry is tied to, and the disclosure that shows it.

    RuleError `tie-kept` where the vault does not open it: then nobody can say to which procedure the offer belongs.
    """
    return _tie(index, house.vault.open(index, sealed).get(TIE))


def ties_of(house: House, wanted: Mapping[int, dict[str, str]]) -> dict[int, tuple[Tie, str]]:
    """The same for many entries at once, by index."""
    opened = house.vault.open_many(wanted)
    return {index: _tie(index, opened[index].get(TIE)) for index in wanted}


def _tie(index: int, text: str | None) -> tuple[Tie, str]:
    if text is None:
        raise RuleError(f"the tie of entry {index} is gone from the vault", rule="tie-kept")
    value: Any = disclosure.parse(text).value
    return read_as(value, Tie, TIE), text
