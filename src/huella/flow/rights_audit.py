"""The audit of keys, calendars, assignments and erasures: tables and tokens against the records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Table

from huella.errors import HuellaError, InputError, LedgerError, RuleError
from huella.flow.facts_audit import Law, refuse
from huella.flow.findings import At, Report
from huella.flow.house import House
from huella.ledger import registry
from huella.records import actors, calendar, disclosure, kinds, record
from huella.records.actors import Key
from huella.records.answers import Calendars
from huella.records.record import Act, Record
from huella.store.rights import DUE, FINAL, SENT
from huella.store.snapshot import Snapshot
from huella.store.tables import assignments, calendars, keys
from huella.store.vault import unbox

CALENDAR, ASSIGNED = "calendar.published", "rights.assigned"
_KNOWN = (CALENDAR, actors.AUTHORISED, actors.REVOKED, "disclosure.erased")
ROWS = {keys: ("key", 5), calendars: ("entry", 2), assignments: ("entry", 4)}
"""The tables, each with its key and how many of its columns follow from records alone."""


class Known:
    """What the register's own records say of keys, calendars and erasures, read up to an entry.

    A watch keeps it from round to round and reads only what came since; `read` goes on where it ended.
    """

    def __init__(self) -> None:
        self.upto = 0
        self.keys: dict[str, Key] = {}
        self.owned: dict[str, dict[str, Key]] = defaultdict(dict)
        self.rows: dict[Table, dict[Any, tuple[Any, ...]]] = {keys: {}, calendars: {}}
        self.erased: dict[tuple[int, str], int] = {}
        self.refused: list[tuple[int, str, HuellaError]] = []
        self.calendars = Calendars()

    def law(self, *, mirror: bool) -> Law:
        """What the facts of orders are judged by."""
        return Law(self.keys, self.owned, self.calendars, mirror)

    def read(self, house: House, snapshot: Snapshot, end: int) -> None:
        """The records from `upto` to before `end`. Those that cannot be read are found elsewhere."""
        for index, found in of_kind(snapshot, _KNOWN, self.upto, end) if self.upto < end else ():
            if found.kind == "disclosure.erased":
                self.erased[(found.data["index"], found.data["pointer"])] = index
                continue
            fact = kinds.read(found.kind, found.data)
            if found.kind == CALENDAR:
                self.rows[calendars][index] = (index, calendar.digest(fact))
                self.calendars = self.calendars.with_one(index, fact)
                continue
            row = self.rows[keys].get(fact.key)
            try:
                made = actors.step(None if row is None else Key(*row), found.kind, fact, index)
            except HuellaError as error:
                self.refused.append((index, found.subject, error))
                continue
            public = actors.holder(fact.party)
            self.rows[keys][fact.key] = made._replace(holder=public)
            whose = public or opened(house, snapshot, (index, record.sealed(found)), "/party/ruc")
            self.keys[fact.key] = made._replace(holder=whose)
            if whose is not None:
                self.owned[whose][fact.key] = self.keys[fact.key]
        self.upto = max(self.upto, end)


class Rights:
    """Tables of keys, calendars and assignments of one snapshot against the records, and tokens against the chain."""

    def __init__(self, house: House, snapshot: Snapshot, report: Report, known: Known) -> None:
        self._house = house
        self._snapshot = snapshot
        self._report = report
        known.read(house, snapshot, report.entries)
        self._keys = known.keys
        self._rows: dict[Table, dict[Any, tuple[Any, ...]]] = {**known.rows, assignments: {}}
        self._accounts: dict[int, str] = {}
        for refused in known.refused:
            refuse(self._report, *refused)

    def take(self, made: Mapping[int, tuple[Any, ...]], accounts: Mapping[int, str]) -> None:
        """The assignments of some orders (rows by entry), and where their tokens are by them."""
        self._rows[assignments].update(made)
        self._accounts.update(accounts)

    def check_erasures(self, since: int) -> None:
        """Each erasure on record from an entry on against the request that it names: two operators, each with its
        act."""
        for index, found in of_kind(self._snapshot, ("disclosure.erased",), since):
            erasure = kinds.read(found.kind, found.data)
            asked = of_kind(self._snapshot, ("operator.acted",), erasure.request, erasure.request + 1)
            before = next((each for _, each in asked), None)
            try:
                if before is None or not (isinstance(before.act, Act) and isinstance(found.act, Act)):
                    raise RuleError("an erasure is signed, and names who asked for it", rule="two-operators")
                signers = self._keys.get(before.act.key), self._keys.get(found.act.key)
                operation = kinds.read(before.kind, before.data)
                actors.check_two(erasure, operation, signers, (erasure.request, index))
            except HuellaError as error:
                refuse(self._report, index, found.subject, error)

    def compare(self) -> None:
        """The tables against what the records make, and where each assigned token is on the chain."""
        for table, (name, _) in ROWS.items():
            rows = self._snapshot.rows(table, name, None, None)
            self._compare_rows(table, self._rows[table], {row[0]: tuple(row) for row in rows})
        try:
            self._check_tokens()
        except LedgerError as error:
            place = At("chain", self._house.ledger.contract, "token")
            self._report.add("unreachable", place, f"the tokens were not compared: {error}")

    def compare_orders(self, firsts: Sequence[int], *, assigned: bool = False) -> None:
        """The assignments of orders that were checked, given by their first entries, and where their tokens are; only
        of those `assigned`, where each answer of the chain counts."""
        if not firsts:
            return
        rows = self._snapshot.rows_of(assignments, "token", firsts)
        self._compare_rows(assignments, self._rows[assignments], {row[0]: tuple(row) for row in rows})
        try:
            ledger = self._house.ledger
            anchored, custodian = registry.head(ledger).size, registry.custodian(ledger)
            for token in sorted(t for t in (self._accounts if assigned else firsts) if t < anchored):
                self._check_token(token, custodian)
        except LedgerError as error:
            place = At("chain", self._house.ledger.contract, "token")
            self._report.add("unreachable", place, f"the tokens were not compared: {error}")

    def compare_some(self, table: Table, over: Any, most: int) -> Any:
        """So many rows of keys, calendars or assignments behind one against the records; the last one, None where there
        are no more."""
        name = ROWS[table][0]
        stored = {row[0]: tuple(row) for row in self._snapshot.rows(table, name, over, None, most)}
        last = next(reversed(stored)) if len(stored) == most else None
        if table is assignments:
            for key, row in stored.items():
                if not self._stands(row):
                    self._name_row(table, key, None, row)
            return last
        wanted = {
            key: row for key, row in self._rows[table].items()
            if (over is None or _rank(key) > _rank(over)) and (last is None or _rank(key) <= _rank(last))
        }  # fmt: skip
        self._compare_rows(table, wanted, stored)
        return last

    # ----------------------------------------------------------------------------------------------------- checks

    def _compare_rows(
        self, table: Table, wanted: Mapping[Any, tuple[Any, ...]], stored: Mapping[Any, tuple[Any, ...]]
    ) -> None:
        for key in sorted({*stored, *wanted}, key=str):
            made, present = wanted.get(key), stored.get(key)
            if present is None or made != present[: ROWS[table][1]]:
                self._name_row(table, key, made, present)
            elif table is assignments:
                self._check_state(present)

    def _name_row(self, table: Table, key: Any, made: Any, present: Any) -> None:
        self._report.add(
            "tampered", At(table.name, key, "row"), "the row is not what the records say",
            sealed=made, present=present, entry=_entry(table, made or present),
        )  # fmt: skip

    def _stands(self, row: tuple[Any, ...]) -> bool:
        """Whether an assignment's row belongs to a record that assigns this token."""
        entry, token = row[0], row[1]
        if not (isinstance(entry, int) and isinstance(token, int)):
            return False
        found = self._snapshot.entries(entry, entry + 1)
        first = self._snapshot.entries(token, token + 1)
        return bool(found and first) and (found[0].kind, found[0].subject, first[0].seq) == (
            ASSIGNED, first[0].subject, 0,
        )  # fmt: skip

    def _check_state(self, row: tuple[Any, ...]) -> None:
        entry, state = row[0], row[4]
        if state not in (DUE, SENT, FINAL):
            place = At("assignments", entry, "state")
            self._report.add("tampered", place, "there is no such state", present=state, entry=entry)

    def _check_tokens(self) -> None:
        """Each assigned token by its newest move that is final; the custodian still holds all others."""
        ledger, anchored = self._house.ledger, registry.head(self._house.ledger).size
        custodian = registry.custodian(ledger)
        given = [token for token in sorted(self._accounts) if self._check_token(token, custodian)]
        if (
            self._house.mirror and anchored > self._snapshot.size()
        ):  # it is behind: there are tokens it knows not yet
            return
        held, start = registry.balance_of(ledger, custodian), registry.start(ledger)
        orders = tuple(kinds.FIRST_OF_ORDER)  # a successor counts what came into being on it
        born = self._snapshot.tokens(anchored, orders) - self._snapshot.tokens(start, orders)
        expected = born - sum(token >= start for token in given)
        if held != expected:
            self._report.add(
                "foreign", At("chain", "custodian", "balance"), "tokens moved that no record assigns",
                sealed=expected, present=held, entry=self._first_moved(anchored, custodian),
            )  # fmt: skip

    def _check_token(self, token: int, custodian: str) -> bool:
        """One order's token by its newest move that is final; whether the custodian gave it away."""
        owner = registry.owner_of(self._house.ledger, token)
        account = self._accounts.get(token, custodian)
        steps = [custodian, *(row[3] for row in self._rows[assignments].values() if row[1] == token)]
        if owner in steps and owner != account and self._waits(token):
            self._report.add(
                "behind", At("assignments", token, "state"), "the token waits for its move", entry=token
            )
        elif owner not in (None, account):
            self._report.add(
                "foreign", At("chain", token, "owner"), "the token is not where the records say",
                sealed=account, present=owner, entry=token,
            )  # fmt: skip
        return owner not in (None, custodian)

    def _first_moved(self, anchored: int, custodian: str) -> int:
        """The first order whose token moved without a record; only asked where one did."""
        for token in self._snapshot.begun(anchored, tuple(kinds.FIRST_OF_ORDER)):
            if token not in self._accounts and registry.owner_of(self._house.ledger, token) != custodian:
                return token
        return max(min(self._snapshot.size(), anchored - 1), 0)  # none: orders are gone, others name them

    def _waits(self, token: int) -> bool:
        stored = self._snapshot.rows_of(assignments, "token", [token])
        return any(row[4] != FINAL for row in stored)


def _entry(table: Table, row: tuple[Any, ...] | None) -> int | None:
    return None if row is None else int(row[3] if table is keys else row[0])


def _rank(key: Any) -> tuple[bool, Any]:
    """As SQLite orders what somebody put into a column: bytes stand behind text."""
    return isinstance(key, bytes), key


def of_kind(
    snapshot: Snapshot, wanted: Sequence[str], since: int = 0, end: int | None = None
) -> Iterator[tuple[int, Record]]:
    """The records of some kinds that can be read, in the order of the log; what cannot is found elsewhere."""
    for index, raw in snapshot.placed(wanted, since, end):
        try:
            found = record.parse(raw)
            if found.kind in wanted:
                kinds.read(found.kind, found.data)
                yield index, found
        except InputError:
            continue


def opened(house: House, snapshot: Snapshot, of: tuple[int, Mapping[str, str]], pointer: str) -> str | None:
    """A sealed value of an entry, given with its digests; None where it was erased or does not open."""
    index, sealed = of
    number, boxes = snapshot.boxes([index]).get(index, (0, b""))
    kept = house.vault.keys([number]).get(number, b"")
    text = unbox(dict(sealed), kept, boxes).get(pointer)
    return None if text is None else str(disclosure.parse(text).value)
