"""The audit of one order's facts: whose act each needed, and whether it came in time. It asks no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from huella.errors import HuellaError, RuleError
from huella.flow.findings import At, Report
from huella.records import actors, answers, kinds, opening, record
from huella.records.actors import Key
from huella.records.answers import Calendars
from huella.records.life import OrderLife
from huella.records.model import Assignment, Party
from huella.records.procedure import OfferOpened
from huella.records.procedure_life import ProcedureLife
from huella.records.record import Act, Frame
from huella.store.journal import Entry

Hidden = Callable[[int, Mapping[str, str], str], str | None]
"""A sealed value: of an entry, given with its digests, at a pointer. None where it was erased or does not open."""


class Law(NamedTuple):
    """What the register's own records say of keys and calendars; `mirror`: the vault is not here."""

    keys: Mapping[str, Key]
    owned: Mapping[str, Mapping[str, Key]]
    calendars: Calendars
    mirror: bool


class Facts:
    """What the facts of some orders make, and what does not hold in them."""

    def __init__(self, law: Law, hidden: Hidden, report: Report) -> None:
        self._law = law
        self._open = hidden
        self._report = report
        self._hidden: dict[str, tuple[int, Mapping[str, str]]] = {}
        self.assignments: dict[int, tuple[Any, ...]] = {}
        """The rows that assignments make, by entry."""
        self.accounts: dict[int, str] = {}
        """Where the assigned tokens are by now, by each order's first entry."""

    def check(self, row: Entry, found: Frame, fact: Any, lives: tuple[Any, Any], first: int) -> None:
        """One order's fact; `lives` are the order's before and after it, `first` its first entry. What does not hold
        was wrong when it was sealed: the finding names the rule."""
        before, after = lives
        if isinstance(fact, OfferOpened) and isinstance(before, ProcedureLife):
            self._check_opened(row, fact, before)
        if not isinstance(after, OrderLife):
            return
        if found.kind in kinds.FIRST_OF_ORDER:
            self._hidden = {found.subject: (row.index, record.sealed(found))}
        try:
            if found.kind in answers.ANSWERS:
                at = (row.index, found.recorded_at)
                answers.check_answer(before, found.kind, fact, at, self._law.calendars)
            self._check_act(row, found, fact, after)
        except HuellaError as error:
            refuse(self._report, row.index, row.subject, error)
        if isinstance(fact, Assignment) and fact.account is not None:
            self.assignments[row.index] = (row.index, first, self.accounts.get(first), fact.account)
            self.accounts[first] = fact.account

    def _check_act(self, row: Entry, found: Frame, fact: Any, life: OrderLife) -> None:
        role = actors.actor(found.kind, fact)
        signed = found.act if isinstance(found.act, Act) else None
        if role is None or (signed is None and not self._law.keys):
            return
        party: Party = getattr(life.order, role)
        whose = actors.holder(party)
        if whose is None and found.subject in self._hidden:
            whose = self._open(*self._hidden[found.subject], f"/{role}/ruc")
        signer = None if signed is None else self._law.keys.get(signed.key)
        if whose is None or (signer is not None and signer.holder is None):
            if (
                signed is not None
            ):  # whose the key or the order is was erased: only that the key was live is left
                actors.check_live(signer, row.index)
            return
        actors.check_act(signed, signer, self._law.owned.get(whose, {}).values(), whose, row.index)

    def _check_opened(self, row: Entry, opened: OfferOpened, life: ProcedureLife) -> None:
        index = next(claim.index for claim in life.claims if claim.leaf == opened.leaf)
        ruc, key = opening.bidder_of(opened)
        signer = self._law.keys.get(key)
        if (
            self._law.mirror and signer is not None and signer.holder is None
        ):  # a person's: the vault knows whose
            return
        owned = self._law.owned.get(ruc, {}) if ruc is not None else {}
        if actors.proven(signer, owned.values(), ruc, index) == opened.unproven:
            error = RuleError(
                "whether the bidder signed with its own key is told wrongly", rule="bidder-proven"
            )
            refuse(self._report, row.index, row.subject, error)


def refuse(report: Report, index: int, subject: str, error: HuellaError) -> None:
    """Name a fact that the rules did not allow when it was sealed."""
    rule = f" [{error.rule}]" if isinstance(error, RuleError) and error.rule else ""
    report.add_sealed(At("entries", index, "record"), f"{subject}: {error}{rule}", index)
