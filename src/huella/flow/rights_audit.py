"""The audit of acts, answers and assignments: keys, calendars, tokens against the records; facts against all three."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Table

from huella.errors import HuellaError, InputError, LedgerError, RuleError
from huella.flow.findings import At, Report
from huella.flow.house import House
from huella.ledger import registry
from huella.records import actors, answers, calendar, disclosure, kinds, opening, record
from huella.records.actors import Key
from huella.records.answers import Calendars
from huella.records.life import OrderLife
from huella.records.model import Assignment, Party
from huella.records.procedure import OfferOpened
from huella.records.procedure_life import ProcedureLife
from huella.records.record import Act, Frame, Record
from huella.store.journal import Entry
from huella.store.rights import DUE, FINAL, SENT
from huella.store.snapshot import Snapshot
from huella.store.tables import assignments, calendars, keys
from huella.store.vault import unbox

CALENDAR = "calendar.published"
ROWS = {keys: ("key", 5), calendars: ("entry", 2), assignments: ("entry", 4)}
"""The tables, each with its key and how many of its columns follow from records alone."""


class Rights:
    """Keys and calendars of one snapshot, out of the records, and what the orders' facts make of them."""

    def __init__(self, house: House, snapshot: Snapshot, report: Report) -> None:
        self._house = house
        self._snapshot = snapshot
        self._report = report
        self._keys: dict[str, Key] = {}
        self._owned: dict[str, dict[str, Key]] = defaultdict(dict)
        self._rows: dict[Table, dict[Any, tuple[Any, ...]]] = {table: {} for table in ROWS}
        self._hidden: dict[str, tuple[int, Mapping[str, str]]] = {}
        self._accounts: dict[int, str] = {}
        self._calendars = Calendars(self._read_calendars())
        self._read_keys()

    def check(self, row: Entry, found: Frame, fact: Any, lives: tuple[Any, Any], first: int) -> None:
        """One order's fact: whose act it needed, and whether it came in time; `lives` are the order's before and after
        it. What does not hold was wrong when it was sealed: the finding names the rule."""
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
                answers.check_answer(before, found.kind, fact, at, self._calendars)
            self._check_act(row, found, fact, after)
        except HuellaError as error:
            self._refuse(row.index, row.subject, error)
        if isinstance(fact, Assignment) and fact.account is not None:
            made = (row.index, first, self._accounts.get(first), fact.account)
            self._rows[assignments][row.index] = made
            self._accounts[first] = fact.account

    def check_erasures(self) -> None:
        """Each erasure on record against the request that it names: two operators, each with its act."""
        asked = dict(self._of_kind("operator.acted"))
        for index, found in self._of_kind("disclosure.erased"):
            erasure = kinds.read(found.kind, found.data)
            before = asked.get(erasure.request)
            try:
                if before is None or not (isinstance(before.act, Act) and isinstance(found.act, Act)):
                    raise RuleError("an erasure is signed, and names who asked for it", rule="two-operators")
                signers = self._keys.get(before.act.key), self._keys.get(found.act.key)
                operation = kinds.read(before.kind, before.data)
                actors.check_two(erasure, operation, signers, (erasure.request, index))
            except HuellaError as error:
                self._refuse(index, found.subject, error)

    def compare(self) -> None:
        """The tables against what the records make, and where each assigned token is on the chain."""
        for table, (name, width) in ROWS.items():
            stored = {row[0]: tuple(row) for row in self._snapshot.rows(table, name, None, None)}
            for key in sorted({*stored, *self._rows[table]}, key=str):
                wanted, present = self._rows[table].get(key), stored.get(key)
                if present is None or wanted != present[:width]:
                    self._report.add(
                        "tampered", At(table.name, key, "row"), "the row is not what the records say",
                        sealed=wanted, present=present, entry=_entry(table, wanted or present),
                    )  # fmt: skip
                elif table is assignments:
                    self._check_state(present)
        try:
            self._check_tokens()
        except LedgerError as error:
            place = At("chain", self._house.ledger.contract, "token")
            self._report.add("unreachable", place, f"the tokens were not compared: {error}")

    # ---------------------------------------------------------------------------------------------------- reading

    def _read_calendars(self) -> Iterator[tuple[int, Any]]:
        for index, found in self._of_kind(CALENDAR):
            fact = kinds.read(found.kind, found.data)
            self._rows[calendars][index] = (index, calendar.digest(fact))
            yield index, fact

    def _read_keys(self) -> None:
        for index, found in self._of_kind(actors.AUTHORISED, actors.REVOKED):
            notice = kinds.read(found.kind, found.data)
            row = self._rows[keys].get(notice.key)
            try:
                made = actors.step(None if row is None else Key(*row), found.kind, notice, index)
            except HuellaError as error:
                self._refuse(index, found.subject, error)
                continue
            public = actors.holder(notice.party)
            self._rows[keys][notice.key] = made._replace(holder=public)
            whose = public or self._opened(index, record.sealed(found), "/party/ruc")
            self._keys[notice.key] = made._replace(holder=whose)
            if whose is not None:
                self._owned[whose][notice.key] = self._keys[notice.key]

    def _of_kind(self, *wanted: str) -> Iterator[tuple[int, Record]]:
        """The records of some kinds that can be read, in the order of the log; what cannot is found elsewhere."""
        for index, raw in self._snapshot.placed(wanted):
            try:
                found = record.parse(raw)
                if found.kind in wanted:
                    kinds.read(found.kind, found.data)
                    yield index, found
            except InputError:
                continue

    def _opened(self, index: int, sealed: Mapping[str, str], pointer: str) -> str | None:
        number, boxes = self._snapshot.boxes([index]).get(index, (0, b""))
        kept = self._house.vault.keys([number]).get(number, b"")
        text = unbox(dict(sealed), kept, boxes).get(pointer)
        return None if text is None else str(disclosure.parse(text).value)

    # ----------------------------------------------------------------------------------------------------- checks

    def _refuse(self, index: int, subject: str, error: HuellaError) -> None:
        rule = f" [{error.rule}]" if isinstance(error, RuleError) and error.rule else ""
        self._report.add_sealed(At("entries", index, "record"), f"{subject}: {error}{rule}", index)

    def _check_act(self, row: Entry, found: Frame, fact: Any, life: OrderLife) -> None:
        role = actors.actor(found.kind, fact)
        signed = found.act if isinstance(found.act, Act) else None
        if role is None or (signed is None and not self._keys):
            return
        party: Party = getattr(life.order, role)
        whose = actors.holder(party)
        if whose is None and found.subject in self._hidden:
            whose = self._opened(*self._hidden[found.subject], f"/{role}/ruc")
        signer = None if signed is None else self._keys.get(signed.key)
        if whose is None or (signer is not None and signer.holder is None):
            if (
                signed is not None
            ):  # whose the key or the order is was erased: only that the key was live is left
                actors.check_live(signer, row.index)
            return
        actors.check_act(
            signed, signer, self._owned[whose].values() if whose in self._owned else (), whose, row.index
        )

    def _check_opened(self, row: Entry, opened: OfferOpened, life: ProcedureLife) -> None:
        index = next(claim.index for claim in life.claims if claim.leaf == opened.leaf)
        ruc, key = opening.bidder_of(opened)
        owned = self._owned[ruc].values() if ruc in self._owned else ()
        if actors.proven(self._keys.get(key), owned, ruc, index) == opened.unproven:
            error = RuleError(
                "whether the bidder signed with its own key is told wrongly", rule="bidder-proven"
            )
            self._refuse(row.index, row.subject, error)

    def _check_state(self, row: tuple[Any, ...]) -> None:
        entry, state = row[0], row[4]
        if state not in (DUE, SENT, FINAL):
            place = At("assignments", entry, "state")
            self._report.add("tampered", place, "there is no such state", present=state, entry=entry)

    def _check_tokens(self) -> None:
        """Each assigned token by its newest move that is final; the custodian still holds all others."""
        ledger, anchored = self._house.ledger, registry.head(self._house.ledger).size
        moved = 0
        for token, account in sorted(self._accounts.items()):
            owner = registry.owner_of(ledger, token)
            custodian = registry.custodian(ledger)
            moved += owner not in (None, custodian)
            steps = [custodian, *(row[3] for row in self._rows[assignments].values() if row[1] == token)]
            if owner is None or owner == account:
                continue
            if owner in steps and self._waits(token):
                self._report.add("behind", At("assignments", token, "state"), "the token waits for its move")
            else:
                self._report.add(
                    "foreign", At("chain", token, "owner"), "the token is not where the records say",
                    sealed=account, present=owner, entry=token,
                )  # fmt: skip
        held = registry.balance_of(ledger, registry.custodian(ledger))
        expected = self._snapshot.tokens(anchored, tuple(kinds.FIRST_OF_ORDER)) - moved
        if held != expected:
            self._report.add(
                "foreign", At("chain", "custodian", "balance"), "tokens moved that no record assigns",
                sealed=expected, present=held,
            )  # fmt: skip

    def _waits(self, token: int) -> bool:
        stored = self._snapshot.rows(assignments, "entry", None, None)
        names = assignments.columns.keys()
        place, state = names.index("token"), names.index("state")
        return any(row[place] == token and row[state] != FINAL for row in stored)


def _entry(table: Table, row: tuple[Any, ...] | None) -> int | None:
    return None if row is None else int(row[3] if table is keys else row[0])
