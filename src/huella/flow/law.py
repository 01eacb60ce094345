"""What the rules ask of an order's fact beyond its own past: the party's act, the calendar, terms and penalties.

Sealing asks under the head, the audit asks again out of the records; both through the pure rules of `records`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from huella.errors import RuleError, StoreError
from huella.flow.house import House
from huella.records import actors, answers, calendar, disclosure, kinds, opening, record
from huella.records.actors import Key
from huella.records.answers import Calendars
from huella.records.draft import Prepared
from huella.records.identifiers import parse_moment
from huella.records.life import OrderLife
from huella.records.model import Assignment, Erasure, KeyNotice, Operation, Party, Recovered
from huella.records.procedure import OfferOpened
from huella.records.procedure_life import ProcedureLife
from huella.records.record import Act, Record, leaf_hash
from huella.records.rules import Warn
from huella.records.settlement import check_payment
from huella.store import rights
from huella.store.journal import Entry, Held
from huella.store.rights import Move

CALENDAR = "calendar.published"
DISPUTE_DAYS = 10
"""Business days within which an award may be disputed (Ley 32069, art. 84.7)."""
CODE = "/verification_code"
HIDDEN = frozenset({"/supplier/ruc", "/entity/ruc", "/party/ruc", "/party/identifier", CODE})
"""Sealed members that say who a party is, and the paper's code: kept beside a fact until it is sealed."""


def hidden_of(prepared: Prepared) -> dict[str, str]:
    """The sealed values that say who the fact's parties are, by pointer."""
    if HIDDEN.isdisjoint(prepared.sealed) or len(prepared.disclosures) != len(prepared.sealed):
        return {}
    texts = dict(zip(prepared.sealed, prepared.disclosures, strict=True))
    return {pointer: str(disclosure.parse(texts[pointer]).value) for pointer in sorted(HIDDEN & texts.keys())}


def as_sealed(house: House, entry: Entry) -> Record:
    """An entry's record, if it stands as it was sealed: what is sealed behind it can never be taken back."""
    leaf = leaf_hash(entry.record)
    if entry.leaf != leaf or not hmac.compare_digest(entry.mac, house.signer.mac(entry.index, leaf)):
        raise StoreError(f"entry {entry.index} was changed after sealing: nothing is sealed behind it")
    found = record.parse(entry.record)
    if (found.subject, found.seq) != (entry.subject, entry.seq):
        raise StoreError(f"the columns of entry {entry.index} were changed: nothing is sealed behind it")
    return found


class Law:
    """What one transaction knows of keys, calendars and assignments, and is about to write."""

    def __init__(self, house: House, held: Held) -> None:
        self._house = house
        self._held = held
        self._any = rights.any_keys(held.connection)
        self._calendars: Calendars | None = None
        self._new_calendars: list[tuple[int, str]] = []
        self._hidden: dict[str, Mapping[str, str]] = {}
        self._keys: dict[str, Key] = {}
        self._owned: dict[str, list[Key]] = {}
        self._changed: dict[str, Key] = {}
        self._moves: dict[int, Move] = {}
        self._accounts: dict[int, str | None] = {}

    # ------------------------------------------------------------------------------------------------------ orders

    def begins(self, number: str, hidden: Mapping[str, str]) -> bool:
        """Whether an order may begin without a further question: nobody has a key that its parties could have signed
        with. Then what it hides of them is remembered, as `check_order` does."""
        if self._any:
            return False
        self._hidden[number] = hidden
        return True

    def check_order(
        self,
        prepared: Prepared,
        fact: Any,
        hidden: Mapping[str, str],
        lives: tuple[OrderLife | None, OrderLife],
        at: tuple[int, str],
        first: int,
    ) -> list[Warn]:
        """Whether an order's fact may stand at an index and time; `lives` are the order's before and after it, `first`
        the order's first entry. RuleError names the rule; warnings say what is odd."""
        before, after = lives
        if prepared.kind in answers.ANSWERS:
            answers.check_answer(before, prepared.kind, fact, at, self.calendars())
        if prepared.kind in kinds.FIRST_OF_ORDER:
            self._hidden[prepared.subject] = hidden
        self._check_act(prepared, fact, after, at[0])
        if isinstance(fact, Assignment) and fact.account is not None:
            self._move(at[0], first, fact.account)
        return check_payment(prepared.kind, fact, after)

    def _check_act(self, prepared: Prepared, fact: Any, life: OrderLife, index: int) -> None:
        role = actors.actor(prepared.kind, fact)
        if role is None:
            if prepared.act is not None:
                raise RuleError(
                    f"{prepared.kind} is the registry's word, no party's act", rule="act-of-party"
                )
            return
        if not self._any and prepared.act is None:
            return
        party: Party = getattr(life.order, role)
        whose = actors.holder(party) or self._hidden_party(prepared.subject, role)
        signer = self._key(prepared.act.key) if prepared.act is not None else None
        actors.check_act(prepared.act, signer, self._owned_by(whose), whose, index)

    def _hidden_party(self, subject: str, role: str) -> str | None:
        """The RUC of an order's party that is sealed: of this transaction, or out of the vault."""
        pointer = f"/{role}/ruc"
        if subject in self._hidden:
            return self._hidden[subject].get(pointer)
        for index, raw in reversed(self._held.records(subject)):
            found = record.parse(raw)
            if found.kind in kinds.FIRST_OF_ORDER:
                return _opened(self._house, index, found, pointer)
        return None

    def _move(self, index: int, token: int, account: str) -> None:
        if token not in self._accounts:
            self._accounts[token] = rights.last_account(self._held.connection, token)
        self._moves[index] = Move(index, token, self._accounts[token], account)
        self._accounts[token] = account

    def check_opened(self, opened: OfferOpened, life: ProcedureLife | None) -> None:
        """RuleError `bidder-proven` unless an opening says rightly whether its bidder's key is on record as its own."""
        claim = next((c for c in life.claims if c.leaf == opened.leaf), None) if life else None
        if claim is None:  # that it is claimed is for the procedure's life to say
            return
        ruc, key = opening.bidder_of(opened)
        if actors.proven(self._key(key), self._owned_by(ruc), ruc, claim.index) == opened.unproven:
            raise RuleError(
                "whether the bidder signed with its own key is told wrongly", rule="bidder-proven"
            )

    # -------------------------------------------------------------------------------------------- keys and calendars

    def step(self, prepared: Prepared, hidden: Mapping[str, str], index: int) -> None:
        """Take one more record of the registry itself: a key, a calendar, an act of an operator."""
        fact: Any = prepared.public
        if isinstance(fact, Recovered):
            raise RuleError("only a recovery ends the log's epoch", rule="recovery-alone")
        if isinstance(fact, KeyNotice):
            self._step_key(prepared, fact, hidden, index)
        elif isinstance(fact, Erasure):
            self._check_erasure(fact, prepared.act, index)
        elif prepared.act is not None:
            actors.check_live(self._key(prepared.act.key), index)
        if isinstance(fact, Operation) and fact.action == actors.ASKED:
            actors.check_operator(None if prepared.act is None else self._key(prepared.act.key), index)
        if prepared.kind == CALENDAR:
            digest = calendar.digest(fact)
            if digest in (each[1] for each in self._new_calendars) or digest in map(
                calendar.digest, self.calendars().all()
            ):
                raise RuleError("this calendar is on record already", rule="calendar-once")
            self._new_calendars.append((index, digest))
            self._calendars = self.calendars().with_one(index, fact)

    def _check_erasure(self, erasure: Erasure, act: Act | None, index: int) -> None:
        """Two operators, once, and nothing that a procedure still needs."""
        if erasure.request is None or act is None:
            raise RuleError("an erasure is signed, and names who asked for it", rule="two-operators")
        asked, found = (self._record(at) for at in (erasure.request, erasure.index))
        if asked.kind != "operator.acted" or not isinstance(asked.act, Act):
            raise RuleError("the request is no operator's act", rule="two-operators")
        operation = kinds.read(asked.kind, asked.data)
        signers = self._key(asked.act.key), self._key(act.key)
        actors.check_two(erasure, operation, signers, (erasure.request, index))
        if record.sealed(found).get(erasure.pointer) != erasure.digest:
            raise RuleError("the entry seals another digest there", rule="erase-names-digest")
        if kinds.find(found.kind).family == kinds.OFFER:
            raise RuleError("what an offer seals is an input of a ranking", rule="erase-no-input")
        for raw in (raw for _, raw in self._held.records(kinds.REGISTRY) if b'"disclosure.erased"' in raw):
            before = record.parse(raw)
            if before.kind == "disclosure.erased" and before.data.get("digest") == erasure.digest:
                raise RuleError("this disclosure is erased already", rule="erase-once")
        self._check_settled(found)

    def _check_settled(self, found: Record) -> None:
        """RuleError while the procedure that an entry belongs to is open, or its award may still be disputed."""
        number: str | None = found.subject
        if kinds.find(found.kind).family != kinds.PROCEDURE:
            link = found.data.get("hashlink")
            number = link["requirement"] if isinstance(link, dict) else None
        if number is None:
            return
        last = record.parse(self._held.records(number)[-1][1])
        if last.kind not in ("award.decided", "procedure.cancelled"):
            raise RuleError("the procedure is not decided", rule="erase-after-procedure")
        days = self.calendars().in_force(self._held.size)
        begun = calendar.lima_day(parse_moment(last.recorded_at, "/recorded_at"))
        if calendar.lima_day(self._house.now()) <= calendar.add_business_days(begun, DISPUTE_DAYS, days):
            raise RuleError("the award may still be disputed", rule="erase-after-procedure")

    def _record(self, index: int) -> Record:
        entry = self._held.entry(index)
        if entry is None:
            raise RuleError(f"the log has no entry {index}", rule="two-operators")
        return as_sealed(self._house, entry)

    def calendars(self) -> Calendars:
        """The calendars on record, read once."""
        if self._calendars is None:
            made = []
            for index in rights.calendar_entries(self._held.connection):
                entry = self._held.entry(index)
                if entry is None:
                    raise StoreError(f"entry {index}, which publishes a calendar, is missing")
                found = as_sealed(self._house, entry)
                made.append((index, kinds.read(found.kind, found.data)))
            self._calendars = Calendars(made)
        return self._calendars

    def _step_key(self, prepared: Prepared, notice: KeyNotice, hidden: Mapping[str, str], index: int) -> None:
        known = self._key(notice.key)
        after = actors.step(known, prepared.kind, notice, index)
        if prepared.act is not None and prepared.act.key != notice.key:
            actors.check_live(self._key(prepared.act.key), index)
        whose = actors.holder(notice.party) or hidden.get("/party/ruc") or hidden.get("/party/identifier")
        if known is not None and known.holder != whose:
            raise RuleError("this key is another party's", rule="key-of-party")
        self._any = True
        self._changed[notice.key] = after._replace(holder=actors.holder(notice.party))
        real = after._replace(holder=whose)
        self._keys[notice.key] = real
        if whose is not None:
            owned = [each for each in self._owned_by(whose) if each.key != notice.key]
            self._owned[whose] = [*owned, real]

    def _key(self, name: str) -> Key | None:
        """What is on record of a key, with whose it is: the row names the entry, the entry's own record tells."""
        if name not in self._keys:
            row = rights.key(self._held.connection, name)
            if row is None:
                return None
            self._keys[name] = self._of_record(row)
        return self._keys[name]

    def _of_record(self, row: Key) -> Key:
        entry = self._held.entry(row.entry)
        if entry is None:
            raise StoreError(f"entry {row.entry}, which authorises a key, is missing")
        found = as_sealed(self._house, entry)
        notice = kinds.read(found.kind, found.data)
        if found.kind != actors.AUTHORISED or notice.key != row.key:
            raise StoreError(f"entry {row.entry} does not authorise the key that the table says")
        whose = actors.holder(notice.party)
        whose = whose or _opened(self._house, entry.index, found, "/party/ruc")
        return row._replace(holder=whose or _opened(self._house, entry.index, found, "/party/identifier"))

    def _owned_by(self, whose: str | None) -> list[Key]:
        """A party's keys on record, and those of this transaction."""
        if whose is None:
            return []
        if whose not in self._owned:
            rows = rights.keys_of(self._held.connection, whose)
            rows = rows or [self._of_record(row) for row in rights.hidden_keys(self._held.connection)]
            self._owned[whose] = [each for each in rows if each.holder == whose]
        return self._owned[whose]

    def write(self) -> None:
        """The rows of keys, calendars and assignments."""
        rights.write_keys(self._held.connection, self._changed.values())
        rights.write_calendars(self._held.connection, self._new_calendars)
        rights.write_moves(self._held.connection, list(self._moves.values()))


def _opened(house: House, index: int, found: Record, pointer: str) -> str | None:
    """A sealed value out of the vault, None where it is not sealed there or was erased."""
    text = house.vault.open(index, record.sealed(found)).get(pointer)
    return None if text is None else str(disclosure.parse(text).value)
